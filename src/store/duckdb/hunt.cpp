#include "store/duckdb/hunt.h"

#include <vector>

namespace vedette::store::duckdb {

namespace {

constexpr std::size_t stages_max = 16;

// The rows of a stage that another one needs, as text.
class FactSink final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell> cells) override {
    std::vector<std::string> texts;
    for (const kql::result::Cell& cell : cells) texts.push_back(kql::result::text_of(cell));
    fact.rows.push_back(std::move(texts));
  }
  void end(const kql::result::Ending&) override {}

  kql::Fact fact;
};

// One of the tables that the text gives; how many there are.
kql::Checked<std::size_t> hunt_one(Engine& engine, std::string_view text,
                                   const kql::Catalogue& catalogue, const kql::Storage& storage,
                                   const kql::Inputs& inputs, kql::result::Sink& sink) {
  kql::Facts facts;
  kql::CompileOptions options;
  for (std::size_t i = 0; i < stages_max; ++i) {
    const kql::Stage stage =
        VEDETTE_TRY(kql::compile(text, catalogue, storage, inputs, facts, options));
    FactSink question;
    auto done = engine.run(stage, stage.is_final ? sink : question);
    if (!done) {
      // DuckDB stops at an overflow; Kusto wraps. The plain operators come first, since they are
      // faster.
      if (done.error().code != "KQL502" || options.wrapping)
        return std::unexpected(std::move(done).error());
      options.wrapping = true;
      continue;
    }
    if (stage.is_final) return stage.result_count;
    facts.push_back(std::move(question.fact));
  }
  return kql::refuse("KQL403", {}, "the query has too many steps whose columns depend on data");
}

}  // namespace

// Several tables (several queries in the text, fork, facet) go to the sink one after another.
kql::Checked<void> hunt(Engine& engine, std::string_view text, const kql::Catalogue& catalogue,
                        const kql::Storage& storage, const kql::Inputs& inputs,
                        kql::result::Sink& sink) {
  kql::Inputs one = inputs;
  for (std::size_t count = 1; one.result_number < count; ++one.result_number)
    count = VEDETTE_TRY(hunt_one(engine, text, catalogue, storage, one, sink));
  return {};
}

}  // namespace vedette::store::duckdb
