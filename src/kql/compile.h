// Owns: the one entry to the language: KQL text in, the next stage out. Most queries are one stage;
// a query whose columns depend on data (bag_unpack, pivot) first asks for a small result. Promises:
// pure: the clock, the catalogue and what earlier stages gave are inputs; the same inputs give the
// same SQL. Must not know: who runs it. Called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kql/catalogue/catalogue.h"
#include "kql/diagnostic.h"
#include "kql/external/request.h"
#include "kql/kept_path.h"
#include "kql/plan/plan.h"

namespace vedette::kql {

struct Inputs {
  std::int64_t now_ticks = 0;
  std::vector<std::pair<std::string, std::string>>
      parameters;           // declare query_parameters: their text
  bool check_only = false;  // names and types only: nothing will be run
  // Lets of functions that the text may call though they do not stand in it. A diagnostic of what
  // they do points at the call.
  std::string saved_functions = {};
  // Every table gives only rows whose TimeGenerated is at or after the one, and before the other.
  std::optional<std::int64_t> from_ticks = {};
  std::optional<std::int64_t> to_ticks = {};
  std::size_t result_number = 0;  // of a text that gives several tables (Stage::result_count)
  // Each operator becomes a SELECT of its own over all segments and all columns: what the SQL that
  // is made to be fast is compared with.
  bool plain = false;
};

// The rows that an earlier stage gave, as text.
struct Fact {
  std::vector<std::vector<std::string>> rows;
  // Of what was read from other hosts: the request's key; its rows lie in the table of that number
  // (external_table).
  std::string external_key = {};
  std::size_t external_number = 0;
};
using Facts = std::vector<Fact>;

struct WantedColumn {
  std::string_view name;  // KQL's
  Type type = Type::string;
  std::string alias;               // what SQL is to call it
  const KeptPath* path = nullptr;  // not the column, but what lies there in it, as dynamic
};
// Where tables are kept; a table that is not kept reads as empty.
class Storage {
 public:
  virtual ~Storage() = default;
  // A column of that table is kept under that name (kql/kept_path.h), at least for some rows.
  [[nodiscard]] virtual bool keeps_path(std::string_view, std::string_view) const { return false; }
  [[nodiscard]] virtual bool has_rows(std::string_view table, const TimeBounds& bounds) const = 0;
  // A SELECT, without parentheses, whose columns are exactly these (c0 when there are none): all
  // rows within the bounds, and perhaps others. Asked only where has_rows is true.
  [[nodiscard]] virtual std::string rows(std::string_view table,
                                         std::span<const WantedColumn> columns,
                                         const TimeBounds& bounds) const = 0;
};
[[nodiscard]] const Storage& no_storage();

// What SQL calls the rows of an external request: columns c0, c1 ... in the order of the request,
// all of them text.
[[nodiscard]] std::string external_table(std::size_t number);

struct Stage {
  std::string sql;
  // Instead of SQL: to be read into a table, whose number is told in a fact; then compile again.
  std::optional<external::Request> external;
  std::vector<plan::Column> columns;  // of the result, in order
  bool is_final = true;               // false: run it, append its rows to the facts, compile again
  bool columns_open = false;
  std::string render;
  std::size_t result_count = 1;    // several queries in the text, fork, facet
  std::vector<std::string> notes;  // what of the answer cannot be known here
};

struct CompileOptions {
  bool wrapping = false;  // integer arithmetic wraps (after a first run overflowed)
};

[[nodiscard]] Checked<Stage> compile(std::string_view text, const Catalogue& catalogue,
                                     const Storage& storage, const Inputs& inputs,
                                     const Facts& facts, const CompileOptions& options);

// Names and types only. Columns that depend on data are left out and `columns_open` is set.
struct Shape {
  std::vector<plan::Column> columns;
  bool columns_open = false;
};
[[nodiscard]] Checked<Shape> check(std::string_view text, const Catalogue& catalogue,
                                   const Inputs& inputs);

}  // namespace vedette::kql
