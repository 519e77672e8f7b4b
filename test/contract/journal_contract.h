// What every body of ports::Journal must do. A World has `ports::Journal& journal()`;
// `fail_next_append()`, after which one append must fail; `damage(position)`, which breaks that
// record (one of several) on the disk; and `restart()`, which closes everything and opens it again.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "fakes/raw_record.h"
#include "ports/journal.h"

namespace vedette::contract {

using fakes::raw_record;

template <typename World>
class JournalContract : public testing::Test {
 protected:
  std::uint64_t append(const std::vector<ports::RawRecord>& records) {
    const auto position = world_.journal().append(records);
    EXPECT_TRUE(position) << position.error().message;
    return position.value_or(0);
  }
  std::vector<std::uint64_t> positions_after(std::uint64_t after, std::size_t bytes_max) {
    const auto records = world_.journal().read(after, bytes_max);
    EXPECT_TRUE(records) << records.error().message;
    std::vector<std::uint64_t> positions;
    if (records)
      for (const auto& record : *records) positions.push_back(record.position);
    return positions;
  }
  std::uint64_t first() { return world_.journal().first_position().value_or(0); }
  std::uint64_t last() { return world_.journal().last_position().value_or(0); }

  World world_;
};
TYPED_TEST_SUITE_P(JournalContract);

using Positions = std::vector<std::uint64_t>;

TYPED_TEST_P(JournalContract, IsEmptyAtFirst) {
  EXPECT_EQ(this->last(), 0U);
  EXPECT_EQ(this->first(), 1U);
  EXPECT_EQ(this->positions_after(0, 1000), Positions{});
  EXPECT_EQ(*this->world_.journal().cursor("file:/var/log/auth.log"), std::nullopt);
}

TYPED_TEST_P(JournalContract, GivesBackWhatItWasGiven) {
  ports::RawRecord record = raw_record(std::string("a\0b\xff\n", 5), "{\"offset\":5}");
  record.source_modified = base::Timestamp::from_unix_seconds(1'780'000'001);
  record.source_position = 0xffff'ffff'ffff'fff0;
  record.live = true;
  std::string lines;
  for (int i = 0; i < 20'000; ++i)
    lines += "sshd[1]: Failed password for root, time " + std::to_string(i) + "\n";
  EXPECT_EQ(this->append({record, raw_record(""), raw_record(lines)}), 3U);
  this->world_.restart();
  const auto read = this->world_.journal().read(0, 100'000'000);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 3U);
  const ports::RawRecord& first = (*read)[0].record;
  EXPECT_EQ((*read)[0].position, 1U);
  EXPECT_EQ(first.source, record.source);
  EXPECT_EQ(first.format, record.format);
  EXPECT_EQ(first.cursor, record.cursor);
  EXPECT_EQ(first.received, record.received);
  EXPECT_EQ(first.source_modified, record.source_modified);
  EXPECT_EQ(first.source_position, record.source_position);
  EXPECT_TRUE(first.live);
  EXPECT_EQ(first.payload, record.payload);
  EXPECT_EQ((*read)[1].record.payload, "");
  EXPECT_FALSE((*read)[1].record.live);
  EXPECT_EQ((*read)[2].record.payload, lines);
}

TYPED_TEST_P(JournalContract, PositionsGrowByOne) {
  EXPECT_EQ(this->append({raw_record("a")}), 1U);
  EXPECT_EQ(this->append({raw_record("b"), raw_record("c")}), 3U);
  EXPECT_EQ(this->last(), 3U);
  EXPECT_EQ(this->positions_after(0, 1000), (Positions{1, 2, 3}));
  EXPECT_EQ(this->positions_after(1, 1000), (Positions{2, 3}));
  EXPECT_EQ(this->positions_after(3, 1000), Positions{});
  EXPECT_EQ(this->positions_after(99, 1000), Positions{});
}

TYPED_TEST_P(JournalContract, ABiteIsBoundedAndNeverEmpty) {
  this->append({raw_record(std::string(400, 'a')), raw_record(std::string(400, 'b')),
                raw_record(std::string(5'000, 'c')), raw_record("d")});
  EXPECT_EQ(this->positions_after(0, 800), (Positions{1, 2}));
  EXPECT_EQ(this->positions_after(0, 799), (Positions{1}));
  EXPECT_EQ(this->positions_after(2, 800), (Positions{3}));
  EXPECT_EQ(this->positions_after(0, 0), (Positions{1}));
}

TYPED_TEST_P(JournalContract, KeepsTheLastCursorOfEachSource) {
  ports::RawRecord other = raw_record("x", "o1");
  other.source = "http";
  this->append({raw_record("a", "c1"), other, raw_record("b", "c2")});
  EXPECT_EQ(*this->world_.journal().cursor("file:/var/log/auth.log"), "c2");
  EXPECT_EQ(*this->world_.journal().cursor("http"), "o1");
  this->append({raw_record("without a cursor")});
  EXPECT_EQ(*this->world_.journal().cursor("file:/var/log/auth.log"), "c2");
  this->append({raw_record("c", "c3")});
  this->world_.restart();
  EXPECT_EQ(*this->world_.journal().cursor("file:/var/log/auth.log"), "c3");
  EXPECT_EQ(*this->world_.journal().cursor("nobody"), std::nullopt);
}

TYPED_TEST_P(JournalContract, RefusesNothingAndTooMuch) {
  const auto nothing = this->world_.journal().append({});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::ErrorCode::invalid_argument);
  const std::vector<ports::RawRecord> large{
      raw_record("a"), raw_record(std::string(base::limits::journal_record_bytes_max + 1, 'x'))};
  const auto too_much = this->world_.journal().append(large);
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code, base::ErrorCode::invalid_argument);
  // That was the caller's fault, not the disk's: no reopening is needed.
  EXPECT_EQ(this->append({raw_record("b")}), 1U);
}

TYPED_TEST_P(JournalContract, AFailedAppendLeavesNothingAndNeedsReopening) {
  this->append({raw_record("a", "c1")});
  this->world_.fail_next_append();
  const std::vector<ports::RawRecord> two{raw_record("b", "c2"), raw_record("c", "c3")};
  const auto failed = this->world_.journal().append(two);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().code == base::ErrorCode::unavailable ||
              failed.error().code == base::ErrorCode::limit_exceeded);
  EXPECT_EQ(this->positions_after(0, 1000), Positions{1});
  EXPECT_EQ(*this->world_.journal().cursor("file:/var/log/auth.log"), "c1");
  const auto unopened = this->world_.journal().append(two);
  ASSERT_FALSE(unopened);
  EXPECT_EQ(unopened.error().code, base::ErrorCode::unavailable);
  ASSERT_TRUE(this->world_.journal().reopen());
  const std::uint64_t before = this->last();
  EXPECT_EQ(this->append(two), before + 2);
  EXPECT_EQ(*this->world_.journal().cursor("file:/var/log/auth.log"), "c3");
}

TYPED_TEST_P(JournalContract, TrimsWhatIsConsumedAndOld) {
  this->append({raw_record("a", "", 100), raw_record("b", "", 200), raw_record("c", "", 300)});
  ports::TrimPolicy policy;
  policy.bytes_max = 1'000'000'000;
  policy.received_before = base::Timestamp::from_unix_seconds(300);
  policy.consumed = 1;
  EXPECT_EQ(this->world_.journal().trim(policy)->records, 1U);
  EXPECT_EQ(this->first(), 2U);
  policy.consumed = 3;
  EXPECT_EQ(this->world_.journal().trim(policy)->records, 1U);
  EXPECT_EQ(this->world_.journal().trim(policy)->records, 0U);
  EXPECT_EQ(this->first(), 3U);
  EXPECT_EQ(this->positions_after(0, 1000), Positions{3});
  EXPECT_EQ(this->world_.journal().take_broken_positions(), Positions{});
}

TYPED_TEST_P(JournalContract, TrimsTheOldestWhileItIsTooLarge) {
  std::string noise;  // that no compression makes smaller
  std::uint64_t state = 7;
  for (int i = 0; i < 400'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    noise += static_cast<char>(state >> 56);
  }
  for (int i = 0; i < 10; ++i) this->append({raw_record(noise)});
  ports::TrimPolicy policy;
  policy.bytes_max = 1'500'000;
  policy.consumed = 5;
  while (this->world_.journal().trim(policy)->records > 0) continue;
  EXPECT_EQ(this->first(), 6U);  // what is not consumed stays, however large
  policy.consumed = 10;
  while (this->world_.journal().trim(policy)->records > 0) continue;
  EXPECT_GT(this->first(), 6U);
  EXPECT_LE(this->first(), 10U);
}

TYPED_TEST_P(JournalContract, APositionIsNeverUsedAgain) {
  this->append({raw_record("a"), raw_record("b")});
  ports::TrimPolicy policy;
  policy.consumed = 2;
  policy.received_before = base::Timestamp::from_unix_seconds(1'900'000'000);
  EXPECT_EQ(this->world_.journal().trim(policy)->records, 2U);
  EXPECT_EQ(this->last(), 2U);
  EXPECT_EQ(this->first(), 3U);
  this->world_.restart();
  EXPECT_EQ(this->last(), 2U);
  EXPECT_EQ(this->first(), 3U);
  EXPECT_EQ(this->append({raw_record("c")}), 3U);
}

TYPED_TEST_P(JournalContract, BeginsAfterAConsumerThatIsFurther) {
  this->append({raw_record("a"), raw_record("b")});
  ASSERT_TRUE(this->world_.journal().begin_after(1));
  EXPECT_EQ(this->last(), 2U);
  ASSERT_TRUE(this->world_.journal().begin_after(1'000'000));
  EXPECT_EQ(this->append({raw_record("c")}), 1'000'001U);
  this->world_.restart();
  EXPECT_EQ(this->positions_after(0, 1000), (Positions{1, 2, 1'000'001}));
  EXPECT_EQ(this->positions_after(500'000, 1000), Positions{1'000'001});
  EXPECT_EQ(this->world_.journal().take_broken_positions(), Positions{});
}

TYPED_TEST_P(JournalContract, ABrokenRecordIsReportedOnceAndItsNeighboursAreThere) {
  this->append({raw_record("first " + std::string(500, 'a')),
                raw_record("second " + std::string(500, 'b')),
                raw_record("third " + std::string(500, 'c'))});
  this->world_.damage(2);
  EXPECT_EQ(this->positions_after(0, 100'000), (Positions{1, 3}));
  EXPECT_EQ(this->world_.journal().take_broken_positions(), Positions{2});
  EXPECT_EQ(this->positions_after(1, 100'000), Positions{3});
  EXPECT_EQ(this->world_.journal().take_broken_positions(), Positions{});
}

REGISTER_TYPED_TEST_SUITE_P(JournalContract, IsEmptyAtFirst, GivesBackWhatItWasGiven,
                            PositionsGrowByOne, ABiteIsBoundedAndNeverEmpty,
                            KeepsTheLastCursorOfEachSource, RefusesNothingAndTooMuch,
                            AFailedAppendLeavesNothingAndNeedsReopening, TrimsWhatIsConsumedAndOld,
                            TrimsTheOldestWhileItIsTooLarge, APositionIsNeverUsedAgain,
                            BeginsAfterAConsumerThatIsFurther,
                            ABrokenRecordIsReportedOnceAndItsNeighboursAreThere);

}  // namespace vedette::contract
