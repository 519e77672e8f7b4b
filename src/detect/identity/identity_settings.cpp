#include "detect/identity/identity_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "base/text.h"
#include "base/time_zone.h"
#include "detect/identity/calendar.h"
#include "detect/identity/identity_limits.h"
#include "detect/identity/rules.h"
#include "detect/identity/work_schedule.h"

namespace vedette::detect::identity {
namespace {

using S = IdentitySettings;

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

base::Result<void> check_country(std::string_view text) {
  if (is_country(text)) return {};
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("\"{}\" is no country; write its two capital letters (ISO "
                                   "3166-1), as in KP",
                                   base::encode_terminal(text, 100)));
}

base::Result<void> check_holiday(std::string_view text) {
  VEDETTE_TRY(parse_holiday(text));
  return {};
}

base::Result<void> check_schedule(std::string_view text) {
  VEDETTE_TRY(parse_schedule(text));
  return {};
}

base::Result<void> check_rule(std::string_view text) {
  if (is_rule(text)) return {};
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("there is no rule \"{}\"", base::encode_terminal(text, 100)));
}

constexpr auto all_switches = std::to_array<IdentitySwitch>({
    {"enabled", &S::enabled, "whether a tenant's people are watched at all"},
    {"every_administrator_use", &S::every_administrator_use,
     "administrator_use: tell each use of an administration portal or shell"},
    {"public_holidays", &S::public_holidays,
     "after_hours: nobody works on the public holidays of their country"},
    {"after_hours_strangers", &S::after_hours_strangers,
     "after_hours: tell of everybody who comes in from a network and with a device that are both "
     "new "
     "to them"},
    {"after_hours_habits", &S::after_hours_habits,
     "after_hours: an hour at which the person often comes in is no news"},
});

constexpr auto all_lists = std::to_array<IdentityList>({
    {"off", &S::off, "a rule", "rules that tell nothing", check_rule},
    {"high_risk_countries", &S::high_risk_countries, "two letters (ISO 3166-1)",
     "high_risk_country: countries from which a success is told; empty until you fill it",
     check_country},
    {"break_glass", &S::break_glass, "a name, an object id or a group",
     "break_glass: the emergency accounts; empty: those that are called so", nullptr},
    {"on_call", &S::on_call, "a name, an object id or a group",
     "after_hours: who may work at any hour", nullptr},
    {"after_hours_of", &S::after_hours_of, "a name, an object id, a group, or * for everybody",
     "after_hours: whose evenings and weekends are told besides administrators'", nullptr},
    {"working_hours", &S::working_hours, schedule_form,
     "after_hours: the hours of a group or a person; the first line that names somebody holds",
     check_schedule},
    {"holidays", &S::holidays, "2026-12-25, or DE:2026-12-25 for one country",
     "after_hours: further days on which nobody works", check_holiday},
});

constexpr auto all_numbers = std::to_array<IdentityNumber>({
    {"lateness_minutes", &S::lateness_minutes, 0, 48 * 60, "minutes",
     "how late a record may come and still be put where it belongs"},
    {"cool_down_minutes", &S::cool_down_minutes, 1, 7 * 24 * 60, "minutes",
     "what a rule finds on the same person or source again within this time is the same alert"},
    {"people_max", &S::people_max, 100, 5'000'000, "people",
     "how many people are remembered; the one not seen for longest leaves first"},
    {"failed_attempts", &S::failed_attempts, 2, guesses_kept, "wrong credentials",
     "failed_logins: of one person within the window"},
    {"failed_minutes", &S::failed_minutes, 1, 24 * 60, "minutes", "failed_logins: the window"},
    {"spray_users", &S::spray_users, 3, sprayed_users_kept, "people",
     "password_spray: failing from one address, none of whom has ever come from there"},
    {"spray_minutes", &S::spray_minutes, 1, 24 * 60, "minutes", "password_spray: the window"},
    {"slow_spray_users", &S::slow_spray_users, 3, sprayed_users_kept, "people",
     "password_spray: the same over a longer time, from one address, network (ASN) or by one "
     "program"},
    {"slow_spray_hours", &S::slow_spray_hours, 1, 72, "hours", "password_spray: the longer window"},
    {"guessed_failures", &S::guessed_failures, 2, guesses_kept, "wrong credentials",
     "guessed_password: before a success from the same network"},
    {"guessed_minutes", &S::guessed_minutes, 1, 24 * 60, "minutes",
     "guessed_password: how far back failures count"},
    {"mfa_denials", &S::mfa_denials, 2, guesses_kept, "refusals",
     "mfa_fatigue: second factors that one person refused or did not answer"},
    {"mfa_minutes", &S::mfa_minutes, 1, 24 * 60, "minutes", "mfa_fatigue: the window"},
    {"warm_up_days", &S::warm_up_days, 1, 90, "days",
     "how long a person is watched before what is new for them counts in full"},
    {"alert_score", &S::alert_score, 10, 300, "points",
     "impossible_travel, stolen_session, unusual_location: from here on people are told"},
    {"high_score", &S::high_score, 10, 300, "points",
     "... and from here on it is of high severity"},
    {"record_score", &S::record_score, 10, 300, "points",
     "... and from here on it is recorded as informational"},
    {"speed_km_per_hour", &S::speed_km_per_hour, 100, 5'000, "km/h",
     "impossible_travel: what nobody travels faster than"},
    {"distance_km", &S::distance_km, 50, 10'000, "km",
     "impossible_travel: what lies nearer than this is no journey"},
    {"error_city_km", &S::error_city_km, 0, 1'000, "km",
     "how far a place may be off where the service names a city"},
    {"error_country_km", &S::error_country_km, 0, 5'000, "km",
     "... and where it names only a country"},
    {"dormant_days", &S::dormant_days, 7, 3'650, "days",
     "dormant_account: an account that nobody used for this long is used again"},
    {"work_start_hour", &S::work_start_hour, 0, 23, "o'clock",
     "after_hours: when work begins, in the person's own zone"},
    {"work_end_hour", &S::work_end_hour, 0, 24, "o'clock",
     "after_hours: when work ends; before work_start_hour: a shift over midnight"},
    {"work_grace_minutes", &S::work_grace_minutes, 0, 6 * 60, "minutes",
     "after_hours: what still counts as work before and after"},
});

