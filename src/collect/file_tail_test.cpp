#include "collect/file_tail.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "fakes/fake_clock.h"

namespace vedette::collect {
namespace {

namespace fs = std::filesystem;
using base::Duration;

// Long enough never to be the reason that nothing came, on however busy a machine. Only a test that
// expects nothing waits for its own, short time.
constexpr Duration long_wait = Duration::seconds(20);
constexpr Duration no_wait{};

class FileTailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "vedette-tail-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  void copy_and_truncate(const std::string& name, const std::string& copy) const {
    fs::copy_file(path(name), path(copy), fs::copy_options::overwrite_existing);
    ASSERT_EQ(::truncate(path(name).c_str(), 0), 0);
  }
  std::unique_ptr<FileTail> tail(const std::vector<std::string>& names, bool from_start = true,
                                 bool read_once = false) {
    TailOptions options;
    for (const std::string& name : names)
      options.targets.push_back(name.starts_with('/') ? name : path(name));
    options.from_start = from_start;
    options.read_once = read_once;
    options.use_inotify = use_inotify_;
    return std::make_unique<FileTail>(options, clock_);
  }

  // All that can be had now.
  std::string read_now(FileTail& source) {
    std::string text;
    while (true) {
      auto batch = source.next(no_wait, stop_.get_token());
      EXPECT_TRUE(batch.has_value()) << batch.error().message;
      if (!batch || !*batch) break;
      text += take(**batch);
    }
    return text;
  }
  // Waits until `bytes` have come, or nothing comes any more; then takes what else is there.
  std::string read_bytes(FileTail& source, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      auto batch = source.next(long_wait, stop_.get_token());
      EXPECT_TRUE(batch.has_value()) << batch.error().message;
      if (!batch || !*batch) break;
      text += take(**batch);
    }
    return text + read_now(source);
  }
  // A run that goes on where the ones before it stopped.
  std::unique_ptr<FileTail> resumed(const std::string& target, bool from_start = true,
                                    bool read_once = false) {
    TailOptions options;
    options.targets.push_back(path(target));
    options.from_start = from_start;
    options.read_once = read_once;
    options.use_inotify = use_inotify_;
    options.cursor_of = [this](const std::string& asked) -> std::optional<std::string> {
      const auto found = cursors_.find(asked);
      if (found == cursors_.end()) return std::nullopt;
      return found->second;
    };
    return std::make_unique<FileTail>(options, clock_);
  }
  void keep_moved(FileTail& source) {
    for (const auto& [path, cursor] : source.take_moved_cursors()) cursors_[path] = cursor;
  }
  std::string take(const model::RawBatch& batch) {
    if (!batch.cursor.empty()) cursors_[std::string(batch.source_name)] = batch.cursor;
    EXPECT_FALSE(batch.bytes.empty());
    EXPECT_EQ(batch.bytes.back(), '\n') << "batches hold whole lines";
    last_ = batch;
    last_name_ = batch.source_name;
    return std::string(batch.bytes);
  }
  std::vector<SourceNotice> notices(FileTail& source, NoticeKind kind) {
    for (SourceNotice& notice : source.take_notices()) notices_.push_back(std::move(notice));
    std::vector<SourceNotice> found;
    for (const SourceNotice& notice : notices_)
      if (notice.kind == kind) found.push_back(notice);
    return found;
  }

  fs::path folder_;
  fakes::FakeClock clock_;
  std::stop_source stop_;
  bool use_inotify_ = true;
  std::map<std::string, std::string> cursors_;
  model::RawBatch last_;
  std::string last_name_;
  std::vector<SourceNotice> notices_;
};

// Every line as long as a real one: with its own number, so that none is like another.
std::string line(int number) {
  return "2026-06-01T08:15:30.123456+00:00 host sshd[" + std::to_string(number) +
         "]: Failed password for root from 192.0.2.1 port 22 ssh2\n";
}
std::string lines(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += line(i);
  return text;
}

TEST_F(FileTailTest, ReadsOnceToTheEnd) {
  append("auth.log", "a\nb\nc");
  auto source = tail({"auth.log"}, true, true);
  EXPECT_FALSE(source->finished());
  EXPECT_EQ(read_now(*source), "a\nb\nc\n");
  EXPECT_TRUE(source->finished());
  EXPECT_FALSE(last_.live);
  EXPECT_EQ(last_name_, path("auth.log"));
  EXPECT_EQ(source->progress().bytes_read, 5U);
  EXPECT_EQ(source->progress().bytes_known_total, 5U);
}

