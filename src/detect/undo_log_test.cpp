#include "detect/undo_log.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace vedette::detect {
namespace {

// A state of many numbers, changed a few at a time, and what it was at each mark.
class UndoLogTest : public ::testing::Test {
 protected:
  void SetUp() override { undo_.record(true); }

  std::vector<std::span<std::byte>> places() {
    return {std::as_writable_bytes(std::span(state_)), std::as_writable_bytes(std::span(large_))};
  }
  // Saves of many sizes, so that pieces end with room that was too small.
  void change(int step) {
    const auto first = static_cast<std::size_t>(step) * 37 % (state_.size() - 64);
    const std::size_t count = 1 + static_cast<std::size_t>(step) * 13 % 60;
    undo_.save(&state_[first], count * sizeof(state_[0]));
    for (std::size_t i = 0; i < count; ++i) state_[first + i] += step + 1;
  }
  void change_many(int steps) {
    for (int step = 0; step < steps; ++step) {
      marks_.push_back(undo_.mark());
      before_.push_back(state_);
      change(step);
    }
  }

  UndoLog undo_;
  std::array<int, 512> state_{};
  std::array<char, 200'000> large_{};
  std::vector<std::uint64_t> marks_;
  std::vector<std::array<int, 512>> before_;
};

TEST_F(UndoLogTest, NothingIsKeptWhileNotRecording) {
  undo_.record(false);
  const std::uint64_t mark = undo_.mark();
  change(1);
  EXPECT_EQ(undo_.mark(), mark);
}

TEST_F(UndoLogTest, ComesBackToEveryMarkOverManyPieces) {
  change_many(3'000);
  EXPECT_GT(undo_.bytes_since(marks_.front()), 300'000U);
  for (const std::size_t step : {2'999U, 2'998U, 1'500U, 1'499U, 7U, 0U}) {
    undo_.roll_back(marks_[step]);
    EXPECT_EQ(state_, before_[step]) << step;
    EXPECT_EQ(undo_.bytes_since(marks_[step]), 0U);
  }
}

TEST_F(UndoLogTest, GoesOnFromWhereItCameBackTo) {
  change_many(2'000);
  undo_.roll_back(marks_[900]);
  for (int step = 0; step < 2'000; ++step) change(step);
  undo_.roll_back(marks_[900]);
  EXPECT_EQ(state_, before_[900]);
}

TEST_F(UndoLogTest, WhatIsForgottenIsNoLongerValidAndTheRestIs) {
  change_many(3'000);
  undo_.forget_before(marks_[2'000]);
  EXPECT_FALSE(undo_.is_valid(marks_.front()));
  ASSERT_TRUE(undo_.is_valid(marks_[2'000]));
  undo_.roll_back(marks_[2'000]);
  EXPECT_EQ(state_, before_[2'000]);
  const std::uint64_t end = undo_.mark();
  undo_.clear();
  EXPECT_GE(undo_.mark(), end) << "marks never go back";
  EXPECT_FALSE(undo_.is_valid(marks_[1'000]));
}

TEST_F(UndoLogTest, ASaveLargerThanAPieceComesBackWhole) {
  large_.fill('a');
  const std::uint64_t mark = undo_.mark();
  change(1);
  undo_.save(large_);
  large_.fill('b');
  undo_.roll_back(mark);
  EXPECT_EQ(std::string(large_.begin(), large_.end()), std::string(large_.size(), 'a'));
}

TEST_F(UndoLogTest, MarksMeanTheSameAfterSaveAndRestore) {
  change_many(3'000);
  undo_.forget_before(marks_[1'000]);
  std::string blob;
  BlobWriter writer(blob);
  undo_.save(writer, places());
  const auto now = state_;

  UndoLog restored;
  restored.record(true);
  BlobReader reader(blob);
  restored.restore(reader, places());
  EXPECT_TRUE(reader.good());
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(restored.mark(), undo_.mark());
  for (const std::size_t step : {2'500U, 1'000U}) {
    restored.roll_back(marks_[step]);
    EXPECT_EQ(state_, before_[step]) << step;
  }
  EXPECT_NE(state_, now);
}

TEST_F(UndoLogTest, RefusesToRestoreWhatLiesOutsideItsPlaces) {
  change(1);
  std::string blob;
  BlobWriter writer(blob);
  undo_.save(writer, places());
  UndoLog restored;
  BlobReader reader(blob);
  restored.restore(reader, {});
  EXPECT_FALSE(reader.good());
}

}  // namespace
}  // namespace vedette::detect
