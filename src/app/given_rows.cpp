#include "app/given_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/duckdb/engine.h"
#include "store/duckdb/hunt.h"

namespace vedette::app {
namespace {

// Hands out what was given; everything else is refused.
class GivenRecords final : public ports::ExternalData {
 public:
  explicit GivenRecords(const std::vector<GivenTable>& tables) : tables_(tables) {}
  base::Result<std::string> read(const std::string& address, int, const std::stop_token&) override {
    const auto found = std::ranges::find(tables_, address, &GivenRecords::address_of);
    if (found != tables_.end()) return found->records;
    return base::failure(base::ErrorCode::refused, "no other host is read here");
  }
  static std::string address_of(const GivenTable& given) { return "given:" + given.table->name; }

 private:
  const std::vector<GivenTable>& tables_;
};

// let SigninLogs = externaldata(TimeGenerated:datetime, ...)["given:SigninLogs"] ...; in front of
// the saved functions, since a name of a query goes before a table's.
std::string named_rows(const std::vector<GivenTable>& tables) {
  std::string text;
  for (const GivenTable& given : tables) {
    std::string columns;
    for (const kql::CatalogueColumn& column : given.table->columns)
      columns += fmt::format("{}{}:{}", columns.empty() ? "" : ",", column.name,
                             kql::name_of(column.type));
    text += fmt::format("let {} = externaldata({})[\"{}\"] with (format=\"multijson\"); ",
                        given.table->name, columns, GivenRecords::address_of(given));
  }
  return text;
}

}  // namespace

kql::Checked<void> run_over_given(const GivenHunt& hunt, const kql::Catalogue& catalogue,
                                  kql::result::Sink& sink) {
  GivenRecords records(hunt.tables);
  kql::Inputs inputs = hunt.inputs;
  inputs.saved_functions = named_rows(hunt.tables) + inputs.saved_functions;
  const auto engine = store::duckdb::Engine::open({.timeout_ms = hunt.timeout_ms,
                                                   .stop = hunt.stop,
                                                   .places = hunt.places,
                                                   .external = &records});
  if (!engine) return kql::refuse("KQL599", {}, engine.error().message);
  return store::duckdb::hunt(**engine, hunt.text, catalogue, kql::no_storage(), inputs, sink);
}

}  // namespace vedette::app
