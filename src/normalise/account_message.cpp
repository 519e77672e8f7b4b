#include "normalise/account_message.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/hash.h"
#include "base/text.h"

namespace vedette::normalise {
namespace {

using model::AuthMethod;
using model::AuthResult;
using model::ChangeOperation;
using model::Evidence;
using model::ObjectKind;

constexpr std::array<std::string_view, 15> programs{
    "su",       "sudo",    "login",  "useradd",  "usermod", "userdel", "groupadd", "groupmod",
    "groupdel", "gpasswd", "passwd", "chpasswd", "chage",   "chfn",    "chsh"};

constexpr std::uint64_t repeat_max = 100'000;

// What the placeholders of a form stood for.
struct Parts {
  std::string_view target, container, actor, user, source, id, detail;

  std::string_view* named(std::string_view name) {
    if (name == "target") return &target;
    if (name == "container") return &container;
    if (name == "actor") return &actor;
    if (name == "user") return &user;
    if (name == "source") return &source;
    if (name == "id") return &id;
    if (name == "detail") return &detail;
    return nullptr;  // "any": not needed
  }
};

// Does the whole text have this form? "<name>" stands for any text that is not empty, up to the
// first place where what follows it in the form stands, or up to the last one for "<name+>": that
// is for texts that a stranger chooses, when what follows is the program's own.
bool fits(std::string_view text, std::string_view form, Parts& parts) {
  for (;;) {
    const std::size_t open = form.find('<');
    const std::string_view literal = form.substr(0, open);
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    if (open == std::string_view::npos) return text.empty();
    const std::size_t close = form.find('>', open);
    std::string_view name = form.substr(open + 1, close - open - 1);
    const bool up_to_last = name.ends_with('+');
    if (up_to_last) name.remove_suffix(1);
    form.remove_prefix(close + 1);
    const std::string_view next = form.substr(0, form.find('<'));
    std::size_t end = text.size();
    if (!next.empty()) end = up_to_last ? text.rfind(next) : text.find(next);
    if (end == std::string_view::npos || end == 0) return false;
    // The form's end is the text's end, whatever stands before it.
    if (next.size() == form.size() && !next.empty()) {
      if (!text.ends_with(next)) return false;
      end = text.size() - next.size();
      if (end == 0) return false;
    }
    if (auto* part = parts.named(name)) *part = text.substr(0, end);
    text.remove_prefix(end);
  }
}

// ---- changes ----

struct ChangeForm {
  std::string_view form;
  ChangeOperation operation;
  ObjectKind target_kind;
  AuthResult result = AuthResult::success;
};

constexpr auto user = ObjectKind::user;
constexpr auto group = ObjectKind::group;

// The first that fits counts, so the narrower ones stand before the wider ones.
constexpr std::array change_forms{
    ChangeForm{"new user: name=<target>, UID=<id>, <detail>", ChangeOperation::created, user},
    ChangeForm{"new group: name=<target>, GID=<any>", ChangeOperation::created, group},
    ChangeForm{"group added to /etc/group: name=<target>, GID=<any>", ChangeOperation::created,
               group},
    ChangeForm{"group added to /etc/gshadow: name=<target>", ChangeOperation::created, group},
    ChangeForm{"add '<target>' to group '<container>'", ChangeOperation::member_added, user},
    ChangeForm{"add '<target>' to shadow group '<container>'", ChangeOperation::member_added, user},
    ChangeForm{"delete '<target>' from group '<container>'", ChangeOperation::member_removed, user},
    ChangeForm{"delete '<target>' from shadow group '<container>'", ChangeOperation::member_removed,
               user},
    ChangeForm{"user <target> added by <actor> to group <container> in /etc/<any>",
               ChangeOperation::member_added, user},
    ChangeForm{"user <target> added by <actor> to group <container>", ChangeOperation::member_added,
               user},
    ChangeForm{"user <target> removed by <actor> from group <container> in /etc/<any>",
               ChangeOperation::member_removed, user},
    ChangeForm{"user <target> removed by <actor> from group <container>",
               ChangeOperation::member_removed, user},
    ChangeForm{"members of group <container> set by <actor> to <target> in /etc/<any>",
               ChangeOperation::members_set, user},
    ChangeForm{"members of group <container> set by <actor> to <target>",
               ChangeOperation::members_set, user},
    ChangeForm{"administrators of group <target> set by <actor> to <any>", ChangeOperation::changed,
               group},
    ChangeForm{"password of group <target> changed by <actor>", ChangeOperation::password_changed,
               group},
    ChangeForm{"password of group <target> removed by <actor>", ChangeOperation::password_changed,
               group},
    ChangeForm{"access to group <target> restricted by <actor>", ChangeOperation::changed, group},
    ChangeForm{"change user name '<target>' to '<any>'", ChangeOperation::changed, user},
    ChangeForm{"change user '<target>' UID from '<detail>' to '<id>'", ChangeOperation::changed,
               user},
    ChangeForm{"change user '<target>' password", ChangeOperation::password_changed, user},
    ChangeForm{"change user '<target>' <detail>", ChangeOperation::changed, user},
    ChangeForm{"lock user '<target>' password", ChangeOperation::disabled, user},
    ChangeForm{"unlock user '<target>' password", ChangeOperation::enabled, user},
    ChangeForm{"delete user '<target>'", ChangeOperation::deleted, user},
    ChangeForm{"removed group '<target>' owned by '<any>'", ChangeOperation::deleted, group},
    ChangeForm{"removed shadow group '<target>' owned by '<any>'", ChangeOperation::deleted, group},
    ChangeForm{"group '<target>' removed", ChangeOperation::deleted, group},
    ChangeForm{"group '<target>' removed from /etc/<any>", ChangeOperation::deleted, group},
    ChangeForm{"group changed in /etc/group (group <target>/<any>", ChangeOperation::changed,
               group},
    ChangeForm{"group changed in /etc/gshadow (group <target>, <any>", ChangeOperation::changed,
               group},
    ChangeForm{"password for '<target>' changed by '<actor>'", ChangeOperation::password_changed,
               user},
    ChangeForm{"pam_unix(<any>:chauthtok): password changed for <target>",
               ChangeOperation::password_changed, user},
    ChangeForm{"password changed for <target>", ChangeOperation::password_changed, user},
    ChangeForm{"changed password expiry for <target>", ChangeOperation::changed, user},
    ChangeForm{"changed user '<target>' information", ChangeOperation::changed, user},
    ChangeForm{"changed user '<target>' shell to '<any>'", ChangeOperation::changed, user},
    ChangeForm{"failed adding user '<target>', <any>", ChangeOperation::created, user,
               AuthResult::failure},
    ChangeForm{"failed adding user '<target>'", ChangeOperation::created, user,
               AuthResult::failure},
};

AccountMessage read_change(std::string_view text) {
  for (const ChangeForm& each : change_forms) {
    Parts parts;
    if (!fits(text, each.form, parts)) continue;
    AccountMessage message;
    message.kind = AccountMessageKind::change;
    message.operation = each.operation;
    message.target_kind = each.target_kind;
    message.result = each.result;
    message.target = parts.target;
    message.container = parts.container;
    message.actor = parts.actor;
    message.detail = parts.detail;
    message.is_privileged = parts.id == "0";
    return message;
  }
  return {};
}

// ---- log-ins ----

struct LoginForm {
  std::string_view form;
  AuthResult result;
};

constexpr std::array su_forms{
    LoginForm{"FAILED SU (to <user>) <actor> on <any>", AuthResult::failure},
    LoginForm{"FAILED su for <user> by <actor>", AuthResult::failure},
    LoginForm{"(to <user>) <actor> on <any>", AuthResult::success},
    LoginForm{"Successful su for <user> by <actor>", AuthResult::success},
};

// Whoever stands before a log-in prompt chooses the name in the failures.
constexpr std::array login_forms{
    LoginForm{"ROOT LOGIN ON <any> FROM <source>", AuthResult::success},
    LoginForm{"ROOT LOGIN ON <any>", AuthResult::success},
    LoginForm{"ROOT LOGIN  on '<any>' from '<source>'", AuthResult::success},
    LoginForm{"ROOT LOGIN  on '<any>'", AuthResult::success},
    LoginForm{"LOGIN ON <any> BY <user> FROM <source>", AuthResult::success},
    LoginForm{"LOGIN ON <any> BY <user>", AuthResult::success},
    LoginForm{"'<user>' logged in  on '<any>' from '<source>'", AuthResult::success},
    LoginForm{"'<user>' logged in  on '<any>'", AuthResult::success},
    LoginForm{"FAILED LOGIN SESSION FROM <source> FOR <user+>, <any>", AuthResult::failure},
    LoginForm{"FAILED LOGIN (<any>) on '<any>' FOR '<user+>', <any>", AuthResult::failure},
    LoginForm{"FAILED LOGIN (<any>) on '<any>' from '<source>' FOR '<user+>', <any>",
              AuthResult::failure},
    LoginForm{"FAILED LOGIN <any> FROM <source> FOR <user+>, <any>", AuthResult::failure},
};

// A terminal in the place of an address is no source.
void set_source(AccountMessage& message, std::string_view source) {
  if (source.empty() || source == "(null)" || source == "UNKNOWN") return;
  if (const auto address = base::parse_ip(source))
    message.address = *address;
  else if (source.find('/') == std::string_view::npos && !source.starts_with("tty") &&
           source != "console")
    message.source_host = source;
}

AccountMessage login(AuthResult result) {
  AccountMessage message;
  message.kind = AccountMessageKind::login;
  message.result = result;
  message.evidence = Evidence::failed_line;
  return message;
}

AccountMessage read_login_form(std::string_view text, std::span<const LoginForm> forms) {
  for (const LoginForm& each : forms) {
    Parts parts;
    if (!fits(text, each.form, parts)) continue;
    AccountMessage message = login(each.result);
    message.actor = parts.actor;
    message.user = each.form.starts_with("ROOT") ? "root" : parts.user;
    set_source(message, parts.source);
    return message;
  }
  return {};
}

// "authentication failure; logname=ann uid=1000 euid=0 tty=/dev/pts/0 ruser=ann rhost=  user=root".
// What stands before rhost= is this machine's; user= is last and may be a stranger's choice.
AccountMessage read_pam_failure(std::string_view text) {
  AccountMessage message = login(AuthResult::failure);
  message.method = AuthMethod::pam;
  message.evidence = Evidence::pam_unix;
  const std::size_t caller = text.find(" ruser=");
  const std::size_t host = text.find(" rhost=");
  if (host == std::string_view::npos) return {};
  if (caller < host) message.actor = text.substr(caller + 7, host - caller - 7);
  text.remove_prefix(host + 7);
  set_source(message, text.substr(0, text.find(' ')));
  const std::size_t user_at = text.find(" user=");
  message.user_exists = user_at != std::string_view::npos;
  if (message.user_exists) message.user = text.substr(user_at + 6);
  return message;
}

// "pam_unix(su:auth): authentication failure; ...", and the old "su(pam_unix)[1]: authentication
// failure; ...". Empty: it is no failure.
AccountMessage read_pam(std::string_view text) {
  const std::size_t module_end = text.starts_with("pam_") ? text.find("): ") : std::string::npos;
  if (module_end != std::string_view::npos) text.remove_prefix(module_end + 3);
  return text.starts_with("authentication failure;") ? read_pam_failure(text) : AccountMessage{};
}

// The text of "NAME=..." up to " ; ": the first of that name, since what a user types stands at the
// end (COMMAND). Where he is (PWD) is his choice too: then the name in the row may be wrong, which
// is all that can be won by it.
std::string_view sudo_part(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + name.size());
  return text.substr(0, text.find(" ; "));
}

// "ann : TTY=pts/0 ; PWD=/srv/ann ; USER=root ; COMMAND=/usr/bin/apt", and with what was wrong in
// front: "ann : 3 incorrect password attempts ; TTY=...", "ann : user NOT in sudoers ; TTY=...".
AccountMessage read_sudo(std::string_view text) {
  text = base::trim(text);
  const std::size_t colon = text.find(" : ");
  if (colon == std::string_view::npos || text.find(" ; COMMAND=") == std::string_view::npos)
    return {};
  const std::string_view actor = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 3);
  const bool ran = rest.starts_with("TTY=") || rest.starts_with("PWD=");
  AccountMessage message = login(ran ? AuthResult::success : AuthResult::failure);
  message.actor = actor;
  message.user = sudo_part(rest, " ; USER=");
  if (ran) return message;
  const std::string_view problem = rest.substr(0, rest.find(" ; "));
  const auto times = base::parse_unsigned(problem.substr(0, problem.find(' ')));
  const bool wrong_password = times && problem.find("incorrect password") != std::string::npos;
  const bool refused = problem == "command not allowed" || problem.starts_with("user NOT in") ||
                       problem.starts_with("user NOT authorized");
  if (!wrong_password && !refused) return {};  // "a password is required": nobody tried
  if (wrong_password && *times > 0)
    message.count = static_cast<std::uint32_t>(std::min(*times, repeat_max));
  if (wrong_password) message.method = AuthMethod::password;
  return message;
}

}  // namespace

