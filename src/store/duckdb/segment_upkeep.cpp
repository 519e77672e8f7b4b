// What the end of a day and the age of rows bring: sealing, retention, and the check of what a hunt
// found damaged.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include "fmt/format.h"
#include "store/duckdb/segment_store_body.h"

namespace vedette::store::duckdb {

namespace {

// How long a swap waits for the hunts that run; then it is tried again the next time.
constexpr std::chrono::milliseconds patience{2'000};
// Rows that are sorted at once.
constexpr std::uint64_t sorted_rows_max = 400'000;

std::string day_of(base::Timestamp moment) {
  return base::format_iso(moment).substr(0, 10);
}

base::Result<void> sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return base::system_failure("cannot open " + folder, errno);
  const int done = ::fsync(descriptor);
  const int problem = errno;
  ::close(descriptor);
  if (done != 0) return base::system_failure("cannot write the folder " + folder, problem);
  return {};
}

}  // namespace

base::Result<void> SegmentStore::Body::seal_finished_days(base::Timestamp now) {
  if (suspicious_) {
    const std::lock_guard writing(writing_);
    VEDETTE_TRY_VOID(check_suspects());
  }
  const std::string today = day_of(now);
  for (const SegmentPtr& segment : view())
    if (segment->day < today && !segment->sealed) VEDETTE_TRY_VOID(seal(segment));
  return {};
}

// Copies the segment, sorted, into a new file, which then takes its name. Appends go on meanwhile;
// one into this very segment makes the copy worthless, and it is made again the next time.
base::Result<void> SegmentStore::Body::seal(const SegmentPtr& segment, const TableNames& without) {
  const std::string path = segment_path(options_.folder, segment->day) + ".sealing";
  std::string alias;
  {
    const std::lock_guard writing(writing_);
    if (unusable_) return base::failure(base::ErrorCode::unavailable, "the store is broken");
    alias = next_alias();
    sealing_day_ = segment->day;
    sealing_is_over_ = false;
    VEDETTE_TRY_VOID(need(*segment));
    VEDETTE_TRY_VOID(writer_.execute("CHECKPOINT " + segment->alias));
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  std::filesystem::remove(path + ".wal", ignored);
  const auto copied = copy_sorted(*find(segment->day), alias, without);
  const std::lock_guard writing(writing_);
  sealing_day_.clear();
  if (!copied || sealing_is_over_) {
    std::filesystem::remove(path, ignored);
    std::filesystem::remove(path + ".wal", ignored);
    return copied;
  }
  return swap_sealed(segment, path);
}

base::Result<void> SegmentStore::Body::copy_sorted(const Segment& from, std::string_view alias,
                                                   const TableNames& without) {
  Connection connection = VEDETTE_TRY(instance_->connect());
  const std::string path = segment_path(options_.folder, from.day) + ".sealing";
  VEDETTE_TRY_VOID(attach(connection, path, alias, AttachFor::sealing));
  const auto copy = [&]() -> base::Result<void> {
    Segment into;
    into.day = from.day;
    into.alias = alias;
    for (const auto& [name, table] : from.tables)
      if (table->rows > 0 && !without.contains(name))
        VEDETTE_TRY_VOID(copy_table(connection, from, *table, into));
    VEDETTE_TRY_VOID(connection.execute(
        "UPDATE " + into.qualified("vedette_state") +
        fmt::format(" SET sequence = {}, watermark = {}, rebuilt_until = {}, sealed = true",
                    from.state.sequence, from.state.watermark, from.state.rebuilt_until)));
    VEDETTE_TRY_VOID(connection.execute("INSERT INTO " + into.qualified("vedette_deletions") +
                                        " SELECT * FROM " + from.qualified("vedette_deletions")));
    return connection.execute(fmt::format("CHECKPOINT {}", alias));
  };
  auto done = copy();
  const auto let_go = detach(connection, alias);
  if (!done) return done;
  return let_go;
}

// In parts that are sorted each for itself, so that memory stays bounded.
base::Result<void> SegmentStore::Body::copy_table(Connection& connection, const Segment& from,
                                                  const SegmentTable& table, Segment& into) {
  std::vector<NewColumn> columns;
  for (const SegmentColumn& column : table.columns) columns.push_back({column.name, column.type});
  const auto made = VEDETTE_TRY(extend_table(connection, into, table.name, columns));
  into.tables.insert_or_assign(table.name, made);
  std::string source = fmt::format("{}, {}", item_column, content_column);
  std::string target = source;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    source += ", " + quote_identifier(table.columns[i].physical);
    target += ", " + quote_identifier(made->columns[i].physical);
  }
  const std::uint64_t parts = table.rows / sorted_rows_max + 1;
  std::vector<std::string> bounds;
  if (parts > 1) {
    std::string fractions;
    for (std::uint64_t i = 1; i < parts; ++i)
      fractions += fmt::format("{}{}", i > 1 ? ", " : "",
                               static_cast<double>(i) / static_cast<double>(parts));
    const auto rows = VEDETTE_TRY(connection.query(fmt::format(
        "SELECT CAST(unnest(approx_quantile({}, [{}])) AS VARCHAR) FROM {}",
        quote_identifier(generated_column), fractions, from.qualified(table.physical))));
    for (const TextRow& row : rows) bounds.push_back(row[0].value_or("0"));
    bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  }
  const std::string generated = quote_identifier(generated_column);
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    std::string step = "INSERT INTO ";
    step += into.qualified(made->physical);
    step += fmt::format("({}) SELECT {} FROM {}", target, source, from.qualified(table.physical));
    if (i > 0) step += fmt::format(" WHERE {} >= {}", generated, bounds[i - 1]);
    if (i < bounds.size())
      step += fmt::format(" {} {} < {}", i > 0 ? "AND" : "WHERE", generated, bounds[i]);
    step += " ORDER BY " + generated;
    VEDETTE_TRY_VOID(connection.execute(step));
  }
  return {};
}

