#include "access/access.h"

#include <algorithm>

#include "access/access_limits.h"
#include "access/key.h"
#include "access/password.h"
#include "base/encode.h"
#include "base/text.h"

namespace vedette::access {
namespace {

using base::ErrorCode;
using base::Result;
using base::Secret;
using model::Role;
using model::User;

constexpr std::string_view token_prefix = "vdt_";  // so that a leaked one is recognised

std::unexpected<base::Error> refused(std::string message) {
  return base::failure(ErrorCode::invalid_argument, std::move(message));
}

// Names are shown, typed and compared: plain letters of ASCII.
Result<void> check_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-@").find(c) != std::string_view::npos;
  };
  if (name.empty() || name.size() > name_bytes_max || !std::ranges::all_of(name, is_plain))
    return refused("a user name has 1 to 64 letters, digits or . _ - @");
  if (base::equals_ignoring_case(name, "vedette") || base::equals_ignoring_case(name, "local"))
    return refused("that name is Vedette's own");
  return {};
}

Result<void> check_password(const Secret& password, std::string_view name,
                            const GuessedPasswords& common) {
  auto problem = problem_with_password(password.reveal(), name, common);
  if (!problem.empty()) return refused(std::move(problem));
  return {};
}

std::string quoted(std::string_view name) {
  return base::encode_terminal(name, audit_text_bytes_max);
}

}  // namespace

model::AuditEntry Access::entry(const std::string& actor, std::string_view action,
                                std::string_view object, std::string_view detail) const {
  model::AuditEntry made;
  made.at = clock_.now();
  made.actor = base::clean_utf8(actor, audit_text_bytes_max);
  made.action = action;
  made.object = base::clean_utf8(object, audit_text_bytes_max);
  made.detail = base::clean_utf8(detail, audit_text_bytes_max);
  return made;
}

Result<void> Access::note(const Caller& by, std::string_view action, std::string_view object,
                          std::string_view detail) {
  return store_.add_audit(entry(by.name, action, object, detail));
}

// ---- set-up ----

Result<bool> Access::needs_set_up() {
  return VEDETTE_TRY(store_.users()).empty();
}

Result<void> Access::set_up(std::string_view key, const std::string& name, const Secret& password) {
  const std::lock_guard lock(change_mutex_);
  if (!VEDETTE_TRY(needs_set_up()))
    return base::failure(ErrorCode::refused, "an administrator is there already: log in");
  if (setup_key_.empty() || !are_equal(key, setup_key_.reveal()))
    return base::failure(ErrorCode::permission_denied,
                         "this set-up link is not the one of the last start");
  VEDETTE_TRY_VOID(check_name(name));
  VEDETTE_TRY_VOID(check_password(password, name, common_));
  User user;
  user.name = name;
  user.role = Role::admin;
  user.password_hash = VEDETTE_TRY(hash_password(password));
  user.created = clock_.now();
  VEDETTE_TRY(store_.put_user(user, entry(name, "setup", "user " + name, "first administrator")));
  return {};
}

// ---- log-in ----

Result<LogIn> Access::log_in(const LogInAttempt& attempt) {
  const auto user = VEDETTE_TRY(store_.find_user_named(attempt.name));
  const bool knows_device =
      user && !attempt.device.empty() &&
      VEDETTE_TRY(store_.knows_device(digest(attempt.device.reveal()), user->id));
  const std::string account = base::to_lower_ascii(attempt.name.substr(0, name_bytes_max));
  GuessBrake::Keys keys;
  if (knows_device)
    keys = {"device " + digest(attempt.device.reveal())};
  else
    keys = {"account " + account, "address " + attempt.address};
  {
    // Counted as wrong before it is looked at, so that many at once are not all looked at.
    const std::lock_guard lock(brake_mutex_);
    const base::Duration now = clock_.monotonic();
    if (const auto wait = brake_.wait(keys, now); wait > base::Duration())
      return LogIn{LogIn::Outcome::too_early, {}, {}, wait};
    brake_.note_wrong(keys, now);
  }
  const bool is_right =
      is_password(attempt.password, user ? user->password_hash : std::string()) && !user->disabled;
  if (is_right) {
    // Who stands there without a code, or with a wrong one, has not come in: the guess stays
    // counted.
    const GuessBrake::Keys code_keys{knows_device ? keys.front()
                                                  : "user " + std::to_string(user->id)};
    auto passed = VEDETTE_TRY(pass_second_factor(*user, attempt, code_keys));
    if (passed.outcome != LogIn::Outcome::in) return passed;
    const std::lock_guard lock(brake_mutex_);
    brake_.note_right(keys);
    return let_in(*user, attempt, knows_device);
  }
  const std::lock_guard lock(brake_mutex_);
  VEDETTE_TRY_VOID(store_.add_audit(
      entry("vedette", "log_in.refused", "user " + quoted(account), "from " + attempt.address)));
  return LogIn{LogIn::Outcome::wrong, {}, {}, brake_.wait(keys, clock_.monotonic())};
}

