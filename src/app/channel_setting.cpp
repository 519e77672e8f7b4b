#include "app/channel_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "app/setting.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "notify/mail_text.h"

namespace vedette::app {
namespace {

using base::Duration;
using notify::ChannelKind;

constexpr std::array<std::string_view, 9> kind_words{
    "auto", "discord", "slack", "webhook", "mail", "teams", "jira", "servicenow", "github"};
constexpr std::size_t mail_kind = 4;
constexpr std::size_t recipients_max = 50;
constexpr std::array<std::string_view, 4> severity_words{"informational", "low", "medium", "high"};
constexpr Duration rule_span_max = Duration::hours(7 * 24);

// A [[channel]] before it is known what it is. What was not written has no value.
struct RawChannel {
  std::string name, url, signing_secret, user, token, project, issue_type, quiet, fallback;
  std::string quiet_zone = "local";
  std::vector<std::string> to;
  std::size_t kind = 0;
  std::size_t least_severity = 0, quiet_severity = 3;
  std::optional<std::int64_t> digest_after;
  std::optional<std::int64_t> fallback_failures;
  std::optional<Duration> digest_window, cool_down, fallback_after;
  std::size_t line = 0, url_line = 0, secret_line = 0, token_line = 0, quiet_line = 0;
};

template <auto Member>
constexpr Setting<RawChannel> text(std::string_view key) {
  return {"channel", key, [](const SettingValue& v, RawChannel& c) { assign(c.*Member, v.text()); },
          nullptr};
}

template <auto Member, auto Line>
constexpr Setting<RawChannel> text_with_line(std::string_view key) {
  return {"channel", key,
          [](const SettingValue& v, RawChannel& c) {
            assign(c.*Member, v.text());
            c.*Line = v.line();
          },
          nullptr};
}

template <auto Member>
constexpr Setting<RawChannel> severity(std::string_view key) {
  return {"channel", key,
          [](const SettingValue& v, RawChannel& c) { assign(c.*Member, v.choice(severity_words)); },
          nullptr};
}

template <auto Member>
constexpr Setting<RawChannel> span(std::string_view key) {
  return {"channel", key,
          [](const SettingValue& v, RawChannel& c) {
            const auto duration = v.duration();
            if (duration && *duration > rule_span_max) return v.problem("must not be more than 7d");
            assign(c.*Member, duration);
          },
          nullptr};
}

constexpr std::array channel_settings{
    text<&RawChannel::name>("name"),
    Setting<RawChannel>{
        "channel", "kind",
        [](const SettingValue& v, RawChannel& c) { assign(c.kind, v.choice(kind_words)); },
        nullptr},
    text_with_line<&RawChannel::url, &RawChannel::url_line>("url"),
    Setting<RawChannel>{"channel", "to",
                        [](const SettingValue& v, RawChannel& c) { assign(c.to, v.texts()); },
                        nullptr},
    text_with_line<&RawChannel::signing_secret, &RawChannel::secret_line>("signing_secret"),
    text<&RawChannel::user>("user"),
    text_with_line<&RawChannel::token, &RawChannel::token_line>("token"),
    text<&RawChannel::project>("project"),
    text<&RawChannel::issue_type>("issue_type"),
    severity<&RawChannel::least_severity>("severity"),
    Setting<RawChannel>{
        "channel", "digest",
        [](const SettingValue& v, RawChannel& c) { assign(c.digest_after, v.integer(0, 1'000)); },
        nullptr},
    span<&RawChannel::digest_window>("digest_window"),
    span<&RawChannel::cool_down>("cool_down"),
    text_with_line<&RawChannel::quiet, &RawChannel::quiet_line>("quiet"),
    text<&RawChannel::quiet_zone>("quiet_zone"),
    severity<&RawChannel::quiet_severity>("quiet_severity"),
    text<&RawChannel::fallback>("fallback"),
    Setting<RawChannel>{"channel", "fallback_failures",
                        [](const SettingValue& v, RawChannel& c) {
                          assign(c.fallback_failures, v.integer(1, 1'000));
                        },
                        nullptr},
    span<&RawChannel::fallback_after>("fallback_after"),
};

bool is_ticket(ChannelKind kind) {
  return kind == ChannelKind::jira || kind == ChannelKind::servicenow ||
         kind == ChannelKind::github;
}

// Reads one [[channel]].
class ChannelReader {
 public:
  ChannelReader(const RawChannel& raw, const notify::EnvironmentLookup& environment,
                ProblemList& problems)
      : raw_(raw), environment_(environment), problems_(problems) {}

  // Nothing after a problem was noted.
  std::optional<ChannelSetting> read() {
    channel_.name = raw_.name;
    channel_.line = raw_.line;
    channel_.least_severity = static_cast<model::Severity>(raw_.least_severity);
    const bool done = raw_.kind == mail_kind ? read_mail() : read_address();
    if (!done || !read_rules()) return std::nullopt;
    return std::move(channel_);
  }

 private:
  bool wrong(std::size_t line, const std::string& text) {
    problems_.add(line, text);
    return false;
  }
  // True when it was given and can be had, or was not given.
  bool read_secret(const std::string& written, std::size_t line, const char* setting,
                   base::Secret& secret, std::string& shown) {
    if (written.empty()) return true;
    shown = shown_secret(written);
    auto found = notify::resolve_secret(written, environment_);
    if (!found) return wrong(line, fmt::format("channel.{}: {}", setting, found.error().message));
    secret = std::move(*found);
    return true;
  }
  bool read_mail();
  bool read_address();
  bool read_ticket();
  bool read_rules();
  bool read_quiet();

  const RawChannel& raw_;
  const notify::EnvironmentLookup& environment_;
  ProblemList& problems_;
  ChannelSetting channel_;
};

bool ChannelReader::read_mail() {
  if (!raw_.url.empty() || !raw_.signing_secret.empty() || !raw_.token.empty())
    return wrong(raw_.line,
                 "channel: mail has no url, no signing_secret and no token; the server stands "
                 "under [smtp]");
  if (raw_.to.empty() || raw_.to.size() > recipients_max)
    return wrong(raw_.line, fmt::format("channel.to: name from 1 to {} mail addresses, as in "
                                        "to = [\"soc@example.org\"]",
                                        recipients_max));
  for (const auto& address : raw_.to)
    if (!notify::is_mail_address(address))
      return wrong(raw_.line, fmt::format("channel.to: \"{}\" is no mail address",
                                          base::encode_terminal(address, 100)));
  channel_.to = raw_.to;
  channel_.rules.digest_items_max = base::limits::mail_digest_items_max;
  return true;
}

bool ChannelReader::read_address() {
  if (!raw_.to.empty()) return wrong(raw_.line, "channel.to: is for kind = \"mail\"");
  channel_.shown_url = shown_secret(raw_.url);
  const std::string kind = raw_.kind == 0 ? "" : std::string(kind_words.at(raw_.kind)) + ":";
  auto address = notify::parse_channel_address(kind + raw_.url, environment_);
  if (!address) return wrong(raw_.url_line, "channel.url: " + address.error().message);
  channel_.address = std::move(*address);
  if (!read_secret(raw_.signing_secret, raw_.secret_line, "signing_secret", channel_.signing_secret,
                   channel_.shown_signing_secret) ||
      !read_ticket())
    return false;
  // Made once here, so that what does not fit is found now and not at the first alert.
  notify::ChannelOptions options;
  options.signing_secret = channel_.signing_secret;
  options.ticket = channel_.ticket;
  if (const auto made = notify::make_channel(channel_.address, std::move(options)); !made)
    return wrong(
        raw_.secret_line != 0 ? raw_.secret_line : raw_.line,
        (raw_.secret_line != 0 ? "channel.signing_secret: " : "channel: ") + made.error().message);
  channel_.rules.edits = channel_.address.kind == ChannelKind::discord;
  channel_.rules.names_incidents = is_ticket(channel_.address.kind);
  return true;
}

bool ChannelReader::read_ticket() {
  const bool any = !raw_.user.empty() || !raw_.token.empty() || !raw_.project.empty() ||
                   !raw_.issue_type.empty();
  if (!is_ticket(channel_.address.kind))
    return !any || wrong(raw_.line,
                         "channel: user, token, project and issue_type are for kind = \"jira\", "
                         "\"servicenow\" and \"github\"");
  channel_.ticket.user = raw_.user;
  channel_.ticket.project = raw_.project;
  if (!raw_.issue_type.empty()) channel_.ticket.issue_type = raw_.issue_type;
  return read_secret(raw_.token, raw_.token_line, "token", channel_.ticket.token,
                     channel_.shown_token);
}

bool ChannelReader::read_rules() {
  notify::DeliveryRules& rules = channel_.rules;
  const ChannelKind kind = channel_.address.kind;
  // A program that reads each message is told each; people are told together.
  const bool is_for_people =
      channel_.is_mail() || (kind != ChannelKind::webhook && !is_ticket(kind));
  rules.repeats_are_known = channel_.is_mail() || kind == ChannelKind::webhook || is_ticket(kind);
  if (!is_for_people && raw_.digest_after.value_or(0) > 0)
    return wrong(raw_.line,
                 "channel.digest: is for chats and mail; a webhook or a ticket is about one "
                 "incident");
  rules.digest_after = static_cast<std::size_t>(raw_.digest_after.value_or(is_for_people ? 10 : 0));
  rules.digest_window = raw_.digest_window.value_or(rules.digest_window);
  rules.cool_down = raw_.cool_down.value_or(is_for_people ? Duration::minutes(60) : Duration());
  rules.fallback = raw_.fallback;
  rules.fallback_failures =
      static_cast<int>(raw_.fallback_failures.value_or(rules.fallback_failures));
  rules.fallback_after = raw_.fallback_after.value_or(rules.fallback_after);
  return read_quiet();
}

bool ChannelReader::read_quiet() {
  channel_.quiet_zone = raw_.quiet_zone;
  if (raw_.quiet.empty()) return true;
  auto quiet = notify::parse_quiet_hours(raw_.quiet);
  if (!quiet)
    return wrong(raw_.quiet_line,
                 "channel.quiet: write from when to when, as in quiet = \"22:00-07:00\"");
  auto zone = base::TimeZone::find(raw_.quiet_zone);
  if (!zone) return wrong(raw_.quiet_line, "channel.quiet_zone: " + zone.error().message);
  quiet->zone = std::move(*zone);
  quiet->through = static_cast<model::Severity>(raw_.quiet_severity);
  if (quiet->through == model::Severity::informational)
    return wrong(raw_.quiet_line,
                 "channel.quiet_severity: everything is informational or more, so nothing would "
                 "be quiet; write \"medium\" or \"high\"");
  channel_.rules.quiet = std::move(quiet);
  channel_.shown_quiet = raw_.quiet;
  return true;
}

std::string severity_word(model::Severity severity) {
  return toml_string(severity_words.at(static_cast<std::size_t>(severity)));
}

std::string show_rules(const ChannelSetting& channel) {
  const notify::DeliveryRules& rules = channel.rules;
  std::string text =
      fmt::format("digest = {}\ndigest_window = {}\ncool_down = {}\n", rules.digest_after,
                  show_duration(rules.digest_window), show_duration(rules.cool_down));
  if (rules.quiet)
    text += fmt::format("quiet = {}\nquiet_zone = {}\nquiet_severity = {}\n",
                        toml_string(channel.shown_quiet), toml_string(channel.quiet_zone),
                        severity_word(rules.quiet->through));
  if (!rules.fallback.empty())
    text += fmt::format("fallback = {}\nfallback_failures = {}\nfallback_after = {}\n",
                        toml_string(rules.fallback), rules.fallback_failures,
                        show_duration(rules.fallback_after));
  return text;
}

}  // namespace

std::string ChannelSetting::kind() const {
  return is_mail() ? "mail" : base::to_lower_ascii(notify::name_of(address.kind));
}

void read_channel(const SettingNode& node, std::vector<ChannelSetting>& channels,
                  const notify::EnvironmentLookup& environment, ProblemList& problems) {
  RawChannel raw;
  raw.line = node.line;
  read_members(*node.as_table(), "channel", channel_settings, raw, problems);
  if (raw.name.empty())
    return problems.add(node.line, "[[channel]] needs a name, as in name = \"team chat\"");
  if (raw.url.empty() && raw.kind != mail_kind)
    return problems.add(raw.line,
                        "[[channel]] needs a url; env:NAME and file:PATH keep it out "
                        "of this file");
  if (std::ranges::find(channels, raw.name, &ChannelSetting::name) != channels.end())
    return problems.add(raw.line, fmt::format("channel.name: \"{}\" is taken by another channel",
                                              base::encode_terminal(raw.name, 100)));
  if (auto channel = ChannelReader(raw, environment, problems).read())
    channels.push_back(*std::move(channel));
}

void check_channels(const std::vector<ChannelSetting>& channels, ProblemList& problems) {
  for (const ChannelSetting& channel : channels) {
    const std::string& other = channel.rules.fallback;
    if (other.empty()) continue;
    if (other == channel.name)
      problems.add(channel.line, "channel.fallback: names the channel itself; name another one");
    else if (std::ranges::find(channels, other, &ChannelSetting::name) == channels.end())
      problems.add(channel.line, fmt::format("channel.fallback: there is no channel \"{}\"",
                                             base::encode_terminal(other, 100)));
  }
}

std::string show_channel(const ChannelSetting& channel) {
  std::string text = fmt::format("\n[[channel]]\nname = {}\nkind = {}\n", toml_string(channel.name),
                                 toml_string(channel.kind()));
  if (channel.is_mail())
    text += fmt::format("to = {}\n", show_texts(channel.to));
  else
    text += fmt::format("url = {}\n", toml_string(channel.shown_url));
  if (!channel.signing_secret.empty())
    text += fmt::format("signing_secret = {}\n", toml_string(channel.shown_signing_secret));
  if (is_ticket(channel.address.kind) && !channel.is_mail()) {
    if (!channel.ticket.user.empty())
      text += fmt::format("user = {}\n", toml_string(channel.ticket.user));
    text += fmt::format("token = {}\n", toml_string(channel.shown_token));
    if (!channel.ticket.project.empty())
      text += fmt::format("project = {}\nissue_type = {}\n", toml_string(channel.ticket.project),
                          toml_string(channel.ticket.issue_type));
  }
  return text + fmt::format("severity = {}\n", severity_word(channel.least_severity)) +
         show_rules(channel);
}

std::vector<std::string> channel_setting_names() {
  return names_of(channel_settings);
}

}  // namespace vedette::app
