#include "base/time_zone.h"

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

std::string utc_of(const char* zone, const char* local_as_if_utc) {
  const auto found = TimeZone::find(zone);
  EXPECT_TRUE(found) << zone;
  return format_iso(found->to_utc(parse_iso(local_as_if_utc)->unix_seconds()));
}

TEST(TimeZone, FixedOffsets) {
  EXPECT_EQ(utc_of("+02:00", "2026-06-01T12:00:00Z"), "2026-06-01T10:00:00Z");
  EXPECT_EQ(utc_of("-0530", "2026-06-01T12:00:00Z"), "2026-06-01T17:30:00Z");
  EXPECT_EQ(utc_of("UTC", "2026-06-01T12:00:00Z"), "2026-06-01T12:00:00Z");
  EXPECT_FALSE(TimeZone::find("+25:00"));
  EXPECT_FALSE(TimeZone::find("Mars/Olympus"));
}

TEST(TimeZone, DaylightSaving) {
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-01-15T12:00:00Z"), "2026-01-15T11:00:00Z");
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-07-15T12:00:00Z"), "2026-07-15T10:00:00Z");
  // 2026-10-25: 02:30 exists twice; the earlier (summer time) is meant.
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-10-25T02:30:00Z"), "2026-10-25T00:30:00Z");
  // 2026-03-29: 02:30 does not exist; read as if the clocks had not been set yet.
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-03-29T02:30:00Z"), "2026-03-29T01:30:00Z");
  EXPECT_EQ(utc_of("Asia/Kathmandu", "2026-03-29T05:45:00Z"), "2026-03-29T00:00:00Z");
}

}  // namespace
}  // namespace vedette::base
