#include "notify/channel_address.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/encode.h"
#include "base/file_text.h"
#include "base/limits.h"
#include "base/text.h"
#include "notify/url.h"

namespace vedette::notify {
namespace {

using base::ErrorCode;

bool all_of(std::string_view text, bool (*test)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), test);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_token_character(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '_';
}

// The parts of a path; a slash at the end is forgiven.
std::vector<std::string_view> path_parts(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  return base::split(path, '/');
}

// /api/webhooks/<digits>/<token>, or with a version: /api/v10/webhooks/...
bool is_discord_path(std::string_view path) {
  auto parts = path_parts(path);
  if (parts.size() == 5 && parts[1].starts_with('v') && all_of(parts[1].substr(1), is_digit))
    parts.erase(parts.begin() + 1);
  return parts.size() == 4 && parts[0] == "api" && parts[1] == "webhooks" &&
         all_of(parts[2], is_digit) && all_of(parts[3], is_token_character);
}

// /services/T.../B.../...
bool is_slack_path(std::string_view path) {
  const auto parts = path_parts(path);
  return parts.size() == 4 && parts[0] == "services" && parts[1].starts_with('T') &&
         parts[2].starts_with('B') && all_of(parts[1], is_letter_or_digit) &&
         all_of(parts[2], is_letter_or_digit) && all_of(parts[3], is_letter_or_digit);
}

bool is_discord_host(std::string_view host) {
  constexpr std::array hosts = {"discord.com",    "canary.discord.com",    "ptb.discord.com",
                                "discordapp.com", "canary.discordapp.com", "ptb.discordapp.com"};
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

bool is_slack_host(std::string_view host) {
  return host == "hooks.slack.com" || host == "hooks.slack-gov.com";
}

// A Workflows webhook (Logic Apps, Power Platform), or an incoming webhook of the older kind.
bool is_teams_host(std::string_view host) {
  return host.ends_with(".logic.azure.com") || host.ends_with(".webhook.office.com") ||
         host.ends_with(".api.powerplatform.com");
}

// The kind by host and path; an error where the host is a chat service and the path is not its
// webhook.
base::Result<ChannelKind> recognise(const Url& url) {
  if (is_discord_path(url.path)) return ChannelKind::discord;
  if (is_slack_path(url.path)) return ChannelKind::slack;
  if (is_teams_host(url.host)) return ChannelKind::teams;
  if (is_discord_host(url.host))
    return base::failure(ErrorCode::invalid_argument,
                         "the address is Discord's but no webhook: copy it from Edit Channel, "
                         "Integrations, Webhooks; it has the form "
                         "https://discord.com/api/webhooks/NUMBER/TOKEN with nothing behind it");
  if (is_slack_host(url.host))
    return base::failure(ErrorCode::invalid_argument,
                         "the address is Slack's but no incoming webhook: it has the form "
                         "https://hooks.slack.com/services/T.../B.../...");
  return ChannelKind::webhook;
}

}  // namespace

std::string_view name_of(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::discord:
      return "Discord";
    case ChannelKind::slack:
      return "Slack";
    case ChannelKind::teams:
      return "Teams";
    case ChannelKind::jira:
      return "Jira";
    case ChannelKind::servicenow:
      return "ServiceNow";
    case ChannelKind::github:
      return "GitHub";
    case ChannelKind::webhook:
      break;
  }
  return "webhook";
}

base::Result<base::Secret> EnvironmentLookup::vault(std::string_view reference) const {
  if (vaults_) return vaults_(reference);
  return base::failure(ErrorCode::invalid_argument,
                       base::encode_terminal(reference, 200) +
                           ": no vault can be read here; write env:NAME or file:PATH");
}

base::Result<base::Secret> resolve_secret(std::string_view text,
                                          const EnvironmentLookup& environment) {
  const auto not_empty = [](std::string_view value,
                            const std::string& from) -> base::Result<base::Secret> {
    value = base::trim(value);
    if (value.empty()) return base::failure(ErrorCode::invalid_argument, from + " is empty");
    return base::Secret(std::string(value));
  };
  if (text.starts_with("env:")) {
    const std::string name(text.substr(4));
    const std::string shown = "env:" + base::encode_terminal(name, 100);
    const auto value = environment(name);
    if (!value)
      return base::failure(ErrorCode::not_found, shown + ": there is no such environment variable");
    return not_empty(*value, shown);
  }
  if (text.starts_with("file:")) {
    const std::string path(text.substr(5));
    const std::string value =
        VEDETTE_TRY(base::read_file(path, base::limits::secret_bytes_max, "file:"));
    return not_empty(value, "file:" + base::encode_terminal(path));
  }
  if (text.starts_with("vault:")) return environment.vault(text);
  return not_empty(text, "the value");
}

base::Result<ChannelAddress> parse_channel_address(std::string_view text,
                                                   const EnvironmentLookup& environment) {
  std::optional<ChannelKind> said;
  for (const auto& [prefix, kind] :
       {std::pair<std::string_view, ChannelKind>{"discord:", ChannelKind::discord},
        {"slack:", ChannelKind::slack},
        {"teams:", ChannelKind::teams},
        {"jira:", ChannelKind::jira},
        {"servicenow:", ChannelKind::servicenow},
        {"github:", ChannelKind::github},
        {"webhook:", ChannelKind::webhook}}) {
    if (!text.starts_with(prefix)) continue;
    said = kind;
    text.remove_prefix(prefix.size());
    break;
  }
  ChannelAddress address;
  address.url = VEDETTE_TRY(resolve_secret(text, environment));
  const Url url = VEDETTE_TRY(parse_url(address.url.reveal()));
  address.kind = said ? *said : VEDETTE_TRY(recognise(url));
  address.shown = std::string(name_of(address.kind)) + " at " + url.origin();
  if (url.scheme == "http" && !url.is_loopback())
    address.notice = address.shown +
                     ": alerts and the address's secret travel unencrypted over http; use https if "
                     "the service offers it";
  return address;
}

}  // namespace vedette::notify
