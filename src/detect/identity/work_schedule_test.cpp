#include "detect/identity/work_schedule.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "detect/identity/identity_watch.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::string_view portal = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";

model::Identity member(std::vector<std::string> groups, std::string zone = "UTC",
                       std::string country = "") {
  model::Identity made;
  made.id = "1";
  made.name = "anna@a.example";
  made.groups = std::move(groups);
  made.zone = std::move(zone);
  made.country = std::move(country);
  return made;
}

struct Come {
  Timestamp time;
  std::string_view application = {};  // its id
  std::uint32_t network = 64'500;
  std::string_view device = "laptop";
};

// The alerts that anna's log-ins end in.
std::vector<model::Alert> come(const std::vector<Come>& times, const IdentitySettings& settings,
                               const model::Identity& anna, HoursTally* tally = nullptr) {
  model::TenantDirectory directory;
  directory.put(anna);
  std::vector<model::SignIn> made(times.size());
  std::vector<const model::SignIn*> sign_ins;
  for (std::size_t i = 0; i < times.size(); ++i) {
    model::SignIn& each = made[i];
    each.event.time = times[i].time;
    each.event.id = i + 1;
    each.event.user = anna.name;
    each.event.user_hash = base::hash_bytes(anna.name);
    each.event.address = *base::parse_ip("192.0.2.1");
    each.result = model::SignInResult::success;
    each.autonomous_system = times[i].network;
    each.device_id = times[i].device;
    each.application_id = times[i].application;
    sign_ins.push_back(&each);
  }
  IdentityWatch watch(settings);
  watch.set_directory(&directory);
  watch.set_hours_tally(tally);
  std::vector<ChangedAlert> changes;
  const Timestamp end = times.back().time + Duration::hours(24 * 30);
  watch.run(sign_ins, {}, end, changes);
  watch.finish(end, changes);
  std::map<std::uint64_t, model::Alert> last;
  for (const auto& each : changes) {
    if (each.change == model::AlertChange::withdrawn)
      last.erase(each.alert.id);
    else
      last[each.alert.id] = each.alert;
  }
  std::vector<model::Alert> alerts;
  for (const auto& [id, alert] : last)
    if (alert.rule == "after_hours") alerts.push_back(alert);
  return alerts;
}

Timestamp at(const char* time) {
  return *base::parse_iso(time);
}

IdentitySettings with_hours(std::vector<std::string> lines) {
  IdentitySettings settings;
  settings.work_grace_minutes = 0;
  settings.working_hours = std::move(lines);
  settings.holidays = {"DE:2026-12-25", "2026-12-31"};
  EXPECT_TRUE(check(settings));
  return settings;
}

struct Case {
  const char *what, *week_and_more, *time;  // the time in UTC
  bool is_work;
  const char *zone = "UTC", *country = "";  // the person's own
};

constexpr auto office = "Mon-Fri 08:00-18:00; Europe/Berlin; DE";
constexpr auto night = "Sat 22:00-06:00; Europe/Berlin; none";

