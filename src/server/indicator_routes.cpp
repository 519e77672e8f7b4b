// Owns: indicators that programs send in the shapes of Microsoft Sentinel: the upload of STIX
// objects under its three addresses, and createIndicator. Source: the swagger documents of
// azure-rest-api-specs (securityinsights), and what misp2sentinel sends.
#include <fmt/format.h>

#include <array>

#include "server/api.h"
#include "server/azure_reply.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::Json;
using base::JsonWriter;
using net::ReceiverReply;

constexpr std::size_t objects_max = 100, source_bytes_max = 256;
constexpr std::string_view reserved_source = "Microsoft Sentinel";
// What the addresses call the same list.
constexpr std::array<std::string_view, 3> list_names{"stixobjects", "indicators", "value"};
constexpr std::array<std::string_view, 4> needed{"id", "type", "created", "modified"};
constexpr std::array<std::string_view, 3> needed_of_indicator{"pattern", "pattern_type",
                                                              "valid_from"};
constexpr std::array<std::string_view, 3> needed_of_relationship{"relationship_type", "source_ref",
                                                                 "target_ref"};

std::string missing(std::string_view name) {
  return fmt::format("Error for Property={}: Required property is missing. Actual value: NULL.",
                     name);
}

// What an object lacks, in the words of the service.
std::vector<std::string> errors_of(const Json& object) {
  std::vector<std::string> errors;
  const auto check = [&](std::span<const std::string_view> names) {
    for (const auto name : names)
      if (object[name].text().empty()) errors.push_back(missing(name));
  };
  if (object.as_object() == nullptr) return {"Error: the record is no object."};
  check(needed);
  if (object["type"].text() == "indicator") check(needed_of_indicator);
  if (object["type"].text() == "relationship") check(needed_of_relationship);
  return errors;
}

using Errors = std::vector<std::pair<std::size_t, std::vector<std::string>>>;

