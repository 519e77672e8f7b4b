// Owns: what we change of an incident of Microsoft Sentinel's: its status, owner and
// classification, and comments. Promises: a change is of the version that was read (its etag), and
// leaves everything else of the incident as it was; a comment's name is given by the caller, so
// that the same one put twice is one. Source: the published description of
// Microsoft.SecurityInsights, Incidents and IncidentComments. Must not know: why something is
// changed. One thread.
#pragma once

#include <string>

#include "base/json.h"
#include "collect/cloud/azure_listings.h"

namespace vedette::collect::cloud {

// What is empty is left as it is.
struct SentinelChange {
  std::string status;  // "Active", "Closed"
  std::string owner;   // a name to sign in with
  std::string classification, closing_comment;
};

// Where the incidents of that workspace are.
[[nodiscard]] std::string sentinel_incidents_url(const std::string& address,
                                                 const WorkspacePlace& place);
// One of them and what belongs to it: "", "/comments/NAME". `id` is its ARM id.
[[nodiscard]] std::string sentinel_incident_url(const std::string& address,
                                                const WorkspacePlace& place, const std::string& id,
                                                std::string_view part = {});
// The body that changes the record and nothing else of it.
[[nodiscard]] std::string changed_incident(const base::Json& record, const SentinelChange& change);

}  // namespace vedette::collect::cloud