Result<LogIn> Access::let_in(const User& user, const LogInAttempt& attempt, bool knows_device) {
  LogIn made{LogIn::Outcome::in, new_key(), {}, {}};
  const base::Timestamp now = clock_.now();
  std::optional<model::Device> device;
  if (!knows_device) {
    made.device = new_key();
    device = model::Device{digest(made.device.reveal()), user.id, now};
  }
  VEDETTE_TRY_VOID(store_.add_session(
      {digest(made.session.reveal()), user.id, now, now}, device, now - session_age_max,
      entry(user.name, "log_in", "user " + user.name, "from " + attempt.address)));
  return made;
}

Result<void> Access::log_out(const Caller& caller) {
  return store_.end_session(caller.session,
                            entry(caller.name, "log_out", "user " + caller.name, ""));
}

Result<std::optional<Caller>> Access::caller_of_session(std::string_view key, bool is_use) {
  const std::string hash = digest(key);
  const auto session = VEDETTE_TRY(store_.find_session(hash));
  if (!session) return std::nullopt;
  const base::Timestamp now = clock_.now();
  // A clock that was set back does not make a session younger than it is by much: it ends, too.
  const base::Duration age = now - session->created, idle = now - session->used;
  if (age > session_age_max || idle > session_idle_max || idle < base::Duration::minutes(-5))
    return std::nullopt;
  const auto user = VEDETTE_TRY(store_.find_user(session->user));
  if (!user || user->disabled) return std::nullopt;
  if (is_use && idle >= use_noted_every) VEDETTE_TRY_VOID(store_.note_session_use(hash, now));
  Caller caller{user->name, user->role, user->id, hash};
  if (factors_.is_required_of(user->role))
    caller.must_enrol = !VEDETTE_TRY(factors_.state_of(user->id)).is_on;
  return caller;
}

Result<std::optional<Caller>> Access::caller_of_token(std::string_view key) {
  if (!key.starts_with(token_prefix)) return std::nullopt;
  const auto token = VEDETTE_TRY(store_.find_token(digest(key)));
  const base::Timestamp now = clock_.now();
  if (!token || token->revoked || token->expires <= now) return std::nullopt;
  const auto user = VEDETTE_TRY(store_.find_user(token->user));
  if (!user || user->disabled) return std::nullopt;
  if (now - token->last_used >= use_noted_every)
    VEDETTE_TRY_VOID(store_.note_token_use(token->id, now));
  return Caller{"token " + token->name, std::min(token->role, user->role), user->id, {}, false,
                token->scopes};
}

// ---- users ----

Result<User> Access::known_user(std::int64_t id) {
  auto found = VEDETTE_TRY(store_.find_user(id));
  if (!found) return base::failure(ErrorCode::not_found, "there is no such user");
  return *std::move(found);
}

Result<void> Access::check_not_last_admin(const User& user) {
  const auto users = VEDETTE_TRY(store_.users());
  for (const User& other : users)
    if (other.id != user.id && other.role == Role::admin && !other.disabled) return {};
  return refused("this is the last administrator: make another one first");
}

Result<std::int64_t> Access::add_user(const Caller& by, const std::string& name, Role role,
                                      const Secret& password) {
  const std::lock_guard lock(change_mutex_);
  VEDETTE_TRY_VOID(check_name(name));
  VEDETTE_TRY_VOID(check_password(password, name, common_));
  if (VEDETTE_TRY(store_.users()).size() >= users_max)
    return refused("there are 200 users already");
  User user;
  user.name = name;
  user.role = role;
  user.password_hash = VEDETTE_TRY(hash_password(password));
  user.created = clock_.now();
  return store_.put_user(
      user, entry(by.name, "user.add", "user " + name, "as " + std::string(model::name_of(role))));
}

