// Every native body over NULL, constants, dictionaries and more rows than a vector has: what it
// gives must not depend on how its arguments come.
#include "store/duckdb/native_functions.h"

#include <gtest/gtest.h>

#include <memory>

#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/result/sink.h"
#include "store/duckdb/engine.h"

namespace vedette::store::duckdb {
namespace {

using kql::Type;
using kql::functions::Function;
using kql::functions::Parameter;
using kql::functions::ParameterKind;

class First final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell> cells) override {
    if (text.empty())
      for (const auto& cell : cells) text += kql::result::text_of(cell) + ";";
  }
  void end(const kql::result::Ending&) override {}
  std::string text;
};

std::string first_row(Engine& engine, const std::string& sql, std::size_t columns) {
  kql::Stage stage;
  stage.sql = sql;
  for (std::size_t i = 0; i < columns; ++i)
    stage.columns.push_back({static_cast<kql::plan::ColumnId>(i + 1), "x", Type::int64, false});
  First sink;
  const auto done = engine.run(stage, sink);
  return done ? sink.text : done.error().code + " " + done.error().message;
}

std::string value_for(const Parameter& parameter, bool other) {
  switch (parameter.kind) {
    case ParameterKind::integer:
      return other ? "CAST(4 AS BIGINT)" : "CAST(3 AS BIGINT)";
    case ParameterKind::type:
      break;
    case ParameterKind::json:
      return other ? "'7'" : "'[1,2,3]'";
    default:
      return other ? "'b 2'" : "'a 1'";
  }
  switch (parameter.type) {
    case Type::boolean:
      return other ? "false" : "true";
    case Type::int32:
      return other ? "CAST(4 AS INTEGER)" : "CAST(3 AS INTEGER)";
    case Type::int64:
    case Type::datetime:
    case Type::timespan:
      return other ? "CAST(4 AS BIGINT)" : "CAST(3 AS BIGINT)";
    case Type::real:
      return other ? "CAST(0.25 AS DOUBLE)" : "CAST(0.5 AS DOUBLE)";
    case Type::dynamic:
      return other ? "'{\"k\":2}'" : "'[1,2,3]'";
    default:
      return other ? "'b 2'" : "'a 1'";
  }
}

// Functions whose value differs from row to row, or that fail on purpose.
bool is_left_out(const Function& function) {
  return (function.traits & kql::functions::is_volatile) != 0;
}

std::string called(const Function& function, const std::vector<std::string>& arguments) {
  return fmt::format("{}({})", kql::functions::sql_name(function), fmt::join(arguments, ", "));
}

// Two rows of arguments and one with NULL everywhere, joined to 2,049 rows: each row must have the
// value that the constants have.
std::string disagreements(Engine& engine, const Function& function) {
  const auto& parameters = kql::functions::parameters_of(function);
  std::vector<std::string> first, second, nulls, names;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    first.push_back(value_for(parameters[i], false));
    second.push_back(value_for(parameters[i], true));
    names.push_back(fmt::format("a{}", i));
    // The type of the value, without its value.
    nulls.push_back(fmt::format("CASE WHEN false THEN {} END", first.back()));
  }
  if (parameters.empty()) return {};
  const auto row = [&](int key, const std::vector<std::string>& values) {
    std::string text = fmt::format("SELECT {} AS k", key);
    for (std::size_t i = 0; i < names.size(); ++i)
      text += fmt::format(", {} AS {}", values[i], names[i]);
    return text;
  };
  const std::string rows =
      row(0, first) + " UNION ALL " + row(1, second) + " UNION ALL " + row(2, nulls);
  const std::string sql = fmt::format(
      "SELECT count(*), count(*) FILTER (WHERE k = 0 AND v IS DISTINCT FROM {}), "
      "count(*) FILTER (WHERE k = 1 AND v IS DISTINCT FROM {}), "
      "count(*) FILTER (WHERE k = 2 AND v IS DISTINCT FROM {}) FROM (SELECT k, {} AS v FROM "
      "range(2049) AS r(i) JOIN ({}) AS d ON d.k = r.i % 3) AS t",
      called(function, first), called(function, second), called(function, nulls),
      called(function, names), rows);
  return first_row(engine, sql, 4);
}

TEST(NativeBodies, GiveTheSameHoweverTheirArgumentsCome) {
  const auto engine = Engine::open({.timeout_ms = 20'000});
  ASSERT_TRUE(engine);
  std::size_t compared = 0;
  for (const Function* function : kql::functions::all()) {
    if (function->body == nullptr || is_left_out(*function)) continue;
    const std::string found = disagreements(**engine, *function);
    // A body that refuses such arguments ends the query with its message, and that is an answer.
    if (found.empty() || found.starts_with("KQL5")) continue;
    EXPECT_EQ(found, "2049;0;0;0;") << function->name << "(" << function->parameters << ")";
    ++compared;
  }
  EXPECT_GT(compared, 200U);
}

}  // namespace
}  // namespace vedette::store::duckdb
