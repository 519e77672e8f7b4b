// Owns: any KQL query of a Log Analytics workspace or a database of Azure Data Explorer as a
// listing: its rows of a window of time, for a table here. Promises: the query goes there as it is,
// with `pull_from` and `pull_to` before it and the window's filter behind it; an answer that the
// service cut short is asked for again in shorter windows, never taken for all; rows are known by
// the columns that were named, else by all that they say. Must not know: what becomes of rows. One
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collect/cloud/listing.h"

namespace vedette::collect::cloud {

enum class QueryService : std::uint8_t { workspace, data_explorer };

struct PulledQuery {
  QueryService service = QueryService::workspace;
  std::string address;  // of the service
  std::string place;    // the workspace (its GUID or its id in Azure), or the database
  std::string name;     // of the pull, in the rows' ids
  std::string query;
  std::string into;               // the table here
  std::string time;               // the column that says in which window a row is
  std::vector<std::string> keys;  // whose values make a row the same; empty: all
};

[[nodiscard]] std::unique_ptr<Listing> pulled_query(const PulledQuery& query);

}  // namespace vedette::collect::cloud
