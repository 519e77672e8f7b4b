// Text from an attacker in every field of an alert, through the bodies of all channels that have
// JSON ones: what comes out is JSON of the same structure as for a harmless alert, within the
// services' sizes, whatever the text is.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "fakes/sample_alert.h"
#include "notify/channel.h"

namespace {

using namespace vedette;
using base::Json;

void require(bool truth) {
  if (!truth) std::abort();
}

// Keys, types and array lengths. A text that is empty may leave its member out.
std::string structure(const Json& json) {
  std::string out;
  if (const auto* array = json.as_array()) {
    for (const auto& item : *array) out += structure(item) + ",";
    return "[" + out + "]";
  }
  if (const auto* object = json.as_object()) {
    for (const auto& [key, value] : *object) out += key + ":" + structure(value) + ",";
    return "{" + out + "}";
  }
  return json.as_string() != nullptr ? "s" : "v";
}

struct Destination {
  std::unique_ptr<notify::Channel> channel;
  std::size_t bytes_max = 0;
  std::string structure;
};

ports::HttpRequest request_of(const notify::Channel& channel, const std::string& text) {
  const auto alert = fakes::hostile_alert(text);
  return channel.compose({model::AlertChange::opened, alert, {}, alert.updated, "key_1", 12});
}

std::vector<Destination> make_destinations() {
  struct Kind {
    const char* address;
    std::size_t bytes_max;
    const char* project;
  };
  constexpr std::array kinds{
      Kind{"teams:https://example.logic.azure.com/workflows/1", 21'000, ""},
      Kind{"discord:https://discord.com/api/webhooks/1/t", 65'536, ""},
      Kind{"slack:https://hooks.slack.com/services/T/B/t", 65'536, ""},
      Kind{"jira:https://example.atlassian.net", 65'536, "SOC"},
      Kind{"servicenow:https://example.service-now.com", 65'536, ""},
      Kind{"github:https://api.github.com/repos/example/incidents", 65'536, ""},
  };
  std::vector<Destination> all;
  for (const Kind& kind : kinds) {
    const auto address = notify::parse_channel_address(
        kind.address, [](const std::string&) -> std::optional<std::string> { return {}; });
    require(address.has_value());
    notify::ChannelOptions options;
    options.ticket.token = base::Secret("token");
    options.ticket.project = kind.project;
    auto channel = notify::make_channel(*address, std::move(options));
    require(channel.has_value());
    const auto body = base::parse_json(request_of(**channel, "x").body);
    require(body.has_value());
    all.push_back({*std::move(channel), kind.bytes_max, structure(*body)});
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Destination> destinations = make_destinations();
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const Destination& each : destinations) {
    const auto request = request_of(*each.channel, text);
    require(request.body.size() <= each.bytes_max);
    const auto body = base::parse_json(request.body);
    require(body.has_value());
    require(structure(*body) == each.structure);
  }
  return 0;
}
