#include "normalise/windows/windows_normaliser.h"

#include <algorithm>
#include <deque>

#include "base/hash.h"
#include "base/json.h"
#include "base/json_split.h"
#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "normalise/quarantine.h"
#include "normalise/windows/windows_json.h"
#include "normalise/windows/windows_log_on_rows.h"
#include "normalise/windows/windows_log_ons.h"
#include "normalise/windows/windows_rows.h"
#include "normalise/windows/windows_syslog.h"
#include "normalise/windows/windows_xml.h"

namespace vedette::normalise::windows {
namespace {

using base::Result;
using model::AuthEvent;
using model::ChangeEvent;
using model::WindowsLogOn;

std::uint64_t content_of(const WindowsRecord& record) {
  std::uint64_t hash =
      base::hash_words(record.event_id, static_cast<std::uint64_t>(record.time.ticks));
  for (const auto& [name, value] : record.data)
    hash = base::hash_bytes(value, base::hash_bytes(name, hash));
  return base::hash_bytes(record.message, hash);
}

// The same record of the same log is the same, whoever sends it. One that has no number is who it
// says it is when it was read from a file, and where it lies when it was sent.
std::uint64_t identity_of(const WindowsRecord& record, std::uint64_t content,
                          const model::RawBatch& batch, std::uint64_t number) {
  std::uint64_t id = base::hash_bytes(short_host(record.computer));
  id = base::hash_bytes(base::to_lower_ascii(record.channel), id);
  if (record.record_id != 0) {
    // In whole seconds: not every forwarder keeps the fraction.
    id = base::hash_words(id, record.record_id);
    return base::hash_words(id, static_cast<std::uint64_t>(record.time.unix_seconds())) | 1;
  }
  id = base::hash_words(id, content);
  if (batch.live) id = base::hash_words(id, base::hash_words(batch.journal_position, number));
  return id | 1;
}

}  // namespace

class WindowsNormaliser::Body {
 public:
  explicit Body(QuarantineRows& quarantine) : quarantine_rows_(quarantine) {}

  WindowsCounts read(const model::RawBatch& batch, bool keep_rows, const base::TimeZone& zone,
                     cloud::SeenSignIns& seen) {
    begin(batch, keep_rows, zone);
    const std::string_view text = base::trim(batch.bytes);
    if (text.starts_with('<'))
      for (const std::string_view each : split_windows_xml(text))
        take(read_windows_xml(each), each, seen);
    else
      read_json(text, seen);
    if (counts_.records == 0 && !text.empty()) reject("holds no Windows event", text);
    return finish();
  }
  WindowsCounts read_messages(const model::RawBatch& batch, std::span<const SyslogEntry> entries,
                              bool keep_rows, const base::TimeZone& zone,
                              cloud::SeenSignIns& seen) {
    begin(batch, keep_rows, zone);
    for (const SyslogEntry& entry : entries) {
      const std::string_view part = windows_part(entry.sent.text);
      if (part.empty()) continue;
      auto record = read_windows_message(part, zone_offset_);
      if (record && record->computer.empty())
        record->computer = entry.message.host.empty() ? entry.sent.sender : entry.message.host;
      if (record && !record->time.is_set()) record->time = entry.time;
      take(std::move(record), part, seen);
    }
    return finish();
  }

  void add_log_on_rows(const PlaceOf& place_of) {
    static const model::Location nowhere;
    for (const auto& [log_on, content] : rows_of_log_ons_)
      (batch_->live ? log_on_rows_ : imported_log_on_rows_)
          .add(log_on, content, batch_->received,
               log_on.event.has_address() ? place_of(log_on.event.address) : nowhere);
    rows_of_log_ons_.clear();
  }
  void take_rows(std::vector<model::TableBatch>& taken) {
    rows_.take(taken);
    log_on_rows_.take(taken);
    imported_log_on_rows_.take(taken);
  }
  [[nodiscard]] const std::vector<WindowsLogOn>& log_ons() const { return log_ons_; }
  [[nodiscard]] const std::vector<ChangeEvent>& changes() const { return changes_; }
  [[nodiscard]] const std::vector<AuthEvent>& attempts() const { return attempts_; }
  [[nodiscard]] const Quarantine& quarantine() const { return quarantine_; }

 private:
  void begin(const model::RawBatch& batch, bool keep_rows, const base::TimeZone& zone) {
    batch_ = &batch;
    keep_rows_ = keep_rows;
    zone_offset_ =
        base::Duration::seconds(zone.to_local(batch.received) - batch.received.unix_seconds());
    counts_ = {};
    records_.clear();
    log_ons_.clear();
    attempts_.clear();
    changes_.clear();
    rows_of_log_ons_.clear();
    reader_.begin();
  }
  WindowsCounts finish() {
    std::ranges::stable_sort(log_ons_, {},
                             [](const WindowsLogOn& each) { return each.event.time; });
    std::ranges::stable_sort(changes_, {}, &ChangeEvent::time);
    for (const WindowsLogOn& each : log_ons_)
      if (each.tells_of_guessing) attempts_.push_back(each.event);
    return counts_;
  }
  void read_json(std::string_view text, cloud::SeenSignIns& seen) {
    const auto take_one = [&](std::string_view piece) {
      auto json = base::parse_json(piece);
      take(json ? read_windows_json(*json, zone_offset_) : std::unexpected(json.error()), piece,
           seen);
    };
    if (text.starts_with('[')) {
      for (const auto& piece : base::split_records(text, "").pieces) take_one(piece.bytes);
      return;
    }
    // An object a line, or one over several lines.
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = base::trim(rest.substr(0, end));
      if (!line.empty() && !line.ends_with('}') && line.starts_with('{') &&
          rest.size() == text.size() && base::parse_json(text))
        return take_one(text);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (!line.empty()) take_one(line);
    }
  }

