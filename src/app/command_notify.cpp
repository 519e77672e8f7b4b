// Owns: `vedette notify list|test|preview`: which channels there are, whether one works, and what a
// message would look like.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/channel_trial.h"
#include "app/command_clock.h"
#include "app/command_notify.h"
#include "app/configuration.h"
#include "app/connection_settings.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/system_random.h"
#include "notify/preview.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::app {
namespace {

using base::Result;
using model::Alert;

constexpr const char* description =
    "The channels of `vedette serve`, as the settings name them (docs/guides/channels.md).\n"
    "Without --config: /etc/vedette/vedette.toml.";

struct NotifyWords {
  std::string config, data, channel, save, change = "opened";
  std::uint64_t incident = 0;
  bool json = false;
};

std::string shown(std::string_view text) {
  return base::encode_terminal(text, 4096);
}

int fail(const std::string& text) {
  print_error(text);
  return exit_failed;
}

std::optional<Configuration> load(const NotifyWords& words) {
  const std::filesystem::path path =
      words.config.empty() ? find_configuration_file() : std::filesystem::path(words.config);
  auto loaded = load_whole_configuration(path, words.data, environment_variable);
  if (loaded) return *std::move(loaded);
  for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", problem);
  return std::nullopt;
}

Result<std::string> folder_of(const NotifyWords& words, const Configuration& settings) {
  std::optional<std::string> named;
  if (!words.data.empty())
    named = words.data;
  else if (!settings.data_folder.empty())
    named = settings.data_folder.string();
  return data_folder(named);
}

// Null when nothing was ever kept.
Result<std::unique_ptr<store::sqlite::SqliteIncidents>> open_state(const NotifyWords& words,
                                                                   const Configuration& settings) {
  const std::string path = VEDETTE_TRY(folder_of(words, settings)) + "/state.db";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return nullptr;
  return store::sqlite::SqliteIncidents::open(path, true);
}

// --- list ----------------------------------------------------------------------------------------

int list(const NotifyWords& words) {
  const auto configuration = load(words);
  if (!configuration) return exit_failed;
  const auto state = open_state(words, *configuration);
  if (!state) return fail(state.error().message);
  base::JsonWriter json;
  json.begin_array();
  std::string text;
  for (const auto& channel : configuration->channels) {
    std::uint64_t waiting = 0;
    if (*state) waiting = (*state)->waiting(channel.name).value_or(0);
    json.begin_object().member("name", channel.name).member("kind", channel.kind());
    json.member("to", where_of(channel, *configuration)).member("rules", rules_in_words(channel));
    json.key("waiting").number(waiting).end_object();
    text += fmt::format("{}: {}\n    {}\n    {} waiting\n", shown(channel.name),
                        shown(where_of(channel, *configuration)), shown(rules_in_words(channel)),
                        waiting);
  }
  if (configuration->channels.empty()) text = unknown_channel(*configuration, "") + "\n";
  fmt::print("{}", words.json ? json.end_array().take() + "\n" : text);
  return exit_done;
}

// --- test ----------------------------------------------------------------------------------------

int tell(const TrialOutcome& outcome) {
  if (!outcome.answer.empty()) fmt::print("It answered {}\n", shown(outcome.answer));
  if (outcome.delivered) {
    fmt::print("Delivered.\n");
    if (!outcome.ticket.empty())
      fmt::print("It is ticket {}; close it there.\n", shown(outcome.ticket));
    if (!outcome.notice.empty()) fmt::print("But {}\n", shown(outcome.notice));
    return exit_done;
  }
  print_error("not delivered: " + outcome.reason);
  fmt::print(stderr, "What to do: {}.\n", outcome.remedy);
  return exit_failed;
}

int test(const NotifyWords& words) {
  const auto configuration = load(words);
  if (!configuration) return exit_failed;
  const ChannelSetting* channel = find_channel(*configuration, words.channel);
  if (channel == nullptr) return fail(unknown_channel(*configuration, words.channel));
  const auto clock = command_clock();
  if (!clock) return fail(clock.error().message);
  const auto data = folder_of(words, *configuration);
  if (!data) return fail(data.error().message);
  net::SystemRandom random;
  const std::string id = "vedette_test_" + model::format_id(random.next());
  fmt::print("Sending \"{}\" to {}\n    under the id {}\n", test_alert((*clock)->now()).title,
             shown(where_of(*channel, *configuration)), id);
  const auto outcome =
      send_test(*channel, *configuration, {**clock, random, configuration->secrets, *data, {}}, id);
  return outcome ? tell(*outcome) : fail(outcome.error().message);
}

// --- preview -------------------------------------------------------------------------------------

// None asked for: none.
Result<std::optional<Alert>> alert_of(const NotifyWords& words,
                                      const Configuration& configuration) {
  if (words.incident == 0) return std::nullopt;
  const auto state = VEDETTE_TRY(open_state(words, configuration));
  std::optional<model::Incident> found;
  if (state) found = VEDETTE_TRY(state->find(words.incident));
  if (!found || found->alerts.empty())
    return base::failure(
        base::ErrorCode::not_found,
        fmt::format("there is no incident {}; `vedette incidents list --all` shows them, --data "
                    "names another folder",
                    words.incident));
  return model::combine(found->alerts);
}

Result<void> save(const std::string& folder, const std::vector<notify::PreviewPart>& parts) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return base::system_failure("cannot make " + folder, error.value());
  for (const auto& part : parts) {
    const auto path = std::filesystem::path(folder) / part.name;
    std::ofstream file(path, std::ios::binary);
    file << part.text;
    if (!file.flush())
      return base::failure(base::ErrorCode::unavailable, "cannot write " + path.string());
    fmt::print("{}\n", shown(path.string()));
  }
  return {};
}

