#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "fakes/fake_clock.h"
#include "fakes/fake_disk_space.h"
#include "fakes/memory_journal.h"
#include "fakes/raw_record.h"
#include "journal/group_commit.h"
#include "journal/replay.h"
#include "journal/room_guard.h"
#include "journal/room_watch.h"

namespace vedette::journal {
namespace {

using base::ErrorCode;
using fakes::raw_record;
namespace limits = base::limits;

// --- room ----------------------------------------------------------------------------------------

constexpr std::uint64_t gigabyte = 1'000'000'000;

TEST(RoomGuardTest, KeepsTheLargerOfBytesAndPercent) {
  const RoomGuard guard;
  EXPECT_EQ(guard.least({0, 2 * gigabyte}), 512ULL * 1024 * 1024);
  EXPECT_EQ(guard.least({0, 100 * gigabyte}), 5 * gigabyte);
  EXPECT_EQ(RoomGuard({.bytes = 7, .percent = 0}).least({0, gigabyte}), 7U);
}

TEST(RoomGuardTest, WaitsBelowTheReserveAndDoesNotWaverAtTheEdge) {
  RoomGuard guard;
  const std::uint64_t total = 100 * gigabyte;
  const std::uint64_t edge = 5 * gigabyte;
  EXPECT_TRUE(guard.may_take({edge, total}));
  EXPECT_FALSE(guard.may_take({edge - 1, total}));
  EXPECT_FALSE(guard.may_take({edge, total}));
  EXPECT_FALSE(guard.may_take({edge + edge / 8 - 1, total}));
  EXPECT_TRUE(guard.may_take({edge + edge / 8, total}));
  EXPECT_TRUE(guard.may_take({edge, total}));
  EXPECT_FALSE(guard.may_take({0, total}));
}

TEST(RoomWatchTest, AsksTheDiskNowAndThenAndResumesByItself) {
  fakes::FakeDiskSpace disk;
  fakes::FakeClock clock;
  RoomWatch room(disk, clock, "/data");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(room.may_take());
  EXPECT_EQ(disk.asked(), 1);
  disk.set_free(gigabyte);
  clock.advance(base::Duration::milliseconds(limits::room_asked_every_ms));
  const auto refused = room.may_take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(refused.error().message,
            "the disk with /data has 1000 MB free; below 10000 MB nothing is taken in. It goes on "
            "by itself at 11250 MB");
  EXPECT_EQ(room.shortage(), refused.error().message);
  disk.set_free(12 * gigabyte);
  clock.advance(base::Duration::milliseconds(limits::room_asked_every_ms));
  EXPECT_TRUE(room.may_take());
  EXPECT_EQ(room.shortage(), "");
}

TEST(RoomWatchTest, ADiskThatDoesNotAnswerIsNotTakenForFull) {
  fakes::FakeDiskSpace disk;
  fakes::FakeClock clock;
  RoomWatch room(disk, clock, "/no/such/place");
  EXPECT_TRUE(room.may_take());
}

// --- durable position ----------------------------------------------------------------------------

TEST(DurablePositionTest, NeverGoesBackAndWakesItsWaiters) {
  DurablePosition durable(5);
  durable.publish(3);
  EXPECT_EQ(durable.get(), 5U);
  const std::stop_source stop;
  EXPECT_TRUE(durable.wait_past(4, stop.get_token()));
  std::atomic<bool> woken = false;
  std::jthread waiter([&] { woken = durable.wait_past(5, stop.get_token()); });
  durable.publish(6);
  waiter.join();
  EXPECT_TRUE(woken);
}

TEST(DurablePositionTest, AStopAndAnEndWakeInVain) {
  DurablePosition durable(5);
  std::atomic<int> in_vain = 0;
  std::jthread stopped([&](const std::stop_token& stop) {
    if (!durable.wait_past(5, stop)) ++in_vain;
  });
  stopped.request_stop();
  stopped.join();
  const std::stop_source nobody;
  std::jthread ended([&] {
    if (!durable.wait_past(5, nobody.get_token())) ++in_vain;
  });
  durable.close();
  ended.join();
  EXPECT_EQ(in_vain, 2);
  EXPECT_TRUE(durable.wait_past(4, nobody.get_token()));  // what is there is still read
}

// --- group commit --------------------------------------------------------------------------------

// A journal whose appends wait until a test lets them through.
class GatedJournal final : public ports::Journal {
 public:
  [[nodiscard]] base::Result<std::uint64_t> append(
      std::span<const ports::RawRecord> records) override {
    std::unique_lock lock(mutex_);
    ++at_the_gate_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --at_the_gate_;
    return memory.append(records);
  }
  [[nodiscard]] base::Result<std::vector<ports::JournalRecord>> read(
      std::uint64_t after, std::size_t bytes_max) override {
    return memory.read(after, bytes_max);
  }
  [[nodiscard]] base::Result<std::optional<std::string>> cursor(std::string_view source) override {
    return memory.cursor(source);
  }
  [[nodiscard]] base::Result<std::uint64_t> last_position() override {
    return memory.last_position();
  }
  [[nodiscard]] base::Result<std::uint64_t> first_position() override {
    return memory.first_position();
  }
  [[nodiscard]] base::Result<ports::TrimOutcome> trim(const ports::TrimPolicy& policy) override {
    return memory.trim(policy);
  }
  [[nodiscard]] base::Result<void> begin_after(std::uint64_t position) override {
    return memory.begin_after(position);
  }
  [[nodiscard]] std::vector<std::uint64_t> take_broken_positions() override {
    return memory.take_broken_positions();
  }
  [[nodiscard]] base::Result<void> reopen() override {
    if (reopen_fails) return base::failure(ErrorCode::unavailable, "the disk is gone");
    return memory.reopen();
  }

