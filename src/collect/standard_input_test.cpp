#include "collect/standard_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "base/limits.h"
#include "collect/file_descriptor.h"
#include "fakes/fake_clock.h"

namespace vedette::collect {
namespace {

using base::Duration;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = FileDescriptor(ends[0]);
    write = FileDescriptor(ends[1]);
  }
  void put(const std::string& text) const {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t wrote = ::write(write.get(), text.data() + done, text.size() - done);
      ASSERT_GT(wrote, 0);
      done += static_cast<std::size_t>(wrote);
    }
  }
  FileDescriptor read, write;
};

class StandardInputTest : public ::testing::Test {
 protected:
  // Until the end of input, or until nothing more is there.
  std::string read_all(StandardInput& source, Duration wait) {
    std::string text;
    while (true) {
      auto batch = source.next(wait, stop_.get_token());
      EXPECT_TRUE(batch.has_value());
      if (!batch || !*batch) break;
      EXPECT_EQ((*batch)->position, text.size() + skipped_);
      EXPECT_EQ((*batch)->source_name, "standard input");
      EXPECT_EQ((*batch)->bytes.back(), '\n');
      live_ = (*batch)->live;
      text += (*batch)->bytes;
    }
    return text;
  }

  fakes::FakeClock clock_;
  std::stop_source stop_;
  std::size_t skipped_ = 0;
  bool live_ = false;
};

TEST_F(StandardInputTest, DeliversWholeLinesAndTheLastWithoutItsNewline) {
  Pipe pipe;
  StandardInput source(pipe.read.get(), clock_);
  EXPECT_EQ(read_all(source, {}), "");
  pipe.put("a\nb\nc");
  EXPECT_EQ(read_all(source, {}), "a\nb\n");
  EXPECT_TRUE(live_);
  EXPECT_FALSE(source.finished());
  pipe.put("d");
  skipped_ = 4;
  EXPECT_EQ(read_all(source, {}), "");
  pipe.write.reset();
  EXPECT_EQ(read_all(source, {}), "cd\n");
  EXPECT_TRUE(source.finished());
  EXPECT_EQ(source.progress().bytes_read, 6U);
  EXPECT_FALSE(*source.next(Duration::seconds(20), stop_.get_token()));
}

TEST_F(StandardInputTest, EmptyInputEnds) {
  Pipe pipe;
  StandardInput source(pipe.read.get(), clock_);
  pipe.write.reset();
  EXPECT_EQ(read_all(source, Duration::seconds(20)), "");
  EXPECT_TRUE(source.finished());
  EXPECT_TRUE(source.take_notices().empty());
}

TEST_F(StandardInputTest, LongLinesAreCutInAStream) {
  const std::size_t limit = base::limits::line_bytes_max;
  Pipe pipe;
  StandardInput source(pipe.read.get(), clock_);
  const std::string longest(limit, 'x');
  std::jthread writer([&] {
    pipe.put("a\n" + longest + "\nb\n" + longest + "y\nc\n" + std::string(5 * limit, 'z') +
             "\nd\n" + std::string(2 * limit, 'e'));
    pipe.write.reset();
  });
  std::string text;
  while (!source.finished()) {
    const auto batch = source.next(Duration::seconds(20), stop_.get_token());
    ASSERT_TRUE(batch.has_value());
    if (*batch) text += (*batch)->bytes;
  }
  EXPECT_TRUE(text == "a\n" + longest + "\nb\n" + longest + "\nc\n" + std::string(limit, 'z') +
                          "\nd\n" + std::string(limit, 'e') + "\n");
  EXPECT_EQ(source.cut_lines(), 3U);
  const auto notices = source.take_notices();
  ASSERT_EQ(notices.size(), 1U) << "said once";
  EXPECT_EQ(notices[0].kind, NoticeKind::line_cut);
}

TEST_F(StandardInputTest, ARedirectedFileHasASizeAndIsNotLive) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  ASSERT_TRUE(file);
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file.get()), text.size());
  ASSERT_EQ(std::fflush(file.get()), 0);
  ASSERT_EQ(::lseek(::fileno(file.get()), 0, SEEK_SET), 0);
  StandardInput source(::fileno(file.get()), clock_);
  EXPECT_EQ(source.progress().bytes_known_total, text.size());
  EXPECT_TRUE(source.progress().catching_up);
  EXPECT_TRUE(read_all(source, {}) == text);
  EXPECT_FALSE(live_);
  EXPECT_TRUE(source.finished());
  EXPECT_FALSE(source.progress().catching_up);
}

TEST_F(StandardInputTest, BinaryInputIsSaid) {
  Pipe pipe;
  StandardInput source(pipe.read.get(), clock_);
  pipe.put(std::string("\x7f\0ELF\n", 6));
  EXPECT_EQ(read_all(source, {}).size(), 6U);
  const auto notices = source.take_notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].kind, NoticeKind::binary);
}

TEST_F(StandardInputTest, AStopEndsTheWait) {
  Pipe pipe;
  StandardInput source(pipe.read.get(), clock_);
  std::jthread stopper([this] { stop_.request_stop(); });
  EXPECT_FALSE(*source.next(Duration::hours(1), stop_.get_token()));
  EXPECT_FALSE(source.finished());
}

TEST_F(StandardInputTest, ADescriptorThatCannotBeReadIsAnError) {
  const FileDescriptor folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  StandardInput source(folder.get(), clock_);
  const auto batch = source.next({}, stop_.get_token());
  ASSERT_FALSE(batch.has_value());
  EXPECT_NE(batch.error().message.find("standard input"), std::string::npos);
}

}  // namespace
}  // namespace vedette::collect
