// What the store does when the world breaks under it: E13 (deleted while stopped), E09 (a flipped
// byte), E08 (the disk full inside a checkpoint); reliability.md, section 6.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "fakes/fake_clock.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "store/duckdb/segment_store.h"

namespace vedette::store::duckdb {
namespace {

namespace fs = std::filesystem;

const kql::Catalogue& catalogue() {
  static const kql::SchemaCatalogue instance(kql::built_in_schema());
  return instance;
}

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "vedette-fault-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string at(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

struct Answer {
  std::string text;
  bool partial = false;
};

class Texts final : public kql::result::Sink {
 public:
  explicit Texts(Answer& answer) : answer_(answer) {}
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell> cells) override {
    for (const auto& cell : cells) answer_.text += kql::result::text_of(cell) + ",";
  }
  void end(const kql::result::Ending& ending) override {
    answer_.partial = !ending.partial.empty();
  }

 private:
  Answer& answer_;
};

constexpr std::string_view question =
    "Syslog | summarize count(), sum(ProcessID), sum(strlen(SyslogMessage)), "
    "sum(hash(SyslogMessage, 1000003)), min(TimeGenerated), max(TimeGenerated), dcount(_ItemId)";

Answer ask(SegmentStore& store) {
  Answer answer;
  Texts sink(answer);
  const auto done = store.hunt(question, {}, {.timeout_ms = 20'000}, sink);
  if (!done) answer.text = done.error().code;
  return answer;
}

// A stand-in for the journal and the pipeline: position n is one batch, always the same.
struct Journal {
  std::uint64_t last = 0;
  std::size_t rows_each = 200;
  std::size_t message_bytes = 40;

  [[nodiscard]] model::TableBatch batch(std::uint64_t position) const {
    model::TableBatch batch("Syslog");
    const std::size_t message = batch.column("SyslogMessage");
    const std::size_t process = batch.column("ProcessID");
    for (std::size_t i = 0; i < rows_each; ++i) {
      const std::uint64_t id = position * 1'000'000 + i + 1;
      const base::Timestamp moment = received(position);
      batch.add_row({moment, moment, id, id});
      std::string text = fmt::format("{} ", id);
      for (std::uint64_t word = id; text.size() < message_bytes;
           word = word * 6364136223846793005U + 1)
        text += static_cast<char>('a' + (word >> 33) % 26);
      batch.set_text(message, text);
      batch.set(process, static_cast<std::int64_t>(i));
    }
    return batch;
  }
  // Ten positions a day.
  [[nodiscard]] base::Timestamp received(std::uint64_t position) const {
    return *base::parse_iso("2026-06-01T00:00:00Z") +
           base::Duration::hours(static_cast<std::int64_t>(position / 10 * 24 + position % 10));
  }
  // What the pipeline does after a start: everything after the watermark.
  base::Result<void> replay(SegmentStore& store, std::uint64_t until) {
    last = std::max(last, until);
    while (true) {
      const std::uint64_t position = *store.watermark() + 1;
      if (position > last) return {};
      const model::TableBatch one = batch(position);
      const auto done = store.append({&one, 1}, position, received(position));
      if (!done) return std::unexpected(done.error());
    }
  }
};

struct Opened {
  explicit Opened(const std::string& folder, bool read_only = false, std::int64_t memory = 0) {
    auto opened =
        SegmentStore::open({.folder = folder,
                            .memory_bytes = memory == 0 ? base::limits::store_memory_bytes : memory,
                            .read_only = read_only},
                           catalogue(), clock);
    if (opened)
      store = std::move(*opened);
    else
      problem = opened.error().message;
  }
  fakes::FakeClock clock;
  std::unique_ptr<SegmentStore> store;
  std::string problem;
};

TEST(SegmentFault, E13TheStoreDeletedWhileStoppedComesAgainFromTheJournal) {
  Folder folder;
  Journal journal;
  Answer before;
  {
    Opened opened(folder.at("store"));
    ASSERT_TRUE(journal.replay(*opened.store, 35));
    before = ask(*opened.store);
  }
  fs::remove_all(folder.at("store"));
  Opened opened(folder.at("store"));
  EXPECT_EQ(*opened.store->watermark(), 0U);
  ASSERT_TRUE(journal.replay(*opened.store, 35));
  EXPECT_EQ(ask(*opened.store).text, before.text);
  EXPECT_EQ(opened.store->segments()->size(), 4U);
}

// One day in the middle is gone: its rows come again, and those that are still there do not.
TEST(SegmentFault, OneDeletedOrBrokenDayComesAgainAlone) {
  Folder folder;
  Journal journal;
  Answer before;
  {
    Opened opened(folder.at("store"));
    ASSERT_TRUE(journal.replay(*opened.store, 35));
    before = ask(*opened.store);
  }
  std::ofstream(folder.at("store/2026-06-02.duckdb"), std::ios::trunc) << "no database";
  Opened opened(folder.at("store"));
  EXPECT_EQ(*opened.store->watermark(), 9U);
  EXPECT_TRUE(ask(*opened.store).partial);
  Journal part;
  ASSERT_TRUE(part.replay(*opened.store, 20));
  // A stop in between changes nothing.
  ASSERT_TRUE(opened.store->reopen());
  EXPECT_EQ(*opened.store->watermark(), 20U);
  ASSERT_TRUE(journal.replay(*opened.store, 40));
  Opened whole(folder.at("other"));
  Journal again;
  ASSERT_TRUE(again.replay(*whole.store, 40));
  EXPECT_EQ(ask(*opened.store).text, ask(*whole.store).text);
}

void flip_byte(const std::string& path, std::uint64_t seed) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = fs::file_size(path);
  const std::uint64_t at = seed * 0x9E3779B97F4A7C15U % size;
  file.seekg(static_cast<std::streamoff>(at));
  char byte = 0;
  file.read(&byte, 1);
  byte = static_cast<char>(byte ^ (1 << seed % 8));
  file.seekp(static_cast<std::streamoff>(at));
  file.write(&byte, 1);
}

// A sealed segment, an active one, and its log, as a kill leaves them.
class FlippedByte : public testing::TestWithParam<const char*> {};

TEST_P(FlippedByte, E09IsNeverAWrongAnswerShownAsRight) {
  constexpr std::uint64_t seeds = 8;
  Folder folder;
  Journal journal;
  std::string right;
  {
    Opened opened(folder.at("store"));
    ASSERT_TRUE(journal.replay(*opened.store, 15));
    ASSERT_TRUE(opened.store->seal_finished_days(journal.received(15)));
    // Closed, so that there is a file; then more, so that there is a log.
    ASSERT_TRUE(opened.store->reopen());
    ASSERT_TRUE(journal.replay(*opened.store, 19));
    right = ask(*opened.store).text;
    fs::copy(folder.at("store"), folder.at("killed"));
  }
  ASSERT_TRUE(fs::exists(folder.at("killed/") + GetParam()));
  int noticed = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    fs::remove_all(folder.at("store"));
    fs::copy(folder.at("killed"), folder.at("store"));
    flip_byte(folder.at("store/") + GetParam(), seed);
    {
      Opened reader(folder.at("store"), true);
      if (reader.store) {
        const Answer answer = ask(*reader.store);
        EXPECT_TRUE(answer.text == right || answer.partial || answer.text.starts_with("KQL"))
            << "seed " << seed << ": " << answer.text;
      } else {
        EXPECT_FALSE(reader.problem.empty());
      }
    }
    Opened opened(folder.at("store"));
    ASSERT_TRUE(opened.store) << "seed " << seed << ": " << opened.problem;
    // A hunt may be the first to meet the damage; the writer then mends it at its next step.
    std::ignore = ask(*opened.store);
    const auto mended = opened.store->append({}, *opened.store->watermark(), journal.received(19));
    // What is lost comes again from the journal: no append may go on as if it were there.
    if (!mended) {
      EXPECT_EQ(mended.error().code, base::ErrorCode::unavailable) << mended.error().message;
      ASSERT_TRUE(opened.store->reopen()) << "seed " << seed;
    }
    noticed += opened.store->take_notices().empty() ? 0 : 1;
    ASSERT_TRUE(journal.replay(*opened.store, 19)) << "seed " << seed;
    EXPECT_EQ(ask(*opened.store).text, right) << "seed " << seed;
  }
  RecordProperty("noticed", noticed);
}

INSTANTIATE_TEST_SUITE_P(Files, FlippedByte,
                         testing::Values("2026-06-01.duckdb", "2026-06-02.duckdb",
                                         "2026-06-02.duckdb.wal"));

// A file system of so many bytes that goes with the test.
class SmallDisk {
 public:
  SmallDisk(std::string folder, std::size_t bytes) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    mounted_ =
        ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, fmt::format("size={}", bytes).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool is_there() const { return mounted_; }
  [[nodiscard]] bool grow(std::size_t bytes) const {
    return ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT,
                   fmt::format("size={}", bytes).c_str()) == 0;
  }

