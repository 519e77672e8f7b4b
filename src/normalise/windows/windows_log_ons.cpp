#include "normalise/windows/windows_log_ons.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "normalise/windows/windows_words.h"

namespace vedette::normalise::windows {
namespace {

using base::equals_ignoring_case;
using model::AuthEvent;
using model::AuthResult;
using model::ChangeEvent;
using model::ChangeOperation;
using model::LogOnAct;
using model::ObjectKind;
using model::WindowsLogOn;

constexpr std::size_t names_max = 16'384;

// Which values of an event say what.
struct Shape {
  std::uint32_t event_id;
  std::string_view provider;  // a part of its name
  LogOnAct act;
  std::string_view user, domain, user_sid, address, source_host, session;
};

constexpr std::string_view auditing = "Security-Auditing", event_log = "Eventlog",
                           sessions = "LocalSessionManager",
                           connections = "RemoteConnectionManager", core = "RdpCoreTS";
constexpr std::string_view user = "TargetUserName", domain = "TargetDomainName",
                           sid = "TargetUserSid", address = "IpAddress", session = "TargetLogonId",
                           workstation = "WorkstationName";
constexpr auto shapes = std::to_array<Shape>({
    {4624, auditing, LogOnAct::log_on, user, domain, sid, address, workstation, session},
    {4625, auditing, LogOnAct::log_on, user, domain, sid, address, workstation, ""},
    {4634, auditing, LogOnAct::log_off, user, domain, sid, "", "", session},
    {4647, auditing, LogOnAct::log_off, user, domain, sid, "", "", session},
    {4648, auditing, LogOnAct::explicit_credentials, user, domain, "", address, "", ""},
    {4672, auditing, LogOnAct::privileges, "SubjectUserName", "SubjectDomainName", "SubjectUserSid",
     "", "", "SubjectLogonId"},
    // In a lock-out the "domain" is the computer that asked.
    {4740, auditing, LogOnAct::lock_out, user, "", "TargetSid", "", domain, ""},
    {4768, auditing, LogOnAct::ticket, user, domain, "TargetSid", address, "", ""},
    {4769, auditing, LogOnAct::ticket, user, domain, "", address, "", ""},
    {4771, auditing, LogOnAct::ticket, user, "", "TargetSid", address, "", ""},
    {4776, auditing, LogOnAct::credential_check, user, "", "", "", "Workstation", ""},
    {4778, auditing, LogOnAct::session_on, "AccountName", "AccountDomain", "", "ClientAddress",
     "ClientName", "LogonID"},
    {4779, auditing, LogOnAct::session_off, "AccountName", "AccountDomain", "", "ClientAddress",
     "ClientName", "LogonID"},
    {21, sessions, LogOnAct::session_on, "User", "", "", "Address", "", ""},
    {25, sessions, LogOnAct::session_on, "User", "", "", "Address", "", ""},
    {24, sessions, LogOnAct::session_off, "User", "", "", "Address", "", ""},
    {1149, connections, LogOnAct::connection, "Param1", "Param2", "", "Param3", "", ""},
    {140, core, LogOnAct::refused_connection, "", "", "", "IPString", "", ""},
    {1102, event_log, LogOnAct::log_cleared, "SubjectUserName", "SubjectDomainName",
     "SubjectUserSid", "", "", ""},
    {104, event_log, LogOnAct::log_cleared, "SubjectUserName", "SubjectDomainName",
     "SubjectUserSid", "", "", ""},
});

const Shape* shape_of(const WindowsRecord& record) {
  const auto found = std::ranges::find_if(shapes, [&](const Shape& each) {
    return each.event_id == record.event_id &&
           record.provider.find(each.provider) != std::string::npos;
  });
  return found == shapes.end() ? nullptr : &*found;
}

// "name" of DOMAIN\name and of name@domain.
std::string_view bare_name(std::string_view name) {
  if (const auto slash = name.rfind('\\'); slash != std::string_view::npos)
    return name.substr(slash + 1);
  const auto at = name.find('@');
  return at == std::string_view::npos || at == 0 ? name : name.substr(0, at);
}

std::string_view domain_in(std::string_view name) {
  const auto slash = name.find('\\');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

// No machine, no service of the system, nobody.
bool is_person(std::string_view name, std::string_view account_sid) {
  constexpr auto system_sids =
      std::to_array<std::string_view>({"S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-7", "S-1-5-17"});
  constexpr auto system_names = std::to_array<std::string_view>(
      {"SYSTEM", "LOCAL SERVICE", "NETWORK SERVICE", "ANONYMOUS LOGON", "IUSR"});
  if (name.empty() || name.ends_with('$')) return false;
  if (std::ranges::find(system_sids, account_sid) != system_sids.end()) return false;
  // The window manager's and the font driver's accounts, one for each session.
  if (account_sid.starts_with("S-1-5-90-") || account_sid.starts_with("S-1-5-96-")) return false;
  if (name.starts_with("DWM-") || name.starts_with("UMFD-")) return false;
  return std::ranges::none_of(
      system_names, [&](std::string_view each) { return equals_ignoring_case(each, name); });
}

std::optional<base::IpAddress> read_address(std::string_view text) {
  return base::parse_ip(text.substr(0, text.find('%')));
}

bool is_loopback(const base::IpAddress& each) {
  return each.is_v4() ? each.v4() >> 24 == 127 : each.high == 0 && each.low == 1;
}

bool is_success(const WindowsRecord& record) {
  if (record.event_id == 4625 || record.event_id == 4771 || record.event_id == 140) return false;
  if (record.event_id != 4768 && record.event_id != 4769 && record.event_id != 4776) return true;
  return read_number(record.value("Status")).value_or(0) == 0;
}

// Under network-level authentication the log-on that Remote Desktop asks for comes over no port of
// its own; file sharing's does.
std::string_view service_of(const WindowsRecord& record, const WindowsLogOn& log_on) {
  switch (log_on.act) {
    case LogOnAct::ticket:
      return "Kerberos";
    case LogOnAct::credential_check:
      return "NTLM";
    case LogOnAct::session_on:
    case LogOnAct::session_off:
    case LogOnAct::connection:
    case LogOnAct::refused_connection:
      return "RDP";
    case LogOnAct::log_on:
      break;
    default:
      return "Windows";
  }
  const bool is_from_elsewhere = log_on.event.has_address();
  if (log_on.log_on_type == model::remote_log_on) return "RDP";
  if (log_on.log_on_type == model::unlock_log_on && is_from_elsewhere) return "RDP";
  if (log_on.log_on_type != model::network_log_on) return "Windows";
  const bool is_kerberos = equals_ignoring_case(log_on.package.view(), "Kerberos");
  return is_from_elsewhere && record.value("IpPort") == "0" && !is_kerberos ? "RDP" : "SMB";
}

void read_source(const WindowsRecord& record, const Shape& shape, WindowsLogOn& log_on) {
  AuthEvent& event = log_on.event;
  if (const auto from = read_address(record.value(shape.address));
      from && *from != base::IpAddress{}) {
    // A desktop session that comes from the machine itself came through a tunnel.
    const bool counts = !is_loopback(*from) || log_on.log_on_type == model::remote_log_on;
    if (counts) event.address = *from;
  }
  if (const auto port = read_number(record.value("IpPort")); port && *port > 0 && *port <= 65'535)
    event.port = static_cast<std::uint16_t>(*port);
  std::string_view source = record.value(shape.source_host);
  while (source.starts_with('\\')) source.remove_prefix(1);
  if (!event.has_address() &&
      !equals_ignoring_case(short_host(source), short_host(record.computer)))
    event.source_host = source;
}

void read_failure(const WindowsRecord& record, WindowsLogOn& log_on) {
  log_on.event.result = AuthResult::failure;
  const auto status = record.value("Status"), detail = record.value("SubStatus");
  const bool has_detail = read_number(detail).value_or(0) != 0;
  log_on.status = has_detail ? detail : status;
  // It says so in words only: "the user name or password is not correct".
  if (log_on.act == LogOnAct::refused_connection) log_on.status = "0xc000006d";
  const auto number = static_cast<std::uint32_t>(read_number(log_on.status.view()).value_or(0));
  const FailureWords words = failure_words(number, log_on.act == LogOnAct::ticket);
  log_on.event.user_exists = words.user_exists;
  log_on.tells_of_guessing = words.tells_of_guessing;
}

// NTLM's check and the log-on that asked for it are one attempt: they name the same user and
// workstation.
void join_attempt(const WindowsRecord& record, WindowsLogOn& log_on) {
  const bool is_check = log_on.act == LogOnAct::credential_check;
  const std::string_view from = record.value(is_check ? "Workstation" : workstation);
  if (from.empty() || (!is_check && log_on.act != LogOnAct::log_on)) return;
  log_on.event.session =
      base::hash_words(log_on.event.user_hash, base::hash_bytes(short_host(from))) | 1;
  log_on.event.evidence = is_check ? model::Evidence::pam_unix : model::Evidence::failed_line;
}

bool tells_of_guessing(const WindowsLogOn& log_on) {
  const AuthEvent& event = log_on.event;
  const bool is_from_elsewhere = event.has_address() || !event.source_host.empty();
  const bool is_machine = event.user.view().ends_with('$');
  if (!is_from_elsewhere || is_machine) return false;
  if (event.has_address() && is_loopback(event.address)) return false;
  if (event.result == AuthResult::failure)
    return log_on.tells_of_guessing && log_on.event_id != 4769 &&
           (log_on.act == LogOnAct::log_on || log_on.act == LogOnAct::ticket ||
            log_on.act == LogOnAct::credential_check);
  return log_on.is_person && (log_on.event_id == 4624 || log_on.event_id == 4768);
}

struct ChangeShape {
  std::uint32_t event_id;
  ChangeOperation operation;
  ObjectKind target;
};
constexpr auto changes = std::to_array<ChangeShape>({
    {4720, ChangeOperation::created, ObjectKind::user},
    {4722, ChangeOperation::enabled, ObjectKind::user},
    {4723, ChangeOperation::password_changed, ObjectKind::user},
    {4724, ChangeOperation::password_changed, ObjectKind::user},
    {4725, ChangeOperation::disabled, ObjectKind::user},
    {4726, ChangeOperation::deleted, ObjectKind::user},
    {4738, ChangeOperation::changed, ObjectKind::user},
    {4740, ChangeOperation::disabled, ObjectKind::user},
    {4767, ChangeOperation::enabled, ObjectKind::user},
    {4727, ChangeOperation::created, ObjectKind::group},
    {4731, ChangeOperation::created, ObjectKind::group},
    {4754, ChangeOperation::created, ObjectKind::group},
    {4730, ChangeOperation::deleted, ObjectKind::group},
    {4734, ChangeOperation::deleted, ObjectKind::group},
    {4758, ChangeOperation::deleted, ObjectKind::group},
    {4728, ChangeOperation::member_added, ObjectKind::user},
    {4732, ChangeOperation::member_added, ObjectKind::user},
    {4756, ChangeOperation::member_added, ObjectKind::user},
    {4729, ChangeOperation::member_removed, ObjectKind::user},
    {4733, ChangeOperation::member_removed, ObjectKind::user},
    {4757, ChangeOperation::member_removed, ObjectKind::user},
});

// Groups whose members rule the machine or the domain, whatever they are called there.
bool rules_the_host(std::string_view group_sid) {
  if (group_sid.starts_with("S-1-5-32-"))
    return group_sid == "S-1-5-32-544" || group_sid == "S-1-5-32-548" ||
           group_sid == "S-1-5-32-549" || group_sid == "S-1-5-32-550" ||
           group_sid == "S-1-5-32-551";
  return group_sid.starts_with("S-1-5-21-") &&
         (group_sid.ends_with("-512") || group_sid.ends_with("-518") ||
          group_sid.ends_with("-519"));
}

template <typename Event>
void set_place(Event& event, const WindowsRecord& record, std::uint64_t id) {
  event.time = record.time;
  event.id = id;
  event.host = record.computer;
  event.host_hash = base::hash_bytes(short_host(record.computer));
  event.record = record.bytes;
}

}  // namespace

std::string short_host(std::string_view computer) {
  while (computer.starts_with('\\')) computer.remove_prefix(1);
  const bool is_address = base::parse_ip(computer).has_value();
  return base::to_lower_ascii(is_address ? computer : computer.substr(0, computer.find('.')));
}

void WindowsLogOns::begin() {
  if (names_.size() > names_max) names_.clear();
}

void WindowsLogOns::learn_name(const WindowsRecord& record) {
  for (const std::string_view column : {"TargetSid", "TargetUserSid"}) {
    const std::string_view account = record.value(column);
    if (account.starts_with("S-1-5-21-") && names_.size() < 2 * names_max)
      names_.try_emplace(std::string(account), bare_name(record.value(user)));
  }
}

std::optional<WindowsLogOn> WindowsLogOns::read(const WindowsRecord& record, std::uint64_t id) {
  const Shape* shape = shape_of(record);
  if (shape == nullptr) return std::nullopt;
  learn_name(record);
  WindowsLogOn log_on;
  AuthEvent& event = log_on.event;
  set_place(event, record, id);
  log_on.act = shape->act;
  log_on.event_id = record.event_id;
  log_on.log_on_type = read_log_on_type(record.value("LogonType")).value_or(-1);
  const std::string_view name = record.value(shape->user);
  event.user = bare_name(name);
  event.user_hash = event.user.empty() ? 0 : base::hash_bytes(base::to_lower_ascii(event.user));
  log_on.domain = shape->domain.empty() ? domain_in(name) : record.value(shape->domain);
  log_on.is_person = is_person(event.user, record.value(shape->user_sid));
  log_on.actor = bare_name(record.value("SubjectUserName"));
  log_on.actor_is_person = is_person(log_on.actor, record.value("SubjectUserSid"));
  log_on.process = record.value("ProcessName");
  log_on.package = record.value("AuthenticationPackageName");
  if (const auto key = read_number(record.value(shape->session)); key && *key != 0)
    log_on.session_key = base::hash_words(event.host_hash, static_cast<std::uint64_t>(*key)) | 1;
  const std::string_view elevated = record.value("ElevatedToken");
  log_on.is_elevated = elevated == "%%1842" || equals_ignoring_case(elevated, "Yes") ||
                       record.value(shape->user_sid).ends_with("-500");
  read_source(record, *shape, log_on);
  event.service = service_of(record, log_on);
  event.method = model::AuthMethod::password;
  event.result = AuthResult::success;
  if (!is_success(record)) read_failure(record, log_on);
  join_attempt(record, log_on);
  log_on.tells_of_guessing = tells_of_guessing(log_on);
  return log_on;
}

// A new member may be a distinguished name, a name, or only a number that an earlier record told
// the name of.
std::string_view WindowsLogOns::member_of(const WindowsRecord& record) const {
  const std::string_view name = record.value("MemberName");
  if (name.size() > 3 && equals_ignoring_case(name.substr(0, 3), "CN="))
    return name.substr(3, name.find(',') - 3);
  if (!name.empty()) return bare_name(name);
  const std::string_view member_sid = record.value("MemberSid");
  const auto known = names_.find(std::string(member_sid));
  return known == names_.end() ? member_sid : std::string_view(known->second);
}

std::optional<ChangeEvent> WindowsLogOns::read_change(const WindowsRecord& record,
                                                      std::uint64_t id) {
  const auto shape = std::ranges::find(changes, record.event_id, &ChangeShape::event_id);
  if (shape == changes.end() || record.provider.find(auditing) == std::string::npos)
    return std::nullopt;
  learn_name(record);
  ChangeEvent change;
  set_place(change, record, id);
  change.operation = shape->operation;
  change.target_kind = shape->target;
  change.service = record.provider;
  change.actor = bare_name(record.value("SubjectUserName"));
  if (shape->operation == ChangeOperation::member_added ||
      shape->operation == ChangeOperation::member_removed) {
    change.target = member_of(record);
    change.container = record.value(user);
    change.container_kind = ObjectKind::group;
    change.is_privileged = rules_the_host(record.value("TargetSid"));
  } else {
    change.target = record.value(user);
  }
  return change;
}

}  // namespace vedette::normalise::windows
