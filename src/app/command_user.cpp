#include "app/command_user.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <ostream>

#include "access/access.h"
#include "access/audit_chain.h"
#include "access/key.h"
#include "app/command_clock.h"
#include "app/data_folder.h"
#include "app/data_layout.h"
#include "app/guessed_password_list.h"
#include "app/system_user.h"
#include "base/encode.h"
#include "base/text.h"
#include "store/sqlite/sqlite_access.h"

namespace vedette::app {
namespace {

using base::Result;
using base::Secret;

enum class Verb : std::uint8_t {
  list,
  add,
  role,
  disable,
  enable,
  reset_password,
  reset_second_factor,
  remove
};

struct VerbText {
  std::string_view name;
  Verb verb;
  const char* summary;
};

constexpr std::array<VerbText, 8> verbs{{
    {"list", Verb::list, "everybody who may log in, or might"},
    {"add", Verb::add, "somebody new, with --role"},
    {"role", Verb::role, "what somebody may do, with --role"},
    {"disable", Verb::disable, "no log-in any more; sessions and API tokens end at once"},
    {"enable", Verb::enable, "log-in again"},
    {"reset-password", Verb::reset_password, "another password; the sessions end"},
    {"reset-second-factor", Verb::reset_second_factor,
     "for who lost the phone and the recovery codes; the sessions end"},
    {"remove", Verb::remove, "for good, with sessions and API tokens"},
}};

constexpr const char* description =
    "Who may log in to the web app. Works beside a `vedette serve` that runs, and without one.";
constexpr const char* footer =
    "\nExamples:\n"
    "  vedette user list\n"
    "  vedette user add bert --role analyst\n"
    "  vedette user reset-second-factor anna\n"
    "  vedette user reset-password anna < file-with-the-password\n"
    "\nA password is the first line of standard input. An empty one: Vedette makes one and prints "
    "it.\n"
    "\nExit codes: 0 done, 1 it went wrong, 2 the words were wrong.";

struct Words {
  Verb verb = Verb::list;
  std::string name;
  model::Role role = model::Role::viewer;
};

std::string table_of(const std::vector<model::User>& users, access::Access& access) {
  std::string text = fmt::format("{:<24} {:<10} {:<9} {:<14} {}\n", "NAME", "ROLE", "LOG-IN",
                                 "SECOND FACTOR", "LAST LOG-IN");
  for (const auto& user : users) {
    const auto factor = access.second_factor_of(user.id);
    text += fmt::format("{:<24} {:<10} {:<9} {:<14} {}\n", base::encode_terminal(user.name),
                        model::name_of(user.role), user.disabled ? "disabled" : "allowed",
                        factor && factor->is_on ? "on" : "off",
                        user.last_log_in.is_set() ? base::format_iso(user.last_log_in) : "never");
  }
  return text;
}

// One run of the command.
class Run {
 public:
  Run(const Words& words, access::Access& access, const UserSurroundings& around)
      : words_(words), access_(access), around_(around) {}

  Result<std::string> run() {
    const auto users = VEDETTE_TRY(access_.users());
    if (words_.verb == Verb::list)
      return users.empty() ? std::string(
                                 "Nobody yet: the set-up link of `vedette serve`, or "
                                 "`vedette user add NAME --role admin`.\n")
                           : table_of(users, access_);
    if (words_.verb == Verb::add) return add();
    const auto found = std::ranges::find_if(users, [&](const model::User& user) {
      return base::equals_ignoring_case(user.name, words_.name);
    });
    if (found == users.end())
      return base::failure(base::ErrorCode::not_found,
                           "there is no user " + words_.name + "; `vedette user list` shows them");
    return change(*found);
  }

 private:
  // What was typed, or one that was made, which is then in `told_`.
  Secret password() {
    Secret typed = around_.read_password();
    if (!typed.empty()) return typed;
    Secret made = access::new_key();
    told_ = "The password is " + std::string(made.reveal()) + "\n";
    return made;
  }

  Result<std::string> add() {
    VEDETTE_TRY(access_.add_user(by_, words_.name, words_.role, password()));
    return words_.name + " may log in as " + std::string(model::name_of(words_.role)) + ".\n" +
           told_;
  }

