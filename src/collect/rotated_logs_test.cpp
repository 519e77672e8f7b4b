#include "collect/rotated_logs.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "base/limits.h"
#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"

namespace vedette::collect {
namespace {

class RotatedLogsTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name), std::ios::binary) << text;
  }
  void pack(const std::string& name, const std::string& text) {
    gzFile file = ::gzopen(folder_.file(name).c_str(), "wb");
    ASSERT_EQ(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    ::gzclose(file);
  }
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const auto& path : find_rotated(folder_.file("auth.log")))
      found.push_back(std::filesystem::path(path).filename());
    return found;
  }
  // All that comes, and the cursor behind each batch.
  std::string read(RotatedLogs& logs, std::vector<std::string>* cursors = nullptr,
                   std::size_t batches = SIZE_MAX) {
    std::string all;
    for (; batches > 0 && !logs.finished(); --batches) {
      const auto got = logs.next({}, {});
      EXPECT_TRUE(got);
      if (!*got) continue;
      EXPECT_TRUE((*got)->bytes.ends_with('\n'));
      all += (*got)->bytes;
      if (cursors != nullptr) cursors->emplace_back((*got)->cursor);
      if (cursors != nullptr) lengths_.push_back(all.size());
    }
    return all;
  }
  RotatedLogsOptions options() {
    RotatedLogsOptions made;
    made.logs = {folder_.file("auth.log")};
    return made;
  }

  std::vector<std::size_t> lengths_;  // of all that had come behind each cursor
  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_;
};

TEST_F(RotatedLogsTest, FindsThemOldestFirstAndNothingElse) {
  for (const char* name :
       {"auth.log", "auth.log.1", "auth.log.2.gz", "auth.log.10.gz", "auth.log.3", "auth.log.3.gz",
        "auth.log-20260601", "auth.log-20260525.gz", "auth.log.bak", "auth.log.0", "auth.log.1x",
        "auth.log-1", "other.log.1", "auth.log.gz", "auth.log.-1"})
    write(name, "x\n");
  EXPECT_EQ(names(),
            (std::vector<std::string>{"auth.log-20260525.gz", "auth.log-20260601", "auth.log.10.gz",
                                      "auth.log.3", "auth.log.2.gz", "auth.log.1"}));
}

TEST_F(RotatedLogsTest, ReadsPackedAndPlainOnesInOrder) {
  pack("auth.log.3.gz", "three a\nthree b\n");
  pack("auth.log.2.gz", "two, without its end");
  write("auth.log.1", "one\n");
  write("auth.log", "not this one\n");
  RotatedLogs logs(options(), clock_);
  EXPECT_EQ(read(logs), "three a\nthree b\ntwo, without its end\none\n");
  EXPECT_TRUE(logs.take_notices().empty());
}

TEST_F(RotatedLogsTest, GoesOnFromEachCursorAfterARotation) {
  std::string old_lines, lines;
  for (int i = 0; i < 30'000; ++i) old_lines += "old line " + std::to_string(i) + "\n";
  for (int i = 0; i < 30'000; ++i) lines += "line " + std::to_string(i) + "\n";
  pack("auth.log.2.gz", old_lines);
  write("auth.log.1", lines);
  std::vector<std::string> cursors;
  {
    RotatedLogs logs(options(), clock_);
    EXPECT_TRUE(read(logs, &cursors) == old_lines + lines);
  }
  ASSERT_GT(cursors.size(), 8U);
  std::filesystem::rename(folder_.file("auth.log.2.gz"), folder_.file("auth.log.3.gz"));
  std::filesystem::remove(folder_.file("auth.log.1"));
  pack("auth.log.2.gz", lines);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    const std::string first = (old_lines + lines).substr(0, lengths_[i]);
    RotatedLogsOptions more = options();
    more.cursor = cursors[i];
    RotatedLogs rest(more, clock_);
    EXPECT_TRUE(first + read(rest) == old_lines + lines) << i;
  }
}

TEST_F(RotatedLogsTest, WhatIsRotatedMeanwhileIsReadOnce) {
  write("auth.log.1", "one\n");
  write("auth.log", "now\n");
  RotatedLogs logs(options(), clock_);
  std::string all = read(logs, nullptr, 1);
  std::filesystem::rename(folder_.file("auth.log.1"), folder_.file("auth.log.2"));
  std::filesystem::rename(folder_.file("auth.log"), folder_.file("auth.log.1"));
  all += read(logs);
  EXPECT_EQ(all, "one\nnow\n");
}

TEST_F(RotatedLogsTest, DamageCostsTheRestOfItsFile) {
  std::string lines;
  for (int i = 0; i < 50'000; ++i) lines += std::to_string(i * 7919) + "\n";
  pack("auth.log.2.gz", lines);
  write("auth.log.1", "one\n");
  std::filesystem::resize_file(folder_.file("auth.log.2.gz"),
                               std::filesystem::file_size(folder_.file("auth.log.2.gz")) / 2);
  RotatedLogs logs(options(), clock_);
  const std::string all = read(logs);
  EXPECT_TRUE(all.ends_with("\none\n"));
  EXPECT_TRUE(all.starts_with("0\n7919\n"));
  EXPECT_EQ(logs.take_notices().size(), 1U);
}

TEST_F(RotatedLogsTest, AnEndlessLineIsCut) {
  pack("auth.log.1.gz", std::string(base::limits::line_bytes_max * 3, 'x') + "\nlast\n");
  RotatedLogs logs(options(), clock_);
  const std::string all = read(logs);
  EXPECT_EQ(all, std::string(base::limits::line_bytes_max, 'x') + "\nlast\n");
  EXPECT_EQ(logs.cut_lines(), 1U);
}

TEST_F(RotatedLogsTest, WithoutAnyItIsOver) {
  RotatedLogs logs(options(), clock_);
  EXPECT_EQ(read(logs), "");
  EXPECT_TRUE(logs.finished());
}

}  // namespace
}  // namespace vedette::collect
