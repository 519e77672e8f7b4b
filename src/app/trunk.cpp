#include "app/trunk.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/crash_point.h"
#include "app/journal_spans.h"
#include "app/trunk_passage.h"
#include "base/limits.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using ports::JournalRecord;

constexpr Duration first_pause = Duration::milliseconds(100);
constexpr Duration longest_pause = Duration::seconds(5);
constexpr std::size_t places_max = 65'536;
// A bite of answers holds few rows, each of them large: bites are gathered until the store can put
// the rows of most tables straight into its file (2,048 of one), within these bytes.
constexpr std::uint64_t append_rows_wanted = 6'144;
constexpr std::size_t append_bytes_max = 32 * 1024 * 1024;
// A start reads again what came after the checkpoint: half a minute of it, or less where much comes
// in, as long as saving takes no more than a fiftieth of the time.
constexpr Duration checkpoint_interval = Duration::seconds(30);
constexpr std::uint64_t lines_between_checkpoints = 10'000;
constexpr std::int64_t checkpoint_pause_factor = 50;
constexpr std::uint64_t remembered_records = 128;
// Whose rows come with what they read, not with the events of lines.
bool has_own_rows(std::string_view format) {
  return normalise::cloud::CloudNormaliser::reads(format) ||
         format == normalise::windows::windows_format;
}

constexpr std::uint64_t memory_format = 0x364d454d4b4e5254;  // of the checkpoint: "TRNKMEM6"

}  // namespace

Trunk::Trunk(TrunkRooms rooms)
    : rooms_(std::move(rooms)),
      normaliser_(rooms_.stamps),
      detection_(
          rooms_.detectors, rooms_.privileges, rooms_.geo,
          [this](const detect::ChangedAlert& changed) {
            if (is_new_) news_.push_back({changed.change, changed.alert});
          },
          rooms_.identities, rooms_.windows, rooms_.indicators) {
  normaliser_.show_rejected(&rejected_);
  normaliser_.show_changes(&changes_);
  messages_.show_changes(&changes_);
  if (rooms_.catalogue != nullptr)
    ingest_rows_ = std::make_unique<IngestRows>(*rooms_.catalogue, quarantine_, rooms_.intel);
}
Trunk::~Trunk() = default;

// The way. What stands before a watermark is only remembered; see the header.
Result<bool> Trunk::step(const std::stop_token& stop) {
  load_.skip();
  if (rooms_.new_settings && rooms_.identities != nullptr)
    if (auto settings = rooms_.new_settings()) rooms_.identities->change(*std::move(settings));
  // What is only remembered is a step of its own: the service is ready when that is done. A step
  // lies before a watermark or behind it, never on both sides.
  std::uint64_t last = next_watermark();
  if (last == 0) last = VEDETTE_TRY(rooms_.journal.last_position());
  std::uint64_t position = position_;
  base::Timestamp received;
  waiting_rows_ = 0;
  std::size_t bytes = 0;
  do {
    // Raw lines and answers, in the order they were acknowledged.
    const auto records = VEDETTE_TRY(read(position, stop));
    load_.add(Station::journal);
    if (records.empty()) break;
    const auto today = up_to(last, of_one_day(records));
    if (today.empty()) break;
    if (received.is_set() && day_of(received) != day_of(today.front().record.received)) break;
    for (const JournalRecord& each : today) {
      work_on(each);
      bytes += each.record.payload.size();
    }
    position = today.back().position;
    received = today.back().record.received;
  } while (position < last && waiting_rows_ < append_rows_wanted && bytes < append_bytes_max);
  if (position == position_ && position_ < last) {
    // None of the rest can be read back: that is what was to be done about it.
    position = last;
    received = rooms_.clock.now();
  }
  if (position == position_) {
    VEDETTE_TRY_VOID(pass_time(stop));
    return false;
  }
  Bite bite = take(position, received);
  const bool goes_on = position < last;
  VEDETTE_TRY_VOID(finish(goes_on, stop));  // the one before
  position_ = position;
  crash_point("before_store");
  waiting_ = std::move(bite);
  is_begun_ = goes_on && position > stored_;
  if (is_begun_)
    writer_.begin(waiting_->rows);
  else
    VEDETTE_TRY_VOID(finish(false, stop));
  return true;
}

