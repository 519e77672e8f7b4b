#include "store/sqlite/sqlite_journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/limits.h"
#include "contract/journal_contract.h"
#include "fakes/temporary_folder.h"

namespace vedette::contract {
namespace {

// Files cannot grow beyond `bytes` while this lives: writes fail as on a broken disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_action_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_action_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_limit_{};
  void (*old_action_)(int);
};

// A journal whose next append meets a disk that takes no more.
class FailingJournal final : public ports::Journal {
 public:
  explicit FailingJournal(const std::string& path) : path_(path) { open(); }

  [[nodiscard]] base::Result<std::uint64_t> append(
      std::span<const ports::RawRecord> records) override {
    if (!std::exchange(fail_next_, false)) return real_->append(records);
    const FileSizeLimit limit(1);
    return real_->append(records);
  }
  [[nodiscard]] base::Result<std::vector<ports::JournalRecord>> read(
      std::uint64_t after, std::size_t bytes_max) override {
    return real_->read(after, bytes_max);
  }
  [[nodiscard]] base::Result<std::optional<std::string>> cursor(std::string_view source) override {
    return real_->cursor(source);
  }
  [[nodiscard]] base::Result<std::uint64_t> last_position() override {
    return real_->last_position();
  }
  [[nodiscard]] base::Result<std::uint64_t> first_position() override {
    return real_->first_position();
  }
  [[nodiscard]] base::Result<ports::TrimOutcome> trim(const ports::TrimPolicy& policy) override {
    return real_->trim(policy);
  }
  [[nodiscard]] base::Result<void> begin_after(std::uint64_t position) override {
    return real_->begin_after(position);
  }
  [[nodiscard]] std::vector<std::uint64_t> take_broken_positions() override {
    return real_->take_broken_positions();
  }
  [[nodiscard]] base::Result<void> reopen() override { return real_->reopen(); }

  void open() {
    real_.reset();
    auto opened = store::sqlite::SqliteJournal::open(path_);
    EXPECT_TRUE(opened) << opened.error().message;
    real_ = *std::move(opened);
  }
  void close() { real_.reset(); }
  void fail_next() { fail_next_ = true; }

 private:
  const std::string path_;
  std::unique_ptr<store::sqlite::SqliteJournal> real_;
  bool fail_next_ = false;
};

struct SqliteJournalWorld {
  ports::Journal& journal() { return journal_; }
  void fail_next_append() { journal_.fail_next(); }
  void restart() { journal_.open(); }
  // The last byte of the payload, as it is stored, becomes another.
  void damage(std::uint64_t position) {
    journal_.close();
    {
      store::sqlite::DatabaseOptions options = store::sqlite::journal_options(path());
      const auto database = *store::sqlite::Database::open(options);
      auto flipping = *database->prepare(
          "UPDATE record SET payload = CAST(substr(payload, 1, length(payload) - 1) || x'00' AS "
          "BLOB) WHERE position = ?1");
      EXPECT_TRUE(flipping.bind_unsigned(1, position).run());
    }
    journal_.open();
  }
  [[nodiscard]] std::string path() const { return folder_.file("journal.db"); }

  fakes::TemporaryFolder folder_;
  FailingJournal journal_{folder_.file("journal.db")};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, JournalContract, SqliteJournalWorld);

}  // namespace
}  // namespace vedette::contract