  void open_gate() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_the_writer() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return at_the_gate_ > 0; });
  }

  fakes::MemoryJournal memory;
  std::atomic<bool> reopen_fails = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int at_the_gate_ = 0;
  bool open_ = false;
};

class GroupCommitTest : public testing::Test {
 protected:
  void start() { commit_ = *GroupCommit::start(journal_, room_); }
  [[nodiscard]] base::Result<std::uint64_t> append(const std::string& payload) {
    ports::RawRecord record = raw_record(payload);
    return commit_->append(record);
  }
  // One thread each; they are all waiting (in the queue, or before it) some time later.
  void append_from_threads(int count, const std::string& payload) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([this, payload] {
        ++begun_;
        if (append(payload)) ++acknowledged_;
      });
  }
  void join() { threads_.clear(); }

  GatedJournal journal_;
  fakes::FakeDiskSpace disk_;
  fakes::FakeClock clock_;
  RoomWatch room_{disk_, clock_, "/data"};
  std::unique_ptr<GroupCommit> commit_;
  std::atomic<int> begun_ = 0, acknowledged_ = 0;
  std::vector<std::jthread> threads_;
};

TEST_F(GroupCommitTest, EachCallerGetsThePositionOfItsLastRecord) {
  journal_.open_gate();
  ASSERT_TRUE(journal_.memory.append(std::vector{raw_record("before the start")}));
  start();
  EXPECT_EQ(commit_->durable().get(), 1U);
  std::vector<ports::RawRecord> three{raw_record("a"), raw_record("b"), raw_record("c")};
  EXPECT_EQ(*commit_->append(three), 4U);
  EXPECT_TRUE(three.empty());
  EXPECT_EQ(*append("d"), 5U);
  EXPECT_EQ(commit_->durable().get(), 5U);
  const GroupCommitStatus status = commit_->status();
  EXPECT_EQ(status.groups, 2U);
  EXPECT_EQ(status.records, 4U);
  EXPECT_EQ(status.payload_bytes, 4U);
  EXPECT_EQ(status.error, "");
}

TEST_F(GroupCommitTest, WhatGathersDuringACommitIsOneGroupAndEveryoneIsToldTheTruth) {
  start();
  append_from_threads(1, "first");
  journal_.wait_for_the_writer();
  std::set<std::uint64_t> positions;
  std::mutex mutex;
  for (int i = 0; i < 20; ++i)
    threads_.emplace_back([&, i] {
      std::vector<ports::RawRecord> two{raw_record(std::to_string(i)), raw_record("second")};
      const auto position = commit_->append(two);
      ASSERT_TRUE(position);
      const auto records = journal_.read(*position - 2, 1'000'000);
      EXPECT_EQ(records->at(0).record.payload, std::to_string(i));
      EXPECT_EQ(records->at(1).record.payload, "second");
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(positions.insert(*position).second);
    });
  EXPECT_EQ(acknowledged_, 0);
  journal_.open_gate();
  join();
  EXPECT_EQ(acknowledged_, 1);
  EXPECT_EQ(positions.size(), 20U);
  EXPECT_EQ(*journal_.last_position(), 41U);
}

TEST_F(GroupCommitTest, AGroupEndsAtItsSizeAndALargeRecordGoesAlone) {
  start();
  append_from_threads(1, "first");
  journal_.wait_for_the_writer();
  append_from_threads(6, std::string(limits::journal_group_bytes_max / 2, 'x'));
  append_from_threads(1, std::string(limits::journal_queue_bytes_max + 1, 'y'));
  journal_.open_gate();
  join();
  EXPECT_EQ(acknowledged_, 8);
  for (const std::size_t size : journal_.memory.group_sizes()) EXPECT_LE(size, 2U);
}