TEST_F(FileTailTest, ABufferThatIsHandedOverKeepsItsBatchWhileTheSourceReadsOn) {
  append("auth.log", lines(1, 20'000));
  auto source = tail({"auth.log"}, true, true);
  std::vector<std::pair<LineBuffer, std::string_view>> kept;
  while (true) {
    const auto batch = source->next(no_wait, stop_.get_token());
    ASSERT_TRUE(batch.has_value());
    if (!*batch) break;
    LineBuffer buffer;
    ASSERT_TRUE(source->exchange_buffer(buffer));
    EXPECT_EQ(buffer.get(), (*batch)->bytes.data());
    EXPECT_FALSE(source->exchange_buffer(buffer)) << "it was given away already";
    kept.emplace_back(std::move(buffer), (*batch)->bytes);
  }
  EXPECT_GT(kept.size(), 4U);
  std::string text;
  for (const auto& [buffer, bytes] : kept) text += bytes;
  EXPECT_EQ(text, lines(1, 20'000));
}

TEST_F(FileTailTest, ReadOnceOfWhatIsNotThereEndsAndSaysSo) {
  auto source = tail({"missing.log"}, true, true);
  EXPECT_EQ(read_now(*source), "");
  EXPECT_TRUE(source->finished());
  EXPECT_EQ(notices(*source, NoticeKind::cannot_open).size(), 1U);
}

TEST_F(FileTailTest, FollowsFromTheStart) {
  append("auth.log", line(1));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_bytes(*source, 1), line(1));
  EXPECT_FALSE(last_.live);
  EXPECT_EQ(last_.position, 0U);
  append("auth.log", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
  EXPECT_TRUE(last_.live);
  EXPECT_EQ(last_.position, line(1).size());
  EXPECT_FALSE(source->finished());
}

TEST_F(FileTailTest, FollowsFromTheEnd) {
  append("auth.log", lines(1, 2000));
  auto source = tail({"auth.log"}, false);
  EXPECT_EQ(read_now(*source), "");
  append("auth.log", line(2001));
  EXPECT_EQ(read_bytes(*source, 1), line(2001));
  EXPECT_TRUE(last_.live);
}

TEST_F(FileTailTest, FromTheEndALineThatWasBegunComesWhole) {
  append("auth.log", "old\nbegun ");
  auto source = tail({"auth.log"}, false);
  EXPECT_EQ(read_now(*source), "");
  append("auth.log", "and ended\n");
  EXPECT_EQ(read_bytes(*source, 1), "begun and ended\n");
}

TEST_F(FileTailTest, OldContentAndNewDoNotShareABatch) {
  append("auth.log", "old\nhalf");
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "old\n");
  EXPECT_FALSE(last_.live);
  append("auth.log", " line\n");
  EXPECT_EQ(read_bytes(*source, 1), "half line\n");
  EXPECT_TRUE(last_.live);
}

TEST_F(FileTailTest, HoldsBackAnUnfinishedLine) {
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "");
  append("auth.log", "one\ntw");
  EXPECT_EQ(read_bytes(*source, 1), "one\n");
  append("auth.log", "o");
  EXPECT_EQ(read_now(*source), "");
  append("auth.log", "\nthree\n");
  EXPECT_EQ(read_bytes(*source, 1), "two\nthree\n");
}

TEST_F(FileTailTest, WaitsForAFileAndItsFolders) {
  auto source = tail({"a/b/auth.log"});
  EXPECT_EQ(read_now(*source), "");
  ASSERT_EQ(notices(*source, NoticeKind::waiting).size(), 1U);
  fs::create_directories(folder_ / "a");
  EXPECT_EQ(read_now(*source), "");
  fs::create_directories(folder_ / "a/b");
  append("a/b/auth.log", line(1));
  EXPECT_EQ(read_bytes(*source, 1), line(1));
  EXPECT_TRUE(last_.live);
  EXPECT_EQ(notices(*source, NoticeKind::appeared).size(), 1U);
  EXPECT_EQ(notices(*source, NoticeKind::waiting).size(), 1U) << "said once";
}

TEST_F(FileTailTest, RotationByRenameReadsTheOldFileToItsEndFirst) {
  append("auth.log", line(1));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  std::ofstream writer(path("auth.log"), std::ios::app);
  append("auth.log", line(2));
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", line(4));
  writer << line(3) << std::flush;  // a program that has not been told yet
  EXPECT_EQ(read_bytes(*source, lines(2, 4).size()), lines(2, 4));
  writer << line(5) << std::flush;
  EXPECT_EQ(read_bytes(*source, 1), line(5)) << "late writes to the old file";
  append("auth.log", line(6));
  EXPECT_EQ(read_bytes(*source, 1), line(6));
  EXPECT_EQ(source->progress().files, 2U);
  // Idle, and the new one has content: the old one is let go.
  clock_.advance(Duration::seconds(31));
  EXPECT_EQ(read_now(*source), "");
  EXPECT_EQ(source->progress().files, 1U);
}

TEST_F(FileTailTest, ARotatedFilesUnfinishedLineIsDeliveredWhenItIsClosed) {
  append("auth.log", "one\ntw");
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "one\n");
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", "three\n");
  EXPECT_EQ(read_bytes(*source, 1), "three\n");
  clock_.advance(Duration::seconds(31));
  EXPECT_EQ(read_now(*source), "tw\n");
  EXPECT_EQ(
      notices(*source, NoticeKind::appeared).size() + notices(*source, NoticeKind::rotated).size(),
      1U);
}

TEST_F(FileTailTest, RotatedFileIsHeldWhileItsSuccessorIsEmpty) {
  append("auth.log", line(1));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", "");
  EXPECT_EQ(read_now(*source), "");
  clock_.advance(Duration::hours(5));
  EXPECT_EQ(read_now(*source), "");
  append("auth.log.1", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
}

TEST_F(FileTailTest, CopyTruncateIsReadOnFromItsStart) {
  append("auth.log", lines(1, 5));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 5));
  copy_and_truncate("auth.log", "auth.log.1");
  append("auth.log", line(6));
  EXPECT_EQ(read_bytes(*source, 1), line(6));
  EXPECT_EQ(last_.position, 0U);
  ASSERT_EQ(notices(*source, NoticeKind::truncated).size(), 1U);
  EXPECT_EQ(notices_.back().level, NoticeLevel::information);
}

TEST_F(FileTailTest, WhatCopyTruncateCutAwayIsReadFromTheCopy) {
  append("auth.log", lines(1, 5));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 5));
  append("auth.log", lines(6, 7) + "8, not end");  // never seen before it is cut
  copy_and_truncate("auth.log", "auth-20260601.log");
  append("auth.log", "ed here\n" + line(9));
  EXPECT_EQ(read_bytes(*source, lines(6, 7).size() + 1), lines(6, 7) + "ed here\n" + line(9));
  clock_.advance(Duration::seconds(31));
  EXPECT_EQ(read_now(*source), "8, not end\n");
}

TEST_F(FileTailTest, TruncationWithoutACopyIsSaid) {
  append("auth.log", lines(1, 5) + "begun");
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 5));
  ASSERT_EQ(::truncate(path("auth.log").c_str(), 0), 0);
  append("auth.log", line(6));
  EXPECT_EQ(read_bytes(*source, 1), "begun\n" + line(6));
  ASSERT_EQ(notices(*source, NoticeKind::truncated).size(), 1U);
  EXPECT_EQ(notices_.back().level, NoticeLevel::warning);
}

