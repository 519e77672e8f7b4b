#include "store/sqlite/database.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fakes/small_disk.h"
#include "fakes/temporary_folder.h"

namespace vedette::store::sqlite {
namespace {

using base::ErrorCode;

constexpr std::array first_format{
    Migration{1, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"}};
constexpr std::array second_format{
    first_format[0],
    Migration{2,
              "ALTER TABLE note ADD COLUMN weight REAL; CREATE INDEX by_weight ON note(weight)"}};

class DatabaseTest : public testing::Test {
 protected:
  [[nodiscard]] DatabaseOptions options(std::span<const Migration> migrations = first_format,
                                        const std::string& name = "test.db") const {
    DatabaseOptions options;
    options.path = folder_.file(name);
    options.what = "the test's file";
    options.migrations = migrations;
    return options;
  }
  [[nodiscard]] std::unique_ptr<Database> open(
      std::span<const Migration> migrations = first_format) const {
    auto opened = Database::open(options(migrations));
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static base::Result<void> insert(Database& database, std::string_view text) {
    auto statement = VEDETTE_TRY(database.prepare("INSERT INTO note(text) VALUES (?1)"));
    return statement.bind(1, text).run();
  }
  static void insert_many(Database& database, int notes) {
    const auto done = database.transaction([&]() -> base::Result<void> {
      for (int i = 0; i < notes; ++i)
        VEDETTE_TRY_VOID(insert(database, "note " + std::to_string(i)));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  static std::int64_t count(Database& database) {
    auto statement = *database.prepare("SELECT count(*) FROM note");
    EXPECT_TRUE(*statement.step());
    return statement.integer(0);
  }
  static std::string pragma(Database& database, std::string_view sql) {
    auto statement = *database.prepare(sql);
    EXPECT_TRUE(*statement.step());
    return std::string(statement.text(0));
  }

  fakes::TemporaryFolder folder_;
};

TEST_F(DatabaseTest, IsSetUpForDurability) {
  const auto database = open();
  EXPECT_EQ(pragma(*database, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma(*database, "PRAGMA synchronous"), "2");
  EXPECT_EQ(pragma(*database, "PRAGMA foreign_keys"), "1");
  EXPECT_GE(library_version(), "3.51.3");
  struct stat information{};
  ASSERT_EQ(::stat(folder_.file("test.db").c_str(), &information), 0);
  EXPECT_EQ(information.st_mode & 0777, 0600);
}

TEST_F(DatabaseTest, HoldsThePageSizeAndTheVacuumItWasMadeWith) {
  DatabaseOptions wanted = options();
  wanted.page_bytes = 16384;
  wanted.incremental_vacuum = true;
  {
    const auto database = Database::open(wanted);
    ASSERT_TRUE(database);
  }
  const auto database = open();
  EXPECT_EQ(pragma(*database, "PRAGMA page_size"), "16384");
  EXPECT_EQ(pragma(*database, "PRAGMA auto_vacuum"), "2");
}

TEST_F(DatabaseTest, GivesBackEveryValueAsItWas) {
  const auto database = open();
  ASSERT_TRUE(database->execute("CREATE TABLE every (a, b, c, d, e, f)"));
  const std::string with_nul("a\0b\xff", 4);
  {
    auto statement = *database->prepare("INSERT INTO every VALUES (?1,?2,?3,?4,?5,?6)");
    ASSERT_TRUE(statement.bind(1, std::int64_t{-5})
                    .bind_unsigned(2, 0xfedcba9876543210)
                    .bind(3, 0.1)
                    .bind(4, with_nul)
                    .bind_bytes(5, {})
                    .bind_null(6)
                    .run());
  }
  auto statement = *database->prepare("SELECT * FROM every");
  ASSERT_TRUE(*statement.step());
  EXPECT_EQ(statement.integer(0), -5);
  EXPECT_EQ(statement.unsigned_integer(1), 0xfedcba9876543210);
  EXPECT_EQ(statement.real(2), 0.1);
  EXPECT_EQ(statement.text(3), with_nul);
  EXPECT_EQ(statement.text(4), "");
  EXPECT_FALSE(statement.is_null(4));
  EXPECT_TRUE(statement.is_null(5));
  EXPECT_FALSE(*statement.step());
}

TEST_F(DatabaseTest, AStatementIsRunAgainAndTwoOfTheSameTextDoNotMeet) {
  const auto database = open();
  constexpr std::string_view all = "SELECT text FROM note ORDER BY id";
  auto adding = *database->prepare("INSERT INTO note(text) VALUES (?1)");
  ASSERT_TRUE(adding.bind(1, "one").run());
  EXPECT_EQ(database->last_insert_id(), 1);
  ASSERT_TRUE(adding.bind(1, "two").run());
  auto outer = *database->prepare(all);
  ASSERT_TRUE(*outer.step());
  auto inner = *database->prepare(all);
  ASSERT_TRUE(*inner.step());
  ASSERT_TRUE(*inner.step());
  EXPECT_EQ(outer.text(0), "one");
  EXPECT_EQ(inner.text(0), "two");
}

TEST_F(DatabaseTest, ABrokenConstraintIsRefusedAndAWrongBindIsTold) {
  const auto database = open();
  ASSERT_TRUE(insert(*database, "one"));
  const auto again = insert(*database, "one");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::refused);
  EXPECT_NE(again.error().message.find("note.text"), std::string::npos);
  auto statement = *database->prepare("INSERT INTO note(text) VALUES (?1)");
  EXPECT_FALSE(statement.bind(2, "there is no second").run());
  EXPECT_TRUE(statement.bind(1, "two").run());
}

TEST_F(DatabaseTest, ATransactionIsAllOrNothing) {
  const auto database = open();
  const auto failed = database->transaction([&]() -> base::Result<void> {
    VEDETTE_TRY_VOID(insert(*database, "one"));
    return base::failure(ErrorCode::cancelled, "not today");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "not today");
  EXPECT_EQ(count(*database), 0);
  const auto done = database->transaction([&]() -> base::Result<void> {
    VEDETTE_TRY_VOID(insert(*database, "one"));
    return insert(*database, "two");
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(count(*database), 2);
}

TEST_F(DatabaseTest, ANewFormatIsReachedOnceAndKeepsWhatWasThere) {
  ASSERT_TRUE(insert(*open(), "old"));
  const auto database = open(second_format);
  EXPECT_EQ(pragma(*database, "PRAGMA user_version"), "2");
  EXPECT_EQ(count(*database), 1);
  EXPECT_EQ(pragma(*open(second_format), "PRAGMA user_version"), "2");
}

TEST_F(DatabaseTest, AFormatThatFailsHalfWayLeavesTheOldOne) {
  ASSERT_TRUE(insert(*open(), "old"));
  constexpr std::array broken{first_format[0],
                              Migration{2, "ALTER TABLE note ADD COLUMN weight; SELECT no_such()"}};
  const auto opened = Database::open(options(broken));
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("bringing it to format 2"), std::string::npos);
  const auto database = open();
  EXPECT_EQ(pragma(*database, "PRAGMA user_version"), "1");
  EXPECT_EQ(count(*database), 1);
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(DatabaseTest, AFileOfANewerVersionIsRefusedAndLeftAlone) {
  ASSERT_TRUE(insert(*open(second_format), "new"));
  const std::string before = bytes_of(folder_.file("test.db"));
  const auto opened = Database::open(options(first_format));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::refused);
  EXPECT_NE(opened.error().message.find("newer Vedette (format 2; this version knows 1)"),
            std::string::npos);
  EXPECT_EQ(bytes_of(folder_.file("test.db")), before);
}

TEST_F(DatabaseTest, GarbageIsRefusedWithARemedy) {
  std::ofstream(folder_.file("test.db")) << std::string(20'000, 'x');
  const auto opened = Database::open(options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::malformed);
  EXPECT_NE(opened.error().message.find("vedette restore"), std::string::npos);
  EXPECT_EQ(bytes_of(folder_.file("test.db")), std::string(20'000, 'x'));
}

TEST_F(DatabaseTest, ADamagedPageAndATruncatedFileAreRefused) {
  {
    const auto database = open();
    insert_many(*database, 2'000);
  }
  const std::string sound = bytes_of(folder_.file("test.db"));
  std::string damaged = sound;
  damaged.replace(3 * 4096, 4096, std::string(4096, '\x5a'));
  std::ofstream(folder_.file("test.db"), std::ios::binary) << damaged;
  auto opened = Database::open(options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::malformed);
  std::ofstream(folder_.file("test.db"), std::ios::binary) << sound.substr(0, sound.size() / 2);
  opened = Database::open(options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::malformed);
  EXPECT_NE(opened.error().message.find("vedette restore"), std::string::npos);
}

TEST_F(DatabaseTest, ReadOnlyWritesNothingAndMissesAFileThatIsNotThere) {
  DatabaseOptions reading = options();
  reading.read_only = true;
  const auto missing = Database::open(reading);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  ASSERT_TRUE(insert(*open(), "one"));
  const auto opened = Database::open(reading);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(count(**opened), 1);
  const auto written = insert(**opened, "two");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::permission_denied);
  DatabaseOptions older = options(second_format);
  older.read_only = true;
  const auto refused = Database::open(older);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
}

TEST_F(DatabaseTest, AnUnreachableFolderIsNotFound) {
  DatabaseOptions wanted = options();
  wanted.path = folder_.file("no/such/folder/test.db");
  const auto opened = Database::open(wanted);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::not_found);
}

TEST_F(DatabaseTest, ACopyIsWholeWhileAnotherConnectionWrites) {
  const auto writing = open();
  insert_many(*writing, 500);
  const auto copying = open();
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i)
      ASSERT_TRUE(insert(*writing, "during " + std::to_string(i)));
  });
  const auto copied = copying->copy_to(folder_.file("copy.db"));
  writer.request_stop();
  writer.join();
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_FALSE(std::filesystem::exists(folder_.file("copy.db-wal")));
  const auto copy = Database::open(options(first_format, "copy.db"));
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(*(*copy)->check_integrity(), "");
  EXPECT_GE(count(**copy), 500);
  const auto again = copying->copy_to(folder_.file("copy.db"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::invalid_argument);
}

TEST_F(DatabaseTest, IntegrityCheckNamesTheDamage) {
  const auto database = open();
  insert_many(*database, 2'000);
  EXPECT_EQ(*database->check_integrity(), "");
  // Damage behind an open connection's back: an index entry that the table does not have.
  ASSERT_TRUE(database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  std::string damaged = bytes_of(folder_.file("test.db"));
  const std::size_t place = damaged.rfind("note 1234");
  ASSERT_NE(place, std::string::npos);
  damaged[place] = 'N';
  {
    std::fstream file(folder_.file("test.db"), std::ios::binary | std::ios::in | std::ios::out);
    file.write(damaged.data(), static_cast<std::streamsize>(damaged.size()));
  }
  DatabaseOptions reading = options();
  reading.read_only = true;
  const auto other = Database::open(reading);
  if (!other) {
    EXPECT_EQ(other.error().code, ErrorCode::malformed);
    return;
  }
  EXPECT_NE(*(*other)->check_integrity(), "");
}

TEST(DatabaseOnAFullDisk, SaysSoLosesNothingAndGoesOnWhenThereIsRoomAgain) {
  const fakes::SmallDisk disk("4m");
  if (!disk.mounted()) GTEST_SKIP() << "a small tmpfs cannot be mounted (needs root)";
  DatabaseOptions options;
  options.path = disk.file("test.db");
  options.what = "the test's file";
  options.migrations = first_format;
  std::ofstream(disk.file("ballast")) << std::string(1'000'000, 'x');
  std::int64_t kept = 0;
  {
    const auto database = *Database::open(options);
    base::Result<void> done;
    const std::string filler(10'000, 'x');
    while (kept < 1'000) {
      done = database->transaction([&]() -> base::Result<void> {
        auto statement = VEDETTE_TRY(database->prepare("INSERT INTO note(text) VALUES (?1)"));
        return statement.bind(1, std::to_string(kept) + filler).run();
      });
      if (!done) break;
      ++kept;
    }
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::limit_exceeded);
    EXPECT_NE(done.error().message.find("the disk is full"), std::string::npos);
    auto counting = *database->prepare("SELECT count(*) FROM note");
    ASSERT_TRUE(*counting.step());
    EXPECT_EQ(counting.integer(0), kept);
  }
  std::filesystem::remove(disk.file("ballast"));
  const auto database = *Database::open(options);
  EXPECT_EQ(*database->check_integrity(), "");
  EXPECT_TRUE(database->execute("INSERT INTO note(text) VALUES ('there is room')"));
}

}  // namespace
}  // namespace vedette::store::sqlite
