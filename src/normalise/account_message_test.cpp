#include "normalise/account_message.h"

#include <gtest/gtest.h>

#include "fakes/hostile_strings.h"

namespace vedette::normalise {
namespace {

using model::AuthResult;
using model::ChangeOperation;
using model::ObjectKind;

struct ChangeCase {
  const char *program, *text, *target, *container, *actor;
  ChangeOperation operation;
};

// As shadow 4.8 (Ubuntu 20.04, RHEL 9) and 4.13 (Debian 12) write them.
TEST(AccountMessage, ReadsChangesOfAccounts) {
  const ChangeCase cases[] = {
      {"useradd",
       "new user: name=bob, UID=1001, GID=1001, home=/srv/bob, shell=/bin/bash, "
       "from=/dev/pts/0",
       "bob", "", "", ChangeOperation::created},
      {"useradd", "new user: name=bob, UID=1001, GID=1001, home=/srv/bob, shell=/bin/bash", "bob",
       "", "", ChangeOperation::created},
      {"useradd", "new group: name=bob, GID=1001", "bob", "", "", ChangeOperation::created},
      {"groupadd", "group added to /etc/gshadow: name=ops", "ops", "", "",
       ChangeOperation::created},
      {"useradd", "add 'bob' to group 'sudo'", "bob", "sudo", "", ChangeOperation::member_added},
      {"usermod", "add 'bob' to shadow group 'wheel'", "bob", "wheel", "",
       ChangeOperation::member_added},
      {"usermod", "delete 'bob' from group 'sudo'", "bob", "sudo", "",
       ChangeOperation::member_removed},
      {"gpasswd", "user bob added by root to group sudo", "bob", "sudo", "root",
       ChangeOperation::member_added},
      {"gpasswd", "user bob added by root to group sudo in /etc/gshadow", "bob", "sudo", "root",
       ChangeOperation::member_added},
      {"gpasswd", "user bob removed by ann from group sudo", "bob", "sudo", "ann",
       ChangeOperation::member_removed},
      {"gpasswd", "members of group wheel set by root to ann,bob", "ann,bob", "wheel", "root",
       ChangeOperation::members_set},
      {"usermod", "change user 'bob' shell from '/bin/bash' to '/bin/sh'", "bob", "", "",
       ChangeOperation::changed},
      {"usermod", "change user name 'bob' to 'rob'", "bob", "", "", ChangeOperation::changed},
      {"usermod", "change user 'bob' password", "bob", "", "", ChangeOperation::password_changed},
      {"usermod", "lock user 'bob' password", "bob", "", "", ChangeOperation::disabled},
      {"usermod", "unlock user 'bob' password", "bob", "", "", ChangeOperation::enabled},
      {"userdel", "delete user 'bob'", "bob", "", "", ChangeOperation::deleted},
      {"userdel", "removed group 'bob' owned by 'bob'", "bob", "", "", ChangeOperation::deleted},
      {"groupdel", "group 'ops' removed from /etc/group", "ops", "", "", ChangeOperation::deleted},
      {"passwd", "pam_unix(passwd:chauthtok): password changed for bob", "bob", "", "",
       ChangeOperation::password_changed},
      {"passwd", "password for 'bob' changed by 'root'", "bob", "", "root",
       ChangeOperation::password_changed},
      {"chpasswd", "pam_unix(chpasswd:chauthtok): password changed for bob", "bob", "", "",
       ChangeOperation::password_changed},
      {"chage", "changed password expiry for bob", "bob", "", "", ChangeOperation::changed},
      {"chfn", "changed user 'bob' information", "bob", "", "", ChangeOperation::changed},
  };
  for (const auto& c : cases) {
    const AccountMessage read = read_account_message(c.program, c.text);
    ASSERT_EQ(read.kind, AccountMessageKind::change) << c.text;
    EXPECT_EQ(read.target, c.target) << c.text;
    EXPECT_EQ(read.container, c.container) << c.text;
    EXPECT_EQ(read.actor, c.actor) << c.text;
    EXPECT_EQ(read.operation, c.operation) << c.text;
    EXPECT_EQ(read.result, AuthResult::success) << c.text;
    EXPECT_FALSE(read.is_privileged) << c.text;
  }
}

TEST(AccountMessage, AUserIdOfZeroIsRootsOwn) {
  EXPECT_TRUE(read_account_message("useradd",
                                   "new user: name=toor, UID=0, GID=0, home=/root, "
                                   "shell=/bin/bash, from=none")
                  .is_privileged);
  EXPECT_TRUE(
      read_account_message("usermod", "change user 'bob' UID from '1001' to '0'").is_privileged);
  EXPECT_FALSE(
      read_account_message("usermod", "change user 'bob' UID from '0' to '1001'").is_privileged);
  const auto failed = read_account_message("useradd", "failed adding user 'bob', exit code: 9");
  EXPECT_EQ(failed.result, AuthResult::failure);
  EXPECT_EQ(failed.target, "bob");
}

struct LoginCase {
  const char *program, *text, *user, *actor, *source;
  AuthResult result;
};

TEST(AccountMessage, ReadsLoginsAtTheMachine) {
  const LoginCase cases[] = {
      {"su", "(to root) ann on pts/0", "root", "ann", "", AuthResult::success},
      {"su", "FAILED SU (to root) ann on pts/0", "root", "ann", "", AuthResult::failure},
      {"su", "Successful su for root by ann", "root", "ann", "", AuthResult::success},
      {"su", "FAILED su for root by ann", "root", "ann", "", AuthResult::failure},
      {"su",
       "pam_unix(su:auth): authentication failure; logname=ann uid=1000 euid=0 "
       "tty=/dev/pts/0 ruser=ann rhost=  user=root",
       "root", "ann", "", AuthResult::failure},
      {"su", "authentication failure; logname= uid=509 euid=0 tty= ruser=ann rhost=  user=root",
       "root", "ann", "", AuthResult::failure},
      {"sudo", "   ann : TTY=pts/0 ; PWD=/srv/ann ; USER=root ; COMMAND=/usr/bin/apt update",
       "root", "ann", "", AuthResult::success},
      {"sudo", "ann : PWD=/ ; USER=postgres ; GROUP=x ; COMMAND=/bin/ls", "postgres", "ann", "",
       AuthResult::success},
      {"sudo",
       "bob : user NOT in sudoers ; TTY=pts/1 ; PWD=/srv/bob ; USER=root ; "
       "COMMAND=/bin/cat /etc/shadow",
       "root", "bob", "", AuthResult::failure},
      {"sudo", "bob : command not allowed ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
       "root", "bob", "", AuthResult::failure},
      {"sudo",
       "pam_unix(sudo:auth): authentication failure; logname=ann uid=1000 euid=0 "
       "tty=/dev/pts/0 ruser=ann rhost=  user=ann",
       "ann", "ann", "", AuthResult::failure},
      {"login", "ROOT LOGIN  on '/dev/tty1'", "root", "", "", AuthResult::success},
      {"login", "ROOT LOGIN  on '/dev/pts/3' from '192.0.2.9'", "root", "", "192.0.2.9",
       AuthResult::success},
      {"login", "ROOT LOGIN ON tty2", "root", "", "", AuthResult::success},
      {"login", "ROOT LOGIN ON pts/1 FROM 192.0.2.9", "root", "", "192.0.2.9", AuthResult::success},
      {"login", "LOGIN ON tty1 BY ann", "ann", "", "", AuthResult::success},
      {"login", "'ann' logged in  on '/dev/tty1'", "ann", "", "", AuthResult::success},
      {"login", "FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure", "root", "",
       "", AuthResult::failure},
      {"login", "FAILED LOGIN 2 FROM 192.0.2.9 FOR ann, Authentication failure", "ann", "",
       "192.0.2.9", AuthResult::failure},
      {"login", "FAILED LOGIN 1 FROM tty3 FOR root, Authentication failure", "root", "", "",
       AuthResult::failure},
      {"login",
       "pam_unix(login:auth): authentication failure; logname=LOGIN uid=0 euid=0 "
       "tty=/dev/tty1 ruser= rhost=192.0.2.9  user=root",
       "root", "", "192.0.2.9", AuthResult::failure},
  };
  for (const auto& c : cases) {
    const AccountMessage read = read_account_message(c.program, c.text);
    ASSERT_EQ(read.kind, AccountMessageKind::login) << c.text;
    EXPECT_EQ(read.user, c.user) << c.text;
    EXPECT_EQ(read.actor, c.actor) << c.text;
    EXPECT_EQ(read.result, c.result) << c.text;
    const base::IpAddress none;
    EXPECT_EQ(read.address == none ? std::string() : base::format_ip(read.address), c.source)
        << c.text;
  }
  EXPECT_EQ(read_account_message("sudo",
                                 "ann : 3 incorrect password attempts ; TTY=pts/0 ; "
                                 "PWD=/srv/ann ; USER=root ; COMMAND=/bin/ls")
                .count,
            3U);
}

// Who stands before a log-in prompt, or may run sudo, chooses a part of the text.
TEST(AccountMessage, WhatAStrangerChoosesMovesNothingElse) {
  const auto typed =
      read_account_message("login",
                           "FAILED LOGIN (1) on '/dev/tty1' FOR 'x' from '9.9.9.9' FOR 'root', y', "
                           "Authentication failure");
  EXPECT_EQ(typed.kind, AccountMessageKind::login);
  EXPECT_EQ(typed.result, AuthResult::failure);
  EXPECT_EQ(typed.address, base::IpAddress());
  const auto pam = read_account_message(
      "login",
      "pam_unix(login:auth): authentication failure; logname= uid=0 euid=0 tty=tty1 "
      "ruser= rhost=  user=x rhost=9.9.9.9 user=root");
  EXPECT_EQ(pam.address, base::IpAddress());
  EXPECT_EQ(pam.user, "x rhost=9.9.9.9 user=root");
  const auto command = read_account_message(
      "sudo",
      "bob : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=ann ; COMMAND=/bin/echo ; "
      "USER=root ; COMMAND=x");
  EXPECT_EQ(command.result, AuthResult::failure);
  EXPECT_EQ(command.user, "ann");
}

TEST(AccountMessage, OtherTextsAreNothing) {
  for (const char* text :
       {"", "pam_unix(sudo:session): session opened for user root(uid=0) by ann(uid=1000)",
        "pam_unix(su:session): session closed for user root", "+ /dev/pts/0 ann:root",
        "ann : a password is required ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "new user: name=, UID=1, GID=1", "new user: name=bob", "add 'bob' to group ''",
        "ROOT LOGIN ON ", "unable to lock password file; try again later."})
    for (const char* program : {"su", "sudo", "login", "useradd"})
      EXPECT_EQ(read_account_message(program, text).kind, AccountMessageKind::other)
          << program << ": " << text;
  for (const std::string& name : fakes::hostile_strings(VEDETTE_SOURCE_DIR))
    for (const char* program : {"su", "sudo", "login", "useradd", "passwd"})
      EXPECT_LE(read_account_message(program, name).user.size(), name.size());
}

TEST(AccountMessage, KnowsItsProgramsByName) {
  EXPECT_EQ(account_program("su"), "su");
  EXPECT_EQ(account_program("su-l"), "su");
  EXPECT_EQ(account_program("su(pam_unix)"), "su");
  EXPECT_EQ(account_program("useradd"), "useradd");
  for (const char* other : {"", "sud", "sudoers", "sshd", "systemd-logind", "CRON", "polkitd"})
    EXPECT_EQ(account_program(other), "") << other;
  for (const char* line : {"sudo: x", "su[1]: x", "login[2]: x", "useradd[1]: x", "groupadd[1]: x",
                           "gpasswd[1]: x", "passwd[1]: x", "chage[1]: x", " -- root[2]: x"})
    EXPECT_TRUE(may_be_account_line(line)) << line;
  for (const char* line : {"sshd[1]: x", "systemd[1]: x", "CRON[1]: x", "su", "kernel: x"})
    EXPECT_FALSE(may_be_account_line(line)) << line;
}

}  // namespace
}  // namespace vedette::normalise