TEST_F(FileTailTest, TruncatedAndGrownPastOurOffsetBetweenTwoLooks) {
  append("auth.log", lines(1, 2));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 2));
  ASSERT_EQ(::truncate(path("auth.log").c_str(), 0), 0);
  append("auth.log", lines(3, 9));
  EXPECT_EQ(read_bytes(*source, 1), lines(3, 9));
}

TEST_F(FileTailTest, TheLastLinesTakenOutAreNotReadTwice) {
  append("auth.log", lines(1, 9));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 9));
  ASSERT_EQ(::truncate(path("auth.log").c_str(), static_cast<off_t>(lines(1, 7).size())), 0);
  EXPECT_EQ(read_now(*source), "");
  append("auth.log", line(10));
  EXPECT_EQ(read_bytes(*source, 1), line(10));
}

TEST_F(FileTailTest, AWriterThatDoesNotAppendLeavesAHole) {
  std::ofstream writer(path("auth.log"));  // no append: goes on at its own offset
  writer << lines(1, 2000) << std::flush;
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 2000));
  ASSERT_EQ(::truncate(path("auth.log").c_str(), 0), 0);
  EXPECT_EQ(read_now(*source), "");
  writer << line(2001) << std::flush;
  EXPECT_EQ(read_bytes(*source, 1), line(2001));
}

TEST_F(FileTailTest, DeletionAndReturn) {
  append("auth.log", lines(1, 3));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 3));
  std::ofstream writer(path("auth.log"), std::ios::app);
  fs::remove(path("auth.log"));
  writer << line(4) << std::flush;  // to hide is not to stop: the deleted file is still read
  EXPECT_EQ(read_bytes(*source, 1), line(4));
  ASSERT_EQ(notices(*source, NoticeKind::deleted).size(), 1U);
  EXPECT_EQ(notices_.back().level, NoticeLevel::warning);
  append("auth.log", line(5));
  EXPECT_EQ(read_bytes(*source, 1), line(5));
  EXPECT_EQ(notices(*source, NoticeKind::appeared).size(), 1U);
}

TEST_F(FileTailTest, ADeletedFileIsNotHeldForEver) {
  append("auth.log", "one\nlast");
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "one\n");
  fs::remove(path("auth.log"));
  EXPECT_EQ(read_now(*source), "");
  clock_.advance(Duration::minutes(11));
  EXPECT_EQ(read_now(*source), "last\n");
  EXPECT_EQ(source->progress().files, 0U);
}

TEST_F(FileTailTest, RenameOver) {
  append("auth.log", line(1));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  append("auth.log", line(2));
  append("other", line(3));
  fs::rename(path("other"), path("auth.log"));
  EXPECT_EQ(read_bytes(*source, lines(2, 3).size()), lines(2, 3));
}

TEST_F(FileTailTest, AnEditorThatSavesANewFileDoesNotRepeatTheOld) {
  append("auth.log", lines(1, 20));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 20));
  append("new", lines(1, 21));
  fs::rename(path("new"), path("auth.log"));
  EXPECT_EQ(read_bytes(*source, 1), line(21));
}

TEST_F(FileTailTest, MovedAwayAndBackIsReadOn) {
  append("auth.log", lines(1, 3));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 3));
  fs::rename(path("auth.log"), path("kept"));
  append("auth.log", line(4));
  EXPECT_EQ(read_bytes(*source, 1), line(4));
  clock_.advance(Duration::seconds(31));
  EXPECT_EQ(read_now(*source), "");
  EXPECT_EQ(source->progress().files, 1U) << "the old one is closed";
  append("kept", line(5));
  fs::rename(path("kept"), path("auth.log"));
  EXPECT_EQ(read_bytes(*source, 1), line(5)) << "known again by inode and first bytes";
}

TEST_F(FileTailTest, AnInodeThatIsUsedAgainIsANewFile) {
  append("auth.log", lines(1, 3));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), lines(1, 3));
  fs::rename(path("auth.log"), path("kept"));
  append("auth.log", line(4));
  EXPECT_EQ(read_bytes(*source, 1), line(4));
  clock_.advance(Duration::seconds(31));
  EXPECT_EQ(read_now(*source), "");  // "kept" is closed and remembered by its inode
  // The same inode with other content, as after deletion and reuse.
  ASSERT_EQ(::truncate(path("kept").c_str(), 0), 0);
  append("kept", lines(5, 9));
  fs::rename(path("kept"), path("auth.log"));
  EXPECT_EQ(read_bytes(*source, 1), lines(5, 9));
}

TEST_F(FileTailTest, DeletedAndCreatedAnewManyTimes) {
  auto source = tail({"auth.log"});
  for (int i = 1; i <= 200; ++i) {
    append("auth.log", line(i));
    EXPECT_EQ(read_bytes(*source, 1), line(i));
    fs::remove(path("auth.log"));
    if (i % 3 == 0) {
      EXPECT_EQ(read_now(*source), "");
    }
    if (i % 50 == 0) clock_.advance(Duration::minutes(11));
  }
  EXPECT_LE(source->progress().files, 65U) << "deleted files are not held without bound";
}