namespace vedette::store::sqlite {
namespace {

using fakes::raw_record;
namespace fs = std::filesystem;
namespace limits = base::limits;

std::string noise(std::size_t bytes, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

class SqliteJournalTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<SqliteJournal> open() const {
    auto opened = SqliteJournal::open(path());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  [[nodiscard]] std::string path() const { return folder_.file("journal.db"); }

  fakes::TemporaryFolder folder_;
};

std::uint64_t append(SqliteJournal& journal, const std::string& payload) {
  const std::vector records{raw_record(payload)};
  const auto position = journal.append(records);
  EXPECT_TRUE(position) << position.error().message;
  return position.value_or(0);
}

TEST_F(SqliteJournalTest, LogTextIsKeptSmall) {
  std::string lines;
  for (int i = 0; i < 50'000; ++i)
    lines += "Jun  1 08:00:00 host sshd[" + std::to_string(i) + "]: Failed password for root\n";
  {
    const auto journal = open();
    append(*journal, lines);
  }
  EXPECT_LT(fs::file_size(path()), lines.size() / 4);
}

TEST_F(SqliteJournalTest, ReadersDoNotWaitForAWriter) {
  const auto journal = open();
  std::jthread writer([&] {
    for (int i = 0; i < 50; ++i) append(*journal, "line " + std::to_string(i));
  });
  std::uint64_t seen = 0;
  while (seen < 50) {
    const auto records = journal->read(seen, 1'000);
    ASSERT_TRUE(records);
    for (const auto& [position, record] : *records) {
      ASSERT_EQ(position, seen + 1);
      ASSERT_EQ(record.payload, "line " + std::to_string(seen));
      seen = position;
    }
  }
  EXPECT_TRUE(journal->take_broken_positions().empty());
}

TEST_F(SqliteJournalTest, TrimGivesTheSpaceBackBitByBit) {
  const auto journal = open();
  constexpr int count = 120;
  for (int i = 0; i < count; ++i) append(*journal, noise(500'000, static_cast<std::uint32_t>(i)));
  ports::TrimPolicy policy;
  policy.consumed = count - 1;
  policy.bytes_max = 1'000'000;
  std::uint64_t records = 0;
  int calls = 0;
  for (;; ++calls) {
    const auto outcome = journal->trim(policy);
    ASSERT_TRUE(outcome) << outcome.error().message;
    if (outcome->records == 0) break;
    EXPECT_LT(outcome->bytes, limits::journal_trim_bytes_max + limits::journal_record_bytes_max);
    records += outcome->records;
  }
  EXPECT_EQ(records, static_cast<std::uint64_t>(count - 1));
  EXPECT_GT(calls, 2);
  // What is left to give back is given by later calls, though they have nothing to delete.
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(journal->trim(policy));
  EXPECT_LT(fs::file_size(path()),
            static_cast<std::uintmax_t>(limits::journal_free_bytes_kept) + 2'000'000);
  const auto rest = journal->read(0, 10'000'000);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ(rest->front().record.payload, noise(500'000, count - 1));
}

TEST_F(SqliteJournalTest, AnUnreadablePageCostsItsRecordsOnly) {
  constexpr std::uint64_t count = 3'000;
  {
    const auto journal = open();
    for (std::uint64_t i = 0; i < count; i += 100) {
      std::vector<ports::RawRecord> records;
      for (int j = 0; j < 100; ++j) records.push_back(raw_record(noise(100)));
      ASSERT_TRUE(journal->append(records));
    }
  }
  const auto pages = fs::file_size(path()) / 16'384;
  {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(pages / 2 * 16'384));
    const std::string garbage = noise(16'384);
    file.write(garbage.data(), 16'384);
  }
  const auto journal = open();
  ASSERT_NE(journal, nullptr);
  std::set<std::uint64_t> seen;
  std::uint64_t after = 0;
  for (;;) {
    const auto records = journal->read(after, 100'000);
    ASSERT_TRUE(records) << records.error().message;
    if (records->empty()) break;
    for (const auto& [position, record] : *records) {
      EXPECT_EQ(record.payload, noise(100));
      EXPECT_TRUE(seen.insert(position).second);
    }
    after = records->back().position;
  }
  const auto broken = journal->take_broken_positions();
  EXPECT_GT(broken.size(), 10U);
  EXPECT_LT(broken.size(), 300U);
  EXPECT_EQ(seen.size() + broken.size(), count);
  for (const std::uint64_t position : broken) EXPECT_FALSE(seen.contains(position));
  EXPECT_EQ(append(*journal, "and it goes on"), count + 1);
}

TEST_F(SqliteJournalTest, ARecordThatIsGoneIsReported) {
  {
    const auto journal = open();
    for (int i = 0; i < 5; ++i) append(*journal, "a");
  }
  {
    const auto database = *Database::open(journal_options(path()));
    ASSERT_TRUE(database->execute("DELETE FROM record WHERE position IN (2, 5)"));
  }
  const auto journal = open();
  EXPECT_EQ(journal->read(0, 1'000)->size(), 3U);
  EXPECT_EQ(journal->take_broken_positions(), (std::vector<std::uint64_t>{2, 5}));
  EXPECT_EQ(append(*journal, "b"), 6U);
}

TEST_F(SqliteJournalTest, ADamagedCursorIsAnErrorAndNoOtherPlace) {
  {
    const auto journal = open();
    const std::vector records{raw_record("a", "offset 100")};
    ASSERT_TRUE(journal->append(records));
  }
  {
    const auto database = *Database::open(journal_options(path()));
    ASSERT_TRUE(
        database->execute("UPDATE place SET value = 'offset 900' WHERE name LIKE 'cursor%'"));
  }
  const auto cursor = open()->cursor("file:/var/log/auth.log");
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().code, base::ErrorCode::malformed);
}

// Wherever a bit of the file turns over: what is read is what was written, and what cannot be read
// is reported, or the journal refuses as a whole.
TEST_F(SqliteJournalTest, AFlippedBitIsNeverAWrongAnswer) {
  constexpr std::uint64_t count = 60;
  const auto payload_of = [](std::uint64_t position) {
    const auto seed = static_cast<std::uint32_t>(position);
    return position % 2 == 0 ? noise(position * 700, seed) : std::string(position * 90, 'x');
  };
  {
    const auto journal = open();
    for (std::uint64_t position = 1; position <= count; ++position) {
      const std::vector records{raw_record(payload_of(position), "at " + std::to_string(position))};
      ASSERT_TRUE(journal->append(records));
    }
  }
  std::mt19937 random(4);
  int refused = 0, reported = 0;
  for (int round = 0; round < 100; ++round) {
    const std::string flipped = folder_.file("flipped.db");
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(flipped + end);
    fs::copy_file(path(), flipped);
    const auto place = static_cast<std::streamoff>(random() % fs::file_size(flipped));
    {
      std::fstream file(flipped, std::ios::binary | std::ios::in | std::ios::out);
      file.seekg(place);
      const int byte = file.get() ^ (1 << random() % 8);
      file.seekp(place);
      file.put(static_cast<char>(byte));
    }
    const std::string where = "bit of byte " + std::to_string(place);
    const auto journal = SqliteJournal::open_to_read(flipped);
    if (!journal) {
      ++refused;
      continue;
    }
    ASSERT_EQ(*(*journal)->last_position(), count) << where;
    const auto records = (*journal)->read(0, 100'000'000);
    if (!records) {
      ++refused;
      continue;
    }
    for (const auto& [position, record] : *records) {
      ASSERT_EQ(record.payload, payload_of(position)) << where;
      ASSERT_EQ(record.cursor, "at " + std::to_string(position)) << where;
    }
    const std::size_t broken = (*journal)->take_broken_positions().size();
    ASSERT_EQ(records->size() + broken, count) << where;
    reported += broken > 0 ? 1 : 0;
    const auto cursor = (*journal)->cursor("file:/var/log/auth.log");
    ASSERT_TRUE(!cursor || *cursor == "at 60") << where;
  }
  EXPECT_GT(reported, 50);
  EXPECT_LT(refused, 10);
}

// The machine stopped while the last group was on its way to the disk, so that its end is not
// there.
// `./dev fault E04` makes all cuts of 1 to 4096 bytes.
TEST_F(SqliteJournalTest, ATornTailLosesOnlyWhatWasNotAcknowledged) {
  const auto journal = open();
  for (int i = 0; i < 5; ++i) append(*journal, "acknowledged");
  append(*journal, "not acknowledged: " + noise(10'000));
  const std::string torn_path = folder_.file("torn.db");
  for (std::uintmax_t cut = 0; cut <= 4'096; cut += 128) {
    fs::copy_file(path(), torn_path, fs::copy_options::overwrite_existing);
    fs::copy_file(path() + "-wal", torn_path + "-wal", fs::copy_options::overwrite_existing);
    fs::resize_file(torn_path + "-wal", fs::file_size(torn_path + "-wal") - cut);
    const auto torn = SqliteJournal::open(torn_path);
    ASSERT_TRUE(torn) << cut << ": " << torn.error().message;
    const std::size_t expected = cut == 0 ? 6 : 5;
    EXPECT_EQ((*torn)->read(0, 1'000'000)->size(), expected) << cut;
    EXPECT_EQ(*(*torn)->last_position(), expected) << cut;
    EXPECT_TRUE((*torn)->take_broken_positions().empty()) << cut;
  }
}

// The process was killed, and then a bit of its write-ahead log flipped: SQLite drops the frame and
// all that come after it without a word.
TEST_F(SqliteJournalTest, WhatALogDamagedInTheMiddleTookAlongIsMissedAndNotGivenOutAgain) {
  constexpr std::uint64_t records = 40;
  const auto journal = open();
  for (std::uint64_t i = 0; i < records; ++i) append(*journal, "acknowledged " + noise(500));
  const std::string killed = folder_.file("killed.db");
  for (const std::string end : {"", "-wal", "-mark"}) fs::copy_file(path() + end, killed + end);
  {
    std::fstream log(killed + "-wal", std::ios::in | std::ios::out | std::ios::binary);
    log.seekg(static_cast<std::streamoff>(fs::file_size(killed + "-wal") / 2));
    const auto byte = static_cast<char>(log.peek() ^ 0x10);
    log.seekp(log.tellg());
    log.put(byte);
  }
  const auto damaged = SqliteJournal::open(killed);
  ASSERT_TRUE(damaged) << damaged.error().message;
  EXPECT_EQ(*(*damaged)->last_position(), records);
  const auto left = (*damaged)->read(0, 10'000'000);
  ASSERT_TRUE(left);
  ASSERT_GT(left->size(), 0U);
  ASSERT_LT(left->size(), records) << "the flip hit nothing";
  const auto missed = (*damaged)->take_broken_positions();
  EXPECT_EQ(left->size() + missed.size(), records);
  EXPECT_EQ(missed.back(), records);
  append(**damaged, "new");
  EXPECT_EQ(*(*damaged)->last_position(), records + 1);
  EXPECT_EQ((*damaged)->read(records, 10'000'000)->size(), 1U);
}

TEST_F(SqliteJournalTest, ADamagedMarkIsNoMark) {
  {
    const auto journal = open();
    for (int i = 0; i < 3; ++i) append(*journal, "acknowledged");
  }
  std::ofstream(path() + "-mark", std::ios::binary) << std::string(16, '\x7f');
  const auto journal = open();
  EXPECT_EQ(*journal->last_position(), 3U);
  append(*journal, "goes on");
  EXPECT_TRUE(journal->take_broken_positions().empty());
}

}  // namespace
}  // namespace vedette::store::sqlite
