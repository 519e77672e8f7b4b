#include "store/duckdb/hunt.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/external/unpack.h"

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

// As --allow-host takes it: a name alone means https.
std::string host_of(std::string_view address) {
  constexpr std::string_view unsafe = "http://", safe = "https://";
  const bool is_unsafe = address.starts_with(unsafe);
  if (is_unsafe) address.remove_prefix(unsafe.size());
  if (address.starts_with(safe)) address.remove_prefix(safe.size());
  return std::string(is_unsafe ? unsafe : "") +
         std::string(address.substr(0, address.find_first_of("/?#")));
}

kql::Checked<std::vector<std::string>> fetch(const kql::external::Request& request,
                                             const EngineOptions& options) {
  if (options.external == nullptr)
    return kql::refuse("KQL306", request.span,
                       "externaldata may only read hosts that an administrator has allowed, and "
                       "none is",
                       fmt::format("vedette hunt --allow-host {} allows this one for this query; "
                                   "serve has hosts = [...] in [hunt]",
                                   host_of(request.addresses.front())));
  const int timeout_ms = std::min(options.timeout_ms, base::limits::external_timeout_ms);
  std::vector<std::string> all;
  std::size_t bytes = 0;
  for (const std::string& address : request.addresses) {
    auto body = options.external->read(address, timeout_ms, options.stop);
    auto texts = body ? kql::external::unpack(std::move(*body), request.zip_pattern)
                      : base::Result<std::vector<std::string>>(std::unexpected(body.error()));
    if (!texts) {
      const bool refused = texts.error().code == base::ErrorCode::refused;
      return kql::refuse(refused ? "KQL306" : "KQL506", request.span,
                         "externaldata: " + texts.error().message);
    }
    for (std::string& text : *texts) {
      bytes += text.size();
      all.push_back(std::move(text));
    }
    if (bytes > base::limits::external_bytes_max)
      return kql::refuse("KQL407", request.span,
                         fmt::format("externaldata reads more than {} MB",
                                     base::limits::external_bytes_max >> 20));
  }
  return all;
}

// What the stage wants of other hosts becomes a table.
kql::Checked<kql::Fact> external_fact(Engine& engine, const kql::external::Request& request,
                                      std::size_t number) {
  if (number >= base::limits::external_files_max)
    return kql::refuse("KQL407", request.span, "the query reads too many files with externaldata");
  const std::vector<std::string> texts = VEDETTE_TRY(fetch(request, engine.options()));
  VEDETTE_TRY_VOID(engine.load(request, number, texts));
  return kql::Fact{.rows = {}, .external_key = request.key(), .external_number = number};
}

// One of the tables that the text gives; how many there are.
kql::Checked<std::size_t> hunt_one(Engine& engine, std::string_view text,
                                   const kql::Catalogue& catalogue, const kql::Storage& storage,
                                   const kql::Inputs& inputs, kql::Facts& external,
                                   kql::result::Sink& sink) {
  kql::Facts facts = external;
  kql::CompileOptions options;
  for (std::size_t i = 0; i < stages_max;) {
    const kql::Stage stage =
        VEDETTE_TRY(kql::compile(text, catalogue, storage, inputs, facts, options));
    if (stage.external) {
      external.push_back(VEDETTE_TRY(external_fact(engine, *stage.external, external.size())));
      facts.push_back(external.back());
      continue;
    }
    ++i;
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
  kql::Facts external;  // read once for all of the tables
  for (std::size_t count = 1; one.result_number < count; ++one.result_number)
    count = VEDETTE_TRY(hunt_one(engine, text, catalogue, storage, one, external, sink));
  return {};
}

}  // namespace vedette::store::duckdb
