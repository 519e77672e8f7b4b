// Rows that a native function goes over one by one, in their order.
#include "fmt/format.h"
#include "kql/emit/duckdb/emitter.h"
#include "kql/functions/function.h"

namespace vedette::kql::emit::duckdb {

Emitter::Select Emitter::sequence(const plan::SequenceNode& sequence, const Needed& needed) {
  Needed carried, used;
  for (const plan::ColumnId id : sequence.carried)
    if (needed.contains(id)) carried.insert(id);
  collect(*sequence.row, used);
  collect(sequence.order, used);
  Needed below = carried;
  below.insert(used.begin(), used.end());
  Select input = plain(node(*sequence.input, below), used, below);
  if (input.has_window) input = seal(input, below);
  std::string fields = "'j': " + expression(*sequence.row, input);
  for (const plan::ColumnId id : carried)
    if (const auto found = input.cells.find(id); found != input.cells.end())
      fields += fmt::format(", 'c{}': {}", id, found->second.sql);
  std::string body = fmt::format("SELECT list({{{}}}", fields);
  if (!sequence.order.empty()) body += " ORDER BY " + order_by(sequence.order, input);
  body += ") AS s";
  if (!input.from.empty()) body += " FROM " + input.from;
  for (std::size_t i = 0; i < input.where.size(); ++i)
    body += (i == 0 ? " WHERE " : " AND ") + input.where[i];
  // Rows and lines stand side by side; each line finds its row by the number in front of it.
  body = fmt::format(
      "SELECT s, unnest({}('[' || array_to_string(list_transform(s, lambda x: x.j), ',') || ']', "
      "{})) AS o FROM ({}) AS {}",
      functions::sql_name(*sequence.function), quote(sequence.options), body, alias());
  Select result;
  std::string list = fmt::format("substr(o, instr(o, ' ') + 1) AS c{}", sequence.result);
  result.cells[sequence.result] = {name_of_column(sequence.result), Weight::trivial};
  for (const plan::ColumnId id : carried) {
    if (!input.cells.contains(id)) continue;
    list += fmt::format(", s[CAST(split_part(o, ' ', 1) AS BIGINT) + 1].c{} AS c{}", id, id);
    result.cells[id] = {name_of_column(id), Weight::trivial};
  }
  result.from = fmt::format("(SELECT {} FROM ({}) AS {}) AS {}", list, body, alias(), alias());
  return result;
}

}  // namespace vedette::kql::emit::duckdb
