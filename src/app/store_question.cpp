#include "app/store_question.h"

namespace vedette::app {

base::Result<void> ask_store(store::duckdb::SegmentStore& store, const std::string& query,
                             base::Timestamp now, const std::stop_token& stop,
                             kql::result::Sink& sink, QuestionParameters parameters) {
  kql::Inputs inputs;
  inputs.now_ticks = now.ticks;
  inputs.parameters = std::move(parameters);
  store::duckdb::StoreHuntOptions options;
  options.stop = stop;
  const auto asked = store.hunt(query, inputs, options, sink);
  if (asked) return {};
  return base::failure(base::ErrorCode::unavailable, asked.error().message);
}

}  // namespace vedette::app