  void take(Result<WindowsRecord> read, std::string_view bytes, cloud::SeenSignIns& seen) {
    ++counts_.records;
    if (!read) return reject(read.error().message, bytes);
    read->bytes = bytes;
    const WindowsRecord& record = records_.emplace_back(*std::move(read));
    const std::uint64_t content = content_of(record);
    const std::uint64_t id = identity_of(record, content, *batch_, counts_.records);
    // A clock that is wrong, or a liar, must not move our time; as for syslog.
    constexpr base::Duration ahead_most = base::Duration::minutes(5);
    if (batch_->live && record.time > batch_->received + ahead_most)
      records_.back().time = batch_->received;
    if (!record.time.is_set()) {
      records_.back().time = batch_->received;
      reject("has no time that can be read", bytes);
    }
    if (keep_rows_) rows_.add(record, {record.time, batch_->received, id, content}, !batch_->live);
    const auto log_on = reader_.read(record, id);
    if (log_on && keep_rows_) rows_of_log_ons_.emplace_back(*log_on, content);
    const auto change = reader_.read_change(record, id);
    if ((!log_on && !change) || !seen.add(id, batch_->received, batch_->live)) return;
    if (log_on) log_ons_.push_back(*log_on);
    if (change) changes_.push_back(*change);
  }

  void reject(std::string_view reason, std::string_view bytes) {
    ++counts_.unreadable;
    quarantine_.add(reason, batch_->source_name, bytes);
    if (keep_rows_)
      quarantine_rows_.add({batch_->source_name, windows_format, reason, bytes, batch_->received,
                            batch_->journal_position, counts_.records});
  }

  const kql::SchemaCatalogue catalogue_{kql::built_in_schema()};
  QuarantineRows& quarantine_rows_;
  Quarantine quarantine_;
  WindowsLogOns reader_;
  WindowsRows rows_{catalogue_};
  WindowsLogOnRows log_on_rows_{false}, imported_log_on_rows_{true};
  // Of the batch.
  const model::RawBatch* batch_ = nullptr;
  bool keep_rows_ = false;
  base::Duration zone_offset_;  // of stamps that name none
  WindowsCounts counts_;
  std::deque<WindowsRecord> records_;
  std::vector<WindowsLogOn> log_ons_;
  std::vector<AuthEvent> attempts_;
  std::vector<ChangeEvent> changes_;
  std::vector<std::pair<WindowsLogOn, std::uint64_t>> rows_of_log_ons_;
};

WindowsNormaliser::WindowsNormaliser(const base::TimeZone& zone, QuarantineRows& quarantine)
    : zone_(zone), quarantine_(quarantine) {}
WindowsNormaliser::~WindowsNormaliser() = default;

WindowsNormaliser::Body& WindowsNormaliser::body() {
  if (!body_) body_ = std::make_unique<Body>(quarantine_);
  return *body_;
}

WindowsCounts WindowsNormaliser::read(const model::RawBatch& batch, bool keep_rows) {
  return body().read(batch, keep_rows, zone_, seen_);
}

WindowsCounts WindowsNormaliser::read_messages(const model::RawBatch& batch,
                                               std::span<const SyslogEntry> entries,
                                               bool keep_rows) {
  return body().read_messages(batch, entries, keep_rows, zone_, seen_);
}

std::span<const WindowsLogOn> WindowsNormaliser::log_ons() const {
  if (!body_) return {};
  return body_->log_ons();
}

std::span<const ChangeEvent> WindowsNormaliser::changes() const {
  if (!body_) return {};
  return body_->changes();
}

std::span<const AuthEvent> WindowsNormaliser::attempts() const {
  if (!body_) return {};
  return body_->attempts();
}

void WindowsNormaliser::add_log_on_rows(const PlaceOf& place_of) {
  if (body_) body_->add_log_on_rows(place_of);
}

void WindowsNormaliser::take(std::vector<model::TableBatch>& taken) {
  if (body_) body_->take_rows(taken);
}

std::string_view WindowsNormaliser::most_frequent_reason() const {
  return body_ ? body_->quarantine().most_frequent_reason() : std::string_view();
}

std::vector<cloud::SeenSignIn> WindowsNormaliser::seen() const {
  return seen_.all();
}

void WindowsNormaliser::recall(const std::vector<cloud::SeenSignIn>& seen) {
  seen_.recall(seen);
}

}  // namespace vedette::normalise::windows
