#include "collect/cloud/sentinel_changes.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/http_text.h"

namespace vedette::collect::cloud {
namespace {

using base::Json;

constexpr std::string_view version = "api-version=2024-03-01";

// What the service takes of an incident; the rest of a record is its own to say.
constexpr std::array<std::string_view, 11> taken{"title",
                                                 "description",
                                                 "severity",
                                                 "status",
                                                 "owner",
                                                 "labels",
                                                 "classification",
                                                 "classificationReason",
                                                 "classificationComment",
                                                 "firstActivityTimeUtc",
                                                 "lastActivityTimeUtc"};

// The service wants one of its reasons with each of these.
std::string_view reason_of(std::string_view classification) {
  if (classification == "TruePositive") return "SuspiciousActivity";
  if (classification == "BenignPositive") return "SuspiciousButExpected";
  if (classification == "FalsePositive") return "IncorrectAlertLogic";
  return {};
}

Json text_of(std::string_view text) {
  return Json(Json::Value(std::string(text)));
}

}  // namespace

std::string sentinel_incidents_url(const std::string& address, const WorkspacePlace& place) {
  return fmt::format(
      "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.OperationalInsights/workspaces/{}/"
      "providers/Microsoft.SecurityInsights/incidents",
      address, base::percent_encode(place.subscription), base::percent_encode(place.resource_group),
      base::percent_encode(place.name));
}

std::string sentinel_incident_url(const std::string& address, const WorkspacePlace& place,
                                  const std::string& id, std::string_view part) {
  const std::string_view name = std::string_view(id).substr(id.rfind('/') + 1);
  return fmt::format("{}/{}{}?{}", sentinel_incidents_url(address, place),
                     base::percent_encode(name), part, version);
}

std::string changed_incident(const Json& record, const SentinelChange& change) {
  Json::Object properties;
  const auto put = [&](std::string_view name, Json value) {
    properties.emplace_back(std::string(name), std::move(value));
  };
  const bool closes = change.status == "Closed";
  for (const std::string_view name : taken) {
    const bool is_replaced = (name == "status" && !change.status.empty()) ||
                             (name == "owner" && !change.owner.empty()) ||
                             (closes && name.starts_with("classification"));
    if (const Json& value = record["properties"][name]; !is_replaced && !value.is_null())
      put(name, value);
  }
  if (!change.status.empty()) put("status", text_of(change.status));
  if (closes) {
    put("classification", text_of(change.classification));
    put("classificationComment", text_of(change.closing_comment));
    if (const auto reason = reason_of(change.classification); !reason.empty())
      put("classificationReason", text_of(reason));
  }
  if (!change.owner.empty())
    put("owner", Json(Json::Value(Json::Object{{"userPrincipalName", text_of(change.owner)},
                                               {"email", text_of(change.owner)},
                                               {"assignedTo", text_of(change.owner)}})));
  const Json::Object body{{"etag", record["etag"]},
                          {"properties", Json(Json::Value(std::move(properties)))}};
  return base::format_json(Json(Json::Value(body)));
}

}  // namespace vedette::collect::cloud
