// Owns: the settings of the identity detections: what each means, its unit, its default and its
// range, and who is left out until when. Promises: `numbers`, `switches` and `lists` are the one
// table of them (but for `zone` and `exceptions`, which are one of their kind), read by the
// settings file, by the web app, by `check` and by the guide's test. Must not know: where they are
// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "base/time.h"

namespace vedette::detect::identity {

// Who may do what a detection would speak of; in the words of who wrote it.
struct Exception {
  std::string text;                       // as it was written
  std::string user;                       // name or object id, in lower case; empty: everybody
  std::string rule;                       // empty: all of them
  std::vector<base::IpNetwork> networks;  // empty: from anywhere
  std::string country;                    // ISO 3166-1 alpha-2 in capitals; empty: from anywhere
  std::string owner, reason;              // neither may be empty
  base::Timestamp from;                   // event time
  base::Timestamp until;                  // exclusive; always set
};

struct IdentitySettings {
  bool enabled = true;
  int lateness_minutes = 120;
  int cool_down_minutes = 60;
  int people_max = 200'000;

  int failed_attempts = 5;
  int failed_minutes = 10;
  int spray_users = 8;
  int spray_minutes = 30;
  int slow_spray_users = 12;
  int slow_spray_hours = 24;
  int guessed_failures = 5;
  int guessed_minutes = 120;
  int mfa_denials = 5;
  int mfa_minutes = 60;

  int warm_up_days = 14;
  int alert_score = 60;
  int high_score = 100;
  int record_score = 40;
  int speed_km_per_hour = 900;
  int distance_km = 300;
  int error_city_km = 50;
  int error_country_km = 500;

  int dormant_days = 90;
  int work_start_hour = 8;
  int work_end_hour = 18;
  int work_grace_minutes = 120;
  bool every_administrator_use = false;
  bool public_holidays = true;
  bool after_hours_strangers = true;
  bool after_hours_habits = true;

  std::string zone = "UTC";  // of people whose own is not known
  std::vector<std::string> high_risk_countries;
  std::vector<std::string> break_glass;  // names, object ids or groups; empty: by their names
  std::vector<std::string> on_call;      // names, object ids or groups; they work at any hour
  // Whose hours are looked at besides administrators': names, object ids, groups, or *.
  std::vector<std::string> after_hours_of;
  std::vector<std::string>
      working_hours;                  // of groups and people (work_schedule.h), the first holds
  std::vector<std::string> holidays;  // 2026-12-25, or DE:2026-12-25
  std::vector<std::string> off;       // rules that tell nothing
  std::vector<Exception> exceptions;
};

struct IdentityNumber {
  std::string_view key;
  int IdentitySettings::* member;
  int least, most;
  std::string_view unit, meaning;
};
[[nodiscard]] std::span<const IdentityNumber> numbers();

struct IdentitySwitch {
  std::string_view key;
  bool IdentitySettings::* member;
  std::string_view meaning;
};
[[nodiscard]] std::span<const IdentitySwitch> switches();

struct IdentityList {
  std::string_view key;
  std::vector<std::string> IdentitySettings::* member;
  std::string_view form;  // how an entry is written
  std::string_view meaning;
  base::Result<void> (*check)(std::string_view entry);  // null: any text will do
};
[[nodiscard]] std::span<const IdentityList> lists();

inline constexpr std::string_view zone_meaning =
    "time zone of people whose own the directory does not know";
inline constexpr std::string_view exception_form = "USER; RULE; FROM; UNTIL; OWNER; REASON";
inline constexpr std::string_view exceptions_meaning =
    "whom no rule speaks of, from where, until when; with an owner and a reason";

// Names the setting, the value and the range.
[[nodiscard]] base::Result<void> check(const IdentitySettings& settings);

// "USER; RULE; FROM; UNTIL; OWNER; REASON": `USER` a name, an id or *; `RULE` one rule or *; `FROM`
// an address, a network, a country or *; `UNTIL` a date, or two with .. between them (a journey).
[[nodiscard]] base::Result<Exception> parse_exception(std::string_view text);

}  // namespace vedette::detect::identity
