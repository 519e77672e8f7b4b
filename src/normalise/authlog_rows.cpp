#include "normalise/authlog_rows.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "normalise/account_message.h"
#include "normalise/syslog_parts.h"

namespace vedette::normalise {

using model::AuthEvent;
using model::AuthMethod;
using model::AuthResult;
using model::Evidence;
using model::TableBatch;

namespace {

// The columns of one table that we fill, each with its index in the batch.
struct SyslogTable {
  TableBatch rows{std::string(syslog_table)};
  std::size_t event_time = rows.column("EventTime");
  std::size_t computer = rows.column("Computer");
  std::size_t host_name = rows.column("HostName");
  std::size_t host_ip = rows.column("HostIP");
  std::size_t facility = rows.column("Facility");
  std::size_t severity = rows.column("SeverityLevel");
  std::size_t process_name = rows.column("ProcessName");
  std::size_t process_id = rows.column("ProcessID");
  std::size_t message = rows.column("SyslogMessage");
};

struct AuthenticationTable {
  TableBatch rows{std::string(authentication_table)};
  std::size_t event_type = rows.column("EventType");
  std::size_t event_count = rows.column("EventCount");
  std::size_t result = rows.column("EventResult");
  std::size_t result_details = rows.column("EventResultDetails");
  std::size_t severity = rows.column("EventSeverity");
  std::size_t original_subtype = rows.column("EventOriginalSubType");
  std::size_t original_uid = rows.column("EventOriginalUid");
  std::size_t vendor = rows.column("EventVendor");
  std::size_t product = rows.column("EventProduct");
  std::size_t schema_version = rows.column("EventSchemaVersion");
  std::size_t start_time = rows.column("EventStartTime");
  std::size_t end_time = rows.column("EventEndTime");
  std::size_t protocol = rows.column("LogonProtocol");
  std::size_t method = rows.column("LogonMethod");
  std::size_t actor = rows.column("ActorUsername");
  std::size_t actor_type = rows.column("ActorUsernameType");
  std::size_t user = rows.column("TargetUsername");
  std::size_t user_type = rows.column("TargetUsernameType");
  std::size_t session = rows.column("TargetSessionId");
  std::size_t application = rows.column("TargetAppName");
  std::size_t application_type = rows.column("TargetAppType");
  std::size_t target_host = rows.column("TargetHostname");
  std::size_t device_host = rows.column("DvcHostname");
  std::size_t source_address = rows.column("SrcIpAddr");
  std::size_t source_port = rows.column("SrcPortNumber");
  std::size_t source_host = rows.column("SrcHostname");
  std::size_t country = rows.column("SrcGeoCountry");
  std::size_t region = rows.column("SrcGeoRegion");
  std::size_t city = rows.column("SrcGeoCity");
  std::size_t latitude = rows.column("SrcGeoLatitude");
  std::size_t longitude = rows.column("SrcGeoLongitude");
  std::size_t provider = rows.column("SrcIsp");
};

// A file has lost what syslog knew of facility and severity; this is what the programs that write
// to auth.log use: PAM and the su family authpriv, sshd and logind auth.
std::string_view likely_facility(std::string_view process, std::string_view message) {
  const bool writes_auth = process.starts_with("sshd") || process.starts_with("systemd-logind");
  return writes_auth && !message.starts_with("pam_") ? "auth" : "authpriv";
}

std::string_view likely_severity(std::string_view message) {
  if (message.starts_with("fatal: ")) return "crit";
  if (message.starts_with("error: ")) return "err";
  if (message.starts_with("pam_") && message.find("failure") != std::string_view::npos)
    return "notice";
  return "info";
}

std::string_view name_of(Evidence evidence) {
  switch (evidence) {
    case Evidence::attempt:
      return "attempt";
    case Evidence::failed_line:
      return "failed_line";
    case Evidence::public_key:
      return "public_key";
    case Evidence::pam_unix:
      return "pam_unix";
    case Evidence::pam_other:
      return "pam_other";
    case Evidence::unknown_user:
      return "unknown_user";
    case Evidence::disconnect:
      return "disconnect";
  }
  return "attempt";
}

// The words are those of the ASIM authentication schema, version 0.1.3.
std::string_view logon_method(AuthMethod method) {
  switch (method) {
    case AuthMethod::password:
    case AuthMethod::keyboard_interactive:
      return "Username & Password";
    case AuthMethod::public_key:
      return "PKI";
    case AuthMethod::pam:
      return "PAM";
    case AuthMethod::none:
    case AuthMethod::disconnect:
    case AuthMethod::other:
      return "Other";
    case AuthMethod::unknown:
      break;
  }
  return {};
}

std::string_view result_details(const AuthEvent& event) {
  if (event.result == AuthResult::success) return {};
  if (!event.user_exists) return "No such user";
  if (event.method == AuthMethod::public_key) return "Incorrect key";
  if (event.method == AuthMethod::password || event.method == AuthMethod::pam)
    return "Incorrect password";
  return "Other";
}

// What the program that let somebody in (or did not) is called in the table.
struct Product {
  std::string_view service, event_type, vendor, product, protocol;
};
constexpr std::array products{
    Product{"sshd", "Logon", "OpenBSD", "OpenSSH", "ssh"},
    Product{"su", "Elevate", "Linux", "su", ""},
    Product{"sudo", "Elevate", "Linux", "sudo", ""},
    Product{"login", "Logon", "Linux", "login", ""},
};

const Product& product_of(std::string_view service) {
  const auto found = std::ranges::find(products, service, &Product::service);
  return found == products.end() ? products.front() : *found;
}

// Who became somebody else. Events have no room for it (two cache lines, for sshd's sake), so these
// rare records are read once more.
std::string_view actor_of(const AuthEvent& event, std::string_view message) {
  if (product_of(event.service).event_type != "Elevate") return {};
  return read_account_message(event.service, message).actor;
}

// Each line without its end.
template <typename Take>
void for_each_line(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    const void* newline = std::memchr(bytes.data(), '\n', bytes.size());
    const std::size_t length =
        newline == nullptr
            ? bytes.size()
            : static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
    std::string_view line = bytes.substr(0, length);
    bytes.remove_prefix(length + (newline == nullptr ? 0 : 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line);
  }
}

}  // namespace

struct AuthlogRows::Tables {
  SyslogTable syslog;
  AuthenticationTable authentication;
};

AuthlogRows::AuthlogRows(StampOptions options, QuarantineRows& quarantine)
    : options_(std::move(options)), quarantine_(quarantine), tables_(std::make_unique<Tables>()) {}
AuthlogRows::~AuthlogRows() = default;

StampReader& AuthlogRows::stamps_of(const model::RawBatch& batch, const base::TimeZone& zone) {
  while (stamps_.size() <= batch.source) stamps_.push_back(std::make_unique<StampReader>(options_));
  StampReader& reader = *stamps_[batch.source];
  if (reader.zone().name() != zone.name()) reader.set_zone(zone);
  const bool modified_known = batch.source_modified.is_set() && !batch.live;
  reader.set_reference(modified_known ? batch.source_modified : batch.received);
  return reader;
}

void AuthlogRows::begin(const model::RawBatch& batch, const base::TimeZone& zone) {
  batch_ = batch;
  reader_ = &stamps_of(batch, zone);
}

void AuthlogRows::add(const model::RawBatch& batch, std::span<const AuthEvent> events,
                      std::span<const model::Location* const> places,
                      std::span<const RejectedLine> rejected, const base::TimeZone& zone) {
  begin(batch, zone);
  std::size_t next_event = 0;
  for_each_line(batch.bytes, [&](std::string_view line) {
    // The events' records are views of the same bytes, in the same order.
    const AuthEvent* event = nullptr;
    if (next_event < events.size() && events[next_event].record.data() == line.data())
      event = &events[next_event++];
    const std::string_view message = add_line(line, event);
    if (event != nullptr) add_event(*event, *places[next_event - 1], message);
  });
  for (const RejectedLine& each : rejected) add_rejected(each, authlog_format);
}

void AuthlogRows::pass(const model::RawBatch& batch, const base::TimeZone& zone) {
  begin(batch, zone);
  for_each_line(batch.bytes, [&](std::string_view line) {
    const std::string_view text = line.substr(read_priority(line).length);
    Stamp stamp;
    if (!reader_->read(text, stamp)) return;
    if (text.find(' ', stamp.length) == std::string_view::npos) return;
    [[maybe_unused]] const std::uint64_t id = identity_.identify(line, stamp.has_fraction);
  });
}

std::string_view AuthlogRows::add_line(std::string_view line, const AuthEvent* event) {
  const Priority priority = read_priority(line);
  const std::string_view text = line.substr(priority.length);
  Stamp stamp;
  if (!reader_->read(text, stamp)) return {};  // blank, or in the quarantine
  const std::string_view rest = text.substr(stamp.length);
  const std::size_t blank = rest.find(' ');
  if (blank == std::string_view::npos) return {};  // in the quarantine
  // The same counting as the events' identity, so that a line and its event share their id.
  const std::uint64_t id = identity_.identify(line, stamp.has_fraction);
  if (id == 0) {
    ++repeated_lines_;
    return {};
  }
  const Tagged tagged = read_tagged(rest.substr(blank + 1));
  const base::Timestamp time = event == nullptr ? stamp.time : event->time;
  SyslogTable& table = tables_->syslog;
  TableBatch& rows = table.rows;
  rows.add_row({time, batch_.received, id, base::hash_bytes(line)});
  rows.set(table.event_time, time);
  rows.set_text(table.computer, rest.substr(0, blank));
  rows.set_text(table.host_name, rest.substr(0, blank));
  rows.set_text(table.facility, priority.facility.empty()
                                    ? likely_facility(tagged.process, tagged.message)
                                    : priority.facility);
  rows.set_text(table.severity,
                priority.severity.empty() ? likely_severity(tagged.message) : priority.severity);
  if (!tagged.process.empty()) rows.set_text(table.process_name, tagged.process);
  if (tagged.process_id) rows.set(table.process_id, *tagged.process_id);
  rows.set_text(table.message, tagged.message);
  return tagged.message;
}

void AuthlogRows::add_event(const AuthEvent& event, const model::Location& place,
                            std::string_view message) {
  const Product& product = product_of(event.service);
  AuthenticationTable& table = tables_->authentication;
  TableBatch& rows = table.rows;
  const auto text = [&rows](std::size_t column, std::string_view value) {
    if (!value.empty()) rows.set_text(column, value);
  };
  const bool success = event.result == AuthResult::success;
  rows.add_row({event.time, batch_.received, event.id,
                base::hash_words(base::hash_bytes(event.record), event.count)});
  text(table.event_type, product.event_type);
  rows.set(table.event_count, static_cast<std::int64_t>(event.count));
  text(table.result, success ? "Success" : "Failure");
  text(table.result_details, result_details(event));
  text(table.severity, success ? "Informational" : "Low");
  text(table.original_subtype, name_of(event.evidence));
  text(table.original_uid, model::format_id(event.id));
  text(table.vendor, product.vendor);
  text(table.product, product.product);
  text(table.schema_version, "0.1.3");
  rows.set(table.start_time, event.time);
  rows.set(table.end_time, event.time);
  text(table.protocol, product.protocol);
  text(table.method, logon_method(event.method));
  if (const auto actor = actor_of(event, message); !actor.empty()) {
    text(table.actor, actor);
    text(table.actor_type, "Simple");
  }
  text(table.user, event.user);
  if (!event.user.empty()) text(table.user_type, "Simple");
  if (event.session != 0) text(table.session, model::format_id(event.session));
  text(table.application, event.service);
  text(table.application_type, "Service");
  text(table.target_host, event.host);
  text(table.device_host, event.host);
  if (event.has_address()) text(table.source_address, base::format_ip(event.address));
  if (event.port != 0) rows.set(table.source_port, static_cast<std::int64_t>(event.port));
  text(table.source_host, event.source_host);
  text(table.country, place.country);
  text(table.region, place.region);
  text(table.city, place.city);
  if (place.has_coordinates) {
    rows.set(table.latitude, place.latitude);
    rows.set(table.longitude, place.longitude);
  }
  text(table.provider, place.organisation);
}

void AuthlogRows::add_messages(const model::RawBatch& batch, std::span<const SyslogEntry> entries,
                               std::span<const AuthEvent> events,
                               std::span<const model::Location* const> places,
                               std::span<const RejectedLine> rejected) {
  batch_ = batch;
  for (const SyslogEntry& entry : entries) {
    add_message(entry);
    if (entry.event != SyslogEntry::no_event)
      add_event(events[entry.event], *places[entry.event], entry.message.message);
  }
  for (const RejectedLine& each : rejected) add_rejected(each, model::syslog_format);
}

void AuthlogRows::add_message(const SyslogEntry& entry) {
  const SyslogMessage& message = entry.message;
  SyslogTable& table = tables_->syslog;
  TableBatch& rows = table.rows;
  rows.add_row({entry.time, batch_.received, entry.id, base::hash_bytes(entry.sent.text)});
  rows.set(table.event_time, message.stamp.value_or(entry.time));
  rows.set_text(table.computer, message.host.empty() ? entry.sent.sender : message.host);
  if (!message.host.empty()) rows.set_text(table.host_name, message.host);
  rows.set_text(table.host_ip, entry.sent.sender);
  rows.set_text(table.facility, message.facility);
  rows.set_text(table.severity, message.severity);
  if (!message.process.empty()) rows.set_text(table.process_name, message.process);
  if (message.process_id) rows.set(table.process_id, *message.process_id);
  rows.set_text(table.message, message.message);
}

void AuthlogRows::add_rejected(const RejectedLine& rejected, std::string_view format) {
  const auto offset = static_cast<std::uint64_t>(rejected.line.data() - batch_.bytes.data());
  quarantine_.add({batch_.source_name, format, rejected.reason, rejected.line, batch_.received,
                   batch_.journal_position, batch_.position + offset});
}

std::vector<TableBatch> AuthlogRows::take() {
  std::vector<TableBatch> taken;
  const auto take_from = [&taken](auto& table) {
    if (table.rows.row_count() == 0) return;
    taken.push_back(std::move(table.rows));
    table = {};
  };
  take_from(tables_->syslog);
  take_from(tables_->authentication);
  return taken;
}

}  // namespace vedette::normalise
