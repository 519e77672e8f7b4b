#include "kql/compile.h"

#include <iterator>

#include "kql/bind/binder.h"
#include "kql/emit/duckdb/emitter.h"
#include "kql/syntax/tree.h"

namespace vedette::kql {

namespace {

class NoStorage final : public Storage {
 public:
  [[nodiscard]] bool has_rows(std::string_view, const TimeBounds&) const override { return false; }
  [[nodiscard]] std::string rows(std::string_view, std::span<const WantedColumn>,
                                 const TimeBounds&) const override {
    return {};
  }
};

class EmptyCatalogue final : public Catalogue {
 public:
  [[nodiscard]] const CatalogueTable* table(std::string_view) const override { return nullptr; }
  [[nodiscard]] const CatalogueFunction* function(std::string_view) const override {
    return nullptr;
  }
  [[nodiscard]] const std::vector<std::string_view>& table_names() const override { return names_; }

 private:
  std::vector<std::string_view> names_;
};

// The text, behind the functions that are not in it.
Checked<syntax::Query> parse_with_functions(std::string_view text, const Inputs& inputs) {
  syntax::Query query = VEDETTE_TRY(syntax::parse(text));
  if (inputs.saved_functions.empty()) return query;
  auto saved = syntax::parse(inputs.saved_functions);
  if (!saved)
    return refuse(saved.error().code, {}, "a saved function: " + saved.error().message,
                  saved.error().hint);
  for (const syntax::Statement& one : saved->statements)
    if (one.function) one.function->saved_as = one.name;
  query.statements.insert(query.statements.begin(),
                          std::make_move_iterator(saved->statements.begin()),
                          std::make_move_iterator(saved->statements.end()));
  return query;
}

}  // namespace

std::string external_table(std::size_t number) {
  return "temp.main.kql_external_" + std::to_string(number);
}

const Storage& no_storage() {
  static const NoStorage instance;
  return instance;
}

const Catalogue& empty_catalogue() {
  static const EmptyCatalogue instance;
  return instance;
}

Checked<Stage> compile(std::string_view text, const Catalogue& catalogue, const Storage& storage,
                       const Inputs& inputs, const Facts& facts, const CompileOptions& options) {
  const syntax::Query query = VEDETTE_TRY(parse_with_functions(text, inputs));
  bind::Binder binder(catalogue, inputs, facts);
  auto plan = binder.bind(query);
  emit::duckdb::Emitter emitter(
      storage, {.wrapping = options.wrapping || inputs.plain, .plain = inputs.plain});
  Stage stage;
  stage.result_count = syntax::count_results(query);
  if (!plan && binder.pending_external()) {
    stage.is_final = false;
    stage.external = std::move(binder.pending_external());
    return stage;
  }
  if (!plan) {
    if (!binder.pending()) return std::unexpected(std::move(plan).error());
    stage.is_final = false;
    stage.columns = binder.pending()->columns;
    stage.sql = emitter.emit(*binder.pending());
    return stage;
  }
  stage.columns = plan->columns;
  stage.columns_open = plan->columns_open;
  stage.render = plan->render;
  stage.notes = plan->notes;
  stage.sql = emitter.emit(*plan);
  return stage;
}

Checked<Shape> check(std::string_view text, const Catalogue& catalogue, const Inputs& inputs) {
  const syntax::Query query = VEDETTE_TRY(parse_with_functions(text, inputs));
  Inputs checking = inputs;
  checking.check_only = true;
  const Facts none;
  bind::Binder binder(catalogue, checking, none);
  const plan::Plan plan = VEDETTE_TRY(binder.bind(query));
  return Shape{plan.columns, plan.columns_open};
}

}  // namespace vedette::kql
