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

#include "app/command_notify.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "app/senders.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "notify/preview.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::app {
namespace {

using base::Result;
using model::Alert;
using model::AlertChange;

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
  auto loaded = load_configuration(path, environment_variable);
  if (loaded) return *std::move(loaded);
  for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", problem);
  return std::nullopt;
}

const ChannelSetting* find_channel(const Configuration& configuration, const std::string& name) {
  const auto found = std::ranges::find(configuration.channels, name, &ChannelSetting::name);
  return found == configuration.channels.end() ? nullptr : &*found;
}

std::string unknown_channel(const Configuration& configuration, const std::string& name) {
  if (configuration.channels.empty())
    return "there is no channel in the settings; add a [[channel]] (docs/guides/channels.md)";
  std::vector<std::string_view> names;
  for (const auto& channel : configuration.channels) names.push_back(channel.name);
  const std::string_view near = base::nearest(name, names);
  return fmt::format("there is no channel \"{}\"; {}", name,
                     near.empty() ? fmt::format("there are: {}", fmt::join(names, ", "))
                                  : fmt::format("did you mean \"{}\"?", near));
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

std::string where(const ChannelSetting& channel, const Configuration& configuration) {
  const std::string& server = configuration.mail_server.host;
  if (channel.is_mail())
    return fmt::format("{} through {}", fmt::join(channel.to, ", "),
                       server.empty() ? "Microsoft Graph" : server);
  return channel.address.shown;
}

std::string rules_in_words(const ChannelSetting& channel) {
  const notify::DeliveryRules& rules = channel.rules;
  std::string text = fmt::format("{} and above", model::name_of(channel.least_severity));
  if (rules.digest_after > 0)
    text += fmt::format("; more than {} in {} as a digest", rules.digest_after,
                        base::format_duration(rules.digest_window));
  if (rules.cool_down.ticks > 0)
    text += fmt::format("; the same at most every {}", base::format_duration(rules.cool_down));
  if (rules.quiet)
    text += fmt::format("; quiet {} ({}), except {} and above", channel.shown_quiet,
                        rules.quiet->zone.name(), model::name_of(rules.quiet->through));
  if (!rules.fallback.empty())
    text += fmt::format("; also by \"{}\" after {} failures or {}", rules.fallback,
                        rules.fallback_failures, base::format_duration(rules.fallback_after));
  return text;
}

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
    json.member("to", where(channel, *configuration)).member("rules", rules_in_words(channel));
    json.key("waiting").number(waiting).end_object();
    text +=
        fmt::format("{}: {}\n    {}\n    {} waiting\n", shown(channel.name),
                    shown(where(channel, *configuration)), shown(rules_in_words(channel)), waiting);
  }
  if (configuration->channels.empty()) text = unknown_channel(*configuration, "") + "\n";
  fmt::print("{}", words.json ? json.end_array().take() + "\n" : text);
  return exit_done;
}

// --- test ----------------------------------------------------------------------------------------

Alert test_alert(base::Timestamp now) {
  Alert alert;
  alert.rule = "test";
  alert.title = "Test message of Vedette: nothing happened";
  alert.severity = model::Severity::informational;
  alert.status = model::AlertStatus::closed;
  alert.first_event = alert.last_event = alert.created = alert.updated = now;
  alert.reasons = {"Sent by `vedette notify test`, to see whether messages arrive here.",
                   "Nobody has to do anything about it."};
  return alert;
}

// What a person can do about it, beside what the reason says.
std::string remedy(const ChannelSetting& channel, const Configuration& configuration,
                   const notify::Outcome& outcome) {
  const bool by_graph = channel.is_mail() && configuration.mail_server.host.empty();
  if (by_graph)
    return "look at [graph_mail] tenant and from and at that [[tenant]]; its application needs the "
           "permission Mail.Send; `vedette doctor` says whether it can sign in";
  if (std::holds_alternative<notify::TryAgain>(outcome)) {
    if (channel.is_mail())
      return "look at [smtp] host and port, and whether a firewall lets this machine reach them; a "
             "message of an incident would be tried again";
    return "look whether this machine can reach that address (name, proxy, firewall); a message of "
           "an incident would be tried again";
  }
  if (channel.is_mail())
    return "look at [smtp]: tls, user, password, token or tenant, from; a certificate of your own "
           "is named "
           "by [notify] ca_file";
  if (channel.rules.names_incidents)
    return "look at url, user, token, project and issue_type of the channel, and at what the token "
           "may do";
  return "look at the channel's url: copy the webhook's address again; a certificate of your own "
         "is "
         "named by [notify] ca_file";
}

