// What every body of ports::EventStore must do. A World has `ports::EventStore& store()`, which is
// empty and does not take the table "NoSuchTable", and `values(table, column)`: what a query finds
// in that column, as sorted texts.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ports/event_store.h"

namespace vedette::contract {

template <typename World>
class EventStoreContract : public testing::Test {
 protected:
  using Texts = std::vector<std::string>;

  static base::Timestamp at(std::string_view text) { return *base::parse_iso(text); }
  // One row of Syslog: id 0 has no identity.
  static void add(model::TableBatch& batch, std::uint64_t id, std::string_view message,
                  std::uint64_t content = 1) {
    batch.add_row({at("2026-06-01T10:00:00Z"), at("2026-06-01T10:00:01Z"), id, content});
    batch.set_text(batch.column("SyslogMessage"), message);
  }
  static model::TableBatch syslog(std::uint64_t id, std::string_view message,
                                  std::uint64_t content = 1) {
    model::TableBatch batch("Syslog");
    add(batch, id, message, content);
    return batch;
  }
  ports::AppendCounts append(const std::vector<model::TableBatch>& batches, std::uint64_t watermark,
                             std::string_view received = "2026-06-01T12:00:00Z") {
    const auto counts = world_.store().append(batches, watermark, at(received));
    EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().message);
    return counts.value_or(ports::AppendCounts{});
  }
  Texts messages() { return world_.values("Syslog", "SyslogMessage"); }

  World world_;
};
TYPED_TEST_SUITE_P(EventStoreContract);

TYPED_TEST_P(EventStoreContract, BeginsEmpty) {
  auto& store = this->world_.store();
  EXPECT_EQ(*store.watermark(), 0U);
  EXPECT_TRUE(store.segments()->empty());
  EXPECT_TRUE(store.take_notices().empty());
  EXPECT_TRUE(this->messages().empty());
}

TYPED_TEST_P(EventStoreContract, KeepsRowsWithTheirWatermark) {
  model::TableBatch batch("Syslog");
  this->add(batch, 1, "one");
  this->add(batch, 2, "two");
  EXPECT_EQ(this->append({batch}, 7).rows, 2U);
  EXPECT_EQ(*this->world_.store().watermark(), 7U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"one", "two"}));
  // Nothing to store, but the journal went on.
  EXPECT_EQ(this->append({}, 9).rows, 0U);
  EXPECT_EQ(*this->world_.store().watermark(), 9U);
}

TYPED_TEST_P(EventStoreContract, LeavesOutWhatItHas) {
  model::TableBatch batch("Syslog");
  this->add(batch, 1, "one");
  this->add(batch, 1, "one");
  this->add(batch, 2, "two");
  const auto first = this->append({batch}, 1);
  EXPECT_EQ(first.rows, 2U);
  EXPECT_EQ(first.repeated, 1U);
  const auto second = this->append({this->syslog(2, "two"), this->syslog(3, "three")}, 2);
  EXPECT_EQ(second.rows, 1U);
  EXPECT_EQ(second.repeated, 1U);
  // The next day, too.
  EXPECT_EQ(this->append({this->syslog(3, "three")}, 3, "2026-06-02T00:00:00Z").repeated, 1U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"one", "three", "two"}));
  EXPECT_EQ(*this->world_.store().watermark(), 3U);
}

TYPED_TEST_P(EventStoreContract, RowsWithoutIdentityAreAllKept) {
  this->append({this->syslog(0, "same"), this->syslog(0, "same")}, 1);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"same", "same"}));
}

TYPED_TEST_P(EventStoreContract, TheSameIdInAnotherTableIsAnotherRow) {
  model::TableBatch other("ASimAuthenticationEventLogs");
  other.add_row({this->at("2026-06-01T10:00:00Z"), this->at("2026-06-01T10:00:01Z"), 1, 1});
  other.set_text(other.column("TargetUsername"), "root");
  EXPECT_EQ(this->append({this->syslog(1, "one"), other}, 1).rows, 2U);
  EXPECT_EQ(this->world_.values("ASimAuthenticationEventLogs", "TargetUsername"),
            (std::vector<std::string>{"root"}));
}