const Case cases[] = {
    {"a Monday in summer", office, "2026-06-01T06:00:00Z", true},
    {"a minute too early", office, "2026-06-01T05:59:00Z", false},
    {"Friday before clocks go forward", office, "2026-03-27T07:00:00Z", true},
    {"... an hour earlier it is not yet", office, "2026-03-27T06:00:00Z", false},
    {"Monday after clocks went forward", office, "2026-03-30T06:00:00Z", true},
    {"... and its end", office, "2026-03-30T16:00:00Z", false},
    {"Friday before clocks go back", office, "2026-10-23T06:00:00Z", true},
    {"Monday after clocks went back: too early", office, "2026-10-26T06:30:00Z", false},
    {"... in time", office, "2026-10-26T07:00:00Z", true},
    {"New York goes forward three weeks before", "Mon-Fri 09:00-17:00; America/New_York",
     "2026-03-09T13:00:00Z", true},
    {"... while Berlin does not", "Mon-Fri 09:00-17:00; Europe/Berlin", "2026-03-09T07:30:00Z",
     false},
    {"half an hour of summer time", "Mon-Fri 08:00-18:00; Australia/Lord_Howe",
     "2026-12-06T21:00:00Z", true},
    {"... and without it", "Mon-Fri 08:00-18:00; Australia/Lord_Howe", "2026-05-31T21:00:00Z",
     false},
    {"a night that lacks an hour ends at six by the clocks", night, "2026-03-29T03:59:00Z", true},
    {"... and not at seven", night, "2026-03-29T04:00:00Z", false},
    {"a night that has one more lasts until six", night, "2026-10-25T04:59:00Z", true},
    {"... and no longer", night, "2026-10-25T05:00:00Z", false},
    {"the second time of the hour that comes twice", night, "2026-10-25T01:30:00Z", true},
    {"UTC+14: Monday begins on Sunday", "Mon-Fri 08:00-17:00; Pacific/Kiritimati",
     "2026-05-31T18:00:00Z", true},
    {"UTC+14: and Friday ends in the night", "Mon-Fri 08:00-17:00; Pacific/Kiritimati",
     "2026-06-05T03:00:00Z", false},
    {"UTC-11: Friday ends on Saturday", "Mon-Fri 08:00-17:00; Pacific/Pago_Pago",
     "2026-06-06T03:59:00Z", true},
    {"UTC-11: Monday has not begun", "Mon-Fri 08:00-17:00; Pacific/Pago_Pago",
     "2026-06-01T09:00:00Z", false},
    {"Friday is weekend", "Sun-Thu 08:00-17:00; Asia/Riyadh; SA", "2026-06-05T08:00:00Z", false},
    {"... Saturday too", "Sun-Thu 08:00-17:00; Asia/Riyadh; SA", "2026-06-06T08:00:00Z", false},
    {"... Sunday is none", "Sun-Thu 08:00-17:00; Asia/Riyadh; SA", "2026-06-07T08:00:00Z", true},
    {"... nor Thursday", "Sun-Thu 08:00-17:00; Asia/Riyadh; SA", "2026-06-04T08:00:00Z", true},
    {"by each one's own clocks", "Mon-Fri 09:00-17:00", "2026-06-01T00:00:00Z", true, "Asia/Tokyo"},
    {"... which show two hours earlier elsewhere", "Mon-Fri 09:00-17:00; own",
     "2026-06-01T00:00:00Z", false, "Asia/Bangkok"},
    {"an offset for a zone", "Mon-Fri 08:00-18:00; +05:30", "2026-06-01T02:30:00Z", true},
    {"a holiday of the line's country", "Mon-Fri 08:00-18:00; UTC; DE", "2026-12-25T10:00:00Z",
     false},
    {"... is none of another's", "Mon-Fri 08:00-18:00; UTC; JP", "2026-12-25T10:00:00Z", true,
     "UTC", "DE"},
    {"a holiday of the person's country", "Mon-Fri 08:00-18:00; UTC; own", "2026-12-25T10:00:00Z",
     false, "UTC", "DE"},
    {"no holidays", "Mon-Fri 08:00-18:00; UTC; none", "2026-12-25T10:00:00Z", true, "UTC", "DE"},
    {"a day off for everybody", "Mon-Fri 08:00-18:00; UTC; none", "2026-12-31T10:00:00Z", false},
    {"a shift that begins before the holiday goes on", "Mon-Sun 22:00-06:00; Europe/Berlin; DE",
     "2026-12-25T03:00:00Z", true},
    {"... the holiday's own does not begin", "Mon-Sun 22:00-06:00; Europe/Berlin; DE",
     "2026-12-26T03:00:00Z", false},
    {"Friday's night reaches into Saturday", "Mon-Fri 22:00-06:00; UTC", "2026-06-06T05:59:00Z",
     true},
    {"... and Sunday's night is none", "Mon-Fri 22:00-06:00; UTC", "2026-06-08T03:00:00Z", false},
    {"shorter on Friday", "Mon-Thu 08:00-17:00, Fri 08:00-13:00; UTC", "2026-06-05T13:00:00Z",
     false},
    {"a long break", "Mon-Fri 08:00-12:00, Mon-Fri 15:00-19:00; UTC", "2026-06-01T13:00:00Z",
     false},
    {"... and after it", "Mon-Fri 08:00-12:00, Mon-Fri 15:00-19:00; UTC", "2026-06-01T18:59:00Z",
     true},
    {"around the clock", "Mon-Sun 00:00-24:00; UTC", "2026-06-07T23:59:00Z", true},
    {"a day that ends when the next begins", "Mon 08:00-08:00; UTC", "2026-06-02T07:59:00Z", true},
};

