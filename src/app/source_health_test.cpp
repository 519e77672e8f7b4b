#include "app/source_health.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::Duration;

class SourceHealthTest : public testing::Test {
 protected:
  // What is said of the one source, with so many new records of which some could not be read.
  base::Json report(std::uint64_t records, Duration interval, std::uint64_t unreadable = 0) {
    now_ = now_ + interval;
    SourceCounts count;
    count.records = count.lines = records;
    count.unreadable = unreadable;
    count.last_received = now_;
    std::map<std::string, SourceCounts> counts;
    if (records > 0) counts.emplace("file:auth.log", count);
    const std::string text = book_.report(counts, {}, now_, interval);
    return text.empty() ? base::Json() : *base::parse_json(base::trim(text));
  }
  SourceHealthBook book_;
  base::Timestamp now_ = *base::parse_iso("2026-06-01T10:00:00Z");
};

TEST_F(SourceHealthTest, NothingIsSaidBeforeTheFirstRecordAndAlwaysAfterIt) {
  EXPECT_TRUE(report(0, Duration::seconds(10)).is_null());
  EXPECT_EQ(report(3, Duration::minutes(1))["State"].text(), "ok");
  EXPECT_EQ(report(0, Duration::minutes(1))["State"].text(), "ok");
  const auto silent = report(0, Duration::hours(1));
  EXPECT_EQ(silent["State"].text(), "silent");
  EXPECT_EQ(silent["Message"].text(), "nothing came for 1 h 1 min");
}

// The first report is of ten seconds, the others of a minute.
TEST_F(SourceHealthTest, WhatIsExpectedIsOfTheInterval) {
  report(10, Duration::seconds(10));
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(report(60, Duration::minutes(1))["RecordsExpected"].is_null());
  EXPECT_DOUBLE_EQ(report(60, Duration::minutes(1))["RecordsExpected"].number_or(0), 60);
  EXPECT_DOUBLE_EQ(report(5, Duration::seconds(30))["RecordsExpected"].number_or(0), 30);
}

TEST_F(SourceHealthTest, AFifthThatCannotBeReadIsSaid) {
  EXPECT_EQ(report(100, Duration::minutes(1), 20)["State"].text(), "ok");
  const auto bad = report(100, Duration::minutes(1), 21);
  EXPECT_EQ(bad["State"].text(), "unreadable");
  EXPECT_EQ(bad["Message"].text(), "21 of 100 lines could not be read");
}

}  // namespace
}  // namespace vedette::app
