#include "notify/retry_after.h"

#include <gtest/gtest.h>

#include "base/http_text.h"
#include "base/limits.h"

namespace vedette::notify {
namespace {

using base::Duration;

const base::Timestamp now = *base::parse_iso("1994-11-06T08:49:00Z");
constexpr Duration longest = Duration::seconds(base::limits::retry_after_s_max);

TEST(RetryAfter, SecondsAndDates) {
  EXPECT_EQ(base::parse_retry_after("120", now), Duration::seconds(120));
  EXPECT_EQ(base::parse_retry_after(" 0 ", now), Duration{});
  EXPECT_EQ(base::parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Duration::seconds(37));
  EXPECT_EQ(base::parse_retry_after("Sun, 06 Nov 1994 08:48:00 GMT", now), Duration{});
  EXPECT_EQ(base::parse_retry_after("999999999", now), longest);
  EXPECT_EQ(base::parse_retry_after("99999999999999999999999999", now), longest);
  EXPECT_EQ(base::parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now), longest);
  for (const char* bad :
       {"", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT", "Sun  06 Nov 1994 08:49:37 GMT"})
    EXPECT_FALSE(base::parse_retry_after(bad, now)) << bad;
}

TEST(RetryAfter, FractionsOfSeconds) {
  EXPECT_EQ(parse_wait_seconds("64.57"), Duration::milliseconds(64'570));
  EXPECT_EQ(parse_wait_seconds("0.3"), Duration::milliseconds(300));
  EXPECT_EQ(parse_wait_seconds("1000000000000000000000"), longest);
  for (const char* bad : {"", "-1", "nan", "x", "1s", "1e3x", "0x10"})
    EXPECT_FALSE(parse_wait_seconds(bad)) << bad;
  EXPECT_FALSE(wait_from_seconds(-0.001));
  EXPECT_EQ(wait_from_seconds(1e300), longest);
}

}  // namespace
}  // namespace vedette::notify
