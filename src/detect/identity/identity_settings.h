// Owns: the thresholds of the identity detections: what each means, its unit, its default and its
// range, and who is left out until when. Promises: `numbers` is the one table of them, read by the
// settings file, by `check` and by the guide's test. Must not know: where they are written.
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

  std::string zone = "UTC";  // of people whose own is not known
  std::vector<std::string> high_risk_countries;
  std::vector<std::string> break_glass;  // names, object ids or groups; empty: by their names
  std::vector<std::string> on_call;      // names, object ids or groups; they work at any hour
  std::vector<std::string> holidays;     // 2026-12-25, or DE:2026-12-25
  std::vector<Exception> exceptions;
};

struct IdentityNumber {
  std::string_view key;
  int IdentitySettings::* member;
  int least, most;
  std::string_view unit, meaning;
};
[[nodiscard]] std::span<const IdentityNumber> numbers();

// Names the setting, the value and the range.
[[nodiscard]] base::Result<void> check(const IdentitySettings& settings);

// "USER; RULE; FROM; UNTIL; OWNER; REASON": `USER` a name, an id or *; `RULE` one rule or *; `FROM`
// an address, a network, a country or *; `UNTIL` a date, or two with .. between them (a journey).
[[nodiscard]] base::Result<Exception> parse_exception(std::string_view text);

}  // namespace vedette::detect::identity
