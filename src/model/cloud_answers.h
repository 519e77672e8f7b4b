// Owns: the names of the formats in which cloud services' answers lie in the journal, and what a
// record of each holds.
// Promises: a payload is one JSON document as the service answered it, byte for byte, unless the
// line says that it is wrapped. Where a feed leaves out records that it handed over before, the
// document is made anew around those that are left ({"value":[...]}, [...]), each byte for byte as
// it came; one without records only carries the feed's cursor. Must not know: who asked for it,
// what becomes of it.
#pragma once

#include <string_view>

namespace vedette::model {

// GET /auditLogs/signIns, v1.0 or beta: {"value":[signIn...]}. A record says by its
// signInEventTypes which kind it is; one without them (v1.0) is interactive.
inline constexpr std::string_view graph_sign_ins_format = "graph-sign-ins";
// GET /auditLogs/directoryAudits: {"value":[directoryAudit...]}
inline constexpr std::string_view graph_directory_audits_format = "graph-directory-audits";
// GET /identityProtection/riskDetections and /riskyUsers: {"value":[...]}
inline constexpr std::string_view graph_risk_detections_format = "graph-risk-detections";
inline constexpr std::string_view graph_risky_users_format = "graph-risky-users";
// Wrapped, since no single call says it: {"value":[{"user":{a Graph user},"mailbox":{"timeZone",
// "workingHours"},"groups":[{"id","displayName","takesRoles"}],"roles":[{"id","displayName",
// "eligible"}]}...]}; "mailbox" where it is known.
inline constexpr std::string_view graph_identities_format = "graph-identities";
// GET /identity/conditionalAccess/namedLocations, all of them: {"value":[namedLocation...]}
inline constexpr std::string_view graph_named_locations_format = "graph-named-locations";
// A content blob of the Management Activity API: [record...]
inline constexpr std::string_view management_activity_format = "management-activity";
// GET .../Microsoft.SecurityInsights/incidents: {"value":[incident...]}
inline constexpr std::string_view sentinel_incidents_format = "sentinel-incidents";
// Wrapped: {"incident":"its full ARM id","alerts":{"value":[...]},"entities":{"entities":[...]},
// "comments":{"value":[...]}}; a part that was not asked for is left out.
inline constexpr std::string_view sentinel_incident_details_format = "sentinel-incident-details";
// No answer: a feed's word that the service will not answer it since the tenant has not bought that
// (once, until it answers again): {"missing":"licence"}. Its source says which feed.
inline constexpr std::string_view cloud_refusal_format = "cloud-refusal";
// Wrapped: {"table":"the local table","answer":{"tables":[{"name","columns":[...],"rows":[...]}]}},
// the first table of a query's answer.
inline constexpr std::string_view log_analytics_format = "log-analytics";

}  // namespace vedette::model