// Everything that was made up to this position.
Trunk::Bite Trunk::take(std::uint64_t position, base::Timestamp received) {
  Bite bite{take_rows(position, received), {}, {}, {}};
  match(bite.rows);  // those that hold indicators of compromise
  bite.memory = due_memory(position);
  bite.news = std::exchange(news_, {});
  bite.readings = std::exchange(readings_, {});
  if (position <= stored_) bite.rows.tables.clear();
  return bite;
}

// The bite that waits, to its end. When rows go on coming, the next ones get its memory.
Result<void> Trunk::finish(bool goes_on, const std::stop_token& stop) {
  if (!waiting_) return {};
  // Rows and the store's watermark: one transaction.
  VEDETTE_TRY_VOID(store(waiting_->rows, stop));
  load_.add(Station::store);
  crash_point("after_store");
  // Incidents, outbox and the state's watermark: one transaction.
  VEDETTE_TRY_VOID(record(*waiting_, stop));
  load_.add(Station::incident);
  crash_point("after_record");
  const std::uint64_t position = waiting_->rows.position;
  if (goes_on) cloud_.reuse(waiting_->rows.tables);
  waiting_.reset();
  const std::lock_guard lock(mutex_);
  counts_.position = position;
  counts_.cpu_seconds = load_.cpu_seconds();
  counts_.is_recovered = position >= std::max(stored_, recorded_);
  return {};
}

void Trunk::work_on(const JournalRecord& record) {
  Passage passage{record, {}, {}, {}, {}, {}, {}, {}, 0, 0};
  normalise(passage);  // events; what is not understood goes to the quarantine
  load_.add(Station::normalise);
  enrich(passage);  // where each of them came from
  load_.add(Station::enrich);
  make_rows(passage);
  load_.add(Station::rows);
  detect(passage);  // pure: (state, events) → alerts
  load_.add(Station::detect);
  waiting_rows_ += passage.lines;
  unsaved_lines_ += passage.lines;
  count(passage);
}

void Trunk::normalise(Passage& passage) {
  const ports::RawRecord& raw = passage.record.record;
  model::RawBatch& batch = passage.batch;
  batch.source =
      sources_.try_emplace(raw.source, static_cast<std::uint32_t>(sources_.size())).first->second;
  batch.source_name = raw.source;
  batch.position = raw.source_position;
  batch.received = raw.received;
  batch.source_modified = raw.source_modified;
  batch.live = raw.live;
  batch.bytes = raw.payload;
  batch.journal_position = passage.record.position;
  rejected_.clear();
  changes_.clear();
  if (raw.format == normalise::authlog_format) normalise_lines(passage);
  if (raw.format == model::syslog_format) normalise_messages(passage);
  passage.unreadable += rejected_.size();
  if (normalise::cloud::CloudNormaliser::reads(raw.format)) normalise_cloud(passage);
  if (raw.format == normalise::windows::windows_format) normalise_windows(passage);
}

void Trunk::normalise_lines(Passage& passage) {
  const std::uint64_t lines_before = normaliser_.counts().lines;
  normaliser_.begin(passage.batch);
  for (bool more = true; more;) {
    const std::size_t before = passage.events.size(), changes_before = changes_.size();
    more = normaliser_.next(passage.events);
    last_time_ = normaliser_.counts().last_time;
    passage.runs.push_back(
        run_of(passage.events.size() - before, changes_.size() - changes_before));
  }
  passage.lines = normaliser_.counts().lines - lines_before;
  for (const auto& notice : normaliser_.take_notices()) rooms_.notice(false, notice);
}

void Trunk::normalise_messages(Passage& passage) {
  const std::uint64_t messages_before = messages_.counts().messages;
  messages_.read(passage.batch, passage.events, rejected_);
  if (messages_.counts().last_time.is_set()) last_time_ = messages_.counts().last_time;
  normalise_windows(passage);  // those that are Windows events
  passage.runs.push_back(run_of(passage.events.size(), changes_.size()));
  passage.lines = messages_.counts().messages - messages_before;
}

