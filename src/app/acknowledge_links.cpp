#include "app/acknowledge_links.h"

#include <algorithm>
#include <optional>

#include "access/acknowledge_link.h"
#include "access/key.h"
#include "app/private_file.h"
#include "notify/url.h"

namespace vedette::app {
namespace {

// On a timeline, as who did it.
constexpr std::size_t recipients_bytes_max = 160;

// "soc@example.org, bo@example.org (mail)", or the channel's name.
std::string recipients_of(const Configuration& configuration, const std::string& name) {
  const auto& all = configuration.channels;
  const auto channel = std::ranges::find(all, name, &ChannelSetting::name);
  if (channel == all.end() || !channel->is_mail()) return name;
  std::string text;
  for (const auto& address : channel->to) {
    if (text.size() + address.size() > recipients_bytes_max) {
      text += ", and others";
      break;
    }
    text += (text.empty() ? "" : ", ") + address;
  }
  return text + " (" + name.substr(0, recipients_bytes_max / 2) + ")";
}

base::Result<std::optional<base::Secret>> key_of(const Configuration& configuration,
                                                 const DataLayout& data) {
  const bool is_off = configuration.acknowledge_by_link == AcknowledgeByLink::off;
  if (is_off || configuration.http_public_url.empty() || !configuration.http_enabled)
    return std::nullopt;
  return VEDETTE_TRY(
      kept_secret(data.links_key(), [] { return std::string(access::new_key().reveal()); }));
}

}  // namespace

base::Result<notify::LinkMaker> acknowledge_links(const Configuration& configuration,
                                                  const DataLayout& data) {
  const auto key = VEDETTE_TRY(key_of(configuration, data));
  if (!key) return nullptr;
  return [key = *key, begin = configuration.http_public_url +
                              "/acknowledge/"](const ports::OutboxMessage& message) {
    const base::Secret link =
        access::sign_link(key, {message.incident, message.channel, message.created});
    return base::Secret(begin + std::string(link.reveal()));
  };
}

base::Result<std::unique_ptr<server::AcknowledgeDoor>> acknowledge_door(
    const Configuration& configuration, const DataLayout& data) {
  auto key = VEDETTE_TRY(key_of(configuration, data));
  if (!key) return nullptr;
  return std::make_unique<server::AcknowledgeDoor>(
      *std::move(key), configuration.acknowledge_by_link == AcknowledgeByLink::log_in,
      [&configuration](const std::string& channel) {
        return recipients_of(configuration, channel);
      });
}

std::vector<std::string> public_hosts(const Configuration& configuration) {
  auto hosts = configuration.http_hosts;
  if (const auto url = notify::parse_url(configuration.http_public_url))
    hosts.push_back(url->host.contains(':') ? "[" + url->host + "]" : url->host);
  return hosts;
}

}  // namespace vedette::app
