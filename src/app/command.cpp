#include "app/command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>

#include "app/command_notify.h"
#include "base/encode.h"
#include "base/text.h"

namespace vedette::app {
namespace {

constexpr std::string_view version = VEDETTE_VERSION;

constexpr auto all_commands = std::to_array<Command>({
    {"watch", "tail logs, detect attacks on log-ins, print and notify; needs no configuration",
     run_watch},
    {"serve", "run as a service: keep every line, open incidents, tell people", run_serve},
    {"hunt", "ask in KQL, Microsoft Sentinel's query language", run_hunt},
    {"import", "put rows into a table: NDJSON, JSON, CSV; gzip, zstd", run_import},
    {"intel", "indicators of compromise: import STIX, MISP exports and lists; list, show",
     run_intel},
    {"incidents", "what was found: list, show, acknowledge, assign, comment, close", run_incidents},
    {"actions", "what is done to accounts: list, show, approve, refuse, undo, stop", run_actions},
    {"policy", "what is done about incidents that nobody attends to: list, arm, explain, simulate",
     run_policy},
    {"notify", "try channels: list, send a test message, preview what would be sent", run_notify},
    {"demo", "watch a simulated log under attack, with a stand-in for the chat", run_demo},
    {"simulate", "make an auth.log, or serve a Microsoft 365 tenant, under known attacks",
     run_simulate},
    {"backup", "copy the data folder, also while serve runs", run_backup},
    {"restore", "put a backup back", run_restore},
    {"verify", "open and count everything in a data folder or a backup", run_verify},
    {"user", "who may log in: list, add, role, disable, reset a password or second factor",
     run_user},
    {"audit", "check that the audit log is what was written", run_audit},
    {"config", "check, show or import the settings of `serve`", run_config},
    {"doctor", "what works of the cloud tenants that are set up, and what is missing", run_doctor},
    {"health", "whether the running `serve` is ready, and why not", run_health},
});

std::string program_help() {
  std::string text =
      "Vedette: a self-hosted monitor for log-ins and the attacks on them\n\n"
      "Usage: vedette COMMAND [OPTIONS]\n\nCommands:\n";
  for (const auto& command : all_commands)
    text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  text +=
      "\nTry first:\n"
      "  vedette demo                          see it work, with nothing to prepare\n"
      "  sudo vedette watch                    watch this machine's own log-ins\n"
      "  vedette watch --once FILE             look through a log that you have\n"
      "\n`vedette COMMAND --help` teaches the command. `vedette --version` tells the version.\n";
  return text;
}

// The option names of a command, for "did you mean".
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

void suggest_option(const CLI::App& app, Arguments arguments) {
  const auto names = option_names(app);
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  for (const auto& argument : arguments) {
    if (argument == "--") return;
    if (argument.size() < 2 || argument[0] != '-') continue;
    const std::string word = argument.substr(0, argument.find('='));
    if (std::ranges::find(names, word) != names.end()) continue;
    const std::string_view near = base::nearest(word, candidates);
    const std::string shown = base::encode_terminal(word, 100);
    if (near.empty())
      fmt::print(stderr, "There is no option {}.\n", shown);
    else
      fmt::print(stderr, "There is no option {}; did you mean {}?\n", shown, near);
    return;
  }
}

}  // namespace

std::span<const Command> commands() {
  return all_commands;
}

int exit_code_of(const base::Error& error) {
  return error.code == base::ErrorCode::invalid_argument ? exit_usage : exit_failed;
}

void print_error(std::string_view message) {
  fmt::print(stderr, "vedette: {}\n", base::encode_terminal(message));
}

std::optional<int> parse_arguments(CLI::App& app, Arguments arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return exit_done;
  } catch (const CLI::ParseError& error) {
    print_error(error.what());
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) suggest_option(app, arguments);
    fmt::print(stderr, "`{} --help` lists the options.\n", app.get_name());
    return exit_usage;
  }
}

int run_program(Arguments arguments) {
  if (arguments.empty()) {
    fmt::print(stderr, "{}", program_help());
    return exit_usage;
  }
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h" || word == "help") {
    fmt::print("{}", program_help());
    return exit_done;
  }
  if (word == "--version" || word == "version") {
    fmt::print("vedette {}\n", version);
    return exit_done;
  }
  const auto found = std::ranges::find(all_commands, word, &Command::name);
  if (found != all_commands.end()) return found->run(arguments.subspan(1));
  std::vector<std::string_view> names;
  for (const auto& command : all_commands) names.push_back(command.name);
  const std::string_view near = base::nearest(word, names);
  const std::string suggestion = near.empty() ? "" : fmt::format("; did you mean {}?", near);
  print_error(fmt::format("there is no command {}{}", word, suggestion));
  fmt::print(stderr, "`vedette --help` lists the commands.\n");
  return exit_usage;
}

}  // namespace vedette::app