TEST_F(FileTailTest, SymbolicLinkIsFollowedAndItsRetargetingNoticed) {
  fs::create_directories(folder_ / "x");
  append("x/one", line(1));
  append("x/two", line(3));
  fs::create_symlink("x/one", path("auth.log"));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  append("x/one", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
  fs::create_symlink(path("x/two"), path("next"));
  fs::rename(path("next"), path("auth.log"));
  EXPECT_EQ(read_bytes(*source, 1), line(3));
  // The target itself is rotated, behind two links.
  fs::rename(path("x/two"), path("x/two.1"));
  append("x/two", line(4));
  EXPECT_EQ(read_bytes(*source, 1), line(4));
}

TEST_F(FileTailTest, ALinkInTheMiddleOfThePathIsRetargeted) {
  fs::create_directories(folder_ / "day1");
  fs::create_directories(folder_ / "day2");
  append("day1/auth.log", line(1));
  append("day2/auth.log", line(2));
  fs::create_directory_symlink("day1", path("current"));
  auto source = tail({"current/auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  fs::create_directory_symlink("day2", path("next"));
  fs::rename(path("next"), path("current"));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
}

TEST_F(FileTailTest, TwoNamesOfOneFileAreOneFile) {
  append("auth.log", line(1));
  fs::create_symlink("auth.log", path("link"));
  fs::create_hard_link(path("auth.log"), path("hard"));
  auto source = tail({"auth.log", "link", "hard"});
  EXPECT_EQ(read_now(*source), line(1));
  fs::remove(path("auth.log"));
  EXPECT_EQ(read_now(*source), "");
  append("hard", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
}

TEST_F(FileTailTest, ALoopOfLinksIsNotFound) {
  fs::create_symlink("b", path("a"));
  fs::create_symlink("a", path("b"));
  auto source = tail({"a"});
  EXPECT_EQ(read_now(*source), "");
  EXPECT_EQ(notices(*source, NoticeKind::waiting).size(), 1U);
}

TEST_F(FileTailTest, GlobsPickUpNewFiles) {
  append("a.log", line(1));
  append("b.txt", "no\n");
  auto source = tail({"*.log"});
  EXPECT_EQ(read_now(*source), line(1));
  append("b.log", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
  EXPECT_TRUE(last_.live);
  const auto second = last_.source;
  append("a.log", line(3));
  EXPECT_EQ(read_bytes(*source, 1), line(3));
  EXPECT_NE(last_.source, second);
}

TEST_F(FileTailTest, GlobsInFolders) {
  fs::create_directories(folder_ / "host1");
  append("host1/auth.log", line(1));
  auto source = tail({"host*/auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  fs::create_directories(folder_ / "host2");
  EXPECT_EQ(read_now(*source), "");
  append("host2/auth.log", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
}

TEST_F(FileTailTest, AGlobThatMatchesTheRotatedFileReadsItOnce) {
  append("auth.log", lines(1, 3));
  auto source = tail({"auth.log*"});
  EXPECT_EQ(read_now(*source), lines(1, 3));
  for (int i = 4; i < 40; i += 2) {
    append("auth.log", line(i));
    if (fs::exists(path("auth.log.1"))) fs::rename(path("auth.log.1"), path("auth.log.2"));
    fs::rename(path("auth.log"), path("auth.log.1"));
    append("auth.log", line(i + 1));
    EXPECT_EQ(read_bytes(*source, lines(i, i + 1).size()), lines(i, i + 1));
  }
}

TEST_F(FileTailTest, AGlobThatMatchesTheCopyOfCopyTruncateReadsItOnce) {
  append("auth.log", lines(1, 30));
  auto source = tail({"auth.log*"});
  EXPECT_EQ(read_now(*source), lines(1, 30));
  append("auth.log", line(31));
  fs::copy_file(path("auth.log"), path("auth.log.1"));
  EXPECT_EQ(read_bytes(*source, 1), line(31)) << "the copy waits";
  append("auth.log.1", line(32));  // as if it had been copied later, with one line more
  ASSERT_EQ(::truncate(path("auth.log").c_str(), 0), 0);
  append("auth.log", line(33));
  EXPECT_EQ(read_bytes(*source, lines(32, 33).size()), lines(32, 33));
}

TEST_F(FileTailTest, ACopyOfAFollowedFileIsNotReadAgainUntilItGrows) {
  append("auth.log", lines(1, 30));
  auto source = tail({"auth.log*"});
  EXPECT_EQ(read_now(*source), lines(1, 30));
  fs::copy_file(path("auth.log"), path("auth.log.copy"));
  EXPECT_EQ(read_now(*source), "");
  append("auth.log.copy", line(31));
  EXPECT_EQ(read_bytes(*source, 1), line(31));
}

TEST_F(FileTailTest, FilesThatBeginAlikeButAreNoCopiesAreBothRead) {
  append("auth.log", lines(1, 30));
  auto source = tail({"*"});
  EXPECT_EQ(read_now(*source), lines(1, 30));
  append("syslog", lines(1, 30));  // another program's file with the same lines
  EXPECT_EQ(read_bytes(*source, 1), lines(1, 30));
  append("auth.log.other", lines(1, 20) + lines(900, 950));
  EXPECT_EQ(read_bytes(*source, 1), lines(1, 20) + lines(900, 950));
}

TEST_F(FileTailTest, ExistingFilesAreReadOldestFirst) {
  append("auth.log", line(3));
  append("auth.log.1", line(2));
  append("auth.log.2", line(1));
  int age = 1;
  for (const char* name : {"auth.log", "auth.log.1", "auth.log.2"})
    fs::last_write_time(path(name),
                        fs::file_time_type::clock::now() - std::chrono::hours(24 * age++));
  auto source = tail({"auth.log", "auth.log.*"});
  EXPECT_EQ(read_now(*source), lines(1, 3));
  auto once = tail({"auth.log*"}, true, true);
  EXPECT_EQ(read_now(*once), lines(1, 3));
}

TEST_F(FileTailTest, TheLongestLineIsWholeAndALongerOneIsCut) {
  const std::size_t limit = base::limits::line_bytes_max;
  const std::string longest(limit, 'x');
  append("auth.log", "a\n" + longest + "\nb\n" + longest + "y\nc\n" +
                         std::string(5 * limit + 17, 'z') + "\nd\n");
  auto source = tail({"auth.log"}, true, true);
  const std::string text = read_now(*source);
  EXPECT_TRUE(text ==
              "a\n" + longest + "\nb\n" + longest + "\nc\n" + std::string(limit, 'z') + "\nd\n");
  EXPECT_EQ(source->cut_lines(), 2U);
  EXPECT_EQ(notices(*source, NoticeKind::line_cut).size(), 1U);
  EXPECT_EQ(source->progress().bytes_read, fs::file_size(path("auth.log")));
}

TEST_F(FileTailTest, AnEndlessLineIsCutOnceWhileItGrows) {
  const std::size_t limit = base::limits::line_bytes_max;
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "");
  std::string text;
  for (int i = 0; i < 40; ++i) {
    append("auth.log", std::string(limit / 8, 'q'));
    text += read_now(*source);
  }
  EXPECT_TRUE(text == std::string(limit, 'q') + "\n");
  EXPECT_EQ(source->cut_lines(), 1U);
  append("auth.log", "end of it\nnext\n");
  EXPECT_EQ(read_bytes(*source, 1), "next\n");
}

TEST_F(FileTailTest, ALongLineThatGrowsSlowlyIsWhole) {
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "");
  std::string expected;
  for (int i = 0; i < 9; ++i) {
    append("auth.log", std::string(100'000, static_cast<char>('a' + i)));
    expected += std::string(100'000, static_cast<char>('a' + i));
    EXPECT_EQ(read_now(*source), "");
  }
  append("auth.log", "\n");
  EXPECT_TRUE(read_bytes(*source, 1) == expected + "\n");
}

TEST_F(FileTailTest, BinaryContentIsSaidAndStillDelivered) {
  const std::string text = line(1) + std::string("a\0b\n", 4);
  append("nul", text);
  append("no-newline", std::string(70'000, 'x') + "\n");
  auto source = tail({"nul", "no-newline"}, true, true);
  EXPECT_EQ(read_now(*source).size(), text.size() + 70'001);
  EXPECT_EQ(notices(*source, NoticeKind::binary).size(), 2U);
}

TEST_F(FileTailTest, CompressedFilesAreRefusedWithTheRemedy) {
  append("auth.log.2.gz", std::string("\x1f\x8b\x08\x00garbage\n", 12));
  append("auth.log", line(1));
  auto source = tail({"auth.log*"});
  EXPECT_EQ(read_now(*source), line(1));
  ASSERT_EQ(notices(*source, NoticeKind::refused).size(), 1U);
  EXPECT_NE(notices_.back().text.find("zcat"), std::string::npos);
  clock_.advance(Duration::seconds(2));
  EXPECT_EQ(read_now(*source), "");
  EXPECT_EQ(notices(*source, NoticeKind::refused).size(), 1U) << "said once";
}

TEST_F(FileTailTest, EmptyFiles) {
  append("auth.log", "");
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "");
  EXPECT_FALSE(source->progress().catching_up);
  append("auth.log", line(1));
  EXPECT_EQ(read_bytes(*source, 1), line(1));
  EXPECT_TRUE(last_.live);
  append("empty", "");
  auto once = tail({"empty"}, true, true);
  EXPECT_EQ(read_now(*once), "");
  EXPECT_TRUE(once->finished());
}

TEST_F(FileTailTest, AFileWithoutASizeIsReadOnce) {
  if (!fs::exists("/proc/version")) GTEST_SKIP() << "no /proc here";
  auto source = tail({"/proc/version"});
  EXPECT_NE(read_now(*source), "");
  clock_.advance(Duration::seconds(2));
  EXPECT_EQ(read_now(*source), "");
  auto once = tail({"/proc/version"}, true, true);
  EXPECT_NE(read_now(*once), "");
  EXPECT_TRUE(once->finished());
}

TEST_F(FileTailTest, AFolderIsRefused) {
  fs::create_directories(folder_ / "logs");
  auto source = tail({"logs"});
  EXPECT_EQ(read_now(*source), "");
  ASSERT_EQ(notices(*source, NoticeKind::refused).size(), 1U);
  EXPECT_NE(notices_.back().text.find("is a folder"), std::string::npos);
  EXPECT_TRUE(source->finished()) << "nothing can come";
}

TEST_F(FileTailTest, PermissionDeniedStopsOnlyThatFileAndHealsWhenGiven) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything: run as a user to test this";
  append("auth.log", line(1));
  append("other.log", line(2));
  ASSERT_EQ(::chmod(path("auth.log").c_str(), 0), 0);
  auto source = tail({"auth.log", "other.log"});
  EXPECT_EQ(read_now(*source), line(2));
  ASSERT_EQ(notices(*source, NoticeKind::cannot_open).size(), 1U);
  EXPECT_NE(notices_.back().text.find("run as root"), std::string::npos);
  ASSERT_EQ(::chmod(path("auth.log").c_str(), 0600), 0);
  EXPECT_EQ(read_bytes(*source, 1), line(1));
}

TEST_F(FileTailTest, ANamedFifoIsReadFromWriterToWriter) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  auto source = tail({"pipe"});
  EXPECT_EQ(read_now(*source), "");
  for (int i = 1; i < 6; ++i) {
    std::ofstream(path("pipe")) << line(i) << "rest";
    EXPECT_EQ(read_bytes(*source, line(i).size() + 5), line(i) + "rest\n");
  }
  EXPECT_EQ(read_now(*source), "");
  EXPECT_FALSE(source->finished());
}

TEST_F(FileTailTest, AFifoReadOnceEndsWithItsWriter) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  auto source = tail({"pipe"}, true, true);
  EXPECT_EQ(read_now(*source), "");
  EXPECT_FALSE(source->finished()) << "no writer has come yet";
  std::ofstream(path("pipe")) << line(1);
  EXPECT_EQ(read_bytes(*source, 1), line(1));
  EXPECT_TRUE(source->finished());
}

TEST_F(FileTailTest, NoFifoOrDeviceBySurprise) {
  ASSERT_EQ(::mkfifo(path("a.log").c_str(), 0600), 0);
  append("b.log", line(1));
  auto globbed = tail({"*.log"});
  EXPECT_EQ(read_now(*globbed), line(1));
  auto named = tail({"b.log"});
  EXPECT_EQ(read_now(*named), line(1));
  fs::remove(path("b.log"));
  ASSERT_EQ(::mkfifo(path("b.log").c_str(), 0600), 0);
  EXPECT_EQ(read_now(*named), "");
  EXPECT_EQ(notices(*named, NoticeKind::refused).size(), 1U);
  fs::remove(path("b.log"));
  append("b.log", line(2));
  EXPECT_EQ(read_bytes(*named, 1), line(2));
}

TEST_F(FileTailTest, AnEventQueueThatOverflowsLosesNothing) {
  std::ifstream setting("/proc/sys/fs/inotify/max_queued_events");
  std::size_t queue_events = 0;
  if (!(setting >> queue_events) || queue_events > 100'000)
    GTEST_SKIP() << "the event queue is too long to be filled in a test";
  append("a.log", line(1));
  auto source = tail({"*.log"});
  EXPECT_EQ(read_now(*source), line(1));
  // Alternating names, so that equal events are not merged.
  for (std::size_t i = 0; i < queue_events / 2 + 100; ++i) {
    ASSERT_EQ(::close(::open(path("x.log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
    ASSERT_EQ(::unlink(path("x.log").c_str()), 0);
  }
  append("a.log", line(2));
  append("late.log", line(3));
  const std::string text = read_bytes(*source, lines(2, 3).size());
  EXPECT_EQ(text.size(), lines(2, 3).size());
  EXPECT_NE(text.find(line(2)), std::string::npos);
  EXPECT_NE(text.find(line(3)), std::string::npos);
}

TEST_F(FileTailTest, WithoutInotifyItPolls) {
  use_inotify_ = false;
  append("auth.log", line(1));
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), line(1));
  EXPECT_EQ(notices(*source, NoticeKind::polling).size(), 1U);
  append("auth.log", line(2));
  EXPECT_EQ(read_bytes(*source, 1), line(2));
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", line(3));
  EXPECT_EQ(read_bytes(*source, 1), line(3));
}

TEST_F(FileTailTest, AStopEndsTheWait) {
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "");
  std::jthread stopper([this] { stop_.request_stop(); });
  const auto batch = source->next(Duration::hours(1), stop_.get_token());
  ASSERT_TRUE(batch.has_value());
  EXPECT_FALSE(batch->has_value());
}

TEST_F(FileTailTest, ALineWrittenDuringTheWaitEndsIt) {
  auto source = tail({"auth.log"});
  EXPECT_EQ(read_now(*source), "");
  std::jthread writer([this] { append("auth.log", line(1)); });
  EXPECT_EQ(read_bytes(*source, 1), line(1));
}

TEST_F(FileTailTest, AnOddNameIsTakenAsItIs) {
  append("odd[1]*.log", line(1));
  auto source = tail({"odd[1]*.log"}, true, true);
  EXPECT_EQ(read_now(*source), line(1));
}

TEST_F(FileTailTest, ProgressCountsWhatIsWaiting) {
  append("auth.log", lines(1, 20'000));
  auto source = tail({"auth.log"});
  const auto first = source->next(no_wait, stop_.get_token());
  ASSERT_TRUE(first && *first);
  const Progress progress = source->progress();
  EXPECT_TRUE(progress.catching_up);
  EXPECT_EQ(progress.bytes_read, (*first)->bytes.size());
  EXPECT_EQ(progress.bytes_known_total, fs::file_size(path("auth.log")));
  read_now(*source);
  EXPECT_FALSE(source->progress().catching_up);
  EXPECT_EQ(source->progress().bytes_read, fs::file_size(path("auth.log")));
}

// ---- Going on after a restart ----

TEST_F(FileTailTest, ARestartGoesOnWhereTheCursorIs) {
  append("auth.log", lines(1, 3));
  EXPECT_EQ(read_now(*resumed("auth.log")), lines(1, 3));
  append("auth.log", lines(4, 5) + "unfinished");
  auto source = resumed("auth.log", false);
  EXPECT_EQ(read_now(*source), lines(4, 5));
  EXPECT_FALSE(last_.live) << "it was written while nobody watched";
  append("auth.log", " line\n" + line(6));
  EXPECT_EQ(read_bytes(*source, 1), "unfinished line\n" + line(6));
  EXPECT_TRUE(last_.live);
}

TEST_F(FileTailTest, AShortFileIsNotReadTwice) {
  append("auth.log", "a\n");
  EXPECT_EQ(read_now(*resumed("auth.log")), "a\n");
  EXPECT_EQ(read_now(*resumed("auth.log")), "");
}

TEST_F(FileTailTest, ARunWithoutALineLeavesACursorToo) {
  append("auth.log", lines(1, 3));
  auto source = resumed("auth.log", false);
  EXPECT_EQ(read_now(*source), "");
  keep_moved(*source);
  source.reset();
  append("auth.log", lines(4, 5));
  EXPECT_EQ(read_now(*resumed("auth.log", false)), lines(4, 5));
}

TEST_F(FileTailTest, RotatedByRenameWhileStopped) {
  append("auth.log", lines(1, 3));
  EXPECT_EQ(read_now(*resumed("auth.log")), lines(1, 3));
  append("auth.log", lines(4, 5));
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", lines(6, 7));
  EXPECT_EQ(read_now(*resumed("auth.log", false)), lines(4, 7));
  EXPECT_EQ(read_now(*resumed("auth.log", false)), "");
}

TEST_F(FileTailTest, RotatedByRenameWhileStoppedAndTheRotatedNamesAreFollowedToo) {
  append("auth.log", lines(1, 3));
  append("auth.log.1", lines(100, 101));
  EXPECT_EQ(read_bytes(*resumed("auth.log*"), 1).size(),
            lines(1, 3).size() + lines(100, 101).size());
  append("auth.log", lines(4, 5));
  fs::rename(path("auth.log.1"), path("auth.log.2"));
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", lines(6, 7));
  EXPECT_EQ(read_now(*resumed("auth.log*")), lines(4, 7));
}

TEST_F(FileTailTest, RotatedSeveralTimesWhileStopped) {
  const auto written = [this](const std::string& name, int hours) {
    fs::last_write_time(path(name), fs::file_time_type::clock::now() + std::chrono::hours(hours));
  };
  append("auth.log.3", lines(90, 91));  // was read long ago, or is none of ours
  written("auth.log.3", -9);
  append("auth.log", lines(1, 3));
  written("auth.log", -8);
  EXPECT_EQ(read_now(*resumed("auth.log")), lines(1, 3));
  append("auth.log", lines(4, 5));
  written("auth.log", -7);
  fs::rename(path("auth.log"), path("auth.log.2"));
  append("auth.log.1", lines(6, 7));
  written("auth.log.1", -6);
  append("auth.log", lines(8, 9));
  append("auth-other.log", lines(50, 51));
  EXPECT_EQ(read_now(*resumed("auth.log", false)), lines(4, 9));
}

TEST_F(FileTailTest, CopiedAndTruncatedWhileStopped) {
  append("auth.log", lines(1, 3));
  EXPECT_EQ(read_now(*resumed("auth.log")), lines(1, 3));
  append("auth.log", lines(4, 5));
  copy_and_truncate("auth.log", "auth.log.1");
  append("auth.log", lines(6, 9));
  EXPECT_EQ(read_now(*resumed("auth.log")), lines(4, 9));
}

TEST_F(FileTailTest, WhatIsGoneOrCompressedIsTold) {
  append("auth.log", lines(1, 3));
  EXPECT_EQ(read_now(*resumed("auth.log")), lines(1, 3));
  fs::remove(path("auth.log"));
  append("auth.log.1.gz", "\x1f\x8b compressed");
  append("auth.log", lines(6, 7));
  auto source = resumed("auth.log");
  EXPECT_EQ(read_now(*source), lines(6, 7));
  EXPECT_EQ(notices(*source, NoticeKind::deleted).size(), 1U);
  EXPECT_EQ(notices(*source, NoticeKind::refused).size(), 1U);
}

TEST_F(FileTailTest, ARunToTheEndLeavesAnUnfinishedLineForTheNext) {
  append("auth.log", lines(1, 2) + "unfin");
  EXPECT_EQ(read_now(*resumed("auth.log", true, true)), lines(1, 2));
  append("auth.log", "ished\n");
  EXPECT_EQ(read_now(*resumed("auth.log", true, true)), "unfinished\n");
}

TEST_F(FileTailTest, RunsToTheEndGoOnFromEachOtherAlsoOverARotation) {
  append("auth.log", lines(1, 2));
  for (int run = 0; run < 3; ++run) {
    auto source = resumed("auth.log", true, true);
    EXPECT_EQ(read_now(*source), run == 0 ? lines(1, 2) : "");
    keep_moved(*source);
  }
  append("auth.log", lines(3, 4));
  fs::rename(path("auth.log"), path("auth.log.1"));
  append("auth.log", lines(5, 6));
  EXPECT_EQ(read_now(*resumed("auth.log", true, true)), lines(3, 6));
}

TEST_F(FileTailTest, TheRestOfALongLineIsNoLineAfterARestart) {
  append("auth.log", std::string(base::limits::line_bytes_max + 500'000, 'x'));
  EXPECT_EQ(read_now(*resumed("auth.log")).size(), base::limits::line_bytes_max + 1);
  append("auth.log", "yyy\n" + line(2));
  EXPECT_EQ(read_now(*resumed("auth.log")), line(2));
}

TEST_F(FileTailTest, ADamagedCursorIsToldAndTheFileReadFromItsStart) {
  append("auth.log", lines(1, 2));
  cursors_[path("auth.log")] = "{\"files\":[{\"device\":1}]}";
  auto source = resumed("auth.log", false);
  EXPECT_EQ(read_now(*source), lines(1, 2));
  EXPECT_EQ(notices(*source, NoticeKind::read_failed).size(), 1U);
}

// ---- Random actions against a model ----

// Keeps what must be delivered: every whole line that was written, once. The actions are those of
// reliability experiment E32; between any two of them the tail may or may not have looked.
class World {
 public:
  World(fs::path folder, unsigned seed, bool deletes = true)
      : folder_(std::move(folder)), random_(seed), deletes_(deletes) {
    create();
  }

  void act() {
    const unsigned action = pick(16);
    if (action < 4 && !seen_) return write_lines(1);
    if (!deletes_ && (action == 2 || action == 3)) return write_lines(2);
    switch (action) {
      case 0:
        rotate_by_rename();
        break;
      case 1:
        copy_and_truncate();
        break;
      case 2:
        delete_and_return();
        break;
      case 3:
        rename_over();
        break;
      case 4:
        move_away_and_back();
        break;
      case 5:
        write_late();
        break;
      case 6:
        write_part();
        break;
      case 7:
        reopen();
        break;
      default:
        write_lines(pick(20) + 1);
        break;
    }
  }
  // The tail has looked. What is cut or deleted before that is lost to any program that reads
  // files.
  void looked() { seen_ = seen_ || has_line_; }
  // Nobody writes to a rotated file for longer than the tail waits for it.
  void let_go_of_old() {
    if (old_ >= 0) ::close(std::exchange(old_, -1));
  }
  // Ends the line that is being written, so that all that was begun is whole.
  void settle() {
    if (begun_.empty()) return;
    put(current_, "end\n");
    expected_.push_back(begun_ + "end");
    begun_.clear();
  }
  [[nodiscard]] const std::vector<std::string>& expected() const { return expected_; }
  [[nodiscard]] unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  std::string name() const { return (folder_ / "auth.log").string(); }
  static void put(int descriptor, const std::string& text) {
    ASSERT_EQ(::write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string next_line() {
    std::string text = "2026-06-01T08:15:30 host sshd[" + std::to_string(++number_) +
                       "]: Failed password for invalid user x from 192.0.2.1 port 22";
    if (pick(200) == 0) text += std::string(pick(base::limits::line_bytes_max - 200), 'l');
    return text;
  }
  void create() {
    current_ = ::open(name().c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    ASSERT_GE(current_, 0);
    seen_ = has_line_ = fs::file_size(name()) > 0;
  }
  void write_lines(unsigned count) {
    settle();
    std::string text;
    for (unsigned i = 0; i < count; ++i) {
      expected_.push_back(next_line());
      text += expected_.back() + "\n";
    }
    put(current_, text);
    has_line_ = true;
  }
  void write_part() {
    if (!begun_.empty()) return settle();
    begun_ = next_line() + " part ";
    put(current_, begun_);
  }
  // The program that writes is told to open its log anew.
  void reopen() {
    settle();
    let_go_of_old();
    ::close(current_);
    const bool seen = seen_;
    create();
    seen_ = seen;
  }
  // The old file may go on being written to for a while.
  void rotate_by_rename() {
    settle();
    let_go_of_old();
    fs::rename(name(), folder_ / ("auth.log." + std::to_string(++rotation_)));
    old_ = current_;
    create();
  }
  void write_late() {
    if (old_ < 0) return;
    expected_.push_back(next_line());
    put(old_, expected_.back() + "\n");
  }
  void copy_and_truncate() {
    settle();
    fs::copy_file(name(), folder_ / ("auth.log-copy" + std::to_string(++rotation_)));
    ASSERT_EQ(::ftruncate(current_, 0), 0);
    seen_ = has_line_ = false;
  }
  void delete_and_return() {
    settle();
    let_go_of_old();
    fs::remove(name());
    old_ = current_;
    create();
  }
  void rename_over() {
    settle();
    let_go_of_old();
    const std::string other = (folder_ / "other").string();
    old_ = current_;
    current_ = ::open(other.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    write_lines(2);
    seen_ = false;
    fs::rename(other, name());
  }
  void move_away_and_back() {
    fs::rename(name(), folder_ / "away");
    if (pick(2) == 0) write_lines(1);
    fs::rename(folder_ / "away", name());
  }

  fs::path folder_;
  std::mt19937 random_;
  bool deletes_ = true;
  std::vector<std::string> expected_;
  std::string begun_;
  bool has_line_ = false;  // in the file that has the name now
  bool seen_ = false;      // and the tail has read one of them
  int current_ = -1;
  int old_ = -1;  // of the file that was rotated away
  int number_ = 0;
  int rotation_ = 0;
};

class RandomActions : public FileTailTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(RandomActions, EveryLineOnce) {
  World world(folder_, GetParam());
  // Odd seeds watch the rotated names as well: they must not be read twice.
  use_inotify_ = GetParam() % 5 != 0;
  auto source = GetParam() % 2 == 0 ? tail({"auth.log"}) : tail({"auth.log*"});
  std::string text = read_now(*source);
  for (int i = 0; i < 700; ++i) {
    world.act();
    // The tail does not always get to look: several actions are then seen as one.
    if (world.pick(40) == 0) {
      clock_.advance(Duration::seconds(world.pick(90)));
      world.let_go_of_old();
    }
    if (!use_inotify_) clock_.advance(Duration::milliseconds(300));  // the next look is due
    if (world.pick(3) == 0) continue;
    text += read_now(*source);
    world.looked();
  }
  world.settle();
  clock_.advance(Duration::minutes(11));
  text += read_now(*source);
  clock_.advance(Duration::minutes(11));
  text += read_now(*source);

  std::vector<std::string> got;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    got.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::vector<std::string> expected = world.expected();
  std::ranges::sort(got);
  std::ranges::sort(expected);
  std::vector<std::string> missing, extra;
  std::ranges::set_difference(expected, got, std::back_inserter(missing));
  std::ranges::set_difference(got, expected, std::back_inserter(extra));
  EXPECT_EQ(missing.size(), 0U) << (missing.empty() ? "" : missing.front().substr(0, 120));
  EXPECT_EQ(extra.size(), 0U) << (extra.empty() ? "" : extra.front().substr(0, 120));
  EXPECT_EQ(got.size(), expected.size());
}

// The same, and the reader is stopped between any two batches and begun anew from its cursors.
TEST_P(RandomActions, EveryLineOnceOverRestarts) {
  World world(folder_, GetParam(), false);
  use_inotify_ = GetParam() % 5 != 0;
  const std::string target = GetParam() % 2 == 0 ? "auth.log" : "auth.log*";
  auto source = resumed(target);
  std::string text = read_now(*source);
  for (int i = 0; i < 500; ++i) {
    world.act();
    if (world.pick(8) == 0) {
      // Part of what is there, then the end; sometimes more happens before the next start.
      for (unsigned batches = world.pick(3); batches > 0; --batches) {
        const auto batch = source->next(no_wait, stop_.get_token());
        if (batch && *batch) text += take(**batch);
      }
      keep_moved(*source);
      source.reset();
      if (world.pick(2) == 0) world.act();
      source = resumed(target);
    }
    if (world.pick(40) == 0) {
      text += read_now(*source);
      clock_.advance(Duration::seconds(world.pick(90)));
      world.let_go_of_old();
    }
    if (!use_inotify_) clock_.advance(Duration::milliseconds(300));
    if (world.pick(3) == 0) continue;
    text += read_now(*source);
    world.looked();
  }
  world.settle();
  clock_.advance(Duration::minutes(11));
  text += read_now(*source);
  keep_moved(*source);
  source = resumed(target);
  text += read_now(*source);
  std::vector<std::string> got, expected = world.expected();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    got.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::ranges::sort(got);
  std::ranges::sort(expected);
  std::vector<std::string> missing, extra;
  std::ranges::set_difference(expected, got, std::back_inserter(missing));
  std::ranges::set_difference(got, expected, std::back_inserter(extra));
  EXPECT_EQ(missing.size(), 0U) << (missing.empty() ? "" : missing.front().substr(0, 120));
  EXPECT_EQ(extra.size(), 0U) << (extra.empty() ? "" : extra.front().substr(0, 120));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomActions, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace vedette::collect