std::span<const std::string_view> account_programs() {
  return programs;
}

std::string_view account_program(std::string_view process) {
  const std::string_view name = process.substr(0, process.find('('));
  const auto found = std::ranges::find(programs, name == "su-l" ? "su" : name);
  return found == programs.end() ? std::string_view() : *found;
}

AccountMessage read_account_message(std::string_view program, std::string_view text) {
  const bool is_login = program == "su" || program == "sudo" || program == "login";
  if (!is_login) return read_change(text);
  if (auto failure = read_pam(text); failure.kind != AccountMessageKind::other) return failure;
  if (program == "su") return read_login_form(text, su_forms);
  if (program == "login") return read_login_form(text, login_forms);
  return read_sudo(text);
}

void fill_event(model::AuthEvent& event, std::string_view program, const AccountMessage& message) {
  event.address = message.address;
  event.source_host = message.source_host;
  event.user = message.user;
  event.user_hash = message.user.empty() ? 0 : base::hash_bytes(message.user);
  event.count = message.count;
  event.method = message.method;
  event.evidence = message.evidence;
  event.user_exists = message.user_exists;
  event.service = program;
  event.result = message.result;
}

void fill_change(model::ChangeEvent& change, std::string_view program,
                 const AccountMessage& message) {
  change.actor = message.actor;
  change.target = message.target;
  change.container = message.container;
  change.detail = message.detail;
  change.service = program;
  change.operation = message.operation;
  change.target_kind = message.target_kind;
  change.container_kind = message.container.empty() ? ObjectKind::none : ObjectKind::group;
  change.result = message.result;
  change.is_privileged = message.is_privileged;
}

}  // namespace vedette::normalise
