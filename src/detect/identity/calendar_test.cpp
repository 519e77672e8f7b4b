#include "detect/identity/calendar.h"

#include <gtest/gtest.h>

namespace vedette::detect::identity {
namespace {

struct Case {
  const char* what = nullptr;
  const char* zone = nullptr;
  const char* country = nullptr;
  const char* time = nullptr;  // UTC
  bool is_work = false;
  WorkHours hours = {8 * 60, 18 * 60, 0};
};

const Case cases[] = {
    {"a Monday morning in summer", "Europe/Berlin", "DE", "2026-06-01T06:00:00Z", true},
    {"an hour too early in summer", "Europe/Berlin", "DE", "2026-06-01T05:59:59Z", false},
    {"the same hour in winter is too early", "Europe/Berlin", "DE", "2026-12-07T06:30:00Z", false},
    {"an hour later in winter", "Europe/Berlin", "DE", "2026-12-07T07:00:00Z", true},
    {"the day before clocks go forward", "Europe/Berlin", "DE", "2026-03-27T07:00:00Z", true},
    {"the Monday after clocks went forward", "Europe/Berlin", "DE", "2026-03-30T06:00:00Z", true},
    {"... and its evening", "Europe/Berlin", "DE", "2026-03-30T16:00:00Z", false},
    {"the Friday before clocks go back", "America/New_York", "US", "2026-10-30T12:00:00Z", true},
    {"the Monday after: too early", "America/New_York", "US", "2026-11-02T12:30:00Z", false},
    {"the Monday after: in time", "America/New_York", "US", "2026-11-02T13:00:00Z", true},
    {"the hour that comes twice, in a night shift",
     "Europe/Berlin",
     "DE",
     "2026-10-24T23:30:00Z",
     false,
     {22 * 60, 6 * 60, 0}},
    {"the southern half goes the other way", "Pacific/Auckland", "NZ", "2026-06-01T20:30:00Z",
     true},
    {"UTC+14: Monday is Sunday elsewhere", "Pacific/Kiritimati", "KI", "2026-05-31T19:00:00Z",
     true},
    {"UTC+14: its Saturday is Friday elsewhere", "Pacific/Kiritimati", "KI", "2026-06-05T19:00:00Z",
     false},
    {"UTC-11: Friday is Saturday elsewhere", "Pacific/Pago_Pago", "AS", "2026-06-06T04:00:00Z",
     true},
    {"UTC-11: its Sunday is Monday elsewhere", "Pacific/Pago_Pago", "AS", "2026-06-01T05:00:00Z",
     false},
    {"Friday is weekend in Riyadh", "Asia/Riyadh", "SA", "2026-06-05T08:00:00Z", false},
    {"Sunday is none there", "Asia/Riyadh", "SA", "2026-06-07T08:00:00Z", true},
    {"Friday is none in Dubai any more", "Asia/Dubai", "AE", "2026-06-05T08:00:00Z", true},
    {"a holiday of the country", "Europe/Berlin", "DE", "2026-12-25T10:00:00Z", false},
    {"another country works that day", "Asia/Tokyo", "JP", "2026-12-25T02:00:00Z", true},
    {"a holiday of everybody, by the local calendar", "Pacific/Kiritimati", "KI",
     "2026-12-31T20:00:00Z", false},
    {"... which has not begun in the west", "America/New_York", "US", "2026-12-31T20:00:00Z", true},
    {"a shift over midnight, before it",
     "Europe/Berlin",
     "DE",
     "2026-06-02T21:00:00Z",
     true,
     {22 * 60, 6 * 60, 0}},
    {"a shift over midnight, after it",
     "Europe/Berlin",
     "DE",
     "2026-06-03T03:59:00Z",
     true,
     {22 * 60, 6 * 60, 0}},
    {"a shift over midnight is over",
     "Europe/Berlin",
     "DE",
     "2026-06-03T04:00:00Z",
     false,
     {22 * 60, 6 * 60, 0}},
    {"Friday's night shift reaches into Saturday",
     "Europe/Berlin",
     "DE",
     "2026-06-06T02:00:00Z",
     true,
     {22 * 60, 6 * 60, 0}},
    {"Saturday has none of its own",
     "Europe/Berlin",
     "DE",
     "2026-06-06T21:00:00Z",
     false,
     {22 * 60, 6 * 60, 0}},
    {"grace after work",
     "Europe/Berlin",
     "DE",
     "2026-06-01T17:59:00Z",
     true,
     {8 * 60, 18 * 60, 120}},
    {"... does not reach from Monday into Sunday",
     "Europe/Berlin",
     "DE",
     "2026-05-31T20:30:00Z",
     false,
     {60, 18 * 60, 60}},
    {"grace before a shift after midnight is Sunday's",
     "Europe/Berlin",
     "DE",
     "2026-05-31T21:45:00Z",
     true,
     {30, 8 * 60, 60}},
    {"an offset for a zone", "+05:30", "IN", "2026-06-01T02:30:00Z", true},
};

TEST(CalendarTest, KnowsWhenPeopleWork) {
  const std::vector<std::string> holidays{"DE:2026-12-25", "2027-01-01"};
  const Calendar calendar(holidays);
  for (const Case& each : cases) {
    const auto zone = base::TimeZone::find(each.zone);
    ASSERT_TRUE(zone) << each.zone;
    EXPECT_EQ(calendar.is_work(*base::parse_iso(each.time), *zone, each.country, each.hours),
              each.is_work)
        << each.what;
  }
}

TEST(CalendarTest, PublicHolidaysAreOfTheirCountry) {
  const auto read = PublicHolidays::read("DE:2026-10-03\nDE:2026-12-25\nSA:2026-03-19\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 3U);
  const Calendar calendar({}, std::make_shared<const PublicHolidays>(*read));
  const auto berlin = base::TimeZone::find("Europe/Berlin");
  const auto works = [&](const char* time, const char* country) {
    return calendar.is_work(*base::parse_iso(time), *berlin, country, {});
  };
  EXPECT_FALSE(works("2026-12-25T10:00:00Z", "DE"));
  EXPECT_TRUE(works("2026-12-25T10:00:00Z", "JP"));
  EXPECT_TRUE(works("2026-12-24T10:00:00Z", "DE"));
  EXPECT_FALSE(works("2026-03-19T10:00:00Z", "SA"));
  EXPECT_TRUE(works("2026-12-25T10:00:00Z", ""));
  EXPECT_FALSE(PublicHolidays::read("2026-12-25\n"));
  EXPECT_FALSE(PublicHolidays::read("DE:yesterday\n"));
}

TEST(CalendarTest, RefusesWhatIsNoDay) {
  EXPECT_TRUE(parse_holiday("2026-12-25"));
  EXPECT_EQ(parse_holiday("DE:2026-12-25")->country, "DE");
  EXPECT_FALSE(parse_holiday("25.12.2026"));
  EXPECT_FALSE(parse_holiday("DE:"));
}

}  // namespace
}  // namespace vedette::detect::identity