void Trunk::normalise_cloud(Passage& passage) {
  const bool is_stored = rows_are_done(passage.record.position);
  const auto counts = cloud_.read(passage.batch, passage.record.record.format, !is_stored);
  other_counts_.records += counts.records;
  other_counts_.unreadable += counts.unreadable;
  const auto log_ins = cloud_.log_ins();
  if (rooms_.identities == nullptr || !rooms_.identities->is_enabled())
    passage.events.assign(log_ins.begin(), log_ins.end());
  passage.sign_ins = cloud_.new_sign_ins();
  passage.directory_changes = cloud_.changes();
  if (passage.record.position > recorded_)
    std::ranges::copy(cloud_.incidents(), std::back_inserter(readings_));
  if (const auto* locations = cloud_.locations(); locations || !cloud_.identities().empty()) {
    const std::lock_guard lock(directory_mutex_);
    for (const model::Identity& identity : cloud_.identities()) directory_.put(identity);
    if (locations != nullptr) directory_.set_locations(passage.batch.source_name, *locations);
  }
  // Answers come late and in any order: time goes on, never back.
  if (!log_ins.empty()) last_time_ = std::max(last_time_, log_ins.back().time);
  passage.runs.push_back(run_of(passage.events.size(), changes_.size()));
  passage.lines = counts.records;
  passage.unreadable = counts.unreadable;
}

// The events that were read last, with what all sources came to so far.
ReadRun Trunk::run_of(std::size_t events, std::size_t changes) const {
  const auto& lines = normaliser_.counts();
  return {
      events,
      changes,
      {lines.events + lines.known + lines.duplicates + messages_.counts().readable +
           other_counts_.records - other_counts_.unreadable,
       normaliser_.quarantine().lines() + messages_.quarantine().lines() + other_counts_.unreadable,
       last_time_}};
}

void Trunk::enrich(Passage& passage) {
  static const model::Location nowhere;
  if (rows_are_done(passage.record.position)) return;
  if (places_.size() > places_max) places_.clear();
  // Sign-ins to cloud services mostly say it themselves; those of Windows hosts are asked for with
  // their rows.
  if (has_own_rows(passage.record.record.format)) return;
  for (const model::AuthEvent& event : passage.events) {
    if (!event.has_address()) {
      passage.places.push_back(&nowhere);
      continue;
    }
    passage.places.push_back(&place_of(event.address));
  }
}

const model::Location& Trunk::place_of(const base::IpAddress& address) {
  const auto [place, is_new] = places_.try_emplace(address);
  if (is_new) place->second = rooms_.geo.locate(address);
  return place->second;
}

void Trunk::make_rows(const Passage& passage) {
  const ports::RawRecord& raw = passage.record.record;
  const bool is_stored = rows_are_done(passage.record.position);
  if (!is_stored) change_rows_.add(passage.batch, changes_);
  if (raw.format == normalise::authlog_format) {
    if (is_stored)
      rows_.pass(passage.batch, normaliser_.zone());
    else
      rows_.add(passage.batch, passage.events, passage.places, rejected_, normaliser_.zone());
  } else if (is_stored) {
    return;
  } else if (raw.format == model::syslog_format) {
    rows_.add_messages(passage.batch, messages_.entries(), passage.events, passage.places,
                       rejected_);
    add_windows_rows();
  } else if (raw.format == normalise::health_format) {
    health_rows_.add(passage.batch, quarantine_);
  } else if (raw.format == normalise::windows::windows_format) {
    add_windows_rows();
  } else if (normalise::cloud::CloudNormaliser::reads(raw.format)) {
    cloud_.add_log_in_rows([this](const base::IpAddress& address) -> const model::Location& {
      return place_of(address);
    });
  } else if (ingest_rows_ != nullptr && IngestRows::reads(raw.format)) {
    ingest_rows_->add(passage.batch, raw.format);
  } else if (!raw.payload.empty()) {
    quarantine_.add({raw.source, raw.format, "no reader for this format", raw.payload, raw.received,
                     passage.record.position, raw.source_position});
  }
}