TEST(WorkScheduleTest, AGroupWorksByItsWeek) {
  for (const Case& each : cases) {
    const IdentitySettings settings = with_hours({fmt::format("Plant; {}", each.week_and_more)});
    const auto alerts =
        come({{at(each.time)}}, settings, member({"Plant"}, each.zone, each.country));
    EXPECT_EQ(alerts.empty(), each.is_work) << each.what;
  }
}

TEST(WorkScheduleTest, TheFirstLineThatNamesSomebodyHolds) {
  const Come evening{at("2026-06-01T20:00:00Z")};
  const std::string early = "Mon-Fri 06:00-14:00; UTC", late = "Mon-Fri 14:00-22:00; UTC";
  struct Line {
    std::vector<std::string> lines;
    std::size_t alerts;
  };
  const Line lines[] = {
      {{"Early; " + early, "Late; " + late}, 1},
      {{"Late; " + late, "Early; " + early}, 0},
      {{"anna@a.example; " + late, "*; " + early}, 0},
      {{"EARLY; " + early}, 1},
      {{"1; " + early}, 1},  // by object id
      {{"*; " + early}, 1},
      {{"Others; " + early}, 0},
      {{"Early; " + early + "; own; administrators"}, 0},
  };
  for (const Line& each : lines) {
    const auto alerts = come({evening}, with_hours(each.lines), member({"Early", "Late"}));
    EXPECT_EQ(alerts.size(), each.alerts) << each.lines.front();
    for (const auto& alert : alerts) EXPECT_EQ(alert.severity, model::Severity::low);
  }
  IdentitySettings settings = with_hours({"Early; " + early});
  settings.on_call = {"late"};
  EXPECT_TRUE(come({evening}, settings, member({"Early", "Late"})).empty());
  settings.on_call.clear();
  const auto alerts = come({evening}, settings, member({"Early"}));
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_NE(
      std::ranges::find(alerts[0].reasons, "the working hours of Early are Mon-Fri 06:00-14:00"),
      alerts[0].reasons.end());
}

TEST(WorkScheduleTest, AdministratorsAreLookedAtWhateverALineTells) {
  model::Identity anna = member({"Early"});
  anna.is_administrator = true;
  const IdentitySettings settings =
      with_hours({"Early; Mon-Fri 06:00-14:00; UTC; own; administrators"});
  EXPECT_TRUE(come({{at("2026-06-01T20:00:00Z")}}, settings, anna).empty());
  const auto alerts = come({{at("2026-06-01T20:00:00Z"), portal}}, settings, anna);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].severity, model::Severity::medium);
}

// Night after night is news once, unless habits are none of it.
TEST(WorkScheduleTest, HabitsAreNoNewsUnlessTheyAreToBe) {
  std::vector<Come> nights;
  for (int i = 0; i < 10; ++i)
    nights.push_back({at("2026-06-01T21:00:00Z") + Duration::hours(24 * i)});
  IdentitySettings settings = with_hours({"Plant; Mon-Fri 08:00-18:00; UTC"});
  EXPECT_EQ(come(nights, settings, member({"Plant"})).size(), 3U);
  settings.after_hours_habits = false;
  EXPECT_EQ(come(nights, settings, member({"Plant"})).size(), 10U);
}

