// Owns: where in the store the values lie that indicators are held against when rows arrive, and
// the questions that give them: each column that schema/observables.txt declares, members of JSON
// and free text too. Promises: who, how often and how it ended is read from the columns that are
// asked as rows arrive; no value of a row or an indicator becomes a part of a question. Must not
// know: indicators, what is found. Any thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "intel/observed_columns.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

// A column of a table. The texts are KQL.
struct RetroPlace {
  std::string table, column;  // their names
  intel::ObservedColumn observed;
  std::string value;
  std::string count = {}, succeeded = {}, failed = {}, blocked = {}, account = {}, host = {};
  std::string source_port = {}, destination_port = {}, protocols = {};
};

[[nodiscard]] base::Result<std::vector<RetroPlace>> retro_places(store::duckdb::SegmentStore& store,
                                                                 const std::string& table,
                                                                 base::Timestamp now,
                                                                 const std::stop_token& stop);

// What each of the questions gives, in this order.
enum RetroColumn : std::uint8_t {
  value_column,
  count_column,  // of events
  first_column,
  last_column,
  succeeded_column,  // of these, log-ins
  failed_column,
  blocked_column,
  account_column,  // of one of them
  host_column,
  retro_columns,
  source_port_column = retro_columns,  // of traffic_question alone
  destination_port_column,
  protocols_column,
  traffic_columns
};

// Values with what is known of all their rows of so many days; of `parts` parts one.
[[nodiscard]] std::string values_question(const RetroPlace& place, int days, std::size_t part,
                                          std::size_t parts);
// Of one value, the text of the parameter `wanted`, by ports and protocols.
[[nodiscard]] std::string traffic_question(const RetroPlace& place, int days);
// Rows behind `from`, up to `until`: texts that are hardly ever the same.
[[nodiscard]] std::string rows_question(const RetroPlace& place, base::Timestamp from,
                                        base::Timestamp until);

}  // namespace vedette::app