base::Result<void> SegmentStore::Body::swap_sealed(const SegmentPtr& segment,
                                                   const std::string& path) {
  const std::string target = segment_path(options_.folder, segment->day);
  std::error_code problem;
  const std::unique_lock alone(gate_, patience);
  if (!alone) {
    std::filesystem::remove(path, problem);
    return {};
  }
  VEDETTE_TRY_VOID(let_go(*segment));
  withdraw(segment->day);
  // Without a log beside it the old file is whole, and so is the new one.
  if (!std::filesystem::exists(target + ".wal") && !std::filesystem::exists(path + ".wal"))
    std::filesystem::rename(path, target, problem);
  if (problem)
    notice(fmt::format("the segment of {} was not sealed: {}", segment->day, problem.message()));
  VEDETTE_TRY_VOID(sync_folder(options_.folder));
  std::vector<std::string> broken;
  return open_day(segment->day, broken);
}

// A day is copied without them, in the way in which it is sealed; one that is read or written right
// now waits for the next time.
base::Result<void> SegmentStore::Body::drop_old_tables(const ports::RetentionPolicy& policy,
                                                       base::Timestamp now,
                                                       ports::RetentionOutcome& outcome) {
  for (const SegmentPtr& segment : view()) {
    if (!segment->sealed) continue;
    TableNames old;
    for (const auto& [name, keep] : policy.tables)
      if (segment->day < day_of(now - keep) && segment->tables.contains(name)) old.insert(name);
    if (old.empty()) continue;
    const std::uint64_t bytes = segment_bytes(options_.folder, segment->day);
    VEDETTE_TRY_VOID(seal(segment, old));
    const SegmentPtr left = find(segment->day);
    if (left == nullptr || left->tables.contains(*old.begin())) continue;
    outcome.tables_deleted += old.size();
    outcome.bytes_freed += bytes - std::min(bytes, segment_bytes(options_.folder, segment->day));
  }
  return {};
}

