// Owns: who may use Vedette and what they did: users, their sessions, API tokens, the entries of
// the audit log. Promises: plain data that owns its text; secrets are here as hashes only. Must not
// know: how they are kept, or checked. Passed by value between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace vedette::model {

// Each may do what those before it may: a viewer reads, an analyst also works on incidents, a
// responder also acts on accounts, an admin also changes settings and people.
enum class Role : std::uint8_t { viewer, analyst, responder, admin };

// What an API token is for. One without any may all that its role may.
enum class Scope : std::uint8_t { incidents, logs, detections, responses, settings, people };
inline constexpr std::size_t scopes_count = 6;

struct User {
  std::int64_t id = 0;  // 0: not kept yet
  std::string name;     // unique, whatever its case
  Role role = Role::viewer;
  std::string password_hash;  // Argon2id, with its parameters
  bool disabled = false;
  base::Timestamp created, last_log_in;  // unset: never
  bool operator==(const User&) const = default;
};

struct Session {
  std::string key_hash;  // of the cookie's value
  std::int64_t user = 0;
  base::Timestamp created, used;
  bool operator==(const Session&) const = default;
};

// A browser that a user once logged in with.
struct Device {
  std::string key_hash;
  std::int64_t user = 0;
  base::Timestamp created;
  bool operator==(const Device&) const = default;
};

struct ApiToken {
  std::int64_t id = 0;
  std::string name;      // what it is for
  std::string key_hash;  // of the token
  Role role = Role::viewer;
  std::int64_t user = 0;  // who made it
  base::Timestamp created, expires, last_used;
  bool revoked = false;
  std::vector<Scope> scopes = {};
  bool operator==(const ApiToken&) const = default;
};

// What proves besides the password who somebody is: codes by time (access/totp.h).
struct SecondFactor {
  std::int64_t user = 0;
  std::string sealed_key;       // access/seal.h
  std::uint64_t last_step = 0;  // of the last code that was taken: none is taken twice
  bool confirmed = false;       // a code of it was shown; before that it counts for nothing
  base::Timestamp created;
  std::vector<std::string> recovery_hashes = {};  // of the recovery codes that are left
  bool operator==(const SecondFactor&) const = default;
};

struct AuditEntry {
  std::uint64_t number = 0;  // 1, 2, 3 ... without gaps
  base::Timestamp at;
  std::string actor;   // a user's name, "token NAME", "vedette"
  std::string action;  // "incident.close"
  std::string object;  // "incident 7"
  std::string detail;  // for people; may be empty
  std::string hash;    // of the entry before and this one
  bool operator==(const AuditEntry&) const = default;
};

[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> role_named(std::string_view name);
[[nodiscard]] std::string_view name_of(Scope scope);
// Names with blanks between them, both ways; nothing when one of them is none.
[[nodiscard]] std::string text_of(const std::vector<Scope>& scopes);
[[nodiscard]] std::optional<std::vector<Scope>> scopes_of(std::string_view text);

}  // namespace vedette::model
