// Owns: one change of the directory (what directoryAudits shows) and one thing done in Office 365
// (what the Management Activity API shows), as the simulation keeps them.
// Promises: plain data. Must not know: how they are shown. Any thread.
#pragma once

#include <cstdint>

#include "base/ip.h"
#include "base/time.h"
#include "simulate/tenant/identifier.h"
#include "simulate/tenant/sign_in.h"

namespace vedette::simulate::tenant {

enum class ChangeKind : std::uint8_t {
  update_user,
  reset_own_password,
  register_security_info,
  add_user,
  add_member_to_group,
  register_device,
  consent_to_application,
  add_permission_grant,
  add_member_to_role,
  disable_account,
  enable_account,
  revoke_sessions,
};

struct Change {
  base::Timestamp time;
  std::uint64_t key = 0;
  base::IpAddress address;
  std::uint32_t initiator = 0;  // a person, unless by_app
  std::uint32_t target = 0;     // a person
  std::uint16_t campaign = no_campaign;
  std::uint16_t subject = 0;  // index of the group, the role; who else is in it
  ChangeKind kind = ChangeKind::update_user;
  bool by_app = false;  // `initiator` is a workload

  [[nodiscard]] Identifier id() const { return record_id(time, key); }
};

// Audits come within some minutes, seldom later.
[[nodiscard]] constexpr base::Timestamp visible_from(const Change& change) {
  const std::uint64_t chance = base::hash_words(change.key, 0x61756469);
  const std::int64_t wait_s = chance % 100 < 97
                                  ? 20 + static_cast<std::int64_t>((chance >> 8) % 580)
                                  : 600 + static_cast<std::int64_t>((chance >> 8) % 3'000);
  return change.time + base::Duration::seconds(wait_s);
}

enum class OperationKind : std::uint8_t {
  user_logged_in,
  user_login_failed,
  mail_items_accessed,
  mail_sent,
  inbox_rule_made,
  forwarding_set,
  file_accessed,
  file_downloaded,
  sharing_set,
  team_created,
};

struct Operation {
  base::Timestamp time;
  std::uint64_t key = 0;
  base::IpAddress address;
  std::uint32_t person = 0;
  std::uint16_t campaign = no_campaign;
  OperationKind kind = OperationKind::file_accessed;
  std::uint8_t app = 0;

  [[nodiscard]] Identifier id() const { return record_id(time, key); }
};

[[nodiscard]] constexpr base::Timestamp visible_from(const Operation& operation) {
  const std::uint64_t chance = base::hash_words(operation.key, 0x6f666663);
  const std::int64_t wait_s = chance % 100 < 90
                                  ? 60 + static_cast<std::int64_t>((chance >> 8) % 1'740)
                                  : 1'800 + static_cast<std::int64_t>((chance >> 8) % 5'400);
  return operation.time + base::Duration::seconds(wait_s);
}

}  // namespace vedette::simulate::tenant