void Trunk::detect(const Passage& passage) {
  if (passage.runs.empty()) return;
  const bool was_written_before = !passage.batch.live && passage.batch.source_modified.is_set();
  latest_written_ = was_written_before ? passage.batch.source_modified : passage.batch.received;
  if (passage.record.position <= detected_)  // the detectors know it from their checkpoint
    return detection_.pass_over(passage.runs.back().totals);
  is_new_ = passage.record.position > recorded_;
  detection_.work_on({passage.events, changes_, passage.runs, passage.batch.source_name,
                      quarantined_most(passage.record.record.format),
                      rooms_.lateness_of ? rooms_.lateness_of(passage.batch.source_name)
                                         : rooms_.detectors.lateness(),
                      passage.sign_ins, passage.directory_changes, passage.batch.live, &directory_,
                      passage.windows},
                     rooms_.clock.now());
}

std::string_view Trunk::quarantined_most(std::string_view format) const {
  if (format == model::syslog_format) return messages_.quarantine().most_frequent_reason();
  if (normalise::cloud::CloudNormaliser::reads(format)) return cloud_.most_frequent_reason();
  if (format == normalise::windows::windows_format) return windows_.most_frequent_reason();
  return normaliser_.quarantine().most_frequent_reason();
}

Result<void> Trunk::store(const RowsToStore& rows, const std::stop_token& stop) {
  if (rows.position <= stored_) return {};
  if (rooms_.intel != nullptr) rooms_.intel->expect(rows.tables);
  const std::function<Result<ports::AppendCounts>()> append = [&] {
    if (!std::exchange(is_begun_, false))
      return rooms_.store.append(rows.tables, rows.position, rows.received);
    auto outcome = writer_.wait();
    load_.add(Station::store, writer_.cpu_seconds());
    return outcome;
  };
  const auto appended =
      VEDETTE_TRY(insist("storing rows", stop, append, [&] { return mend_store(); }));
  stored_ = rows.position;
  if (rooms_.intel != nullptr) rooms_.intel->stored();
  const std::lock_guard lock(mutex_);
  counts_.rows_stored += appended.rows;
  counts_.rows_repeated = rows_.repeated_lines() + (repeated_rows_ += appended.repeated);
  counts_.rows_updated += appended.updated;
  return {};
}

// A segment that has to be set aside takes its rows with it; they come again from the journal, by a
// trunk that begins anew.
Result<void> Trunk::mend_store() {
  VEDETTE_TRY_VOID(rooms_.store.reopen());
  const std::uint64_t there = VEDETTE_TRY(rooms_.store.watermark());
  if (there >= stored_) return {};
  return base::failure(
      base::ErrorCode::refused,
      fmt::format("the store was put back from position {} to {}", stored_, there));
}

// What is known at this position, when it is time that the state keeps it.
std::optional<std::string> Trunk::due_memory(std::uint64_t position) {
  if (position < recorded_ || (position == recorded_ && news_.empty())) return std::nullopt;
  const Duration now = rooms_.clock.monotonic();
  const bool is_due = now >= checkpoint_due_ ||
                      (unsaved_lines_ >= lines_between_checkpoints && now >= checkpoint_allowed_);
  if (!is_due && !checkpoint_wanted_.exchange(false)) return std::nullopt;
  std::string memory = save_memory();
  const Duration done = rooms_.clock.monotonic();
  checkpoint_due_ = done + checkpoint_interval;
  checkpoint_allowed_ = {done.ticks + (done.ticks - now.ticks) * checkpoint_pause_factor};
  unsaved_lines_ = 0;
  return memory;
}

Result<void> Trunk::record(Bite& bite, const std::stop_token& stop) {
  const std::uint64_t position = bite.rows.position;
  if (position <= recorded_ && bite.news.empty() && bite.readings.empty()) return {};
  incident::Progress progress;
  progress.watermark = std::max(position, recorded_);
  progress.detector_checkpoint = std::move(bite.memory);
  const auto recorded = VEDETTE_TRY(insist<incident::Recorded>(
      "recording incidents", stop,
      [&] { return rooms_.book.record(bite.news, rooms_.clock.now(), progress, bite.readings); },
      [] { return Result<void>(); }));
  recorded_ = *progress.watermark;
  if (recorded.messages > 0 && rooms_.messages_wait) rooms_.messages_wait();
  const std::lock_guard lock(mutex_);
  counts_.alert_changes += bite.news.size();
  counts_.incidents_opened += recorded.incidents_opened;
  counts_.incidents_changed += recorded.incidents_changed;
  counts_.messages += recorded.messages;
  return {};
}

