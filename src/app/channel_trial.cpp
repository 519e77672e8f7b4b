#include "app/channel_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/environment.h"
#include "app/senders.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::Result;
using model::Alert;
using model::AlertChange;

constexpr std::array changes{AlertChange::opened, AlertChange::updated, AlertChange::closed,
                             AlertChange::withdrawn};
constexpr std::string_view policy_change = "policy";

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

}  // namespace

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

std::string where_of(const ChannelSetting& channel, const Configuration& configuration) {
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

Alert test_alert(base::Timestamp now) {
  Alert alert;
  alert.rule = "test";
  alert.title = "Test message of Vedette: nothing happened";
  alert.severity = model::Severity::informational;
  alert.status = model::AlertStatus::closed;
  alert.first_event = alert.last_event = alert.created = alert.updated = now;
  alert.reasons = {"A test that somebody asked for, to see whether messages arrive here.",
                   "Nobody has to do anything about it."};
  return alert;
}

std::vector<std::string> previewed_changes() {
  std::vector<std::string> names;
  for (const auto change : changes) names.emplace_back(model::name_of(change));
  names.emplace_back(policy_change);
  return names;
}

Result<std::vector<notify::PreviewPart>> preview_message(const Configuration& configuration,
                                                         const PreviewWish& wish) {
  const auto channel = VEDETTE_TRY(channel_or_kind(configuration, wish.channel));
  const bool is_policy = wish.change == policy_change;
  const auto* change = std::ranges::find(changes, wish.change,
                                         [](AlertChange each) { return model::name_of(each); });
  if (!is_policy && change == changes.end())
    return base::failure(base::ErrorCode::invalid_argument,
                         fmt::format("change is {}", fmt::join(previewed_changes(), ", ")));
  const Alert alert = wish.alert ? *wish.alert : sample_alert(wish.now);
  const model::Notice notice = sample_notice(wish.now);
  const notify::Message message{is_policy ? AlertChange::opened : *change,
                                alert,
                                {},
                                wish.now,
                                "vedette_preview",
                                wish.incident,
                                false,
                                is_policy ? &notice : nullptr};
  if (channel.is_mail()) {
    const std::string from =
        configuration.mail_from().empty() ? "vedette@example.org" : configuration.mail_from();
    return notify::preview({from, channel.to}, *configuration.templates, message);
  }
  const auto made = VEDETTE_TRY(make_channel(channel, configuration));
  return notify::preview(*made, message);
}

Result<TrialOutcome> send_test(const ChannelSetting& channel, const Configuration& configuration,
                               const SignInWorld& world, const std::string& id) {
  auto sender = VEDETTE_TRY(make_sender(channel, configuration, world));
  const Alert alert = test_alert(world.clock.now());
  const auto outcome =
      sender->send({AlertChange::opened, alert, {}, world.clock.now(), id, 0}, world.clock, {});
  TrialOutcome told;
  told.id = id;
  told.answer = sender->last_answer();
  if (const auto* delivered = std::get_if<notify::Delivered>(&outcome)) {
    told.delivered = true;
    if (channel.rules.names_incidents) told.ticket = delivered->remote_id;
    told.notice = delivered->notice;
    return told;
  }
  told.reason = "the message that was to be changed is gone";
  if (const auto* again = std::get_if<notify::TryAgain>(&outcome)) told.reason = again->reason;
  if (const auto* refused = std::get_if<notify::MessageRefused>(&outcome))
    told.reason = refused->reason;
  if (const auto* broken = std::get_if<notify::DestinationBroken>(&outcome))
    told.reason = broken->reason;
  told.remedy = remedy(channel, configuration, outcome);
  return told;
}

std::string trial_json(const TrialOutcome& outcome) {
  base::JsonWriter writer;
  writer.begin_object().member("id", outcome.id).member("answer", outcome.answer);
  writer.key("delivered").boolean(outcome.delivered).member("ticket", outcome.ticket);
  writer.member("notice", outcome.notice).member("reason", outcome.reason);
  writer.member("remedy", outcome.remedy).end_object();
  return writer.take() + "\n";
}

}  // namespace vedette::app
