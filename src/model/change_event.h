// Owns: the one normalised change of who may do what, whatever its source (Linux's useradd and its
// like; directories such as Entra): who changed what, where, and what came of it.
// Promises: plain data. The views point into the raw batch that the event was read from and live as
// long as it does; what must live longer (alerts, detector state) copies them. What a source does
// not say is empty. Must not know: how it was parsed. Passed between threads only together with its
// raw batch.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ip.h"
#include "base/time.h"
#include "model/auth_event.h"

namespace vedette::model {

enum class ChangeOperation : std::uint8_t {
  created,
  changed,
  deleted,
  disabled,          // an account that is locked
  enabled,           // ... and unlocked
  password_changed,  // also reset by somebody else: then the actor is not the target
  member_added,      // the target was put into the container
  member_removed,
  members_set,  // the container's members are now the targets, in the source's own list form
  other,
};

// What was changed, and what it was put into.
enum class ObjectKind : std::uint8_t {
  none,
  user,
  group,
  role,
  application,
  service_principal,
  policy,
  device,
  other,
};

struct ChangeEvent {
  base::Timestamp time;           // event time, as the record says it
  std::uint64_t id = 0;           // identity by content, as an AuthEvent's
  std::uint64_t host_hash = 0;    // base::hash_bytes(host), the sender's address mixed in
  base::IpAddress actor_address;  // from where it was done; all zero when the record has none
  Text actor;                     // who did it
  Text target;                    // whom or what it was done to
  Text container;                 // the group or role of a membership
  Text detail;                    // what else the record says of it, in the source's own words
  Text host;                      // the machine or directory that the change is of
  Text service;                   // "useradd"; a directory's own name
  Text record;                    // the whole line or object
  ChangeOperation operation = ChangeOperation::other;
  ObjectKind target_kind = ObjectKind::none;
  ObjectKind container_kind = ObjectKind::none;
  AuthResult result = AuthResult::success;
  // The source itself shows that the target now rules the host or directory: a user id of 0, a role
  // that the directory calls privileged. Names of groups are for the detectors to judge.
  bool is_privileged = false;
};

[[nodiscard]] std::string_view name_of(ChangeOperation operation);

}  // namespace vedette::model