Result<void> Trunk::pass_time(const std::stop_token& stop) {
  is_new_ = true;
  detection_.pass_time(last_time_, latest_written_, rooms_.clock.now());
  if (news_.empty()) return {};
  // The journal does not say when we looked at the clock, so nobody could find this out again.
  checkpoint_wanted_ = true;
  Bite bite{{{}, position_, {}}, {}, {}, due_memory(position_)};
  bite.news = std::exchange(news_, {});
  return record(bite, stop);
}

Result<std::vector<JournalRecord>> Trunk::read(std::uint64_t after, const std::stop_token& stop) {
  auto records = VEDETTE_TRY(insist<std::vector<JournalRecord>>(
      "reading the journal", stop,
      [&] { return rooms_.journal.read(after, base::limits::journal_bite_bytes); },
      [&] { return rooms_.journal.reopen(); }));
  take_broken();
  return records;
}

// What the journal cannot give back is told, and has its row like every other text that could not
// be read.
void Trunk::take_broken() {
  const auto broken = rooms_.journal.take_broken_positions();
  for (std::size_t i = 0, end = 0; i < broken.size(); i = end) {
    for (end = i + 1; end < broken.size() && broken[end] == broken[end - 1] + 1;) ++end;
    tell_broken(broken[i], broken[end - 1]);
  }
  for (const std::uint64_t position : broken)
    if (position > stored_)
      quarantine_.add({"journal", "", "the journal's record cannot be read back", "",
                       rooms_.clock.now(), position, 0});
  const std::lock_guard lock(mutex_);
  counts_.broken_records += broken.size();
}

void Trunk::tell_broken(std::uint64_t first, std::uint64_t last) {
  const std::string which = first == last ? fmt::format("record {}", first)
                                          : fmt::format("the records {} to {}", first, last);
  rooms_.notice(
      true,
      fmt::format(
          "{} of the journal cannot be read back (the disk gave back other bytes than were "
          "written); {}",
          which, last <= stored_ ? "rows and incidents were made of it before" : "it is left out"));
}

Result<bool> Trunk::recover(bool from_checkpoint) {
  stored_ = VEDETTE_TRY(rooms_.store.watermark());
  recorded_ = VEDETTE_TRY(rooms_.incidents.watermark());
  const std::uint64_t last = VEDETTE_TRY(rooms_.journal.last_position());
  const std::uint64_t first = VEDETTE_TRY(rooms_.journal.first_position());
  const std::uint64_t ahead = std::max(stored_, recorded_);
  if (ahead > last) {
    rooms_.notice(true, fmt::format("the journal ends at {}, before what is done already ({}): it "
                                    "is older or was damaged; new records come after that",
                                    last, ahead));
    VEDETTE_TRY_VOID(rooms_.journal.begin_after(ahead));
  }
  const auto checkpoint = VEDETTE_TRY(rooms_.incidents.detector_checkpoint());
  if (checkpoint && from_checkpoint) {
    if (const auto restored = restore_memory(checkpoint->state); !restored) {
      rooms_.notice(false, fmt::format("what the detectors knew is made again from the journal: {}",
                                       restored.error().message));
      return false;
    }
    detected_ = checkpoint->position;
  }
  const std::uint64_t behind = std::min(stored_, recorded_);
  if (behind < first - 1 && last > 0) {
    rooms_.notice(true, fmt::format("the journal begins at {}: what came before it is not there to "
                                    "make {} from again",
                                    first, stored_ < recorded_ ? "rows" : "incidents"));
  }
  // A little before what is needed: lines that repeat know each other.
  const std::uint64_t needed = std::min(behind, detected_);
  position_ = std::max(first - 1, needed - std::min(needed, remembered_records));
  const std::lock_guard lock(mutex_);
  counts_.position = position_;
  counts_.is_recovered = position_ >= std::min(last, ahead);
  return true;
}

std::string Trunk::save_memory() const {
  std::string blob;
  detect::BlobWriter out(blob);
  out.put(memory_format);
  const auto zones = normaliser_.learned_zones();
  out.list(zones, [&out](const normalise::LearnedZone& each) {
    out.text(each.source);
    out.text(each.zone);
  });
  out.numbers(cloud_.seen());
  out.numbers(windows_.seen());
  out.texts(cloud_.without_sign_ins());
  out.texts(directory_.write());
  detection_.save(out);
  std::string detectors;
  rooms_.detectors.save(detectors);
  out.text(detectors);
  return blob;
}