TEST_F(GroupCommitTest, AFailedCommitFailsItsGroupOnlyAndTheJournalIsOpenedAnew) {
  journal_.open_gate();
  start();
  EXPECT_EQ(*append("a"), 1U);
  journal_.memory.fail_appends(1);
  ports::RawRecord record = raw_record("b", "cursor");
  const auto failed = commit_->append(record);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
  EXPECT_EQ(record.payload, "b");  // as it was: the source tries again
  EXPECT_EQ(record.cursor, "cursor");
  EXPECT_EQ(commit_->status().failed_groups, 1U);
  EXPECT_EQ(commit_->status().error, "the disk fails");
  EXPECT_EQ(commit_->durable().get(), 1U);
  EXPECT_EQ(*commit_->append(record), 2U);
  EXPECT_EQ(journal_.memory.reopened(), 1);
  EXPECT_EQ(commit_->status().error, "");
}

TEST_F(GroupCommitTest, AllCallersOfAFailedGroupAreToldAndNobodyElse) {
  start();
  append_from_threads(1, "first");
  journal_.wait_for_the_writer();
  append_from_threads(5, "x");
  journal_.memory.fail_appends(1);
  journal_.open_gate();
  join();
  // The first commit failed with its one caller; the five came in later groups.
  EXPECT_EQ(acknowledged_, 5);
  EXPECT_EQ(*journal_.last_position(), 5U);
}

TEST_F(GroupCommitTest, WhileTheJournalCannotBeOpenedNothingIsAcknowledged) {
  journal_.open_gate();
  journal_.reopen_fails = true;
  start();
  journal_.memory.fail_appends(1);
  EXPECT_FALSE(append("a"));
  const auto unopened = append("b");
  ASSERT_FALSE(unopened);
  EXPECT_EQ(unopened.error().message, "the disk is gone");
  journal_.reopen_fails = false;
  EXPECT_EQ(*append("c"), 1U);
}

TEST_F(GroupCommitTest, AnImpossibleRecordIsItsCallersFaultAlone) {
  start();
  append_from_threads(1, "first");
  journal_.wait_for_the_writer();
  append_from_threads(1, std::string(limits::journal_record_bytes_max + 1, 'x'));
  append_from_threads(5, "small");
  journal_.open_gate();
  join();
  EXPECT_EQ(acknowledged_, 6);
  EXPECT_EQ(journal_.memory.reopened(), 0);
  std::vector<ports::RawRecord> none;
  EXPECT_EQ(commit_->append(none).error().code, ErrorCode::invalid_argument);
}

TEST_F(GroupCommitTest, WithoutRoomNothingIsTaken) {
  journal_.open_gate();
  disk_.set_free(0);
  start();
  const auto refused = append("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(*journal_.last_position(), 0U);
}

TEST_F(GroupCommitTest, AStopWritesWhatWaitsAndTakesNoMore) {
  start();
  append_from_threads(8, "x");
  journal_.wait_for_the_writer();
  std::jthread stopper([this] { commit_->stop(); });
  journal_.open_gate();
  stopper.join();
  join();
  const auto late = append("late");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::cancelled);
  // Each of the eight was either written or told that it was not.
  EXPECT_EQ(*journal_.last_position(), static_cast<std::uint64_t>(acknowledged_));
  EXPECT_GE(acknowledged_, 1);
}

// --- replay --------------------------------------------------------------------------------------

TEST_F(GroupCommitTest, AConsumerReadsEachRecordOnceWhileSourcesWrite) {
  journal_.open_gate();
  start();
  Replay replay(journal_, commit_->durable(), 50);
  std::vector<std::uint64_t> seen;
  std::jthread consumer([&](const std::stop_token& stop) {
    std::uint64_t watermark = 0;
    for (;;) {
      const auto records = replay.next(watermark, stop);
      ASSERT_TRUE(records);
      if (records->empty()) return;
      for (const auto& record : *records) seen.push_back(record.position);
      watermark = seen.back();
    }
  });
  for (int i = 0; i < 4; ++i)
    threads_.emplace_back([this] {
      for (int j = 0; j < 50; ++j) ASSERT_TRUE(append("line"));
    });
  join();
  commit_->stop();  // the consumer reads to the end, then ends
  consumer.join();
  ASSERT_EQ(seen.size(), 200U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
}

TEST_F(GroupCommitTest, AConsumerDoesNotSpinOnRecordsThatAreBroken) {
  journal_.open_gate();
  start();
  EXPECT_EQ(*append("a"), 1U);
  EXPECT_EQ(*append("b"), 2U);
  journal_.memory.damage(2);
  Replay replay(journal_, commit_->durable());
  std::jthread consumer([&](const std::stop_token& stop) {
    const auto records = replay.next(1, stop);
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 1U);
    EXPECT_EQ(records->front().position, 3U);
  });
  EXPECT_EQ(*append("c"), 3U);
  consumer.join();
  EXPECT_EQ(journal_.take_broken_positions(), std::vector<std::uint64_t>{2});
}

}  // namespace
}  // namespace vedette::journal
