// Which account it is and how it is used: break_glass, dormant_account, legacy_authentication,
// administrator_use, after_hours.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using model::Severity;

std::string came_text(const Scene& scene) {
  const std::string place = place_text(scene.event.city, scene.sign_in().country);
  std::string text = fmt::format("{}: from {}", base::format_seconds(scene.event.time),
                                 base::format_ip(scene.event.address));
  if (!place.empty()) text += ", " + place;
  if (!scene.event.application.empty()) text += ", to " + scene.event.application;
  return text;
}

// By name, object id or group.
bool is_listed(const Scene& scene, const std::vector<std::string>& list) {
  return std::ranges::any_of(list, [&](const std::string& each) {
    if (each == "*" || base::equals_ignoring_case(each, scene.event.user) ||
        base::equals_ignoring_case(each, scene.event.user_id))
      return true;
    return scene.account != nullptr &&
           std::ranges::find(scene.account->groups, each) != scene.account->groups.end();
  });
}

// By the settings, or by what it is called, as long as nobody works with it.
bool is_break_glass(const Scene& scene) {
  const auto& listed = scene.ground.settings.break_glass;
  if (is_listed(scene, listed)) return true;
  if (!listed.empty()) return false;
  if (scene.person != nullptr && scene.person->modern.days > days_until_believed) return false;
  constexpr auto words =
      std::to_array<std::string_view>({"breakglass", "break-glass", "break_glass", "emergency"});
  const std::string_view name = scene.event.user;
  return std::ranges::any_of(words, [&](std::string_view word) { return name.starts_with(word); });
}

void judge_break_glass(const Scene& scene) {
  const bool failed = scene.sign_in().result == model::SignInResult::credential_failure;
  if ((!scene.is_success() && !failed) || !is_break_glass(scene)) return;
  Words words;
  words.title = failed ? fmt::format("Somebody tried the emergency account {}", scene.event.user)
                       : fmt::format("The emergency account {} was used", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.unusual = "it is for the day when nothing else works";
  words.usual = "an exercise, or an outage of the second factor";
  words.first_step = "find out who opened the envelope; if nobody did, disable it at once";
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::break_glass, scene.event.person,
       failed ? Severity::medium : Severity::high, std::move(words), std::move(finding));
}

void judge_dormant(const Scene& scene) {
  if (!scene.is_success() || !scene.sign_in().presents_credentials) return;
  if (scene.person == nullptr) return;
  const base::Timestamp last = scene.person->last_success;
  const Duration idle = scene.event.time - last;
  if (!last.is_set() || idle < Duration::hours(24LL * scene.ground.settings.dormant_days)) return;
  Words words;
  words.title = fmt::format("The dormant account {} was used", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.happened.push_back("last used before that: " + base::format_seconds(last));
  words.unusual = fmt::format("nobody used it for {}", base::format_duration(idle));
  words.usual = "somebody who comes back from a long leave";
  words.first_step = "ask the person or their manager; disable accounts that nobody needs";
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::dormant_account, scene.event.person, Severity::medium, std::move(words),
       std::move(finding));
}

// A mailbox that only ever comes by such a protocol is a machine's; a person's that begins to is
// news.
void judge_legacy(const Scene& scene) {
  const Person* person = scene.person;
  if (!scene.is_success() || !scene.sign_in().is_legacy || person == nullptr) return;
  if (person->modern.days == 0 || person->legacy.is_believed()) return;
  const bool at_home = person->knows_network(scene.sign_in().network);
  Words words;
  words.title = fmt::format("{} came in by {}", scene.event.user, scene.event.client);
  words.happened.push_back(came_text(scene));
  words.happened.push_back(scene.event.client +
                           " sends the password and asks for no second factor");
  words.unusual = at_home ? "the person never used it before, but comes from a network of theirs"
                          : "the person never used it before, nor came from this network";
  words.usual = at_home ? "an old mail program or a scanner"
                        : "somebody who has the password and goes around the second factor";
  words.first_step = "ask the person; block legacy protocols by conditional access";
  Finding finding;
  finding.techniques = {"T1078.004", "T1114.002"};
  tell(scene, IdentityRule::legacy_authentication, scene.event.person,
       at_home ? Severity::informational : Severity::medium, std::move(words), std::move(finding));
}