// The documentation calls the texts by one name and the swagger by another.
std::string write_errors(const Errors& errors) {
  JsonWriter out;
  out.begin_object().key("errors").begin_array();
  for (const auto& [index, texts] : errors) {
    out.begin_object().key("recordIndex").number(static_cast<std::uint64_t>(index));
    for (const std::string_view name : {"errorMessages", "validationErrorMessages"}) {
      out.key(name).begin_array();
      for (const auto& text : texts) out.string(text);
      out.end_array();
    }
    out.end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace

ReceiverReply Api::upload_indicators(const Call& call) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const Json* list = nullptr;
  for (const auto name : list_names)
    if (list == nullptr && !call.body[name].is_null()) list = &call.body[name];
  const std::string& source = call.body["sourcesystem"].text();
  if (source.empty() || source.size() > source_bytes_max || source == reserved_source)
    return azure_refusal(400, "BadRequest",
                         "sourcesystem must be a text of 1 to 256 characters, and not the reserved "
                         "\"Microsoft Sentinel\"");
  const auto* objects = list == nullptr ? nullptr : list->as_array();
  if (objects == nullptr || objects->empty())
    return azure_refusal(400, "BadRequest", "stixobjects must be a list of objects");
  if (objects->size() > objects_max)
    return azure_refusal(400, "BadRequest",
                         fmt::format("a request holds up to {} objects", objects_max));
  if (const auto wait = sources_.indicators->wait_of(call.caller.name); wait > base::Duration{})
    return wait_reply(wait);
  std::vector<const Json*> good;
  Errors errors;
  for (std::size_t i = 0; i < objects->size(); ++i) {
    auto found = errors_of((*objects)[i]);
    if (found.empty())
      good.push_back(&(*objects)[i]);
    else
      errors.emplace_back(i, std::move(found));
  }
  if (!good.empty())
    if (const auto taken = sources_.indicators->take(source, good); !taken)
      return cannot_store_now();
  if (good.empty()) return reply(400, write_errors(errors));
  // Programs that use the older addresses read the answer as JSON, whatever it says.
  const bool is_older = list != &call.body[list_names.front()];
  return reply(200, errors.empty() && !is_older ? std::string() : write_errors(errors));
}

ReceiverReply Api::create_indicator(const Call& call) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const Json& given = call.body["properties"];
  const std::string& pattern = given["pattern"].text();
  const std::string source =
      given["source"].text().empty() ? "createIndicator" : given["source"].text();
  if (call.body["kind"].text() != "indicator" || pattern.empty() ||
      source.size() > source_bytes_max)
    return azure_refusal(400, "BadRequest",
                         "kind must be \"indicator\", and properties hold a pattern");
  if (const auto wait = sources_.indicators->wait_of(call.caller.name); wait > base::Duration{})
    return wait_reply(wait);
  const std::string now = base::format_iso(sources_.clock.now());
  const std::string& external = given["externalId"].text();
  const std::string id =
      external.starts_with("indicator--") ? external : sources_.indicators->id_of(source, pattern);
  Json::Object stix;
  stix.emplace_back("type", text_of("indicator"));
  stix.emplace_back("id", text_of(id));
  stix.emplace_back("pattern_type", text_of("stix"));
  stix.emplace_back("pattern", given["pattern"]);
  stix.emplace_back("created", text_of(now));
  stix.emplace_back("modified", text_of(now));
  copy_member(stix, "valid_from", given["validFrom"]);
  copy_member(stix, "valid_until", given["validUntil"]);
  copy_member(stix, "confidence", given["confidence"]);
  copy_member(stix, "revoked", given["revoked"]);
  copy_member(stix, "name", given["displayName"]);
  copy_member(stix, "description", given["description"]);
  copy_member(stix, "labels", given["threatIntelligenceTags"]);
  copy_member(stix, "indicator_types", given["threatTypes"]);
  const Json object{Json::Value(std::move(stix))};
  if (const auto taken = sources_.indicators->take(source, {&object}); !taken)
    return cannot_store_now();
  Json::Object properties = given.as_object() != nullptr ? *given.as_object() : Json::Object();
  std::erase_if(properties, [](const auto& member) {
    return member.first == "externalId" || member.first == "created" ||
           member.first == "lastUpdatedTimeUtc";
  });
  properties.emplace_back("externalId", text_of(id));
  properties.emplace_back("created", text_of(now));
  properties.emplace_back("lastUpdatedTimeUtc", text_of(now));
  const std::string name = id.substr(std::string_view("indicator--").size());
  const std::string_view parent = call.path.substr(0, call.path.rfind('/'));
  const Json::Object answer{{"id", text_of(fmt::format("{}/indicators/{}", parent, name))},
                            {"name", text_of(name)},
                            {"type", text_of("Microsoft.SecurityInsights/ThreatIntelligence")},
                            {"kind", text_of("indicator")},
                            {"properties", Json(Json::Value(std::move(properties)))}};
  return reply(200, base::format_json(Json(Json::Value(answer))));
}

// Programs that sign in to Microsoft's cloud with a client's secret get back the token that they
// gave as that secret, if it is one of ours.
ReceiverReply Api::exchange_token(const Call& call) const {
  const auto refused = [](int status, std::string_view error, std::string_view words) {
    JsonWriter out;
    out.begin_object().member("error", error).member("error_description", words).end_object();
    return reply(status, out.take());
  };
  const std::string secret = parameter(call.request.body, "client_secret").value_or("");
  if (parameter(call.request.body, "grant_type") != "client_credentials" || secret.empty())
    return refused(400, "invalid_request",
                   "grant_type must be client_credentials, and client_secret an API token");
  const auto caller = sources_.access.caller_of_token(secret);
  if (!caller || !*caller)
    return refused(401, "invalid_client", "client_secret is no API token of this Vedette");
  JsonWriter out;
  out.begin_object().member("token_type", "Bearer").key("expires_in").number(std::int64_t{3'599});
  out.key("ext_expires_in").number(std::int64_t{3'599}).member("access_token", secret);
  out.end_object();
  return reply(200, out.take());
}

}  // namespace vedette::server
