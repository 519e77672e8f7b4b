#include "store/duckdb/segment_store.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/encode.h"
#include "base/text.h"
#include "fmt/format.h"
#include "store/duckdb/engine.h"
#include "store/duckdb/hunt.h"
#include "store/duckdb/segment_storage.h"
#include "store/duckdb/segment_store_body.h"

namespace vedette::store::duckdb {

namespace {

constexpr std::size_t notices_max = 100;

// 20260601T101112Z
std::string compact_time(base::Timestamp now) {
  std::string text;
  for (const char c : base::format_seconds(now))
    if (c >= '0' && c <= '9') text += c;
  return text.substr(0, 8) + "T" + text.substr(8) + "Z";
}

base::Result<std::string> absolute_folder(const std::string& folder, bool make) {
  std::error_code problem;
  if (make && !std::filesystem::exists(folder, problem)) {
    std::filesystem::create_directories(folder, problem);
    if (problem)
      return base::failure(base::ErrorCode::permission_denied,
                           fmt::format("cannot make the folder {}: {}", folder, problem.message()));
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  }
  const std::filesystem::path path = std::filesystem::canonical(folder, problem);
  if (problem)
    return base::failure(base::ErrorCode::not_found,
                         fmt::format("cannot open the folder {}: {}", folder, problem.message()));
  return path.string();
}

bool is_damage(const base::Error& error) {
  return error.code == base::ErrorCode::malformed;
}

}  // namespace

SegmentStore::SegmentStore(std::unique_ptr<Body> body) : body_(std::move(body)) {}
SegmentStore::~SegmentStore() = default;

base::Result<std::unique_ptr<SegmentStore>> SegmentStore::open(const SegmentStoreOptions& options,
                                                               const kql::Catalogue& catalogue,
                                                               const ports::Clock& clock) {
  auto body = std::make_unique<Body>(options, catalogue, clock);
  VEDETTE_TRY_VOID(body->open());
  return std::make_unique<SegmentStore>(std::move(body));
}

base::Result<ports::AppendCounts> SegmentStore::append(std::span<const model::TableBatch> batches,
                                                       std::uint64_t watermark,
                                                       base::Timestamp received) {
  return body_->append(batches, watermark, received);
}
base::Result<std::uint64_t> SegmentStore::watermark() {
  return body_->watermark();
}
base::Result<void> SegmentStore::seal_finished_days(base::Timestamp now) {
  return body_->seal_finished_days(now);
}
base::Result<ports::RetentionOutcome> SegmentStore::apply_retention(
    const ports::RetentionPolicy& policy, base::Timestamp now) {
  return body_->apply_retention(policy, now);
}
base::Result<std::vector<ports::SegmentInformation>> SegmentStore::segments() {
  return body_->segments();
}
base::Result<void> SegmentStore::rest() {
  return body_->rest();
}
base::Result<void> SegmentStore::reopen() {
  return body_->reopen();
}
std::vector<std::string> SegmentStore::take_notices() {
  return body_->take_notices();
}
kql::Checked<void> SegmentStore::hunt(std::string_view text, const kql::Inputs& inputs,
                                      const StoreHuntOptions& options, kql::result::Sink& sink) {
  return body_->hunt(text, inputs, options, sink);
}
kql::Checked<kql::Stage> SegmentStore::explain(std::string_view text,
                                               const kql::Inputs& inputs) const {
  return body_->explain(text, inputs);
}

base::Result<void> SegmentStore::Body::open() {
  if (options_.read_only && !std::filesystem::exists(options_.folder)) {
    options_.folder.clear();
  } else {
    options_.folder = VEDETTE_TRY(absolute_folder(options_.folder, !options_.read_only));
    lock_ = VEDETTE_TRY(FolderLock::take(options_.folder, options_.read_only));
  }
  const std::lock_guard writing(writing_);
  return open_files();
}

base::Result<void> SegmentStore::Body::open_files() {
  instance_ = VEDETTE_TRY(Instance::open(
      {.memory_bytes = options_.memory_bytes,
       .threads = options_.threads,
       .folder = options_.folder,
       .places = options_.places,
       .overflow_folder = options_.read_only ? std::string() : options_.folder + "/overflow"}));
  writer_ = VEDETTE_TRY(instance_->connect());
  state_ = {};
  std::vector<std::string> broken;
  if (!options_.folder.empty())
    for (const std::string& day : VEDETTE_TRY(segment_days(options_.folder, !options_.read_only)))
      VEDETTE_TRY_VOID(open_day(day, broken));
  for (const SegmentPtr& segment : view())
    if (segment->state.sequence >= state_.sequence) state_ = segment->state;
  if (!options_.read_only) {
    VEDETTE_TRY_VOID(put_watermark_back(broken));
    auto taken_up = take_up();
    if (!taken_up && is_damage(taken_up.error())) taken_up = mend(find_broken());
    VEDETTE_TRY_VOID(std::move(taken_up));
  }
  watermark_ = state_.watermark;
  unusable_ = false;
  note_missing();
  return {};
}

base::Result<void> SegmentStore::Body::take_up() {
  VEDETTE_TRY_VOID(finish_old_deletions());
  return remember_late_rows();
}

// Files that were set aside, now or long ago, until someone takes them away: what they held may not
// have come again.
void SegmentStore::Body::note_missing() {
  const std::lock_guard lock(view_mutex_);
  std::error_code problem;
  for (std::filesystem::directory_iterator at(options_.folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    const std::string name = at->path().filename().string();
    if (name.find(".corrupt-") == std::string::npos || !is_day(name.substr(0, 10))) continue;
    std::string text = fmt::format(
        "rows of {} may be missing: {} is damaged and was set aside (delete or move it when that "
        "is settled)",
        name.substr(0, 10), at->path().string());
    if (std::ranges::find(missing_, text) == missing_.end()) missing_.push_back(std::move(text));
  }
}

base::Result<void> SegmentStore::Body::reopen() {
  if (options_.read_only)
    return base::failure(base::ErrorCode::refused, "the store is open for reading only");
  const std::lock_guard writing(writing_);
  unusable_ = true;  // hunts that begin now are refused, and those that run are ended
  std::unique_lock alone(gate_, std::defer_lock);
  while (!alone.try_lock_for(std::chrono::milliseconds(50))) {
    const std::lock_guard lock(view_mutex_);
    for (Engine* engine : running_) engine->interrupt();
  }
  {
    const std::lock_guard lock(view_mutex_);
    view_.clear();
    missing_.clear();
  }
  known_.clear();
  attached_.clear();
  writer_ = Connection();
  instance_.reset();
  return open_files();
}

// A file, or its log, that is damaged is set aside; any other trouble ends the opening.
base::Result<void> SegmentStore::Body::open_day(const std::string& day,
                                                std::vector<std::string>& broken) {
  for (int tries = 0; tries < 2; ++tries) {
    auto segment = attach_day(day);
    if (segment) {
      publish(std::make_shared<const Segment>(std::move(*segment)));
      return {};
    }
    if (!is_damage(segment.error()))
      return std::unexpected(std::move(segment).error().within(segment_path(options_.folder, day)));
    if (tries == 0 || broken.empty() || broken.back() != day) broken.push_back(day);
    if (options_.read_only) {
      missing_.push_back(fmt::format("the rows of {}: their file is damaged", day));
      return {};
    }
    notice(fmt::format("the segment of {} does not open: {}", day,
                       base::encode_terminal(segment.error().message, 200)));
    if (tries == 0 && VEDETTE_TRY(set_log_aside(day))) continue;
    return set_aside(day);
  }
  return set_aside(day);
}

base::Result<Segment> SegmentStore::Body::attach_day(const std::string& day) {
  Segment named;
  named.day = day;
  named.alias = next_alias();
  VEDETTE_TRY_VOID(need(named, writer_));
  auto segment = describe(writer_, named.alias, day);
  if (!segment) std::ignore = let_go(named);
  return segment;
}

// Without its log the file is what it was at its last checkpoint, watermark and all.
base::Result<bool> SegmentStore::Body::set_log_aside(const std::string& day) {
  const std::string log = segment_path(options_.folder, day) + ".wal";
  if (!std::filesystem::exists(log)) return false;
  const std::string aside = fmt::format("{}.corrupt-{}", log, compact_time(clock_.now()));
  std::error_code problem;
  std::filesystem::rename(log, aside, problem);
  if (problem)
    return base::failure(base::ErrorCode::permission_denied,
                         fmt::format("cannot rename {}: {}", log, problem.message()));
  notice(
      fmt::format("its log was set aside as {}; what it held comes again from the journal", aside));
  return true;
}

base::Result<void> SegmentStore::Body::set_aside(const std::string& day) {
  const std::string path = segment_path(options_.folder, day);
  const std::string aside = fmt::format("{}.corrupt-{}", path, compact_time(clock_.now()));
  std::error_code problem;
  std::filesystem::rename(path, aside, problem);
  if (problem)
    return base::failure(base::ErrorCode::permission_denied,
                         fmt::format("cannot rename {}: {}", path, problem.message()));
  std::filesystem::remove(path + ".wal", problem);
  notice(
      fmt::format("the segment was set aside as {}; its rows come again from the journal, as "
                  "far as that still has them",
                  aside));
  return {};
}

// Rows that are gone lie behind the watermark of the last segment before them. Those behind it that
// are still there are recognised by their identity when they come again.
base::Result<void> SegmentStore::Body::put_watermark_back(const std::vector<std::string>& broken) {
  const SegmentList all = view();
  if (broken.empty() || all.empty()) return {};
  std::uint64_t back = state_.watermark;
  for (const std::string& day : broken) {
    std::uint64_t before = 0;
    for (const SegmentPtr& segment : all)
      if (segment->day <= day) before = segment->state.watermark;
    back = std::min(back, before);
  }
  if (back == state_.watermark) return {};
  state_.rebuilt_until = std::max(state_.rebuilt_until, state_.watermark);
  state_.watermark = back;
  ++state_.sequence;
  Segment newest = *all.back();
  VEDETTE_TRY_VOID(write_state(newest, state_));
  newest.state = state_;
  publish(std::make_shared<const Segment>(std::move(newest)));
  return {};
}

base::Result<void> SegmentStore::Body::write_state(const Segment& segment,
                                                   const StoreState& state) {
  return writer_.execute("UPDATE " + segment.qualified("vedette_state") +
                         fmt::format(" SET sequence = {}, watermark = {}, rebuilt_until = {}, "
                                     "sealed = {}",
                                     state.sequence, state.watermark, state.rebuilt_until,
                                     segment.sealed));
}

// The newest rows' identities, so that a source that re-reads after a restart brings nothing twice.
base::Result<void> SegmentStore::Body::remember_late_rows() {
  const SegmentList all = view();
  std::size_t room = base::limits::known_rows_max / 2;
  for (auto at = all.rbegin(); at != all.rend() && room > 0; ++at) {
    const Segment& segment = **at;
    const auto day = static_cast<std::int32_t>(
        base::parse_iso(segment.day + "T00:00:00Z")->unix_seconds() / 86'400);
    for (const auto& [name, table] : segment.tables) {
      const std::uint64_t skipped = table->rows > room ? table->rows - room : 0;
      room -= std::min<std::size_t>(room, table->rows);
      VEDETTE_TRY_VOID(writer_.each_chunk(
          fmt::format("SELECT {}, {} FROM {} WHERE rowid >= {} AND {} <> 0", item_column,
                      content_column, segment.qualified(table->physical), skipped, item_column),
          [&](duckdb_data_chunk chunk) {
            const auto* items = static_cast<std::uint64_t*>(
                duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
            const auto* contents = static_cast<std::uint64_t*>(
                duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1)));
            const idx_t size = duckdb_data_chunk_get_size(chunk);
            for (idx_t i = 0; i < size; ++i)
              known_.put(row_key(name, items[i]), {contents[i], day});
          }));
    }
  }
  return {};
}

// Deletions that a crash left undone: recorded with the new versions, not yet done elsewhere.
base::Result<void> SegmentStore::Body::finish_old_deletions() {
  for (const SegmentPtr& segment : view()) {
    if (segment->sealed) continue;
    const auto rows = VEDETTE_TRY(writer_.query(
        "SELECT day, table_name, CAST(item AS VARCHAR), CAST(content AS VARCHAR) FROM " +
        segment->qualified("vedette_deletions")));
    std::vector<OldRow> old_rows;
    for (const TextRow& row : rows)
      old_rows.push_back({row[1].value_or(""), *base::parse_unsigned(row[2].value_or("0")),
                          *base::parse_unsigned(row[3].value_or("0")), row[0].value_or("")});
    if (!old_rows.empty()) VEDETTE_TRY_VOID(finish_deletions(*segment, old_rows));
  }
  return {};
}

base::Result<std::vector<ports::SegmentInformation>> SegmentStore::Body::segments() const {
  std::vector<ports::SegmentInformation> all;
  for (const SegmentPtr& segment : view()) {
    all.push_back({segment->day, segment_bytes(options_.folder, segment->day), segment->rows(),
                   segment->sealed});
    for (const auto& [name, table] : segment->tables)
      if (table->rows > 0) all.back().tables[name] = table->rows;
  }
  return all;
}

kql::Checked<void> SegmentStore::Body::hunt(std::string_view text, const kql::Inputs& inputs,
                                            const StoreHuntOptions& options,
                                            kql::result::Sink& sink) {
  struct Counted {
    std::atomic<int>& count;
    ~Counted() { --count; }
  };
  const bool too_many = ++hunts_ > base::limits::hunts_at_once_max;
  const Counted counted{hunts_};
  if (too_many)
    return kql::refuse("KQL406", {},
                       fmt::format("{} hunts run already", base::limits::hunts_at_once_max),
                       "try again when one has ended");
  const std::shared_lock open(gate_);
  if (unusable_)
    return kql::refuse("KQL503", {}, "the store is being opened again", "try again in a moment");
  const SegmentList segments = view();
  EngineOptions engine_options{.timeout_ms = options.timeout_ms,
                               .stop = options.stop,
                               .external = options.external,
                               .progress = options.progress,
                               .report = options.report};
  {
    const std::lock_guard lock(view_mutex_);
    engine_options.missing = missing_;
  }
  const auto engine = Engine::open_on(instance_, engine_options);
  if (!engine) return kql::refuse("KQL503", {}, engine.error().message);
  const StoreCatalogue catalogue(catalogue_, segments);
  auto attaching = instance_->connect();
  if (!attaching) return kql::refuse("KQL503", {}, attaching.error().message);
  base::Result<void> attached;
  const SegmentStorage storage(segments, [&](const Segment& segment) {
    if (attached) attached = need(segment, *attaching);
  });
  {
    const std::lock_guard lock(view_mutex_);
    running_.push_back(engine->get());
  }
  auto done = duckdb::hunt(**engine, text, catalogue, storage, inputs, sink);
  {
    const std::lock_guard lock(view_mutex_);
    std::erase(running_, engine->get());
  }
  if (!attached && is_damage(attached.error()))
    done = kql::refuse("KQL504", {}, "stored rows are damaged: " + attached.error().message,
                       "the store sets the damaged file aside and takes its rows from the journal");
  else if (!attached)
    done = kql::refuse("KQL503", {}, attached.error().message, "try again in a moment");
  if (!done && done.error().code == "KQL504") suspicious_ = true;
  if (!done && done.error().code == "KQL505") unusable_ = true;
  return done;
}

kql::Checked<kql::Stage> SegmentStore::Body::explain(std::string_view text,
                                                     const kql::Inputs& inputs) const {
  const SegmentList segments = view();
  const StoreCatalogue catalogue(catalogue_, segments);
  return kql::compile(text, catalogue, SegmentStorage(segments, [](const Segment&) {}), inputs, {},
                      {});
}

SegmentList SegmentStore::Body::view() const {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

SegmentPtr SegmentStore::Body::find(std::string_view day) const {
  const std::lock_guard lock(view_mutex_);
  const auto found = std::ranges::find(view_, day, [](const SegmentPtr& s) { return s->day; });
  return found == view_.end() ? nullptr : *found;
}

void SegmentStore::Body::publish(SegmentPtr segment) {
  const std::lock_guard lock(view_mutex_);
  const auto place =
      std::ranges::lower_bound(view_, segment->day, {}, [](const SegmentPtr& s) { return s->day; });
  if (place != view_.end() && (*place)->day == segment->day)
    *place = std::move(segment);
  else
    view_.insert(place, std::move(segment));
}

void SegmentStore::Body::withdraw(std::string_view day) {
  const std::lock_guard lock(view_mutex_);
  std::erase_if(view_, [&](const SegmentPtr& segment) { return segment->day == day; });
}

void SegmentStore::Body::notice(std::string text) {
  const std::lock_guard lock(view_mutex_);
  if (notices_.size() < notices_max) notices_.push_back(std::move(text));
}

std::vector<std::string> SegmentStore::Body::take_notices() {
  const std::lock_guard lock(view_mutex_);
  return std::exchange(notices_, {});
}

std::string SegmentStore::Body::next_alias() {
  return fmt::format("s{}", ++aliases_);
}

void SegmentStore::Body::note_trouble() {
  if (writer_.trouble() == Trouble::fatal) unusable_ = true;
  if (writer_.trouble() == Trouble::damaged) suspicious_ = true;
}

}  // namespace vedette::store::duckdb
