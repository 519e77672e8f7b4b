// Owns: journal.db: what sources handed over, with their cursors, until every consumer has it.
// Body of ports::Journal (there stand the promises). Beyond them: a record is checked against its
// checksum whenever it is read; a page of the file that cannot be read costs the records on it,
// which are reported, and no others; what was acknowledged and is gone when the file is opened
// (SQLite takes a damaged frame of its write-ahead log for the log's end) is reported likewise, and
// its positions are not given out again; a file that is new belongs to its owner alone. Must not
// know: formats, who reads. Any thread: one connection writes, another reads, each behind its lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/journal.h"
#include "store/sqlite/acknowledged_mark.h"
#include "store/sqlite/database.h"
#include "store/sqlite/packed_payload.h"

namespace vedette::store::sqlite {

// How journal.db is opened, for `verify_database` and other readers of the file.
[[nodiscard]] DatabaseOptions journal_options(const std::string& path);

class SqliteJournal final : public ports::Journal {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<SqliteJournal>> open(const std::string& path);
  // Nothing can be appended, and the file is not changed: to look at a backup.
  [[nodiscard]] static base::Result<std::unique_ptr<SqliteJournal>> open_to_read(
      const std::string& path);
  SqliteJournal(std::string path, bool read_only);  // for `open`

  [[nodiscard]] base::Result<std::uint64_t> append(
      std::span<const ports::RawRecord> records) override;
  [[nodiscard]] base::Result<std::vector<ports::JournalRecord>> read(
      std::uint64_t after, std::size_t bytes_max) override;
  [[nodiscard]] base::Result<std::optional<std::string>> cursor(std::string_view source) override;
  [[nodiscard]] base::Result<std::uint64_t> last_position() override;
  [[nodiscard]] base::Result<std::uint64_t> first_position() override;
  [[nodiscard]] base::Result<ports::TrimOutcome> trim(const ports::TrimPolicy& policy) override;
  [[nodiscard]] base::Result<void> begin_after(std::uint64_t position) override;
  [[nodiscard]] std::vector<std::uint64_t> take_broken_positions() override;
  [[nodiscard]] base::Result<void> reopen() override;

 private:
  using Records = std::vector<ports::JournalRecord>;
  // Positions that were never given out, from and to (both included).
  using Range = std::pair<std::uint64_t, std::uint64_t>;

  base::Result<void> connect();
  base::Result<void> miss_acknowledged();
  base::Result<std::uint64_t> read_last_position();
  base::Result<std::uint64_t> read_first_position(Database& database);
  base::Result<void> write(std::span<const ports::RawRecord> records, std::uint64_t first);
  base::Result<void> write_last_position(std::uint64_t position);
  base::Result<void> may_write() const;
  base::Result<std::uint64_t> end_of_trim(const ports::TrimPolicy& policy,
                                          ports::TrimOutcome& outcome);
  base::Result<void> forget_up_to(std::uint64_t end);
  base::Result<void> give_back_free_pages();

  // All with the reading lock held. The position after which to go on.
  base::Result<std::uint64_t> read_in_order(std::uint64_t after, std::size_t bytes_max,
                                            Records& records);
  base::Result<void> read_one_by_one(std::uint64_t after, std::uint64_t last, Records& records);
  base::Result<ports::RawRecord> take_record(const Statement& row, std::uint64_t position);
  void report_missing(std::uint64_t from, std::uint64_t to);
  void report_broken(std::uint64_t position);
  base::Result<void> check_places();
  std::unexpected<base::Error> damaged_places() const;

  const std::string path_;
  const bool read_only_;
  std::atomic<std::uint64_t> last_ = 0, first_ = 1;

  std::mutex writing_;
  std::unique_ptr<Database> writer_;
  AcknowledgedMark mark_;
  PayloadPacker packer_;
  bool failed_ = false;  // since then nothing is believed but what is on the disk: reopen

  std::mutex reading_;
  std::unique_ptr<Database> reader_;
  PayloadUnpacker unpacker_;
  std::vector<Range> skipped_;
  std::vector<std::uint64_t> broken_;  // since they were last asked for
  std::set<std::uint64_t> reported_;
};

}  // namespace vedette::store::sqlite