 private:
  std::string folder_;
  bool mounted_ = false;
};

TEST(SegmentFault, E08AFullDiskLosesNothing) {
  Folder folder;
  const SmallDisk disk(folder.at("disk"), 24'000'000);
  if (!disk.is_there()) GTEST_SKIP() << "only root may mount a small disk";
  Journal journal{.rows_each = 2'000, .message_bytes = 400};
  Opened opened(folder.at("disk/store"));
  base::Result<void> done{};
  for (std::uint64_t until = 1; done && until < 400; ++until)
    done = journal.replay(*opened.store, until);
  ASSERT_FALSE(done.has_value()) << "the disk did not fill";
  EXPECT_TRUE(done.error().code == base::ErrorCode::limit_exceeded ||
              done.error().code == base::ErrorCode::unavailable)
      << done.error().message;
  const std::uint64_t acknowledged = *opened.store->watermark();
  EXPECT_GT(acknowledged, 0U);
  // Closing makes a checkpoint, which does not fit either; nothing that was acknowledged may go.
  const auto reopened = opened.store->reopen();
  if (reopened) {
    EXPECT_EQ(*opened.store->watermark(), acknowledged);
  }
  ASSERT_TRUE(disk.grow(200'000'000));
  const auto again = opened.store->reopen();
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*opened.store->watermark(), acknowledged);
  const auto replayed = journal.replay(*opened.store, acknowledged + 5);
  ASSERT_TRUE(replayed.has_value()) << replayed.error().message;
  Journal fresh{.rows_each = 2'000, .message_bytes = 400};
  Opened whole(folder.at("whole"));
  ASSERT_TRUE(fresh.replay(*whole.store, acknowledged + 5));
  EXPECT_EQ(ask(*opened.store).text, ask(*whole.store).text);
}

}  // namespace
}  // namespace vedette::store::duckdb
