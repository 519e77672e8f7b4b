// With a stand-in for journalctl that writes down how it was called; the real one, on real journal
// files, is met by test/program/doors_test.py.
#include "collect/systemd_journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"

namespace vedette::collect {
namespace {

using base::Duration;

constexpr Duration long_enough = Duration::seconds(60);

class SystemdJournalTest : public testing::Test {
 protected:
  // What the stand-in does after it has written down its words.
  SystemdJournalOptions stand_in(const std::string& script) {
    SystemdJournalOptions options;
    options.program = folder_.file("journalctl");
    std::ofstream(options.program)
        << "#!/bin/sh\necho \"$@\" >> '" << folder_.file("calls") << "'\n"
        << script << "\n";
    EXPECT_EQ(::chmod(options.program.c_str(), 0755), 0);
    return options;
  }
  std::string write(const std::string& text) {
    std::ofstream(folder_.file("out")) << text;
    return "cat '" + folder_.file("out") + "'";
  }
  std::vector<std::string> calls() {
    std::ifstream file(folder_.file("calls"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  static std::string entry(int number) {
    return "__CURSOR=s=" + std::to_string(number) +
           "\n__REALTIME_TIMESTAMP=1780301730000000\n_HOSTNAME=web1\nSYSLOG_IDENTIFIER=su\n"
           "MESSAGE=number " +
           std::to_string(number) + "\n\n";
  }
  static std::string line(int number) {
    return "2026-06-01T08:15:30.000000Z web1 su: number " + std::to_string(number) + "\n";
  }

  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_;
  std::stop_source stop_;
};

TEST_F(SystemdJournalTest, ReadsToTheEndOnce) {
  auto options = stand_in(write(entry(1) + entry(2)));
  options.read_once = true;
  options.folder = "/somewhere";
  options.identifiers = {"su", "sshd"};
  SystemdJournal journal(options, clock_);
  const auto read = journal.next(long_enough, stop_.get_token());
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->bytes, line(1) + line(2));
  EXPECT_EQ((*read)->cursor, "s=2");
  const auto end = journal.next(long_enough, stop_.get_token());
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_TRUE(journal.finished());
  EXPECT_TRUE(journal.take_notices().empty());
  EXPECT_EQ(calls(), std::vector<std::string>{"--output=export --no-pager --no-tail "
                                              "--directory=/somewhere --identifier=su "
                                              "--identifier=sshd"});
}

TEST_F(SystemdJournalTest, AChildThatEndsIsStartedAgainBehindItsLastEntry) {
  SystemdJournal journal(stand_in(write(entry(1))), clock_);
  auto read = journal.next(long_enough, stop_.get_token());
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->bytes, line(1));
  write(entry(2));
  // It ends, and is not started again before its pause is over.
  while (journal.take_notices().empty())
    ASSERT_TRUE(journal.next(Duration::milliseconds(10), stop_.get_token()));
  EXPECT_FALSE(journal.finished());
  EXPECT_EQ(calls().size(), 1U);
  clock_.advance(Duration::seconds(2));
  read = journal.next(long_enough, stop_.get_token());
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->bytes, line(2));
  ASSERT_EQ(calls().size(), 2U);
  EXPECT_NE(calls()[0].find("--follow --since=@"), std::string::npos);
  EXPECT_NE(calls()[1].find("--follow --after-cursor=s=1"), std::string::npos);
}

TEST_F(SystemdJournalTest, GoesOnWhereAnEarlierRunWas) {
  auto options = stand_in(write(entry(3)));
  options.cursor = "@1780301730.000000";
  {
    SystemdJournal journal(options, clock_);
    EXPECT_EQ(journal.cursor(), "@1780301730.000000");
    ASSERT_TRUE(journal.next(long_enough, stop_.get_token()));
    options.cursor = journal.cursor();
  }
  SystemdJournal journal(options, clock_);
  ASSERT_TRUE(journal.next(long_enough, stop_.get_token()));
  EXPECT_NE(calls()[0].find("--since=@1780301730.000000"), std::string::npos);
  EXPECT_NE(calls()[1].find("--after-cursor=s=3"), std::string::npos);
}

TEST_F(SystemdJournalTest, WhatJournalctlComplainsOfIsTold) {
  auto options = stand_in("echo 'No journal files were found.' >&2; exit 3");
  options.read_once = true;
  SystemdJournal journal(options, clock_);
  while (!journal.finished()) ASSERT_TRUE(journal.next(long_enough, stop_.get_token()));
  std::string told;
  for (const auto& notice : journal.take_notices()) told += notice.text + "\n";
  EXPECT_NE(told.find("No journal files were found."), std::string::npos);
  EXPECT_NE(told.find("ended with code 3"), std::string::npos);
}

TEST_F(SystemdJournalTest, WithoutJournalctlItSaysSo) {
  SystemdJournalOptions options;
  options.program = folder_.file("is-not-there");
  options.read_once = true;
  SystemdJournal journal(options, clock_);
  ASSERT_TRUE(journal.next(long_enough, stop_.get_token()));
  EXPECT_TRUE(journal.finished());
  const auto notices = journal.take_notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].level, NoticeLevel::error);
}

// The child outlives neither a stop nor its owner, however long it would wait.
TEST_F(SystemdJournalTest, AStopEndsItAtOnce) {
  SystemdJournal journal(stand_in("exec sleep 1000"), clock_);
  ASSERT_TRUE(journal.next(Duration{}, stop_.get_token()));
  stop_.request_stop();
  const auto read = journal.next(Duration::hours(1), stop_.get_token());
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

}  // namespace
}  // namespace vedette::collect
