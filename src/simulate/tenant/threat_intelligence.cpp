#include "simulate/tenant/threat_intelligence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "simulate/tenant/odata.h"

namespace vedette::simulate::tenant {
namespace {

using base::Json;
using base::JsonWriter;

constexpr std::size_t objects_max = 100, held_max = 1'000'000, source_bytes_max = 256,
                      page_max = 1'000;
constexpr std::string_view workspaces = "/workspaces/";
constexpr std::string_view upload_verb = "/threat-intelligence-stix-objects:upload";
constexpr std::string_view indicators = "/threatintelligence/main/indicators";
constexpr std::array<std::string_view, 4> needed{"id", "type", "created", "modified"};
constexpr std::array<std::string_view, 3> needed_of_indicator{"pattern", "pattern_type",
                                                              "valid_from"};

// Exactly so; the number is what clients take out of it.
TenantReply rate_limit(base::Duration wait) {
  const std::int64_t seconds = wait.whole_seconds() + 1;
  JsonWriter out;
  out.begin_object().key("statusCode").number(std::int64_t{429});
  out.member("message", fmt::format("Rate limit is exceeded. Try again in {} seconds.", seconds));
  out.end_object();
  TenantReply reply = json_reply(429, out.take());
  reply.set("retry-after", std::to_string(seconds));
  return reply;
}

}  // namespace

bool ThreatIntelligence::owns(std::string_view path) {
  return (path.starts_with(workspaces) && path.ends_with(upload_verb)) ||
         base::to_lower_ascii(path).ends_with(indicators);
}

TenantReply ThreatIntelligence::answer(const TenantRequest& request, std::string_view path,
                                       base::Timestamp now) {
  TokenClaims claims;
  const std::string* authorization = request.header("authorization");
  if (tokens_.verify(authorization != nullptr ? *authorization : "", Service::arm, now, claims) !=
      TokenFault::none)
    return service_error(401, "Unauthorized",
                         "The access token is missing, expired or not for "
                         "this service.");
  if (!options_.arm_access)
    return service_error(403, "Forbidden",
                         "The principal lacks the role Microsoft Sentinel "
                         "Contributor on the workspace.");
  if (!path.ends_with(upload_verb))
    return request.method == "GET" ? list(request, path)
                                   : service_error(405, "MethodNotAllowed", "GET only");
  const auto workspace =
      path.substr(workspaces.size(), path.size() - workspaces.size() - upload_verb.size());
  if (!base::equals_ignoring_case(workspace, workspace_id))
    return service_error(404, "NotFound", "The workspace was not found.");
  if (request.method != "POST") return service_error(405, "MethodNotAllowed", "POST only");
  if (request.target.find("api-version=") == std::string::npos)
    return service_error(400, "MissingApiVersionParameter", "api-version is required.");
  if (options_.quotas && !quota_.take(now)) return rate_limit(quota_.wait(now));
  return upload(request, now);
}

// Empty: it was taken, or is older than what is there, which is no error.
std::string ThreatIntelligence::take(const Json& object, const std::string& source,
                                     base::Timestamp now) {
  const auto lacks = [&](std::string_view name) {
    return object[name].text().empty()
               ? fmt::format(
                     "Error for Property={}: Required property is missing. Actual value: "
                     "NULL.",
                     name)
               : std::string();
  };
  if (object.as_object() == nullptr) return "Error: the record is no object.";
  for (const auto name : needed)
    if (auto error = lacks(name); !error.empty()) return error;
  if (object["type"].text() != "indicator") return {};
  for (const auto name : needed_of_indicator)
    if (auto error = lacks(name); !error.empty()) return error;
  if (held_.size() >= held_max) return "Error: the simulated workspace is full.";
  const std::string& modified = object["modified"].text();
  const auto time = base::parse_iso(modified);
  if (!time) return "Error for Property=modified: no time.";
  Held& held = held_[{source, object["id"].text()}];
  const auto before = base::parse_iso(held.modified);
  if (held.is_revoked || (before && *time <= *before)) return {};
  held.object = base::format_json(object);
  held.modified = modified;
  held.received = base::format_iso(now);
  const auto* revoked = object["revoked"].as_bool();
  held.is_revoked = revoked != nullptr && *revoked;
  return {};
}

TenantReply ThreatIntelligence::upload(const TenantRequest& request, base::Timestamp now) {
  const auto body = base::parse_json(request.body);
  const auto* objects = body ? (*body)["stixobjects"].as_array() : nullptr;
  const std::string source = body ? (*body)["sourcesystem"].text() : std::string();
  if (objects == nullptr || objects->empty() || source.empty() ||
      source.size() > source_bytes_max || source == "Microsoft Sentinel")
    return service_error(400, "BadRequest", "sourcesystem and stixobjects are required.");
  if (objects->size() > objects_max)
    return service_error(400, "BadRequest", "A request holds up to 100 objects.");
  JsonWriter out;
  out.begin_object().key("errors").begin_array();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < objects->size(); ++i) {
    const std::string error = take((*objects)[i], source, now);
    if (error.empty()) continue;
    ++refused;
    out.begin_object().key("recordIndex").number(static_cast<std::uint64_t>(i));
    out.key("errorMessages").begin_array().string(error).end_array().end_object();
  }
  out.end_array().end_object();
  if (refused == 0) return {200, {{"content-type", "application/json"}}, "", {}};
  return json_reply(refused == objects->size() ? 400 : 200, out.take());
}