// Without any line: whoever has been there for long, and comes at night with nothing that is known.
TEST(WorkScheduleTest, StrangersAtNightAreToldOfEverybody) {
  const auto told = [](int days, std::uint32_t network, std::string_view device, bool is_on) {
    std::vector<Come> times;
    for (int i = 0; i < days; ++i)
      times.push_back({at("2026-06-01T10:00:00Z") + Duration::hours(24 * i)});
    times.push_back(
        {at("2026-06-01T02:00:00Z") + Duration::hours(24LL * days), {}, network, device});
    IdentitySettings settings;
    settings.after_hours_strangers = is_on;
    return come(times, settings, member({})).size();
  };
  EXPECT_EQ(told(20, 64'501, "another", true), 1U);
  EXPECT_EQ(told(20, 64'501, "another", false), 0U);
  EXPECT_EQ(told(20, 64'500, "another", true), 0U) << "a network of the person's";
  EXPECT_EQ(told(20, 64'501, "laptop", true), 0U) << "a device of the person's";
  EXPECT_EQ(told(5, 64'501, "another", true), 0U) << "somebody new";
}

TEST(WorkScheduleTest, ATallyCountsEachLogInOnceByItsLine) {
  HoursTally tally;
  IdentitySettings settings = with_hours({"Plant; Mon-Fri 08:00-18:00; UTC; own; administrators"});
  EXPECT_TRUE(come({{at("2026-06-01T09:00:00Z")}, {at("2026-06-01T20:00:00Z")}}, settings,
                   member({"Plant"}), &tally)
                  .empty());
  ASSERT_EQ(tally.log_ins().size(), 2U);
  EXPECT_FALSE(tally.log_ins().at(1).is_outside);
  EXPECT_TRUE(tally.log_ins().at(2).is_outside);
  EXPECT_EQ(tally.log_ins().at(2).schedule, 0U);
  HoursTally rest;
  (void)come({{at("2026-06-01T20:30:00Z")}}, settings, member({}), &rest);
  EXPECT_EQ(rest.log_ins().at(1).schedule, 1U);
  EXPECT_TRUE(rest.log_ins().at(1).is_outside);
}

TEST(WorkScheduleTest, RefusesWhatIsNoLine) {
  for (const char* text :
       {"", "Finance", "Finance;", "; Mon-Fri 08:00-18:00", "Finance; 08:00-18:00",
        "Finance; Mon-Fri", "Finance; Mo-Fr 08:00-18:00", "Finance; Mon-Fri 8-18",
        "Finance; Mon-Fri 08:00-25:00", "Finance; Mon-Fri 24:00-06:00",
        "Finance; Mon-Fri 08:60-18:00", "Finance; Mon-Fri 24:30-06:00",
        "Finance; Mon-Fri 08:00-18:00; Mars", "Finance; Mon-Fri 08:00-18:00; own; Germany",
        "Finance; Mon-Fri 08:00-18:00; own; de", "Finance; Mon-Fri 08:00-18:00; own; DE; nobody",
        "Finance; Mon-Fri 08:00-18:00,", "Finance; Mon-Fri 08:00-18:00; own; own; all; more"})
    EXPECT_FALSE(parse_schedule(text)) << text;
  std::string long_week = "Finance; Mon 08:00-09:00";
  for (int i = 0; i < 28; ++i) long_week += ", Mon 08:00-09:00";
  EXPECT_FALSE(parse_schedule(long_week));
  const auto read = parse_schedule(" Night watch ;sunday-THU 22:00-6:00;own;none;ALL");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->who, "Night watch");
  EXPECT_EQ(read->shifts[0].days, 0b1001111U);
  EXPECT_EQ(read->shifts[0].end_minute, 360);
  EXPECT_EQ(read->country, "");
  EXPECT_TRUE(read->tells_everybody);
}

}  // namespace
}  // namespace vedette::detect::identity