Result<void> Trunk::restore_memory(std::string_view blob) {
  detect::BlobReader in(blob);
  if (in.take<std::uint64_t>() != memory_format)
    return base::failure(base::ErrorCode::malformed, "the checkpoint is of another version");
  std::vector<normalise::LearnedZone> zones(in.count(2 * sizeof(std::uint64_t)));
  for (auto& [source, zone] : zones) {
    source = in.text();
    zone = in.text();
  }
  const auto seen = in.numbers<normalise::cloud::SeenSignIn>();
  const auto seen_windows = in.numbers<normalise::cloud::SeenSignIn>();
  for (auto& tenant : in.texts()) cloud_.recall_without_sign_ins(std::move(tenant));
  bool is_read = true;
  {
    const std::lock_guard lock(directory_mutex_);
    for (const auto& identity : in.texts()) is_read = directory_.read(identity) && is_read;
  }
  detection_.restore(in);
  const std::string detectors = in.text();
  if (!is_read || !in.good() || !in.at_end())
    return base::failure(base::ErrorCode::malformed, "the checkpoint is damaged");
  VEDETTE_TRY_VOID(rooms_.detectors.restore(detectors));
  normaliser_.recall(std::move(zones));
  cloud_.recall(seen);
  windows_.recall(seen_windows);
  return {};
}

template <typename T>
Result<T> Trunk::insist(const std::string& what, const std::stop_token& stop,
                        const std::function<Result<T>()>& attempt,
                        const std::function<Result<void>()>& mend) {
  Duration pause = first_pause;
  for (bool failed = false;; failed = true) {
    auto result = attempt();
    if (result) {
      if (failed) rooms_.notice(false, what + " works again");
      if (failed) set_trouble("");
      return result;
    }
    const std::string trouble = what + ": " + result.error().message;
    if (!failed) rooms_.notice(true, trouble + "; trying again until it succeeds");
    set_trouble(trouble);
    if (!rooms_.clock.sleep(pause, stop)) return std::unexpected(std::move(result).error());
    pause = {std::min(pause.ticks * 2, longest_pause.ticks)};
    const auto mended = mend();
    if (mended) continue;
    if (mended.error().code == base::ErrorCode::refused) return std::unexpected(mended.error());
    set_trouble(what + ": " + mended.error().message);
  }
}

void Trunk::set_trouble(const std::string& text) {
  const std::lock_guard lock(mutex_);
  counts_.trouble = text;
  if (!text.empty()) ++counts_.failures;
}

void Trunk::count(const Passage& passage) {
  const ports::RawRecord& raw = passage.record.record;
  if (passage.record.position <= std::max(stored_, recorded_)) return;
  const std::lock_guard lock(mutex_);
  ++counts_.records;
  counts_.lines += passage.lines;
  counts_.events += passage.events.size();
  counts_.quarantined += passage.unreadable;
  if (raw.format == normalise::health_format) return;
  SourceCounts& source = source_counts_[raw.source];
  source.format = raw.format;
  ++source.records;
  source.bytes += raw.payload.size();
  source.lines += passage.lines;
  source.events += passage.events.size();
  source.unreadable += passage.unreadable;
  source.last_received = raw.received;
  // Of answers each record has its own lateness, which their feed measures.
  const bool is_answer = normalise::cloud::CloudNormaliser::reads(raw.format);
  if (!raw.live || is_answer || passage.events.empty()) return;
  const double lateness_s = (raw.received - passage.events.back().time).as_seconds();
  ++source.timed_records;
  source.lateness_s_sum += lateness_s;
  source.lateness_s_max = std::max(source.lateness_s_max, lateness_s);
}

model::TenantDirectory Trunk::directory() const {
  const std::lock_guard lock(directory_mutex_);
  return directory_;
}

TrunkCounts Trunk::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::map<std::string, SourceCounts> Trunk::take_source_counts() {
  const std::lock_guard lock(mutex_);
  return std::exchange(source_counts_, {});
}

}  // namespace vedette::app
