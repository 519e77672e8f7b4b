// Owns: what people do about second factors: their own, and an administrator about others'.
#include "access/access.h"
#include "base/text.h"

namespace vedette::access {

using base::ErrorCode;
using base::Result;
using base::Secret;
using model::User;

// After the right password: in, or what is missing.
Result<LogIn> Access::pass_second_factor(const User& user, const LogInAttempt& attempt,
                                         const GuessBrake::Keys& keys) {
  if (!VEDETTE_TRY(factors_.state_of(user.id)).is_on) return LogIn{LogIn::Outcome::in, {}, {}, {}};
  if (attempt.code.empty()) return LogIn{LogIn::Outcome::code_needed, {}, {}, {}};
  {
    const std::lock_guard lock(brake_mutex_);
    const base::Duration now = clock_.monotonic();
    if (const auto wait = code_brake_.wait(keys, now); wait > base::Duration())
      return LogIn{LogIn::Outcome::too_early, {}, {}, wait};
    code_brake_.note_wrong(keys, now);
  }
  const std::string object = "user " + user.name, from = "from " + attempt.address;
  const bool is_good = VEDETTE_TRY(factors_.take(
      user, attempt.code.reveal(), entry(user.name, "second_factor.recovery_code", object, from)));
  const std::lock_guard lock(brake_mutex_);
  if (is_good) {
    code_brake_.note_right(keys);
    return LogIn{LogIn::Outcome::in, {}, {}, {}};
  }
  VEDETTE_TRY_VOID(store_.add_audit(entry("vedette", "log_in.code_refused", object, from)));
  return LogIn{LogIn::Outcome::wrong_code, {}, {}, code_brake_.wait(keys, clock_.monotonic())};
}

// The caller's own user, when that is the password and, where one is on, a code of the factor.
Result<User> Access::proven(const Caller& by, const Secret& password, const Secret& code) {
  User user = VEDETTE_TRY(check_own_password(by, password));
  if (!VEDETTE_TRY(factors_.state_of(user.id)).is_on) return user;
  const GuessBrake::Keys keys{"session " + by.session};
  {
    const std::lock_guard lock(brake_mutex_);
    if (code_brake_.wait(keys, clock_.monotonic()) > base::Duration())
      return base::failure(ErrorCode::rate_limited, "too many wrong codes: wait some minutes");
    code_brake_.note_wrong(keys, clock_.monotonic());
  }
  if (!VEDETTE_TRY(factors_.take(
          user, code.reveal(),
          entry(by.name, "second_factor.recovery_code", "user " + user.name, "in a session"))))
    return base::failure(ErrorCode::invalid_argument,
                         "this is not the code of now; each is good once");
  const std::lock_guard lock(brake_mutex_);
  code_brake_.note_right(keys);
  return user;
}

Result<SecondFactors::Enrolment> Access::begin_second_factor(const Caller& by,
                                                             const Secret& password) {
  const User user = VEDETTE_TRY(check_own_password(by, password));
  return factors_.begin(user, entry(by.name, "second_factor.begin", "user " + user.name, ""));
}

Result<std::vector<Secret>> Access::confirm_second_factor(const Caller& by, const Secret& code) {
  const User user = VEDETTE_TRY(known_user(by.user));
  const std::string object = "user " + user.name;
  auto codes = VEDETTE_TRY(
      factors_.confirm(user, code.reveal(), entry(by.name, "second_factor.on", object, "")));
  // What was opened without it is over.
  VEDETTE_TRY_VOID(store_.end_sessions(
      user.id, by.session, entry(by.name, "user.end_sessions", object, "but for this one")));
  return codes;
}

Result<std::vector<Secret>> Access::renew_recovery_codes(const Caller& by, const Secret& password,
                                                         const Secret& code) {
  const User user = VEDETTE_TRY(proven(by, password, code));
  return factors_.renew_recovery_codes(
      user, entry(by.name, "second_factor.recovery_codes", "user " + user.name, "a new set"));
}

Result<void> Access::remove_second_factor(const Caller& by, const Secret& password,
                                          const Secret& code) {
  const User user = VEDETTE_TRY(proven(by, password, code));
  return factors_.remove(user, entry(by.name, "second_factor.off", "user " + user.name, ""));
}

Result<void> Access::reset_second_factor(const Caller& by, std::int64_t id) {
  const User user = VEDETTE_TRY(known_user(id));
  const std::string object = "user " + user.name;
  VEDETTE_TRY_VOID(factors_.remove(user, entry(by.name, "second_factor.reset", object, "")));
  return store_.end_sessions(id, "", entry(by.name, "user.end_sessions", object, ""));
}

}  // namespace vedette::access