void print(const std::vector<notify::PreviewPart>& parts) {
  for (const auto& part : parts) {
    fmt::print("--- {}\n", part.name);
    for (const auto line : base::split(part.text, '\n'))
      fmt::print("{}\n", base::encode_terminal(base::trim(line), base::limits::template_bytes_max));
  }
}

int preview(const NotifyWords& words) {
  const auto configuration = load(words);
  if (!configuration) return exit_failed;
  const auto clock = command_clock();
  if (!clock) return fail(clock.error().message);
  const auto alert = alert_of(words, *configuration);
  if (!alert) return fail(alert.error().message);
  const auto made = preview_message(
      *configuration, {words.channel, words.change, *alert, words.incident, (*clock)->now()});
  if (!made) return fail(made.error().message);
  const auto& parts = *made;
  if (words.save.empty()) {
    print(parts);
    return exit_done;
  }
  if (const auto saved = save(words.save, parts); !saved) return fail(saved.error().message);
  return exit_done;
}

}  // namespace

int run_notify(Arguments arguments) {
  CLI::App app(description, "vedette notify");
  NotifyWords words;
  const auto add_common = [&](CLI::App* command) {
    command->add_option("--config", words.config, "the settings' file");
  };
  auto* list_command = app.add_subcommand("list", "the channels, their rules, what waits");
  add_common(list_command);
  list_command->add_option("--data", words.data, "the data folder");
  list_command->add_flag("--json", words.json, "one JSON array");
  auto* test_command = app.add_subcommand(
      "test", "send one test message now and say what was answered (a ticket is really made)");
  test_command->add_option("CHANNEL", words.channel, "its name")->required()->type_name("");
  add_common(test_command);
  test_command->add_option("--data", words.data,
                           "the data folder, where a person's sign-in to a cloud is kept");
  auto* preview_command =
      app.add_subcommand("preview", "show what would be sent, by the templates; nothing is sent");
  preview_command
      ->add_option("CHANNEL|KIND", words.channel,
                   "a channel's name, or mail, discord, slack, teams, webhook, jira, servicenow, "
                   "github")
      ->required()
      ->type_name("");
  add_common(preview_command);
  preview_command->add_option("--incident", words.incident,
                              "about this incident; without it about a made-up one");
  preview_command
      ->add_option("--change", words.change,
                   "opened, updated, closed or withdrawn; policy: the mail that a policy sends")
      ->check(CLI::IsMember(previewed_changes()));
  preview_command->add_option("--data", words.data, "the data folder, for --incident");
  preview_command->add_option("--save", words.save, "write the parts as files into this folder");
  app.require_subcommand(1);
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  if (*list_command) return list(words);
  return *test_command ? test(words) : preview(words);
}

}  // namespace vedette::app
