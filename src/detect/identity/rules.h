// Owns: the names of the identity detections. Promises: a name never changes: incidents, exceptions
// and people's rules speak of it. Must not know: what each finds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vedette::detect::identity {

enum class IdentityRule : std::uint8_t {
  failed_logins,
  guessed_password,
  password_spray,
  mfa_fatigue,
  impossible_travel,
  stolen_session,
  unusual_location,
  high_risk_country,
  legacy_authentication,
  dormant_account,
  break_glass,
  administrator_use,
  after_hours,
  sensitive_change,
};
inline constexpr auto rule_names = std::to_array<std::string_view>(
    {"failed_logins", "guessed_password", "password_spray", "mfa_fatigue", "impossible_travel",
     "stolen_session", "unusual_location", "high_risk_country", "legacy_authentication",
     "dormant_account", "break_glass", "administrator_use", "after_hours", "sensitive_change"});

[[nodiscard]] constexpr std::string_view name_of(IdentityRule rule) {
  return rule_names[static_cast<std::size_t>(rule)];
}
[[nodiscard]] constexpr bool is_rule(std::string_view name) {
  return std::ranges::find(rule_names, name) != rule_names.end();
}

}  // namespace vedette::detect::identity