void judge_every_use(const Scene& scene) {
  if (!scene.ground.settings.every_administrator_use || !scene.is_administrator() ||
      !scene.sign_in().is_administration || !scene.is_success())
    return;
  Words words;
  words.title = fmt::format("The administrator {} came in", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.unusual = "every use is told: every_administrator_use is on";
  words.usual = "daily work";
  words.first_step = "compare with what was planned";
  tell(scene, IdentityRule::administrator_use, scene.event.person, Severity::low, std::move(words));
}

// The clocks of where the person lives: the directory's, else the sun's where they mostly are,
// else the tenant's.
struct LocalClock {
  base::TimeZone zone;
  std::string country;
  int extra_grace_minutes = 0;
};

base::TimeZone sun_zone(float longitude) {
  return base::TimeZone::fixed(Duration::hours(std::lround(longitude / 15)));
}

LocalClock clock_of(const Scene& scene) {
  LocalClock clock{scene.ground.zone, {}, 0};
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

bool is_at_work(const Scene& scene, const LocalClock& clock) {
  const IdentitySettings& settings = scene.ground.settings;
  WorkHours hours{settings.work_start_hour * 60, settings.work_end_hour * 60,
                  settings.work_grace_minutes + clock.extra_grace_minutes, 0};
  if (scene.account != nullptr) {
    const model::WorkingHours& own = scene.account->hours;
    hours.days = own.days;
    if (own.start_minute >= 0 && own.end_minute >= 0) {
      hours.start_minute = own.start_minute;
      hours.end_minute = own.end_minute;
    }
  }
  return scene.ground.calendar.is_work(scene.event.time, clock.zone, clock.country, hours);
}

// Somebody who is elsewhere works by the clocks there.
bool is_at_work_there(const Scene& scene) {
  const ObservedSignIn& sign_in = scene.sign_in();
  if (sign_in.precision == Precision::none || (sign_in.network_class != NetworkClass::unknown &&
                                               sign_in.network_class != NetworkClass::mobile))
    return false;
  return is_at_work(scene, {sun_zone(sign_in.longitude), std::string(view(sign_in.country)), 90});
}

void judge_hours(const Scene& scene) {
  const ObservedSignIn& sign_in = scene.sign_in();
  if (!scene.is_success() || sign_in.kind != model::SignInKind::interactive ||
      is_listed(scene, scene.ground.settings.on_call))
    return;
  const bool is_ruling = scene.is_administrator() && sign_in.is_administration;
  if (!is_ruling && !is_listed(scene, scene.ground.settings.after_hours_of)) return;
  const LocalClock clock = clock_of(scene);
  if (is_at_work(scene, clock) || is_at_work_there(scene)) return;
  const auto hour = static_cast<std::size_t>(scene.event.time.unix_seconds() % 86'400 / 3'600);
  // Who is often up at that hour is no news.
  if (scene.person != nullptr && scene.person->hours[hour] >= days_until_believed) return;
  const std::int64_t local = clock.zone.to_local(scene.event.time);
  const auto local_text = base::format_seconds(base::Timestamp::from_unix_seconds(local));
  Words words;
  words.title = fmt::format("{} {} came in after hours",
                            is_ruling ? "The administrator" : "The person", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.happened.push_back(fmt::format("where they live it was {} ({})",
                                       local_text.substr(0, local_text.size() - 1),
                                       clock.zone.name()));
  words.unusual = "neither working hours nor an hour at which this person is often up";
  words.usual = is_ruling ? "a change that was planned for the night, or an alarm"
                          : "work that had to be done, or a journey";
  words.first_step = is_ruling ? "ask the administrator, and look at what was changed"
                               : "ask the person, and look at what they did";
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::after_hours, scene.event.person,
       is_ruling ? Severity::medium : Severity::low, std::move(words), std::move(finding));
}

}  // namespace

void judge_account(const Scene& scene) {
  judge_break_glass(scene);
  judge_dormant(scene);
  judge_legacy(scene);
  judge_every_use(scene);
  judge_hours(scene);
}

}  // namespace vedette::detect::identity
