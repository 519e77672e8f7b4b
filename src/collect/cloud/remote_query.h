// Owns: one KQL query to a service that answers such queries: a Log Analytics workspace, or a
// database of Azure Data Explorer. Promises: the text goes there as it is; what the service could
// not give is said with the rows that it gave; an answer is whole JSON or a Trouble. Must not know:
// the language, what becomes of rows. Sources: Azure Monitor's query API v1; Kusto's query API v2.
// One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/cloud/service_client.h"

namespace vedette::collect::cloud {

// An answer, unpacked. Log Analytics itself ends at about 100 MB.
inline constexpr std::size_t remote_answer_bytes_max = 128UL * 1024 * 1024;

struct RemoteQuestion {
  std::string text;
  std::string timespan;  // "START/END"; empty: whatever the text says
  int timeout_ms = 240'000;
};

struct RemoteColumn {
  std::string name, type;  // KQL's name of the type
};
struct RemoteTable {
  std::vector<RemoteColumn> columns;
  std::vector<std::string_view> rows;  // a JSON array each, within the answer's body
};
struct RemoteAnswer {
  std::unique_ptr<const std::string> body;
  std::vector<RemoteTable> tables;
  std::vector<std::string> partial;  // what the rows lack, in the service's words
};

// A question as a request, and its answer as tables whose rows are views into `body`. `address` is
// the service's.
[[nodiscard]] ServiceRequest workspace_request(std::string_view address, std::string_view workspace,
                                               const RemoteQuestion& question);
[[nodiscard]] ServiceRequest data_explorer_request(std::string_view address,
                                                   std::string_view database,
                                                   const RemoteQuestion& question);
[[nodiscard]] Answered<RemoteAnswer> read_workspace(std::string_view body);
[[nodiscard]] Answered<RemoteAnswer> read_data_explorer(std::string_view body);

// `workspace`: its GUID, or its id in Azure ("/subscriptions/...").
[[nodiscard]] Answered<RemoteAnswer> ask_workspace(ServiceClient& client,
                                                   std::string_view workspace,
                                                   const RemoteQuestion& question,
                                                   const std::stop_token& stop);
[[nodiscard]] Answered<RemoteAnswer> ask_data_explorer(ServiceClient& client,
                                                       std::string_view database,
                                                       const RemoteQuestion& question,
                                                       const std::stop_token& stop);

}  // namespace vedette::collect::cloud
