// Owns: indicators as Microsoft Graph took them (beta, tiIndicator: submitTiIndicators and
// deleteTiIndicators), which older programs send and misp2sentinel with `graph_api`. Source:
// Microsoft's page of the resource type tiIndicator, and what misp2sentinel makes of the answers:
// an entry for each that was sent, with what was sent of it, and `id`, or `Error`.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "server/api.h"
#include "server/azure_reply.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::Json;
using net::ReceiverReply;

constexpr std::size_t objects_max = 100;
// What Sentinel called the source of such indicators.
constexpr std::string_view source = "SecurityGraph";

struct GraphMember {
  std::string_view name, key;
};
constexpr std::array observables{GraphMember{"networkIPv4", "ipv4-addr:value"},
                                 GraphMember{"networkIPv6", "ipv6-addr:value"},
                                 GraphMember{"networkDestinationIPv4", "ipv4-addr:value"},
                                 GraphMember{"networkDestinationIPv6", "ipv6-addr:value"},
                                 GraphMember{"networkSourceIPv4", "ipv4-addr:value"},
                                 GraphMember{"networkSourceIPv6", "ipv6-addr:value"},
                                 GraphMember{"networkCidrBlock", "ipv4-addr:value"},
                                 GraphMember{"networkDestinationCidrBlock", "ipv4-addr:value"},
                                 GraphMember{"networkSourceCidrBlock", "ipv4-addr:value"},
                                 GraphMember{"domainName", "domain-name:value"},
                                 GraphMember{"url", "url:value"},
                                 GraphMember{"emailSenderAddress", "email-addr:value"},
                                 GraphMember{"emailRecipient", "email-addr:value"}};

struct HashKey {
  std::size_t characters;
  std::string_view key;
};
constexpr std::array hashes{HashKey{32, "file:hashes.MD5"}, HashKey{40, "file:hashes.'SHA-1'"},
                            HashKey{64, "file:hashes.'SHA-256'"},
                            HashKey{128, "file:hashes.'SHA-512'"}};

constexpr std::array levels{
    GraphMember{"white", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"},
    GraphMember{"clear", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"},
    GraphMember{"amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"},
    GraphMember{"green", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"},
    GraphMember{"amber", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"},
    GraphMember{"red", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"}};

// Each value once: of an address without a direction programs say it twice.
std::string pattern_of(const Json& given) {
  std::string text;
  const auto add = [&](std::string_view key, std::string_view value) {
    std::string compared = fmt::format("{} = '", key);
    for (const char c : value) {
      if (c == '\'' || c == '\\') compared += '\\';
      compared += c;
    }
    compared += '\'';
    if (!text.contains(compared)) text += (text.empty() ? "" : " OR ") + compared;
  };
  for (const auto& [name, key] : observables)
    if (const auto value = base::trim(given[name].text()); !value.empty()) add(key, value);
  const auto hash = base::trim(given["fileHashValue"].text());
  for (const auto& each : hashes)
    if (hash.size() == each.characters) add(each.key, hash);
  return text.empty() ? text : "[" + text + "]";
}

Json list_of(Json::Array texts) {
  return Json(Json::Value(std::move(texts)));
}

Json stix_of(const Json& given, const std::string& id, const std::string& pattern,
             const std::string& now) {
  Json::Object stix{{"type", text_of("indicator")},    {"id", text_of(id)},
                    {"pattern_type", text_of("stix")}, {"pattern", text_of(pattern)},
                    {"created", text_of(now)},         {"modified", text_of(now)},
                    {"valid_from", text_of(now)}};
  // A day may stand without its hour.
  std::string until = given["expirationDateTime"].text();
  if (until.size() == std::string_view("2026-06-01").size()) until += "T00:00:00Z";
  copy_member(stix, "valid_until", text_of(until));
  copy_member(stix, "confidence", given["confidence"]);
  copy_member(stix, "description", given["description"]);
  copy_member(stix, "labels", given["tags"]);
  if (!given["threatType"].text().empty())
    stix.emplace_back("indicator_types", list_of({given["threatType"]}));
  const std::string level = base::to_lower_ascii(given["tlpLevel"].text());
  for (const auto& [name, marking] : levels)
    if (level == name) stix.emplace_back("object_marking_refs", list_of({text_of(marking)}));
  const bool* is_active = given["isActive"].as_bool();
  if (is_active != nullptr && !*is_active) stix.emplace_back("revoked", Json(Json::Value(true)));
  return Json(Json::Value(std::move(stix)));
}

// False: not now.
bool take_all(IndicatorDesk& desk, const std::vector<Json>& made) {
  std::vector<const Json*> taken;
  for (const Json& each : made) taken.push_back(&each);
  return taken.empty() || desk.take(std::string(source), taken).has_value();
}

ReceiverReply list_reply(Json::Array values) {
  Json::Object answer{{"value", list_of(std::move(values))}};
  return reply(200, base::format_json(Json(Json::Value(std::move(answer)))));
}

}  // namespace

ReceiverReply Api::submit_graph_indicators(const Call& call) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const auto* given = call.body["value"].as_array();
  if (given == nullptr || given->size() > objects_max)
    return azure_refusal(400, "BadRequest",
                         fmt::format("value must be a list of up to {} indicators", objects_max));
  const std::string now = base::format_iso(sources_.clock.now());
  std::vector<Json> made;
  Json::Array answers;
  for (const Json& each : *given) {
    Json::Object answer = each.as_object() != nullptr ? *each.as_object() : Json::Object();
    std::erase_if(answer, [](const auto& member) { return member.first == "id"; });
    if (const std::string pattern = pattern_of(each); !pattern.empty()) {
      // The program deletes what it sent before under another hash after this: it needs another id.
      const std::string& request = each["indicatorRequestHash"].text();
      const std::string id =
          sources_.indicators->id_of(std::string(source), fmt::format("{}\n{}", pattern, request));
      made.push_back(stix_of(each, id, pattern, now));
      answer.emplace_back("id", text_of(id));
    } else {
      Json::Object error{{"code", text_of("400")},
                         {"message", text_of("nothing that events can be held against")}};
      // Some programs read an id whatever came of it, and ask to delete that one day.
      answer.emplace_back("id", text_of("Failed to create, check Error element for reason"));
      answer.emplace_back("Error", Json(Json::Value(std::move(error))));
    }
    answers.emplace_back(Json::Value(std::move(answer)));
  }
  if (!take_all(*sources_.indicators, made)) return cannot_store_now();
  return list_reply(std::move(answers));
}

ReceiverReply Api::delete_graph_indicators(const Call& call) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const auto* ids = call.body["value"].as_array();
  if (ids == nullptr || ids->size() > objects_max)
    return azure_refusal(400, "BadRequest",
                         fmt::format("value must be a list of up to {} ids", objects_max));
  const std::string now = base::format_iso(sources_.clock.now());
  std::vector<Json> made;
  Json::Array answers;
  for (const Json& id : *ids) {
    if (!id.text().starts_with("indicator--")) continue;
    Json::Object withdrawn{{"type", text_of("indicator")},
                           {"id", id},
                           {"modified", text_of(now)},
                           {"revoked", Json(Json::Value(true))}};
    made.emplace_back(Json::Value(std::move(withdrawn)));
    Json::Object answer{{"id", id}, {"code", Json(Json::Value(std::int64_t{200}))}};
    answers.emplace_back(Json::Value(std::move(answer)));
  }
  if (!take_all(*sources_.indicators, made)) return cannot_store_now();
  return list_reply(std::move(answers));
}

}  // namespace vedette::server