int tell(const ChannelSetting& channel, const Configuration& configuration,
         const notify::Outcome& outcome, const notify::Sender& sender) {
  if (!sender.last_answer().empty()) fmt::print("It answered {}\n", shown(sender.last_answer()));
  if (const auto* delivered = std::get_if<notify::Delivered>(&outcome)) {
    fmt::print("Delivered.\n");
    if (channel.rules.names_incidents && !delivered->remote_id.empty())
      fmt::print("It is ticket {}; close it there.\n", shown(delivered->remote_id));
    if (!delivered->notice.empty()) fmt::print("But {}\n", shown(delivered->notice));
    return exit_done;
  }
  std::string reason = "the message that was to be changed is gone";
  if (const auto* again = std::get_if<notify::TryAgain>(&outcome)) reason = again->reason;
  if (const auto* refused = std::get_if<notify::MessageRefused>(&outcome)) reason = refused->reason;
  if (const auto* broken = std::get_if<notify::DestinationBroken>(&outcome))
    reason = broken->reason;
  print_error("not delivered: " + reason);
  fmt::print(stderr, "What to do: {}.\n", remedy(channel, configuration, outcome));
  return exit_failed;
}

int test(const NotifyWords& words) {
  const auto configuration = load(words);
  if (!configuration) return exit_failed;
  const ChannelSetting* channel = find_channel(*configuration, words.channel);
  if (channel == nullptr) return fail(unknown_channel(*configuration, words.channel));
  const auto clock = net::make_clock(environment_variable("VEDETTE_TEST_CLOCK").value_or(""));
  if (!clock) return fail(clock.error().message);
  const auto data = folder_of(words, *configuration);
  if (!data) return fail(data.error().message);
  net::SystemRandom random;
  auto sender =
      make_sender(*channel, *configuration, {**clock, random, environment_variable, *data, {}});
  if (!sender) return fail(sender.error().message);
  const Alert alert = test_alert((*clock)->now());
  const std::string key = "vedette_test_" + model::format_id(random.next());
  fmt::print("Sending \"{}\" to {}\n    under the id {}\n", alert.title,
             shown(where(*channel, *configuration)), key);
  const auto outcome =
      (*sender)->send({AlertChange::opened, alert, {}, (*clock)->now(), key, 0}, **clock, {});
  return tell(*channel, *configuration, outcome, **sender);
}

// --- preview -------------------------------------------------------------------------------------

// An alert that has everything, for a look at a template.
Alert sample_alert(base::Timestamp now) {
  Alert alert;
  alert.id = 0x0123456789abcdef;
  alert.rule = "brute_force";
  alert.title = "SSH brute force from 203.0.113.7 on web1";
  alert.severity = model::Severity::high;
  alert.entities = {{model::EntityType::ip, "203.0.113.7"},
                    {model::EntityType::account, "root"},
                    {model::EntityType::account, "deploy"},
                    {model::EntityType::host, "web1"}};
  alert.last_event = alert.created = alert.updated = now;
  alert.first_event = now - base::Duration::minutes(3);
  alert.event_count = 1234;
  alert.location.country_code = "DE";
  alert.location.country = "Germany";
  alert.location.city = "Frankfurt am Main";
  alert.location.autonomous_system = 64496;
  alert.location.organisation = "Example Net";
  alert.techniques = {"T1110.001"};
  alert.reasons = {"3 failed log-ins within 60 s"};
  return alert;
}

