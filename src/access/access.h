// Owns: who comes in and who may do what: the set-up of the first administrator, log-in, second
// factors, sessions, users, API tokens; and that all of it is in the audit log. Promises: no
// account exists before somebody with the set-up key makes one; keys are kept as hashes only; a
// session ends after 30 minutes without use, after 12 hours, when its user is disabled or changes
// the password; a token is never more than its maker; the last enabled administrator cannot be
// taken away; who needs a second factor and has none gets no further than enrolment. Must not know:
// HTTP. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_limits.h"
#include "access/guess_brake.h"
#include "access/guessed_passwords.h"
#include "access/second_factor.h"
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
  std::string session = {};               // its hash; empty: a token
  bool must_enrol = false;                // the role needs a second factor, and there is none yet
  std::vector<model::Scope> scopes = {};  // of a token; none: all that the role may
};

struct LogIn {
  // code_needed: the password is right, and a code of the second factor is missing.
  enum class Outcome : std::uint8_t { in, wrong, too_early, code_needed, wrong_code };
  Outcome outcome = Outcome::wrong;
  base::Secret session, device;  // what the browser keeps; `device` is empty when it is known
  base::Duration wait;           // before the next attempt
};

struct LogInAttempt {
  std::string name;
  base::Secret password;
  base::Secret device;  // what the browser kept of an earlier log-in; empty: nothing
  std::string address;
  base::Secret code = {};  // of the second factor, or a recovery code; empty: none
};

struct UserChange {
  std::optional<model::Role> role = {};
  std::optional<bool> disabled = {};
  std::optional<base::Secret> password = {};
};

class Access {
 public:
  // `setup_key` opens set_up while there is no user.
  Access(ports::AccessStore& store, ports::Clock& clock, base::Secret setup_key,
         SecondFactorRules rules = {}, GuessedPasswords common = {})
      : store_(store),
        clock_(clock),
        setup_key_(std::move(setup_key)),
        factors_(store, clock, std::move(rules)),
        common_(std::move(common)) {}

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
  [[nodiscard]] base::Result<void> remove_user(const Caller& by, std::int64_t id);
  // One's own; the other sessions end.
  [[nodiscard]] base::Result<void> change_own_password(const Caller& by,
                                                       const base::Secret& current,
                                                       const base::Secret& next);
  [[nodiscard]] base::Result<void> end_sessions(const Caller& by, std::int64_t user);

  // own_second_factor.cpp: one's own needs the password again, and a code where one is on.
  [[nodiscard]] base::Result<SecondFactors::State> second_factor_of(std::int64_t user) {
    return factors_.state_of(user);
  }
  [[nodiscard]] base::Result<SecondFactors::Enrolment> begin_second_factor(
      const Caller& by, const base::Secret& password);
  // Recovery codes, told this once; the other sessions end.
  [[nodiscard]] base::Result<std::vector<base::Secret>> confirm_second_factor(
      const Caller& by, const base::Secret& code);
  [[nodiscard]] base::Result<std::vector<base::Secret>> renew_recovery_codes(
      const Caller& by, const base::Secret& password, const base::Secret& code);
  [[nodiscard]] base::Result<void> remove_second_factor(const Caller& by,
                                                        const base::Secret& password,
                                                        const base::Secret& code);
  // Somebody else's, whose phone is gone; the sessions end.
  [[nodiscard]] base::Result<void> reset_second_factor(const Caller& by, std::int64_t id);

  [[nodiscard]] base::Result<std::vector<model::ApiToken>> tokens() { return store_.tokens(); }
  // The token itself, which is told this once.
  [[nodiscard]] base::Result<base::Secret> add_token(const Caller& by, const std::string& name,
                                                     model::Role role, int days,
                                                     std::vector<model::Scope> scopes = {});
  [[nodiscard]] base::Result<void> revoke_token(const Caller& by, std::int64_t id);

  // What a caller did elsewhere.
  [[nodiscard]] base::Result<void> note(const Caller& by, std::string_view action,
                                        std::string_view object, std::string_view detail);

 private:
  [[nodiscard]] model::AuditEntry entry(const std::string& actor, std::string_view action,
                                        std::string_view object, std::string_view detail) const;
  [[nodiscard]] base::Result<model::User> known_user(std::int64_t id);
  [[nodiscard]] base::Result<void> check_not_last_admin(const model::User& user);
  [[nodiscard]] base::Result<model::User> check_own_password(const Caller& by,
                                                             const base::Secret& password);
  [[nodiscard]] base::Result<LogIn> pass_second_factor(const model::User& user,
                                                       const LogInAttempt& attempt,
                                                       const GuessBrake::Keys& keys);
  [[nodiscard]] base::Result<model::User> proven(const Caller& by, const base::Secret& password,
                                                 const base::Secret& code);
  [[nodiscard]] base::Result<LogIn> let_in(const model::User& user, const LogInAttempt& attempt,
                                           bool knows_device);

  ports::AccessStore& store_;
  ports::Clock& clock_;
  const base::Secret setup_key_;
  SecondFactors factors_;
  const GuessedPasswords common_;
  std::mutex change_mutex_;  // one change of users at a time: each looks, then writes
  std::mutex brake_mutex_;
  GuessBrake brake_;  // guarded by brake_mutex_, as is the next
  GuessBrake code_brake_{{code_wait_max, codes_forgotten_after}};
};

}  // namespace vedette::access
