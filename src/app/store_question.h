// Owns: a question of our own to the store, as KQL. Promises: what is wrong is an error in words.
// Must not know: what is asked. Any thread.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kql/result/sink.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

// What texts of others are called in it: declare query_parameters.
using QuestionParameters = std::vector<std::pair<std::string, std::string>>;

// `now` is what now() means in it.
[[nodiscard]] base::Result<void> ask_store(store::duckdb::SegmentStore& store,
                                           const std::string& query, base::Timestamp now,
                                           const std::stop_token& stop, kql::result::Sink& sink,
                                           QuestionParameters parameters = {});

}  // namespace vedette::app