TYPED_TEST_P(EventStoreContract, NewContentTakesTheOldRowsPlace) {
  model::TableBatch batch("Syslog");
  this->add(batch, 1, "first", 10);
  this->add(batch, 2, "stays", 10);
  this->add(batch, 1, "second", 11);
  const auto counts = this->append({batch}, 1);
  EXPECT_EQ(counts.rows, 2U);
  EXPECT_EQ(counts.updated, 1U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"second", "stays"}));
  EXPECT_EQ(this->append({this->syslog(1, "third", 12)}, 2).updated, 1U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"stays", "third"}));
  // The old row lies in the segment of the day before.
  EXPECT_EQ(this->append({this->syslog(1, "fourth", 13)}, 3, "2026-06-02T08:00:00Z").updated, 1U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"fourth", "stays"}));
}

TYPED_TEST_P(EventStoreContract, AColumnThatWasNotFilledIsEmpty) {
  this->append({this->syslog(1, "one")}, 1);
  EXPECT_EQ(this->world_.values("Syslog", "ProcessName"), (std::vector<std::string>{""}));
  model::TableBatch batch("Syslog");
  this->add(batch, 2, "two");
  batch.set_text(batch.column("ProcessName"), "sshd");
  this->add(batch, 3, "three");
  this->append({batch}, 2);
  EXPECT_EQ(this->world_.values("Syslog", "ProcessName"),
            (std::vector<std::string>{"", "", "sshd"}));
}

TYPED_TEST_P(EventStoreContract, NamesThatDifferOnlyInCaseAreDifferent) {
  model::TableBatch places("CloudAppEvents");
  places.add_row({this->at("2026-06-01T10:00:00Z"), this->at("2026-06-01T10:00:01Z"), 1, 1});
  places.set_text(places.column("Isp"), "small");
  places.set_text(places.column("ISP"), "large");
  this->append({places}, 1);
  EXPECT_EQ(this->world_.values("CloudAppEvents", "ISP"), (std::vector<std::string>{"large"}));
  EXPECT_EQ(this->world_.values("CloudAppEvents", "Isp"), (std::vector<std::string>{"small"}));
}

TYPED_TEST_P(EventStoreContract, AnAppendIsAllOrNothing) {
  this->append({this->syslog(1, "one")}, 1);
  model::TableBatch wrong("NoSuchTable");
  wrong.add_row({this->at("2026-06-01T10:00:00Z"), this->at("2026-06-01T10:00:01Z"), 1, 1});
  wrong.set_text(wrong.column("Text"), "x");
  const std::vector<model::TableBatch> batches{this->syslog(2, "two"), wrong};
  const auto refused = this->world_.store().append(batches, 2, this->at("2026-06-01T12:00:00Z"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::ErrorCode::invalid_argument);
  EXPECT_EQ(*this->world_.store().watermark(), 1U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"one"}));
  // The row that was rolled back is new when it comes again.
  EXPECT_EQ(this->append({this->syslog(2, "two")}, 2).rows, 1U);
}

TYPED_TEST_P(EventStoreContract, TextIsKeptByteForByte) {
  const std::string odd("quote ' nul \0 tab \t \xF0\x9F\x9A\xA8 end", 28);
  this->append({this->syslog(1, odd)}, 1);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{odd}));
}

TYPED_TEST_P(EventStoreContract, IsTheSameAfterReopening) {
  this->append({this->syslog(1, "one"), this->syslog(2, "two")}, 4);
  ASSERT_TRUE(this->world_.store().reopen().has_value());
  EXPECT_EQ(*this->world_.store().watermark(), 4U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(this->append({this->syslog(2, "two"), this->syslog(3, "three")}, 5).repeated, 1U);
}

TYPED_TEST_P(EventStoreContract, FinishedDaysAreSealedAndStayReadable) {
  this->append({this->syslog(1, "one")}, 1, "2026-06-01T23:59:59Z");
  this->append({this->syslog(2, "two")}, 2, "2026-06-02T00:00:00Z");
  ASSERT_TRUE(this->world_.store().seal_finished_days(this->at("2026-06-02T00:10:00Z")));
  const auto segments = *this->world_.store().segments();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].day, "2026-06-01");
  EXPECT_TRUE(segments[0].sealed);
  EXPECT_EQ(segments[0].rows, 1U);
  EXPECT_GT(segments[0].bytes, 0U);
  EXPECT_EQ(segments[1].day, "2026-06-02");
  EXPECT_FALSE(segments[1].sealed);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(this->append({this->syslog(1, "new", 2)}, 3, "2026-06-02T01:00:00Z").updated, 1U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"new", "two"}));
}

