// Owns: what one message of su, sudo, login and of the programs that change accounts (useradd,
// usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chpasswd, chage, chfn, chsh)
// says. Promises: the forms of shadow 4.x, util-linux 2.x, sudo 1.8 and 1.9, and of pam_unix under
// their names, as Debian, Ubuntu and RHEL write them; every text that fits none is `other`, never
// an error, since these programs write much else. Views of the message, no allocation. Names may
// hold anything: a form is read so that the part a stranger chooses cannot move the others, as far
// as the form allows it. Must not know: stamps, hosts, who may write under these names (every local
// user may). Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/ip.h"
#include "model/auth_event.h"
#include "model/change_event.h"

namespace vedette::normalise {

enum class AccountMessageKind : std::uint8_t {
  other,  // nothing that we need, or not understood
  login,  // somebody became somebody: su, sudo, login; or failed to
  change,
};

struct AccountMessage {
  AccountMessageKind kind = AccountMessageKind::other;
  std::string_view actor;
  model::AuthResult result = model::AuthResult::success;
  // Of a login.
  std::string_view user;
  base::IpAddress address;
  std::string_view source_host;
  model::AuthMethod method = model::AuthMethod::unknown;
  model::Evidence evidence = model::Evidence::attempt;
  std::uint32_t count = 1;
  bool user_exists = true;
  // Of a change.
  model::ChangeOperation operation = model::ChangeOperation::other;
  model::ObjectKind target_kind = model::ObjectKind::none;
  std::string_view target, container, detail;  // a container is a group
  bool is_privileged = false;
};

// All of them.
[[nodiscard]] std::span<const std::string_view> account_programs();
// The program's own name ("su" of "su(pam_unix)"), a text that lives forever; empty when it is none
// of those above.
[[nodiscard]] std::string_view account_program(std::string_view process);
// Might the text behind a line's host begin with one of these programs' names? Cheap: nearly all
// lines are told apart by it.
[[nodiscard]] inline bool may_be_account_line(std::string_view tagged) {
  if (tagged.size() < 4) return false;
  switch (tagged[0]) {
    case 's':
      return tagged[1] == 'u';
    case 'u':
      return tagged[1] == 's';
    case 'l':
      return tagged[1] == 'o';
    case 'g':
      return tagged[1] == 'r' || tagged[1] == 'p';
    case 'c':
      return tagged[1] == 'h';
    case 'p':
      return tagged[1] == 'a';
    case ' ':  // " -- root[2421]: ROOT LOGIN ON tty2": login under the name it gave itself
      return tagged[1] == '-';
    default:
      return false;
  }
}

// `program` as account_program gave it.
[[nodiscard]] AccountMessage read_account_message(std::string_view program,
                                                  std::string_view message);

// What a login or a change says, as an event; who logged it, and when, is the caller's to add.
void fill_event(model::AuthEvent& event, std::string_view program, const AccountMessage& message);
void fill_change(model::ChangeEvent& change, std::string_view program,
                 const AccountMessage& message);

}  // namespace vedette::normalise