Result<void> Access::change_user(const Caller& by, std::int64_t id, const UserChange& change) {
  const std::lock_guard lock(change_mutex_);
  User user = VEDETTE_TRY(known_user(id));
  const bool was_admin = user.role == Role::admin && !user.disabled;
  std::string detail;
  if (change.role && *change.role != user.role) {
    detail = "role: " + std::string(model::name_of(user.role)) + " to " +
             std::string(model::name_of(*change.role));
    user.role = *change.role;
  }
  if (change.disabled && *change.disabled != user.disabled) {
    detail += (detail.empty() ? "" : "; ") + std::string(*change.disabled ? "disabled" : "enabled");
    user.disabled = *change.disabled;
  }
  if (change.password) {
    VEDETTE_TRY_VOID(check_password(*change.password, user.name, common_));
    user.password_hash = VEDETTE_TRY(hash_password(*change.password));
    detail += (detail.empty() ? "" : "; ") + std::string("a new password");
  }
  if (detail.empty()) return {};
  if (was_admin && (user.role != Role::admin || user.disabled))
    VEDETTE_TRY_VOID(check_not_last_admin(user));
  const std::string object = "user " + user.name;
  VEDETTE_TRY(store_.put_user(user, entry(by.name, "user.change", object, detail)));
  if (!user.disabled && !change.password) return {};
  return store_.end_sessions(id, "", entry(by.name, "user.end_sessions", object, ""));
}

Result<void> Access::remove_user(const Caller& by, std::int64_t id) {
  const std::lock_guard lock(change_mutex_);
  const User user = VEDETTE_TRY(known_user(id));
  if (user.role == Role::admin && !user.disabled) VEDETTE_TRY_VOID(check_not_last_admin(user));
  return store_.remove_user(id, entry(by.name, "user.remove", "user " + user.name, ""));
}

// The caller's own user, when that is the password.
Result<User> Access::check_own_password(const Caller& by, const Secret& password) {
  User user = VEDETTE_TRY(known_user(by.user));
  const GuessBrake::Keys keys{"session " + by.session};
  {
    const std::lock_guard brake_lock(brake_mutex_);
    if (brake_.wait(keys, clock_.monotonic()) > base::Duration())
      return base::failure(ErrorCode::rate_limited, "too many wrong passwords: wait a minute");
    brake_.note_wrong(keys, clock_.monotonic());
  }
  if (!is_password(password, user.password_hash))
    return refused("the current password is another one");
  const std::lock_guard brake_lock(brake_mutex_);
  brake_.note_right(keys);
  return user;
}

Result<void> Access::change_own_password(const Caller& by, const Secret& current,
                                         const Secret& next) {
  const std::lock_guard lock(change_mutex_);
  User user = VEDETTE_TRY(check_own_password(by, current));
  VEDETTE_TRY_VOID(check_password(next, user.name, common_));
  user.password_hash = VEDETTE_TRY(hash_password(next));
  const std::string object = "user " + user.name;
  VEDETTE_TRY(store_.put_user(user, entry(by.name, "user.change", object, "a new password")));
  return store_.end_sessions(user.id, by.session,
                             entry(by.name, "user.end_sessions", object, "but for this one"));
}

Result<void> Access::end_sessions(const Caller& by, std::int64_t id) {
  const User user = VEDETTE_TRY(known_user(id));
  return store_.end_sessions(id, "", entry(by.name, "user.end_sessions", "user " + user.name, ""));
}

// ---- tokens ----

Result<Secret> Access::add_token(const Caller& by, const std::string& name, Role role, int days,
                                 std::vector<model::Scope> scopes) {
  if (by.user == 0) return refused("the data folder's token makes no tokens: log in");
  if (name.empty() || name.size() > name_bytes_max)
    return refused("say in 1 to 64 characters what the token is for");
  if (role > by.role || !by.scopes.empty())
    return refused("a token can do no more than who makes it");
  if (days < 1 || days > token_days_max) return refused("a token is good for 1 to 366 days");
  if (VEDETTE_TRY(store_.tokens()).size() >= tokens_max)
    return refused("there are 500 tokens already");
  const Secret key = new_key();
  Secret text(std::string(token_prefix) + std::string(key.reveal()));
  model::ApiToken token;
  token.name = base::clean_utf8(name, name_bytes_max);
  token.key_hash = digest(text.reveal());
  token.role = role;
  token.user = by.user;
  token.created = clock_.now();
  token.expires = token.created + base::Duration::hours(24L * days);
  token.scopes = std::move(scopes);
  VEDETTE_TRY(store_.add_token(
      token, entry(by.name, "token.add", "token " + token.name,
                   "as " + std::string(model::name_of(role)) + " for " + std::to_string(days) +
                       (days == 1 ? " day" : " days") +
                       (token.scopes.empty() ? "" : ", " + model::text_of(token.scopes)))));
  return text;
}

Result<void> Access::revoke_token(const Caller& by, std::int64_t id) {
  return store_.revoke_token(id, entry(by.name, "token.revoke", "token " + std::to_string(id), ""));
}

}  // namespace vedette::access
