// Owns: who comes in and who may do what: the set-up of the first administrator, log-in, sessions,
// users, API tokens; and that all of it is in the audit log. Promises: no account exists before
// somebody with the set-up key makes one; keys are kept as hashes only; a session ends after 30
// minutes without use, after 12 hours, when its user is disabled or changes the password; a token
// is never more than its maker; the last enabled administrator cannot be taken away. Must not know:
// HTTP. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/guess_brake.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/access.h"
#include "ports/access_store.h"
#include "ports/clock.h"

namespace vedette::access {

// Who asks. `user` is 0 for whoever has the data folder's own token.
struct Caller {
  std::string name;
  model::Role role = model::Role::viewer;
  std::int64_t user = 0;
  std::string session = {};  // its hash; empty: a token
};

struct LogIn {
  enum class Outcome : std::uint8_t { in, wrong, too_early } outcome = Outcome::wrong;
  base::Secret session, device;  // what the browser keeps; `device` is empty when it is known
  base::Duration wait;           // before the next attempt
};

struct LogInAttempt {
  std::string name;
  base::Secret password;
  base::Secret device;  // what the browser kept of an earlier log-in; empty: nothing
  std::string address;
};

struct UserChange {
  std::optional<model::Role> role = {};
  std::optional<bool> disabled = {};
  std::optional<base::Secret> password = {};
};

class Access {
 public:
  // `setup_key` opens set_up while there is no user.
  Access(ports::AccessStore& store, ports::Clock& clock, base::Secret setup_key)
      : store_(store), clock_(clock), setup_key_(std::move(setup_key)) {}

  [[nodiscard]] base::Result<bool> needs_set_up();
  // The first administrator.
  [[nodiscard]] base::Result<void> set_up(std::string_view key, const std::string& name,
                                          const base::Secret& password);

  [[nodiscard]] base::Result<LogIn> log_in(const LogInAttempt& attempt);
  [[nodiscard]] base::Result<void> log_out(const Caller& caller);
  // `is_use`: a person did something, so that the session goes on.
  [[nodiscard]] base::Result<std::optional<Caller>> caller_of_session(std::string_view key,
                                                                      bool is_use);
  [[nodiscard]] base::Result<std::optional<Caller>> caller_of_token(std::string_view key);

  [[nodiscard]] base::Result<std::vector<model::User>> users() { return store_.users(); }
  [[nodiscard]] base::Result<std::int64_t> add_user(const Caller& by, const std::string& name,
                                                    model::Role role, const base::Secret& password);
  [[nodiscard]] base::Result<void> change_user(const Caller& by, std::int64_t id,
                                               const UserChange& change);
  // One's own; the other sessions end.
  [[nodiscard]] base::Result<void> change_own_password(const Caller& by,
                                                       const base::Secret& current,
                                                       const base::Secret& next);
  [[nodiscard]] base::Result<void> end_sessions(const Caller& by, std::int64_t user);

  [[nodiscard]] base::Result<std::vector<model::ApiToken>> tokens() { return store_.tokens(); }
  // The token itself, which is told this once.
  [[nodiscard]] base::Result<base::Secret> add_token(const Caller& by, const std::string& name,
                                                     model::Role role, int days);
  [[nodiscard]] base::Result<void> revoke_token(const Caller& by, std::int64_t id);

  // What a caller did elsewhere.
  [[nodiscard]] base::Result<void> note(const Caller& by, std::string_view action,
                                        std::string_view object, std::string_view detail);

 private:
  [[nodiscard]] model::AuditEntry entry(const std::string& actor, std::string_view action,
                                        std::string_view object, std::string_view detail) const;
  [[nodiscard]] base::Result<model::User> known_user(std::int64_t id);
  [[nodiscard]] base::Result<void> check_not_last_admin(const model::User& user);
  [[nodiscard]] base::Result<LogIn> let_in(const model::User& user, const LogInAttempt& attempt,
                                           bool knows_device);

  ports::AccessStore& store_;
  ports::Clock& clock_;
  const base::Secret setup_key_;
  std::mutex change_mutex_;  // one change of users at a time: each looks, then writes
  std::mutex brake_mutex_;
  GuessBrake brake_;  // guarded by brake_mutex_
};

}  // namespace vedette::access