// $top up to 1,000 a page, $skipToken as the next link has it.
TenantReply ThreatIntelligence::list(const TenantRequest& request, std::string_view path) const {
  const auto cut = request.target.find('?');
  const auto query =
      parse_query(cut == std::string::npos ? std::string_view{}
                                           : std::string_view(request.target).substr(cut + 1));
  const std::uint64_t top = std::clamp<std::uint64_t>(
      base::parse_unsigned(find_option(query, "$top")).value_or(page_max), 1, page_max);
  const std::uint64_t skip = base::parse_unsigned(find_option(query, "$skipToken")).value_or(0);
  JsonWriter out;
  out.begin_object().key("value").begin_array();
  std::uint64_t number = 0;
  for (const auto& [key, held] : held_) {
    if (++number <= skip) continue;
    if (number > skip + top) break;
    const auto object = base::parse_json(held.object);
    if (!object) continue;
    out.begin_object().member("name", key.second).member("kind", "indicator");
    out.member("type", "Microsoft.SecurityInsights/threatIntelligence").key("properties");
    out.begin_object().member("externalId", key.second).member("source", key.first);
    out.member("pattern", (*object)["pattern"].text());
    out.member("lastUpdatedTimeUtc", held.modified).key("revoked").boolean(held.is_revoked);
    if (const auto* confidence = (*object)["confidence"].as_integer())
      out.key("confidence").number(*confidence);
    out.end_object().end_object();
  }
  out.end_array();
  if (held_.size() > skip + top)
    out.member("nextLink", fmt::format("{}{}?api-version=2024-03-01&$top={}&$skipToken={}",
                                       request.origin, path, top, skip + top));
  out.end_object();
  return json_reply(200, out.take());
}

std::string ThreatIntelligence::rows() const {
  std::string lines;
  for (const auto& [key, held] : held_) {
    const auto object = base::parse_json(held.object);
    if (!object) continue;
    JsonWriter out;
    out.begin_object().member("TimeGenerated", held.received).member("Id", key.second);
    out.member("SourceSystem", key.first).member("Pattern", (*object)["pattern"].text());
    out.key("Confidence")
        .number(std::int64_t{(*object)["confidence"].as_integer() != nullptr
                                 ? *(*object)["confidence"].as_integer()
                                 : 0});
    out.key("Revoked").boolean(held.is_revoked).key("IsDeleted").boolean(false);
    out.key("IsActive").boolean(!held.is_revoked).member("Modified", held.modified);
    out.end_object();
    lines += out.take() + "\n";
  }
  return lines;
}

}  // namespace vedette::simulate::tenant
