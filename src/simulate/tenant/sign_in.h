// Owns: one sign-in as the simulation keeps it: small and complete, so that its document can be
// written at any time and from any version of the tenant.
// Promises: plain data; everything shown is decided by these members, the people and the seed.
// Must not know: how it is shown. Any thread.
#pragma once

#include <cstdint>

#include "base/hash.h"
#include "base/ip.h"
#include "base/time.h"
#include "simulate/tenant/identifier.h"
#include "simulate/tenant/places.h"

namespace vedette::simulate::tenant {

enum class SignInKind : std::uint8_t {
  interactive,
  non_interactive,
  service_principal,
  managed_identity,
};

enum class Outcome : std::uint8_t {
  success,
  wrong_password,     // 50126
  unknown_user,       // 50034
  mfa_denied,         // 500121
  mfa_interrupted,    // 50074: not (yet) answered
  locked,             // 50053
  disabled,           // 50057
  blocked,            // 53003: conditional access
  session_revoked,    // 50173
  password_expired,   // 50055
  keep_signed_in,     // 50140: an interrupt, no failure
  app_not_consented,  // 65001
};

enum class Client : std::uint8_t { browser, desktop, phone_app, imap, smtp, active_sync };
enum class Device : std::uint8_t { none, laptop, phone };
enum class Mfa : std::uint8_t { none, by_claim, notification, text_message, security_key };
enum class RiskKind : std::uint8_t { none, unfamiliar, unlikely_travel, anonymous, token, spray };

inline constexpr std::uint16_t no_campaign = 0xFFFF;

struct SignIn {
  base::Timestamp time;
  std::uint64_t key = 0;  // tells records of one moment apart; seeds what is left to chance
  base::IpAddress address;
  std::uint64_t session = 0;
  std::uint32_t actor = 0;  // index of a person or a workload
  std::uint16_t campaign = no_campaign;
  SignInKind kind = SignInKind::interactive;
  Outcome outcome = Outcome::success;
  Client client = Client::browser;
  Device device = Device::none;
  Mfa mfa = Mfa::none;
  RiskKind risk = RiskKind::none;
  NetworkIndex network = 0;
  std::uint8_t app = 0;  // index in apps()
  bool stolen = false;   // by a thief's token: no device of the person's
  bool changes = false;  // shown once before its outcome (or its risk) is known

  [[nodiscard]] Identifier id() const { return record_id(time, key); }
};

// When a record of that kind can be read, after the event: within two minutes for 95 %, five for
// 99 %, and then up to a day.
[[nodiscard]] constexpr base::Timestamp visible_from(base::Timestamp time, std::uint64_t key) {
  const std::uint64_t chance = base::hash_words(key, 0x76697369);
  const auto within = [&](std::int64_t low_s, std::int64_t high_s) {
    return time + base::Duration::seconds(
                      low_s + static_cast<std::int64_t>(
                                  (chance >> 20) % static_cast<std::uint64_t>(high_s - low_s)));
  };
  const std::uint64_t rank = chance % 10'000;
  if (rank < 9'500) return within(15, 120);
  if (rank < 9'900) return within(120, 300);
  if (rank < 9'990) return within(300, 3'600);
  if (rank < 9'998) return within(3'600, 6 * 3'600);
  return within(6 * 3'600, 24 * 3'600);
}
[[nodiscard]] constexpr base::Timestamp visible_from(const SignIn& sign_in) {
  return visible_from(sign_in.time, sign_in.key);
}
// When a record that changes is shown as it stays.
[[nodiscard]] constexpr base::Timestamp final_from(const SignIn& sign_in) {
  const auto wait_s = static_cast<std::int64_t>(60 + base::hash_words(sign_in.key, 0x66696e) % 840);
  return visible_from(sign_in) + base::Duration::seconds(wait_s);
}

}  // namespace vedette::simulate::tenant