  Result<std::string> change(const model::User& user) {
    access::UserChange wanted;
    switch (words_.verb) {
      case Verb::role:
        wanted.role = words_.role;
        VEDETTE_TRY_VOID(access_.change_user(by_, user.id, wanted));
        return user.name + " is " + std::string(model::name_of(words_.role)) + " now.\n";
      case Verb::disable:
      case Verb::enable:
        wanted.disabled = words_.verb == Verb::disable;
        VEDETTE_TRY_VOID(access_.change_user(by_, user.id, wanted));
        return user.name + (*wanted.disabled ? " may not log in any more.\n" : " may log in.\n");
      case Verb::reset_password:
        wanted.password = password();
        VEDETTE_TRY_VOID(access_.change_user(by_, user.id, wanted));
        return user.name + " has another password; the sessions are over.\n" + told_;
      case Verb::reset_second_factor:
        VEDETTE_TRY_VOID(access_.reset_second_factor(by_, user.id));
        return user.name + " has no second factor any more; the sessions are over.\n";
      default:
        VEDETTE_TRY_VOID(access_.remove_user(by_, user.id));
        return user.name + " is removed.\n";
    }
  }

  const Words& words_;
  access::Access& access_;
  const UserSurroundings& around_;
  const access::Caller by_{"local " + around_.person, model::Role::admin, 0, {}};
  std::string told_;
};

int fail(const UserSurroundings& around, const std::string& message) {
  around.errors << "vedette: " << base::encode_terminal(message) << "\n";
  return exit_failed;
}

int run_on(const std::string& folder, const Words& words, const UserSurroundings& around) {
  const DataLayout data{folder};
  std::error_code error;
  if (!std::filesystem::exists(data.state(), error))
    return fail(around, folder + " holds no state.db; --data names another folder");
  const auto store = store::sqlite::SqliteAccess::open(data.state(), &access::audit_hash,
                                                       words.verb == Verb::list);
  if (!store) return fail(around, store.error().message);
  access::Access access(**store, around.clock, Secret(), {}, find_guessed_passwords(nullptr));
  const auto said = Run(words, access, around).run();
  if (!said) return fail(around, said.error().message);
  around.output << *said;
  return exit_done;
}

// At a terminal what is typed is not shown.
Secret read_password_line() {
  const bool is_terminal = ::isatty(STDIN_FILENO) != 0;
  termios before{};
  const bool is_hidden = is_terminal && ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (is_hidden) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
    std::cerr << "The new password (nothing: Vedette makes one): " << std::flush;
  }
  std::string line;
  std::getline(std::cin, line);
  if (is_hidden) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    std::cerr << "\n";
  }
  return Secret(std::move(line));
}

}  // namespace

int run_user(Arguments arguments, const UserSurroundings& surroundings) {
  CLI::App app(description, "vedette user");
  app.footer(footer);
  app.require_subcommand(1);
  Words words;
  std::string folder_named, role = "viewer";
  for (const auto& each : verbs) {
    auto* verb = app.add_subcommand(std::string(each.name), each.summary);
    verb->add_option("--data", folder_named, "where everything is kept")->type_name("DIR");
    verb->callback([&words, known = each.verb] { words.verb = known; });
    if (each.verb == Verb::list) continue;
    verb->add_option("NAME", words.name, "the user")->required();
    if (each.verb == Verb::add || each.verb == Verb::role)
      verb->add_option("--role", role, "viewer, analyst, responder or admin")
          ->required()
          ->check(CLI::IsMember({"viewer", "analyst", "responder", "admin"}));
  }
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  words.role = model::role_named(role).value_or(model::Role::viewer);
  const auto folder =
      data_folder(folder_named.empty() ? std::nullopt : std::optional<std::string>(folder_named));
  if (!folder) return fail(surroundings, folder.error().message);
  return run_on(*folder, words, surroundings);
}

int run_user(Arguments arguments) {
  return with_command_clock([&](ports::Clock& clock) {
    return run_user(arguments, {clock, system_user(), read_password_line, std::cout, std::cerr});
  });
}

}  // namespace vedette::app
