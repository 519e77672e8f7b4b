#include "store/sqlite/backup.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fakes/raw_record.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/sqlite_journal.h"

namespace vedette::store::sqlite {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

class BackupTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("journal.db"); }
  [[nodiscard]] std::string copy() const { return folder_.file("copy.db"); }
  [[nodiscard]] std::string aside() const { return folder_.file("aside.db"); }
  [[nodiscard]] std::unique_ptr<SqliteJournal> open(const std::string& file) const {
    auto opened = SqliteJournal::open(file);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static void append(SqliteJournal& journal, const std::string& payload) {
    const std::vector records{fakes::raw_record(payload, payload)};
    ASSERT_TRUE(journal.append(records));
  }

  fakes::TemporaryFolder folder_;
};

TEST_F(BackupTest, IsWholeThoughItWasTakenUnderLoad) {
  const auto journal = open(path());
  for (int i = 0; i < 20; ++i) append(*journal, "before");
  std::atomic<std::uint64_t> acknowledged = 0;
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      append(*journal, std::string(5'000, 'x'));
      ++acknowledged;
    }
  });
  while (acknowledged < 5) std::this_thread::yield();
  const auto report = backup_database(journal_options(path()), copy());
  const std::uint64_t afterwards = acknowledged;
  while (acknowledged < afterwards + 2) std::this_thread::yield();  // the writer goes on
  writer.request_stop();
  writer.join();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->problems, "");
  EXPECT_EQ(report->format, 1);
  EXPECT_GT(report->bytes, 0U);
  const auto verified = verify_journal(copy());
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_TRUE(verified->is_sound());
  EXPECT_GE(verified->records, 25U);
  EXPECT_EQ(verified->records, verified->last_position);
  EXPECT_EQ(verified->first_position, 1U);
}

TEST_F(BackupTest, NeverWritesOverAFileAndLeavesNoHalfOne) {
  append(*open(path()), "a");
  std::ofstream(copy()) << "something else";
  const auto refused = backup_database(journal_options(path()), copy());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  fs::remove(copy());
  const auto missing = backup_database(journal_options(folder_.file("none.db")), copy());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_FALSE(fs::exists(copy()));
}

TEST_F(BackupTest, AReadOnlyLookChangesNothing) {
  append(*open(path()), "a");
  ASSERT_TRUE(backup_database(journal_options(path()), copy()));
  const auto before = fs::last_write_time(copy());
  const auto journal = *SqliteJournal::open_to_read(copy());
  EXPECT_EQ(journal->read(0, 1'000)->size(), 1U);
  const std::vector records{fakes::raw_record("b")};
  EXPECT_FALSE(journal->append(records));
  EXPECT_FALSE(journal->trim({}));
  EXPECT_FALSE(journal->begin_after(9));
  EXPECT_FALSE(journal->reopen());
  EXPECT_EQ(fs::last_write_time(copy()), before);
}

TEST_F(BackupTest, ABrokenRecordAndADamagedPageAreFound) {
  {
    const auto journal = open(path());
    for (int i = 0; i < 300; ++i)
      append(*journal, "record " + std::to_string(i) + std::string(400, 'y'));
  }
  {
    const auto database = *Database::open(journal_options(path()));
    ASSERT_TRUE(database->execute("UPDATE record SET source_position = 5 WHERE position = 7"));
  }
  const auto altered = verify_journal(path());
  ASSERT_TRUE(altered) << altered.error().message;
  EXPECT_EQ(altered->database.problems, "");
  EXPECT_FALSE(altered->is_sound());
  EXPECT_EQ(altered->broken_positions, std::vector<std::uint64_t>{7});
  {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(fs::file_size(path()) - 16'384));
    file << std::string(16'384, '\xa5');
  }
  const auto damaged = verify_journal(path());
  ASSERT_TRUE(damaged) << damaged.error().message;
  EXPECT_NE(damaged->database.problems, "");
  EXPECT_GT(damaged->broken_positions.size(), 1U);
  const auto refused = backup_database(journal_options(path()), copy());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::malformed);
  EXPECT_FALSE(fs::exists(copy()));
  EXPECT_FALSE(fs::exists(copy() + ".unverified"));
}

TEST_F(BackupTest, ARestoreBringsTheCopyBackAndKeepsWhatItReplaced) {
  {
    const auto journal = open(path());
    append(*journal, "in the backup");
    ASSERT_TRUE(backup_database(journal_options(path()), copy()));
    append(*journal, "after the backup");
    // As a killed process leaves it: with its log.
    fs::copy_file(path(), folder_.file("killed.db"));
    fs::copy_file(path() + "-wal", folder_.file("killed.db-wal"));
  }
  fs::rename(folder_.file("killed.db"), path());
  fs::rename(folder_.file("killed.db-wal"), path() + "-wal");
  const auto report = restore_database(copy(), journal_options(path()), aside());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(fs::exists(path() + "-wal"));
  {
    const auto restored = open(path());
    ASSERT_EQ(restored->read(0, 1'000)->size(), 1U);
    EXPECT_EQ(*restored->cursor("file:/var/log/auth.log"), "in the backup");
    // The event store has seen position 2; the next record must not be taken for it.
    ASSERT_TRUE(restored->begin_after(2));
    append(*restored, "new");
    EXPECT_EQ(*restored->last_position(), 3U);
  }
  const auto replaced = open(aside());
  ASSERT_EQ(replaced->read(0, 1'000)->size(), 2U);
  EXPECT_EQ(replaced->read(1, 1'000)->front().record.payload, "after the backup");
}

TEST_F(BackupTest, ADamagedCopyIsNotRestored) {
  append(*open(path()), "what is there");
  std::ofstream(copy()) << std::string(50'000, 'x');
  const auto refused = restore_database(copy(), journal_options(path()), aside());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::malformed);
  EXPECT_EQ(open(path())->read(0, 1'000)->front().record.payload, "what is there");
  EXPECT_FALSE(fs::exists(aside()));
}

TEST_F(BackupTest, ARestoreToAnEmptyPlaceIsFine) {
  append(*open(path()), "a");
  ASSERT_TRUE(backup_database(journal_options(path()), copy()));
  const std::string elsewhere = folder_.file("elsewhere.db");
  ASSERT_TRUE(restore_database(copy(), journal_options(elsewhere), aside()));
  EXPECT_EQ(open(elsewhere)->read(0, 1'000)->size(), 1U);
  EXPECT_FALSE(fs::exists(aside()));
}

}  // namespace
}  // namespace vedette::store::sqlite
