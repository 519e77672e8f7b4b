// Owns: the shape of a function's row, and the register of all rows. Adding a function is adding
// one row to the table of its family (functions/<family>.cpp). Promises: rows are static; a name
// finds its overloads in the order they stand. Must not know: syntax, plan, DuckDB's interface.
// Called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kql/native/call.h"
#include "kql/value.h"

namespace vedette::kql::functions {

// How an unnamed column made by a call gets its name.
enum class Naming : std::uint8_t {
  none,            // Column1 ..., print_0 ...
  first_argument,  // tostring(a) is a
  prefixed,        // the function's name or prefix, _, the first argument: strlen_a, sum_x
  prefix_only,
};

enum class Use : std::uint8_t { scalar, aggregate, window, internal };

// What a body gets to see of NULL, and how often it runs.
enum Trait : std::uint8_t {
  plain = 0,
  sees_nulls = 1,   // called for NULL arguments too
  is_volatile = 2,  // another value in every row
  never_null = 4,   // does not give null for arguments that are not null
  first_wins = 8,   // aggregates: the result depends on the order of rows
  may_lack = 16,    // called for NULL arguments too, but the first: without that there is no result
  known_options = 32,  // aggregates: what may be left out (the most elements) is no column
};

// Does the body run for these arguments? Where it does not, the result is NULL.
[[nodiscard]] constexpr bool runs_for(std::uint8_t traits, bool any_null, bool first_null) {
  return !any_null || (traits & sees_nulls) != 0 || ((traits & may_lack) != 0 && !first_null);
}

// Parameters, separated by ", ": a KQL type, or
//   any       whatever it is             text     converted to a string
//   number    int, long, real, decimal   integer  int, long
//   json      converted to dynamic       common   all of these brought to one type
//   ordered   what < understands         summable numbers, datetime, timespan
// with ? for one that may be left out and * for one that repeats.
// Result: a KQL type, or $1 (the type of the first argument), $1l (the same, int as long), common.
// SQL: $1 .. $9 arguments (missing ones are NULL), $* all, $2* from the second on; aggregates: $F
// the filter, $O the order. Without SQL the native body runs, as kql_NAME.
struct Function {
  std::string_view name = {};  // and its aliases, separated by spaces
  std::string_view parameters = {};
  std::string_view result = {};
  std::string_view duckdb = {};
  native::Body body = nullptr;
  std::string_view example = {};  // an expression, or a query when it holds '|'; also a test
  std::string_view gives = {};    // its value as `hunt --format csv` writes it
  Naming naming = Naming::none;
  std::string_view prefix = {};
  std::uint8_t traits = plain;
  Use use = Use::scalar;
};

// A row with a native body, and one that only the binder and other rows call by name.
constexpr Function body_row(std::string_view name, std::string_view parameters,
                            std::string_view result, native::Body body,
                            std::string_view example = {}, std::string_view gives = {},
                            std::uint8_t traits = plain) {
  return {.name = name,
          .parameters = parameters,
          .result = result,
          .body = body,
          .example = example,
          .gives = gives,
          .traits = traits};
}
constexpr Function internal_row(std::string_view name, std::string_view parameters,
                                std::string_view result, native::Body body,
                                std::uint8_t traits = plain) {
  return {.name = name,
          .parameters = parameters,
          .result = result,
          .body = body,
          .traits = traits,
          .use = Use::internal};
}

enum class ParameterKind : std::uint8_t {
  type,
  any,
  text,
  number,
  integer,
  json,
  common,
  ordered,
  summable
};

struct Parameter {
  ParameterKind kind = ParameterKind::any;
  Type type = Type::string;
  bool optional = false;
  bool repeats = false;
};

// Rows of that name, or none.
[[nodiscard]] const std::vector<const Function*>& find(std::string_view name, Use use);
// A row that the binder itself needs ("operators.cpp" and the like); it must be there.
[[nodiscard]] const Function& internal(std::string_view name);
[[nodiscard]] std::vector<std::string_view> names(Use use);
[[nodiscard]] const std::vector<Parameter>& parameters_of(const Function& function);
// Every row, in the order of the families: for the shim, the documentation and the tests.
[[nodiscard]] std::span<const Function* const> all();
[[nodiscard]] std::string_view first_name(const Function& function);
// kql_NAME, and a number when several rows of one name have a body.
[[nodiscard]] const std::string& sql_name(const Function& function);

// The families, one file each.
[[nodiscard]] std::span<const Function> operator_rows();
[[nodiscard]] std::span<const Function> conversion_rows();
[[nodiscard]] std::span<const Function> text_rows();
[[nodiscard]] std::span<const Function> match_rows();
[[nodiscard]] std::span<const Function> regex_rows();
[[nodiscard]] std::span<const Function> encoding_rows();
[[nodiscard]] std::span<const Function> number_rows();
[[nodiscard]] std::span<const Function> bin_rows();
[[nodiscard]] std::span<const Function> moment_rows();
[[nodiscard]] std::span<const Function> dynamic_rows();
[[nodiscard]] std::span<const Function> array_rows();
[[nodiscard]] std::span<const Function> bag_rows();
[[nodiscard]] std::span<const Function> address_rows();
[[nodiscard]] std::span<const Function> parsing_rows();
[[nodiscard]] std::span<const Function> series_rows();
[[nodiscard]] std::span<const Function> series_season_rows();
[[nodiscard]] std::span<const Function> series_fill_rows();
[[nodiscard]] std::span<const Function> series_fit_rows();
[[nodiscard]] std::span<const Function> unit_rows();
[[nodiscard]] std::span<const Function> punycode_rows();
[[nodiscard]] std::span<const Function> user_agent_rows();
[[nodiscard]] std::span<const Function> compression_rows();
[[nodiscard]] std::span<const Function> sketch_rows();
[[nodiscard]] std::span<const Function> sequence_rows();
[[nodiscard]] std::span<const Function> geohash_rows();
[[nodiscard]] std::span<const Function> graph_rows();
[[nodiscard]] std::span<const Function> reduce_rows();
[[nodiscard]] std::span<const Function> frequent_rows();
[[nodiscard]] std::span<const Function> hash_rows();
[[nodiscard]] std::span<const Function> geo_rows();
[[nodiscard]] std::span<const Function> geo_derived_rows();
[[nodiscard]] std::span<const Function> aggregate_rows();
[[nodiscard]] std::span<const Function> window_rows();

}  // namespace vedette::kql::functions