TYPED_TEST_P(EventStoreContract, OldDaysAreDeletedWhole) {
  for (int day = 1; day <= 6; ++day)
    this->append({this->syslog(static_cast<std::uint64_t>(day), "day " + std::to_string(day))},
                 static_cast<std::uint64_t>(day), "2026-06-0" + std::to_string(day) + "T10:00:00Z");
  auto& store = this->world_.store();
  const base::Timestamp now = this->at("2026-06-06T12:00:00Z");
  ASSERT_TRUE(store.seal_finished_days(now));
  const auto by_days = store.apply_retention({base::Duration::hours(24 * 3), 0}, now);
  ASSERT_TRUE(by_days.has_value()) << by_days.error().message;
  EXPECT_EQ(by_days->segments_deleted, 2U);
  EXPECT_GT(by_days->bytes_freed, 0U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"day 3", "day 4", "day 5", "day 6"}));
  // Not even one byte is allowed: today's stays all the same.
  const auto by_bytes = store.apply_retention({base::Duration::hours(24 * 3), 1}, now);
  ASSERT_TRUE(by_bytes.has_value());
  EXPECT_EQ(by_bytes->segments_deleted, 3U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"day 6"}));
  EXPECT_EQ(*store.watermark(), 6U);
}

// A table may be kept for less than the others; the day that is written keeps all.
TYPED_TEST_P(EventStoreContract, ATableMayGoEarlier) {
  for (std::uint64_t day = 1; day <= 4; ++day) {
    const std::string date = "2026-06-0" + std::to_string(day) + "T10:00:00Z";
    model::TableBatch other("ASimAuthenticationEventLogs");
    other.add_row({this->at(date), this->at(date), day, 1});
    other.set_text(other.column("TargetUsername"), "user " + std::to_string(day));
    this->append({this->syslog(day, "day " + std::to_string(day)), other}, day, date);
  }
  auto& store = this->world_.store();
  const base::Timestamp now = this->at("2026-06-04T12:00:00Z");
  ASSERT_TRUE(store.seal_finished_days(now));
  ports::RetentionPolicy policy{base::Duration::hours(24 * 30)};
  policy.tables["Syslog"] = base::Duration::hours(24);
  const auto done = store.apply_retention(policy, now);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(done->segments_deleted, 0U);
  EXPECT_EQ(done->tables_deleted, 2U);
  EXPECT_EQ(this->messages(), (std::vector<std::string>{"day 3", "day 4"}));
  EXPECT_EQ(this->world_.values("ASimAuthenticationEventLogs", "TargetUsername"),
            (std::vector<std::string>{"user 1", "user 2", "user 3", "user 4"}));
  const auto segments = *store.segments();
  ASSERT_EQ(segments.size(), 4U);
  EXPECT_FALSE(segments[0].tables.contains("Syslog"));
  EXPECT_EQ(segments[2].tables.find("Syslog")->second, 1U);
  EXPECT_TRUE(segments[0].sealed);
  EXPECT_EQ(store.apply_retention(policy, now)->tables_deleted, 0U);
  EXPECT_EQ(*store.watermark(), 4U);
}

REGISTER_TYPED_TEST_SUITE_P(EventStoreContract, BeginsEmpty, KeepsRowsWithTheirWatermark,
                            LeavesOutWhatItHas, RowsWithoutIdentityAreAllKept,
                            TheSameIdInAnotherTableIsAnotherRow, NewContentTakesTheOldRowsPlace,
                            AColumnThatWasNotFilledIsEmpty, NamesThatDifferOnlyInCaseAreDifferent,
                            AnAppendIsAllOrNothing, TextIsKeptByteForByte, IsTheSameAfterReopening,
                            FinishedDaysAreSealedAndStayReadable, OldDaysAreDeletedWhole,
                            ATableMayGoEarlier);

}  // namespace vedette::contract
