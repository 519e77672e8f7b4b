#include "store/sqlite/sqlite_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/hash.h"
#include "base/limits.h"

namespace vedette::store::sqlite {

namespace {

using base::ErrorCode;
using ports::JournalRecord;
using ports::RawRecord;
namespace limits = base::limits;

// `record` stands in the order of arrival. `place` holds the last position that was given out and
// each source's cursor ("cursor of SOURCE"): together, since each page that a commit changes is a
// page to be synced. `payload_bytes` is its length unpacked; `checksum` is over everything else of
// the row as it is stored. `skipped` names positions that were never given out, so that a record
// that is gone is known from one that never was.
constexpr std::array migrations{Migration{1, R"(
CREATE TABLE record (
  position INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  format TEXT NOT NULL,
  cursor TEXT NOT NULL,
  received INTEGER NOT NULL,
  source_modified INTEGER NOT NULL,
  source_position INTEGER NOT NULL,
  live INTEGER NOT NULL,
  payload_bytes INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  payload BLOB NOT NULL
);
CREATE TABLE place (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE skipped (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
)"}};

constexpr std::string_view name_of_last_position = "last position";

// Positions looked up one at a time after a page that cannot be read, before the next attempt to
// read in order.
constexpr std::uint64_t looked_up_at_once = 1'024;

std::uint64_t checksum_of(const RawRecord& record, std::uint64_t position,
                          std::size_t payload_bytes, std::string_view packed) {
  std::uint64_t sum = base::hash_words(position, payload_bytes);
  sum = base::hash_words(sum, static_cast<std::uint64_t>(record.received.ticks));
  sum = base::hash_words(sum, static_cast<std::uint64_t>(record.source_modified.ticks));
  sum = base::hash_words(sum, record.source_position);
  sum = base::hash_words(sum, record.live ? 1 : 0);
  sum = base::hash_bytes(record.source, sum);
  sum = base::hash_bytes(record.format, sum);
  sum = base::hash_bytes(record.cursor, sum);
  return base::hash_bytes(packed, sum);
}

std::string name_of_cursor(std::string_view source) {
  return "cursor of " + std::string(source);
}

std::uint64_t checksum_of_place(std::string_view name, std::string_view value) {
  return base::hash_bytes(value, base::hash_bytes(name));
}

std::size_t bytes_of(const RawRecord& record) {
  return record.payload.size() + record.source.size() + record.format.size() + record.cursor.size();
}

base::Result<void> check_bounds(std::span<const RawRecord> records) {
  if (records.empty()) return base::failure(ErrorCode::invalid_argument, "nothing to append");
  for (const RawRecord& record : records) {
    const std::size_t name_bytes =
        std::max({record.source.size(), record.format.size(), record.cursor.size()});
    if (record.payload.size() > limits::journal_record_bytes_max ||
        name_bytes > limits::journal_name_bytes_max)
      return base::failure(
          ErrorCode::invalid_argument,
          fmt::format("a record of {} bytes is more than the journal takes at once ({})",
                      bytes_of(record), limits::journal_record_bytes_max));
  }
  return {};
}

base::Result<std::uint64_t> number_of(Database& database, std::string_view sql) {
  auto statement = VEDETTE_TRY(database.prepare(sql));
  if (!VEDETTE_TRY(statement.step()))
    return base::failure(ErrorCode::malformed, "the journal lacks its own bookkeeping");
  return statement.unsigned_integer(0);
}

}  // namespace

DatabaseOptions journal_options(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.what = "the journal";
  options.page_bytes = 16'384;
  options.incremental_vacuum = true;
  options.look_for_damage = false;  // each record has its checksum
  options.migrations = migrations;
  return options;
}

// --- opening -------------------------------------------------------------------------------------

SqliteJournal::SqliteJournal(std::string path, bool read_only)
    : path_(std::move(path)), read_only_(read_only), mark_(path_ + "-mark") {}

base::Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& path) {
  auto journal = std::make_unique<SqliteJournal>(path, false);
  VEDETTE_TRY_VOID(journal->connect());
  return journal;
}

base::Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open_to_read(const std::string& path) {
  auto journal = std::make_unique<SqliteJournal>(path, true);
  VEDETTE_TRY_VOID(journal->connect());
  return journal;
}

base::Result<void> SqliteJournal::connect() {
  DatabaseOptions options = journal_options(path_);
  if (!read_only_) writer_ = VEDETTE_TRY(Database::open(options));
  options.read_only = true;
  reader_ = VEDETTE_TRY(Database::open(options));
  skipped_.clear();
  auto skips = VEDETTE_TRY(reader_->prepare("SELECT first, last FROM skipped ORDER BY first"));
  while (VEDETTE_TRY(skips.step()))
    skipped_.emplace_back(skips.unsigned_integer(0), skips.unsigned_integer(1));
  last_ = VEDETTE_TRY(read_last_position());
  first_ = VEDETTE_TRY(read_first_position(*reader_));
  return read_only_ ? base::Result<void>() : miss_acknowledged();
}

// Records that were acknowledged and that SQLite does not find any more are missing, not never
// written: their readers are told, and new records come after them.
base::Result<void> SqliteJournal::miss_acknowledged() {
  const std::uint64_t acknowledged = mark_.read();
  if (acknowledged <= last_) return {};
  VEDETTE_TRY_VOID(writer_->transaction([&] { return write_last_position(acknowledged); }));
  last_ = acknowledged;
  return {};
}

base::Result<void> SqliteJournal::reopen() {
  const std::scoped_lock both(writing_, reading_);
  if (read_only_) return base::failure(ErrorCode::refused, path_ + " is open to be read only");
  failed_ = true;
  reader_.reset();
  writer_.reset();
  VEDETTE_TRY_VOID(connect());
  // After a failed fsync the kernel takes the log's pages for written, though they may not be. What
  // the log holds is therefore written once more, into the file itself, and synced there: only then
  // is it believed.
  auto moving = VEDETTE_TRY(writer_->prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (VEDETTE_TRY(moving.step()) && moving.integer(0) != 0)
    return base::failure(ErrorCode::unavailable,
                         path_ + ": its write-ahead log is in use and cannot be moved");
  failed_ = false;
  return {};
}

base::Result<std::uint64_t> SqliteJournal::read_last_position() {
  auto row = VEDETTE_TRY(reader_->prepare("SELECT value, checksum FROM place WHERE name = ?1"));
  if (!VEDETTE_TRY(row.bind(1, name_of_last_position).step())) {
    // Only a journal that never had a record has none.
    VEDETTE_TRY_VOID(check_places());
    auto any = VEDETTE_TRY(reader_->prepare("SELECT 1 FROM record LIMIT 1"));
    if (VEDETTE_TRY(any.step())) return damaged_places();
    return 0;
  }
  const std::string_view value = row.text(0);
  std::uint64_t position = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), position);
  if (read.ec != std::errc() ||
      checksum_of_place(name_of_last_position, value) != row.unsigned_integer(1))
    return damaged_places();
  return position;
}

base::Result<std::uint64_t> SqliteJournal::read_first_position(Database& database) {
  auto statement = VEDETTE_TRY(database.prepare("SELECT min(position) FROM record"));
  if (VEDETTE_TRY(statement.step()) && !statement.is_null(0)) return statement.unsigned_integer(0);
  return last_ + 1;
}

base::Result<void> SqliteJournal::may_write() const {
  if (failed_ || writer_ == nullptr)
    return base::failure(ErrorCode::unavailable,
                         "the journal had an error and was not opened again since");
  return {};
}

// --- writing -------------------------------------------------------------------------------------

base::Result<std::uint64_t> SqliteJournal::append(std::span<const RawRecord> records) {
  VEDETTE_TRY_VOID(check_bounds(records));
  const std::lock_guard lock(writing_);
  VEDETTE_TRY_VOID(may_write());
  const std::uint64_t first = last_ + 1;
  const auto done = writer_->transaction([&] { return write(records, first); });
  if (!done) {
    failed_ = true;
    return std::unexpected(done.error());
  }
  last_ = first + records.size() - 1;
  mark_.write(last_);
  return last_.load();
}

base::Result<void> SqliteJournal::write(std::span<const RawRecord> records, std::uint64_t first) {
  auto row = VEDETTE_TRY(
      writer_->prepare("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"));
  std::map<std::string_view, std::string_view> cursors;  // the last one of each source
  std::uint64_t position = first;
  for (const RawRecord& record : records) {
    const std::string_view packed = packer_.pack(record.payload);
    row.bind_unsigned(1, position)
        .bind(2, record.source)
        .bind(3, record.format)
        .bind(4, record.cursor)
        .bind(5, record.received.ticks)
        .bind(6, record.source_modified.ticks)
        .bind_unsigned(7, record.source_position)
        .bind_unsigned(8, record.live ? 1 : 0)
        .bind_unsigned(9, record.payload.size())
        .bind_unsigned(10, checksum_of(record, position, record.payload.size(), packed))
        .bind_bytes(11, packed);
    VEDETTE_TRY_VOID(row.run());
    if (!record.cursor.empty()) cursors[record.source] = record.cursor;
    ++position;
  }
  auto moving =
      VEDETTE_TRY(writer_->prepare("INSERT INTO place VALUES (?1, ?2, ?3) ON CONFLICT(name) "
                                   "DO UPDATE SET value = ?2, checksum = ?3"));
  for (const auto& [source, cursor] : cursors) {
    const std::string name = name_of_cursor(source);
    VEDETTE_TRY_VOID(moving.bind(1, name)
                         .bind(2, cursor)
                         .bind_unsigned(3, checksum_of_place(name, cursor))
                         .run());
  }
  return write_last_position(position - 1);
}

base::Result<void> SqliteJournal::write_last_position(std::uint64_t position) {
  const std::string value = std::to_string(position);
  auto ending = VEDETTE_TRY(writer_->prepare("REPLACE INTO place VALUES (?1, ?2, ?3)"));
  return ending.bind(1, name_of_last_position)
      .bind(2, value)
      .bind_unsigned(3, checksum_of_place(name_of_last_position, value))
      .run();
}

base::Result<void> SqliteJournal::begin_after(std::uint64_t position) {
  const std::scoped_lock both(writing_, reading_);
  VEDETTE_TRY_VOID(may_write());
  if (position <= last_) return {};
  const Range range(last_ + 1, position);
  const auto done = writer_->transaction([&]() -> base::Result<void> {
    auto skip = VEDETTE_TRY(writer_->prepare("INSERT INTO skipped VALUES (?1, ?2)"));
    VEDETTE_TRY_VOID(skip.bind_unsigned(1, range.first).bind_unsigned(2, range.second).run());
    return write_last_position(position);
  });
  if (!done) {
    failed_ = true;
    return done;
  }
  skipped_.push_back(range);
  if (first_ == range.first) first_ = position + 1;
  last_ = position;
  return {};
}

base::Result<ports::TrimOutcome> SqliteJournal::trim(const ports::TrimPolicy& policy) {
  const std::lock_guard lock(writing_);
  VEDETTE_TRY_VOID(may_write());
  ports::TrimOutcome outcome;
  const auto trim_a_bite = [&]() -> base::Result<void> {
    const std::uint64_t end = VEDETTE_TRY(end_of_trim(policy, outcome));
    if (outcome.records > 0) VEDETTE_TRY_VOID(forget_up_to(end));
    return give_back_free_pages();
  };
  if (const auto done = trim_a_bite(); !done) {
    // A damaged page is where it is; anything else may have been a write that only seems done.
    if (done.error().code != ErrorCode::malformed) failed_ = true;
    return std::unexpected(done.error());
  }
  return outcome;
}

base::Result<void> SqliteJournal::forget_up_to(std::uint64_t end) {
  first_ = end + 1;  // before it happens: for readers, what is gone by intent is not missing
  const auto done = writer_->transaction([&]() -> base::Result<void> {
    auto deletion = VEDETTE_TRY(writer_->prepare("DELETE FROM record WHERE position <= ?1"));
    VEDETTE_TRY_VOID(deletion.bind_unsigned(1, end).run());
    auto forgetting = VEDETTE_TRY(writer_->prepare("DELETE FROM skipped WHERE last <= ?1"));
    return forgetting.bind_unsigned(1, end).run();
  });
  first_ = VEDETTE_TRY(read_first_position(*writer_));
  return done;
}

// How far this call deletes; 0 with an outcome of nothing.
base::Result<std::uint64_t> SqliteJournal::end_of_trim(const ports::TrimPolicy& policy,
                                                       ports::TrimOutcome& outcome) {
  const std::uint64_t pages = VEDETTE_TRY(number_of(*writer_, "PRAGMA page_count")) -
                              VEDETTE_TRY(number_of(*writer_, "PRAGMA freelist_count"));
  const std::uint64_t bytes = pages * VEDETTE_TRY(number_of(*writer_, "PRAGMA page_size"));
  const std::uint64_t excess = bytes > policy.bytes_max ? bytes - policy.bytes_max : 0;
  auto oldest = VEDETTE_TRY(
      writer_->prepare("SELECT position, received, length(payload) + length(source) + "
                       "length(format) + length(cursor) FROM record WHERE position <= ?1 "
                       "ORDER BY position LIMIT ?2"));
  oldest.bind_unsigned(1, policy.consumed).bind(2, std::int64_t{limits::journal_trim_records_max});
  std::uint64_t end = 0;
  while (outcome.bytes < limits::journal_trim_bytes_max && VEDETTE_TRY(oldest.step())) {
    const bool old = oldest.integer(1) < policy.received_before.ticks;
    if (!old && outcome.bytes >= excess) break;
    end = oldest.unsigned_integer(0);
    ++outcome.records;
    outcome.bytes += oldest.unsigned_integer(2);
  }
  return end;
}

// Free pages are the next records' room; only what is beyond a reserve goes back to the disk, a
// bite a call, since the pages that are in use behind it must be moved.
base::Result<void> SqliteJournal::give_back_free_pages() {
  const auto free_pages =
      static_cast<std::int64_t>(VEDETTE_TRY(number_of(*writer_, "PRAGMA freelist_count")));
  const auto page_bytes =
      static_cast<std::int64_t>(VEDETTE_TRY(number_of(*writer_, "PRAGMA page_size")));
  const std::int64_t beyond = free_pages - limits::journal_free_bytes_kept / page_bytes;
  if (beyond <= 0) return {};
  const std::int64_t pages = std::min<std::int64_t>(beyond, limits::journal_vacuum_pages_max);
  VEDETTE_TRY_VOID(writer_->execute(fmt::format("PRAGMA incremental_vacuum({})", pages)));
  // The file itself becomes shorter when the write-ahead log has been moved into it.
  return writer_->execute("PRAGMA wal_checkpoint(PASSIVE)");
}

// --- reading -------------------------------------------------------------------------------------

base::Result<std::vector<JournalRecord>> SqliteJournal::read(std::uint64_t after,
                                                             std::size_t bytes_max) {
  const std::lock_guard lock(reading_);
  if (reader_ == nullptr) return base::failure(ErrorCode::unavailable, "the journal is not open");
  Records records;
  std::uint64_t position = std::max(after, first_ - 1);
  while (records.empty() && position < last_)
    position = VEDETTE_TRY(read_in_order(position, bytes_max, records));
  return records;
}

base::Result<std::uint64_t> SqliteJournal::read_in_order(std::uint64_t after, std::size_t bytes_max,
                                                         Records& records) {
  const std::uint64_t last = last_;  // before the statement begins: it sees at least these
  auto row = VEDETTE_TRY(
      reader_->prepare("SELECT position, source, format, cursor, received, source_modified, "
                       "source_position, live, payload_bytes, checksum, payload FROM record "
                       "WHERE position > ?1 ORDER BY position"));
  row.bind_unsigned(1, after);
  std::size_t bytes = 0;
  for (;;) {
    const auto stepped = row.step();
    if (!stepped && stepped.error().code == ErrorCode::malformed) {
      const std::uint64_t until = std::min(last, after + looked_up_at_once);
      VEDETTE_TRY_VOID(read_one_by_one(after, until, records));
      return until;
    }
    if (!stepped) return std::unexpected(stepped.error());
    if (!*stepped) break;
    const std::uint64_t position = row.unsigned_integer(0);
    bytes += row.unsigned_integer(8);
    if (!records.empty() && bytes > bytes_max) return after;
    report_missing(after + 1, position - 1);
    after = position;
    if (auto record = take_record(row, position))
      records.push_back({position, *std::move(record)});
    else
      report_broken(position);
  }
  report_missing(after + 1, last);
  return std::max(after, last);
}

// Past a page that cannot be read: what lies on other pages is still found by its position.
base::Result<void> SqliteJournal::read_one_by_one(std::uint64_t after, std::uint64_t last,
                                                  Records& records) {
  auto row = VEDETTE_TRY(
      reader_->prepare("SELECT position, source, format, cursor, received, source_modified, "
                       "source_position, live, payload_bytes, checksum, payload FROM record "
                       "WHERE position = ?1"));
  for (std::uint64_t position = after + 1; position <= last; ++position) {
    const auto stepped = row.bind_unsigned(1, position).step();
    if (!stepped && stepped.error().code != ErrorCode::malformed)
      return std::unexpected(stepped.error());
    if (!stepped) {
      report_broken(position);
    } else if (!*stepped) {
      report_missing(position, position);
    } else {
      if (auto record = take_record(row, position))
        records.push_back({position, *std::move(record)});
      else
        report_broken(position);
      VEDETTE_TRY_VOID(row.run());
    }
  }
  return {};
}

base::Result<RawRecord> SqliteJournal::take_record(const Statement& row, std::uint64_t position) {
  RawRecord record;
  record.source = row.text(1);
  record.format = row.text(2);
  record.cursor = row.text(3);
  record.received.ticks = row.integer(4);
  record.source_modified.ticks = row.integer(5);
  record.source_position = row.unsigned_integer(6);
  record.live = row.integer(7) != 0;
  const std::size_t payload_bytes = row.unsigned_integer(8);
  const std::string_view packed = row.text(10);
  if (checksum_of(record, position, payload_bytes, packed) != row.unsigned_integer(9))
    return base::failure(ErrorCode::malformed, "the checksum is another");
  record.payload = VEDETTE_TRY(unpacker_.unpack(packed, payload_bytes));
  return record;
}

// Positions that are not there though they were given out and not trimmed.
void SqliteJournal::report_missing(std::uint64_t from, std::uint64_t to) {
  from = std::max(from, first_.load());
  const auto full = [this] { return reported_.size() >= limits::journal_broken_positions_max; };
  for (std::uint64_t position = from; position <= to && !full(); ++position) {
    const auto skip = std::ranges::find_if(skipped_, [position](const Range& range) {
      return range.first <= position && position <= range.second;
    });
    if (skip != skipped_.end())
      position = skip->second;
    else
      report_broken(position);
  }
}

void SqliteJournal::report_broken(std::uint64_t position) {
  if (reported_.size() >= limits::journal_broken_positions_max) return;
  if (reported_.insert(position).second) broken_.push_back(position);
}

std::vector<std::uint64_t> SqliteJournal::take_broken_positions() {
  const std::lock_guard lock(reading_);
  return std::exchange(broken_, {});
}

base::Result<std::optional<std::string>> SqliteJournal::cursor(std::string_view source) {
  const std::lock_guard lock(reading_);
  if (reader_ == nullptr) return base::failure(ErrorCode::unavailable, "the journal is not open");
  auto row = VEDETTE_TRY(reader_->prepare("SELECT value, checksum FROM place WHERE name = ?1"));
  const std::string name = name_of_cursor(source);
  if (!VEDETTE_TRY(row.bind(1, name).step())) {
    // Not there, or there under a name that was damaged? The second must not look like the first.
    VEDETTE_TRY_VOID(check_places());
    return std::nullopt;
  }
  std::string cursor(row.text(0));
  if (checksum_of_place(name, cursor) != row.unsigned_integer(1)) return damaged_places();
  return cursor;
}

base::Result<void> SqliteJournal::check_places() {
  auto row = VEDETTE_TRY(reader_->prepare("SELECT name, value, checksum FROM place"));
  while (VEDETTE_TRY(row.step()))
    if (checksum_of_place(row.text(0), row.text(1)) != row.unsigned_integer(2))
      return damaged_places();
  return {};
}

std::unexpected<base::Error> SqliteJournal::damaged_places() const {
  return base::failure(ErrorCode::malformed,
                       path_ +
                           ": where the journal ends and its sources go on is damaged. Stop "
                           "Vedette and bring back the last backup with `vedette restore DIR`");
}

base::Result<std::uint64_t> SqliteJournal::last_position() {
  return last_.load();
}

base::Result<std::uint64_t> SqliteJournal::first_position() {
  return first_.load();
}

}  // namespace vedette::store::sqlite