base::Result<base::Timestamp> parse_day(std::string_view text) {
  if (const auto time = base::parse_iso(std::string(base::trim(text)) + "T00:00:00Z")) return *time;
  return base::failure(
      base::ErrorCode::invalid_argument,
      fmt::format("\"{}\" is no date; write 2026-12-31", base::encode_terminal(text, 100)));
}

std::string any_or(std::string_view text) {
  return text == "*" ? std::string() : base::to_lower_ascii(text);
}

base::Result<void> read_from(std::string_view from, Exception& read) {
  if (from == "*") return {};
  if (is_country(from)) {
    read.country = from;
    return {};
  }
  const auto network = base::parse_network(from);
  if (!network)
    return base::failure(
        base::ErrorCode::invalid_argument,
        fmt::format("\"{}\" is no address, network or country; write 192.0.2.0/24, DE or *",
                    base::encode_terminal(from, 100)));
  read.networks.push_back(*network);
  return {};
}

}  // namespace

std::span<const IdentityNumber> numbers() {
  return all_numbers;
}

std::span<const IdentitySwitch> switches() {
  return all_switches;
}

std::span<const IdentityList> lists() {
  return all_lists;
}

base::Result<void> check(const IdentitySettings& settings) {
  for (const IdentityNumber& each : all_numbers) {
    const int value = settings.*each.member;
    if (value < each.least || value > each.most)
      return base::failure(base::ErrorCode::invalid_argument,
                           fmt::format("{} is {}; it must be from {} to {} {} ({})", each.key,
                                       value, each.least, each.most, each.unit, each.meaning));
  }
  if (settings.record_score > settings.alert_score || settings.alert_score > settings.high_score)
    return base::failure(base::ErrorCode::invalid_argument,
                         "alert_score must lie between record_score and high_score");
  for (const IdentityList& each : all_lists)
    for (const std::string& entry : settings.*each.member)
      if (each.check != nullptr)
        if (const auto checked = each.check(entry); !checked)
          return base::failure(base::ErrorCode::invalid_argument,
                               fmt::format("{}: {}", each.key, checked.error().message));
  if (settings.working_hours.size() > schedules_max)
    return base::failure(base::ErrorCode::invalid_argument,
                         fmt::format("working_hours: {} lines are the most", schedules_max));
  if (const auto zone = base::TimeZone::find(settings.zone); !zone)
    return base::failure(base::ErrorCode::invalid_argument, "zone: " + zone.error().message);
  return {};
}

base::Result<Exception> parse_exception(std::string_view text) {
  auto parts = base::split(text, ';');
  for (auto& part : parts) part = base::trim(part);
  if (parts.size() != 6 || std::ranges::any_of(parts, &std::string_view::empty))
    return base::failure(
        base::ErrorCode::invalid_argument,
        fmt::format("\"{}\": write USER; RULE; FROM; UNTIL; OWNER; REASON, with * for any user, "
                    "rule or place",
                    base::encode_terminal(text, 200)));
  Exception read;
  read.text = text;
  read.user = any_or(parts[0]);
  read.rule = any_or(parts[1]);
  if (!read.rule.empty() && !is_rule(read.rule))
    return base::failure(
        base::ErrorCode::invalid_argument,
        fmt::format("there is no rule \"{}\"", base::encode_terminal(parts[1], 100)));
  VEDETTE_TRY_VOID(read_from(parts[2], read));
  const std::size_t dots = parts[3].find("..");
  if (dots != std::string_view::npos) read.from = VEDETTE_TRY(parse_day(parts[3].substr(0, dots)));
  read.until =
      VEDETTE_TRY(parse_day(dots == std::string_view::npos ? parts[3] : parts[3].substr(dots + 2)));
  if (read.until <= read.from)
    return base::failure(base::ErrorCode::invalid_argument, "an exception ends before it begins");
  read.owner = parts[4];
  read.reason = parts[5];
  return read;
}

}  // namespace vedette::detect::identity