base::Result<ports::RetentionOutcome> SegmentStore::Body::apply_retention(
    const ports::RetentionPolicy& policy, base::Timestamp now) {
  const std::string today = day_of(now);
  const std::string first = day_of(now - policy.keep);
  ports::RetentionOutcome outcome;
  VEDETTE_TRY_VOID(drop_old_tables(policy, now, outcome));
  const std::lock_guard writing(writing_);
  const SegmentList all = view();
  std::uint64_t total = 0;
  for (const SegmentPtr& segment : all) total += segment_bytes(options_.folder, segment->day);
  for (const SegmentPtr& segment : all) {
    const bool too_old = segment->day < first;
    const bool too_much = policy.bytes_max > 0 && total > policy.bytes_max && segment->day < today;
    if (!too_old && !too_much) break;
    const std::uint64_t freed = VEDETTE_TRY(remove(segment->day));
    if (freed == 0) break;
    total -= std::min(total, freed);
    outcome.bytes_freed += freed;
    ++outcome.segments_deleted;
  }
  return outcome;
}

// Zero: hunts are reading it; the next time, then. The state lies in the segment that was written
// last; where that is the one to go, another must have it first.
base::Result<std::uint64_t> SegmentStore::Body::remove(const std::string& day) {
  SegmentPtr segment = find(day);
  if (segment->state.sequence == state_.sequence && state_.sequence > 0) {
    SegmentPtr heir = VEDETTE_TRY(segment_for(std::max(day_of(clock_.now()), view().back()->day)));
    if (heir->day == day) return 0;
    Segment next = *heir;
    next.state = state_;
    ++next.state.sequence;
    VEDETTE_TRY_VOID(write_state(next, next.state));
    state_ = next.state;
    publish(std::make_shared<const Segment>(std::move(next)));
  }
  const std::unique_lock alone(gate_, patience);
  if (!alone) return 0;
  const std::uint64_t bytes = segment_bytes(options_.folder, day);
  VEDETTE_TRY_VOID(let_go(*segment));
  withdraw(day);
  std::error_code problem;
  const std::string path = segment_path(options_.folder, day);
  std::filesystem::remove(path, problem);
  if (problem)
    return base::failure(base::ErrorCode::permission_denied,
                         fmt::format("cannot delete {}: {}", path, problem.message()));
  std::filesystem::remove(path + ".wal", problem);
  return std::max<std::uint64_t>(bytes, 1);
}

// The days whose files cannot be read through.
std::vector<std::string> SegmentStore::Body::find_broken() {
  std::vector<std::string> broken;
  for (const SegmentPtr& segment : view()) {
    bool is_sound = need(*segment).has_value() || writer_.trouble() != Trouble::damaged;
    for (const auto& [name, table] : segment->tables) {
      std::string sums = fmt::format("bit_xor({}), bit_xor({})", item_column, content_column);
      for (const SegmentColumn& column : table->columns)
        sums += fmt::format(", bit_xor(hash({}))", quote_identifier(column.physical));
      const auto read =
          writer_.each_chunk("SELECT " + sums + " FROM " + segment->qualified(table->physical),
                             [](duckdb_data_chunk) {});
      is_sound = is_sound && (read || writer_.trouble() != Trouble::damaged);
    }
    if (!is_sound) broken.push_back(segment->day);
  }
  return broken;
}

base::Result<void> SegmentStore::Body::mend(const std::vector<std::string>& broken) {
  for (const std::string& day : broken) {
    notice(fmt::format("the segment of {} is damaged", day));
    VEDETTE_TRY_VOID(let_go(*find(day)));
    withdraw(day);
    VEDETTE_TRY_VOID(set_aside(day));
  }
  state_ = {};
  for (const SegmentPtr& segment : view())
    if (segment->state.sequence >= state_.sequence) state_ = segment->state;
  VEDETTE_TRY_VOID(put_watermark_back(broken));
  // Who appends believes to be further: the next append must not go on from there.
  if (state_.watermark < watermark_) unusable_ = true;
  watermark_ = state_.watermark;
  known_.clear();  // what is to come again may be among them
  note_missing();
  return remember_late_rows();
}

// A hunt, or an append, met bytes that are not what was written: every segment is read through, and
// those that cannot be are set aside, as at the opening of the store.
base::Result<void> SegmentStore::Body::check_suspects() {
  suspicious_ = false;
  const std::vector<std::string> broken = find_broken();
  if (broken.empty()) return {};
  const std::unique_lock alone(gate_);
  return mend(broken);
}

}  // namespace vedette::store::duckdb
