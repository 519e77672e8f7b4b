// Whether somebody comes in outside of working hours, by the clocks that are theirs: after_hours.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using model::Severity;

// Where and when somebody works: the clocks of their schedule, else the directory's, else the sun's
// where they mostly are, else the tenant's.
struct LocalClock {
  base::TimeZone zone;
  std::string country;
  const WorkSchedule* schedule = nullptr;
  int extra_grace_minutes = 0;
};

base::TimeZone sun_zone(float longitude) {
  return base::TimeZone::fixed(Duration::hours(std::lround(longitude / 15)));
}

LocalClock own_clock_of(const Scene& scene) {
  LocalClock clock{scene.ground.zone, {}};
  const Place* home = scene.person == nullptr ? nullptr : scene.person->home();
  if (home != nullptr) clock.country = view(home->country);
  if (scene.account != nullptr) {
    if (!scene.account->country.empty()) clock.country = scene.account->country;
    if (const auto* zone = scene.ground.zones.find(scene.account->zone)) {
      clock.zone = *zone;
      return clock;
    }
  }
  if (home == nullptr) return clock;
  // The sun and the clocks differ by up to some two hours.
  clock.zone = sun_zone(home->longitude);
  clock.extra_grace_minutes = 90;
  return clock;
}

// `schedule`: null where no line of working_hours names them.
LocalClock clock_of(const Scene& scene, const WorkSchedule* schedule) {
  LocalClock clock = own_clock_of(scene);
  clock.schedule = schedule;
  if (clock.schedule == nullptr) return clock;
  if (clock.schedule->country) clock.country = *clock.schedule->country;
  if (const auto* zone = scene.ground.zones.find(clock.schedule->zone)) {
    clock.zone = *zone;
    clock.extra_grace_minutes = 0;
  }
  return clock;
}

bool is_at_work(const Scene& scene, const LocalClock& clock) {
  const IdentitySettings& settings = scene.ground.settings;
  const int grace_minutes = settings.work_grace_minutes + clock.extra_grace_minutes;
  const auto works = [&](WorkHours hours) {
    hours.grace_minutes = grace_minutes;
    return scene.ground.calendar.is_work(scene.event.time, clock.zone, clock.country, hours);
  };
  if (clock.schedule != nullptr) return std::ranges::any_of(clock.schedule->shifts, works);
  WorkHours hours{settings.work_start_hour * 60, settings.work_end_hour * 60, 0, 0};
  if (scene.account != nullptr) {
    const model::WorkingHours& own = scene.account->hours;
    hours.days = own.days;
    if (own.start_minute >= 0 && own.end_minute >= 0) {
      hours.start_minute = own.start_minute;
      hours.end_minute = own.end_minute;
    }
  }
  return works(hours);
}

// Somebody who is elsewhere works by the clocks there, unless their hours are those of one zone.
bool is_at_work_there(const Scene& scene, const LocalClock& at_home) {
  if (at_home.schedule != nullptr && !at_home.schedule->zone.empty()) return false;
  const ObservedSignIn& sign_in = scene.sign_in();
  if (sign_in.precision == Precision::none || (sign_in.network_class != NetworkClass::unknown &&
                                               sign_in.network_class != NetworkClass::mobile))
    return false;
  return is_at_work(scene, {sun_zone(sign_in.longitude), std::string(view(sign_in.country)),
                            at_home.schedule, 90});
}

// Neither the network nor the device is one that the person, who is known for long, ever used.
bool comes_with_nothing_known(const Scene& scene) {
  const Person* person = scene.person;
  const ObservedSignIn& sign_in = scene.sign_in();
  if (person == nullptr || sign_in.is_company_device) return false;
  if (scene.event.time - person->first_seen <
      Duration::hours(24LL * scene.ground.settings.warm_up_days))
    return false;
  return !person->knows_network(sign_in.network) && !person->knows_device(sign_in.device) &&
         !person->knows_device(sign_in.agent) && !is_shared_egress(scene) &&
         !is_trusted_place(scene);
}

// Who is often up at that hour is no news.
bool is_often_up(const Scene& scene) {
  if (!scene.ground.settings.after_hours_habits || scene.person == nullptr) return false;
  const auto hour = static_cast<std::size_t>(scene.event.time.unix_seconds() % 86'400 / 3'600);
  return scene.person->hours[hour] >= days_until_believed;
}

enum class Because { no_reason, is_ruling, is_watched, is_strange };

// Why it matters that they come in now, if it does.
Because reason_to_look(const Scene& scene, const WorkSchedule* schedule, bool is_told) {
  const IdentitySettings& settings = scene.ground.settings;
  if (scene.is_administrator() && scene.sign_in().is_administration) return Because::is_ruling;
  if (schedule != nullptr && schedule->tells_everybody) return Because::is_watched;
  if (is_listed(scene, settings.after_hours_of)) return Because::is_watched;
  if (!is_told && settings.after_hours_strangers && comes_with_nothing_known(scene))
    return Because::is_strange;
  return Because::no_reason;
}

Words words_of(const Scene& scene, const LocalClock& clock, Because because) {
  const bool is_ruling = because == Because::is_ruling;
  const std::int64_t local = clock.zone.to_local(scene.event.time);
  const auto local_text = base::format_seconds(base::Timestamp::from_unix_seconds(local));
  Words words;
  words.title = fmt::format("{} {} came in after hours",
                            is_ruling ? "The administrator" : "The person", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.happened.push_back(fmt::format("where they live it was {} ({})",
                                       local_text.substr(0, local_text.size() - 1),
                                       clock.zone.name()));
  if (clock.schedule != nullptr)
    words.happened.push_back(fmt::format(
        "the working hours of {} are {}",
        clock.schedule->who == "*" ? "everybody" : clock.schedule->who, clock.schedule->week));
  if (because == Because::is_strange)
    words.happened.push_back("the person never came from this network, nor with this device");
  words.unusual = scene.ground.settings.after_hours_habits
                      ? "neither working hours nor an hour at which this person is often up"
                      : "no working hours";
  words.usual = is_ruling ? "a change that was planned for the night, or an alarm"
                          : "work that had to be done, or a journey";
  words.first_step = is_ruling ? "ask the administrator, and look at what was changed"
                               : "ask the person, and look at what they did";
  return words;
}

}  // namespace

void judge_hours(const Scene& scene, bool is_told) {
  const ObservedSignIn& sign_in = scene.sign_in();
  if (!scene.is_success() || sign_in.kind != model::SignInKind::interactive ||
      is_listed(scene, scene.ground.settings.on_call))
    return;
  const WorkSchedules& schedules = scene.ground.schedules;
  const WorkSchedule* schedule =
      schedules.find(scene.account, scene.event.user, scene.event.user_id);
  const Because because = reason_to_look(scene, schedule, is_told);
  HoursTally* tally = scene.ground.tally;
  if (because == Because::no_reason && tally == nullptr) return;
  const LocalClock clock = clock_of(scene, schedule);
  const bool is_outside = !is_at_work(scene, clock) && !is_at_work_there(scene, clock);
  if (tally != nullptr)
    tally->note(scene.event.id,
                {scene.event.time, scene.event.person, schedules.index_of(schedule), is_outside});
  if (!is_outside || because == Because::no_reason || is_often_up(scene)) return;
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::after_hours, scene.event.person,
       because == Because::is_ruling ? Severity::medium : Severity::low,
       words_of(scene, clock, because), std::move(finding));
}

}  // namespace vedette::detect::identity
