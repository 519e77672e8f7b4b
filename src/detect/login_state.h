// Owns: everything the log-in detectors remember, in bounded tables. The detectors (one file each)
// are functions over it; LoginDetectors runs them in order. Promises: every change is heard of by
// the undo log, so that a late event can be put in its place. Must not know: alerts, messages, the
// wall clock. Called from the pipeline's thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/limits.h"
#include "detect/allow_list.h"
#include "detect/episode.h"
#include "detect/login_settings.h"
#include "detect/state_table.h"
#include "detect/undo_log.h"
#include "model/auth_event.h"

namespace vedette::detect {

// One failed attempt in a ring.
struct Attempt {
  base::Timestamp time;
  std::uint64_t id = 0;
};

// The latest failures of one address on one user name.
struct UserTry {
  std::uint64_t user_hash = 0;
  std::uint64_t id = 0;  // of the latest
  base::Timestamp last;
  std::uint64_t failures = 0;
};

// A ring's place: how many are in it and where the next one goes. No ring is longer than 100.
struct RingState {
  std::uint8_t used = 0;
  std::uint8_t next = 0;
};

// One cache line.
struct SessionRecord {
  std::uint64_t key = 0;
  base::Timestamp last_seen;
  base::IpAddress address;
  std::uint64_t name_hash = 0;
  std::uint32_t user_tag = 0;              // half of the user's hash; 0: not known
  std::array<std::uint16_t, 7> of_kind{};  // by model::Evidence
  std::uint16_t counted = 0;
  std::uint16_t port = 0;
  std::uint16_t reserved = 0;
  [[nodiscard]] static bool pinned() { return false; }
};
static_assert(sizeof(SessionRecord) == 64);

// The address a host name was last seen to stand for (PAM logs names where sshd logs addresses).
struct alignas(64) NameRecord {
  std::uint64_t key = 0;
  base::Timestamp last_seen;
  base::IpAddress address;
  [[nodiscard]] static bool pinned() { return false; }
};

// One cache line. Followed by Attempt[settings.attempts], in lines of its own, and
// UserTry[settings.spray_users].
struct AddressRecord {
  StateKey key;
  base::Timestamp last_seen;
  base::Timestamp last_attack;    // when it last was over a threshold
  base::Timestamp allowed_until;  // on the allow list
  EpisodeReference attack;
  EpisodeReference success;
  RingState ring;
  // Its attack is on many users: who they are is the attack's to know, and the ring of users is not
  // looked at while it lasts.
  bool users_known = false;
  std::uint8_t reserved = 0;
  std::uint16_t users_used = 0;
  std::uint16_t last_port = 0;
  [[nodiscard]] bool pinned() const { return attack.generation != 0 || success.generation != 0; }
};
static_assert(sizeof(AddressRecord) == 64);

// Followed by SharedAttempt[n]: the ring of a network or of a user.
struct SharedAttempt {
  base::Timestamp time;
  std::uint64_t id = 0;
  base::IpAddress address;
};

struct alignas(64) SharedRecord {
  StateKey key;
  base::Timestamp last_seen;
  base::Timestamp last_attack;
  EpisodeReference attack;
  RingState ring;
  [[nodiscard]] bool pinned() const { return attack.generation != 0; }
};

struct LoginCounts {
  std::uint64_t failures = 0;  // attempts, repeats included
  std::uint64_t successes = 0;
  std::uint64_t same_attempt = 0;  // records of an attempt that was counted already
  std::uint64_t allowed = 0;       // attempts from the allow list
};

// What happened on the way in; not taken back with the events.
struct ArrivalCounts {
  std::uint64_t late = 0;      // events that came after later ones
  std::uint64_t too_late = 0;  // ... and after the lateness had passed
  std::uint64_t duplicates = 0;
};

class LoginState {
 public:
  LoginState(const LoginSettings& login_settings, const AllowList& allow);

  // The rings behind the records.
  [[nodiscard]] Attempt* attempts_of(AddressRecord& record) {
    return addresses.extra<Attempt>(record);
  }
  [[nodiscard]] UserTry* users_of(AddressRecord& record) {
    return addresses.extra<UserTry>(record, attempts_bytes);
  }
  // User names by hash, as far as they were seen lately: alerts name the users of earlier records.
  void remember_user(std::uint64_t hash, std::string_view name) {
    if (hash == 0 || name_tags_[hash % names_size] == name_tag(hash)) [[likely]]
      return;
    keep_user(hash, name);
  }
  [[nodiscard]] UserName user_name(std::uint64_t hash) const;

  // Everything as bytes, and back into a new state. `now`: the latest event's time; when it is
  // unset all is kept, as far as events that are taken back may show it again.
  void save(BlobWriter& out, base::Timestamp now) const;
  void restore(BlobReader& in);
  // All that the undo log may write to.
  void add_places(std::vector<std::span<std::byte>>& places);

  const LoginSettings settings;
  const AllowList& allow_list;
  const std::size_t attempts_capacity;
  const std::size_t attempts_bytes;  // of a ring, in whole cache lines
  const std::size_t users_capacity;
  UndoLog undo;
  StateTable<SessionRecord> sessions;
  StateTable<NameRecord> names;
  StateTable<AddressRecord> addresses;
  StateTable<SharedRecord> networks;
  StateTable<SharedRecord> users;
  EpisodeStore episodes;
  LoginCounts counts;

 private:
  static constexpr std::size_t names_size = 8'192;
  // Apart from the names, so that the question "is it known?" stays in the cache.
  static std::uint32_t name_tag(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32) | 1;
  }
  void keep_user(std::uint64_t hash, std::string_view name);

  std::vector<std::uint32_t> name_tags_;
  std::vector<NamedUser> user_names_;
};

// Keys of things that are no addresses lie outside the range of real ones by their second half.
[[nodiscard]] inline StateKey key_of_hash(std::uint64_t hash, std::uint64_t kind) {
  return {hash, 0xC0DE'0000'0000'0000ULL + kind};
}
[[nodiscard]] inline StateKey user_key(std::uint64_t hash) {
  return key_of_hash(hash, 1);
}
// A host name in place of an address.
[[nodiscard]] inline StateKey name_key(std::uint64_t hash) {
  return key_of_hash(hash, 3);
}
[[nodiscard]] inline bool is_name_key(const StateKey& key) {
  return key.low == name_key(0).low;
}
[[nodiscard]] inline StateKey network_key(const base::IpAddress& address) {
  return address.network(24, 64);
}

// Is `time` within `window` before `now`? Inclusive; a little after `now` counts as now.
[[nodiscard]] inline bool within(base::Timestamp time, base::Timestamp now, base::Duration window) {
  return now - time <= window && time - now <= window;
}

}  // namespace vedette::detect
