// Owns: the listings of services around Azure and Office: Sentinel's incidents with what belongs to
// each, the contents of the Management Activity API, and tables of a Log Analytics workspace by
// query. Promises: each as the service documents it; incidents by when they were changed, tables by
// when rows arrived, so that what comes late is not missed. Source: the published descriptions; see
// docs/guides/microsoft365.md. Must not know: what becomes of records. One thread.
#pragma once

#include <memory>
#include <string>

#include "collect/cloud/listing.h"

namespace vedette::collect::cloud {

struct WorkspacePlace {
  std::string subscription, resource_group, name;
};

// `address` is that of Azure Resource Manager.
[[nodiscard]] std::unique_ptr<Listing> sentinel_incidents(const std::string& address,
                                                          const WorkspacePlace& place);
// One incident as it is now, wrapped as model::sentinel_incident_details_format; `id` is its ARM
// id, of which only the last part is asked for.
[[nodiscard]] Answered<std::string> sentinel_incident_now(ServiceClient& client,
                                                          const WorkspacePlace& place,
                                                          const std::string& id,
                                                          const std::stop_token& stop);

// `tenant` is its GUID; `content_type` such as "Audit.Exchange".
[[nodiscard]] std::unique_ptr<Listing> management_activity(const std::string& address,
                                                           const std::string& tenant,
                                                           const std::string& content_type);

struct TableQuery {
  std::string workspace;  // its GUID
  std::string table;      // there
  std::string into;       // here
  std::string query;  // empty: all of the table; else what follows the table's name: "| where ..."
};

[[nodiscard]] std::unique_ptr<Listing> log_analytics_table(const std::string& address,
                                                           const TableQuery& query);

}  // namespace vedette::collect::cloud