// What a policy tells, for a look at its templates.
model::Notice sample_notice(base::Timestamp now) {
  model::Notice notice;
  notice.policy = "credential-phishing";
  notice.subject = "🚨 Credential Phishing Incident Detected";
  notice.incident_id = "3005 in Microsoft Sentinel (12 in Vedette)";
  notice.incident_type = "Credential Phishing";
  notice.affected = "bo@contoso.example";
  notice.detected = now - base::Duration::minutes(3);
  notice.deadline = notice.detected + base::Duration::hours(120);
  notice.action = fmt::format(
      "Investigate this incident and acknowledge it. The account will be locked automatically on "
      "{} if nobody acts within 5 d of its creation.",
      base::format_seconds(notice.deadline));
  notice.notes = {"To stop it: vedette incidents ack 12.",
                  "Policy credential-phishing: its label \"phishing\" has the words phish*"};
  return notice;
}

// The channel of that name, or one of that kind with made-up settings.
Result<ChannelSetting> channel_or_kind(const Configuration& configuration,
                                       const std::string& word) {
  if (const auto* found = find_channel(configuration, word)) return *found;
  ChannelSetting channel;
  channel.name = word;
  if (word == "mail") {
    channel.to = {"soc@example.org"};
    return channel;
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> examples{{
      {"discord", "https://discord.com/api/webhooks/1/token"},
      {"slack", "https://hooks.slack.com/services/T/B/token"},
      {"teams", "https://example.logic.azure.com/workflows/1"},
      {"webhook", "https://soc.example.org/hook"},
      {"jira", "https://example.atlassian.net"},
      {"servicenow", "https://example.service-now.com"},
      {"github", "https://api.github.com/repos/example/incidents"},
  }};
  const auto kind = std::ranges::find(examples, word, [](const auto& each) { return each.first; });
  if (kind == examples.end())
    return base::failure(
        base::ErrorCode::not_found,
        unknown_channel(configuration, word) +
            "; or name a kind: mail, discord, slack, teams, webhook, jira, servicenow, github");
  channel.address = VEDETTE_TRY(notify::parse_channel_address(
      fmt::format("{}:{}", kind->first, kind->second), environment_variable));
  channel.ticket.token = base::Secret("token");
  if (word == "jira") channel.ticket.project = "SOC";
  return channel;
}

Result<Alert> alert_of(const NotifyWords& words, const Configuration& configuration,
                       base::Timestamp now) {
  if (words.incident == 0) return sample_alert(now);
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
  const auto channel = channel_or_kind(*configuration, words.channel);
  if (!channel) return fail(channel.error().message);
  const auto clock = net::make_clock(environment_variable("VEDETTE_TEST_CLOCK").value_or(""));
  if (!clock) return fail(clock.error().message);
  const base::Timestamp now = (*clock)->now();
  const auto alert = alert_of(words, *configuration, now);
  if (!alert) return fail(alert.error().message);
  constexpr std::array changes{AlertChange::opened, AlertChange::updated, AlertChange::closed,
                               AlertChange::withdrawn};
  const auto change = std::ranges::find(changes, words.change,
                                        [](AlertChange each) { return model::name_of(each); });
  const model::Notice notice = sample_notice(now);
  const bool is_policy = words.change == "policy";
  const notify::Message message{is_policy ? AlertChange::opened : *change,
                                *alert,
                                {},
                                now,
                                "vedette_preview",
                                words.incident,
                                false,
                                is_policy ? &notice : nullptr};
  std::vector<notify::PreviewPart> parts;
  if (channel->is_mail()) {
    const std::string from =
        configuration->mail_from().empty() ? "vedette@example.org" : configuration->mail_from();
    parts = notify::preview({from, channel->to}, *configuration->templates, message);
  } else {
    const auto made = make_channel(*channel, *configuration);
    if (!made) return fail(made.error().message);
    parts = notify::preview(**made, message);
  }
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
      ->check(CLI::IsMember({"opened", "updated", "closed", "withdrawn", "policy"}));
  preview_command->add_option("--data", words.data, "the data folder, for --incident");
  preview_command->add_option("--save", words.save, "write the parts as files into this folder");
  app.require_subcommand(1);
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  if (*list_command) return list(words);
  return *test_command ? test(words) : preview(words);
}

}  // namespace vedette::app
