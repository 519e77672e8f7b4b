// mv-expand as SQL.
#include "fmt/format.h"
#include "kql/emit/duckdb/emitter.h"

namespace vedette::kql::emit::duckdb {

Emitter::Select Emitter::expand(const plan::ExpandNode& expand, const Needed& needed) {
  Needed below = needed;
  Needed used;
  for (const auto& [id, value] : expand.items) collect(*value, used);
  below.insert(used.begin(), used.end());
  Select input = plain(node(*expand.input, below), used, below);
  std::string list = text(input, below);
  std::string longest;
  std::vector<std::string> lists;
  for (const auto& [id, value] : expand.items) {
    const std::string name = fmt::format("l{}", id);
    lists.push_back(name);
    longest += (longest.empty() ? "" : ", ") + fmt::format("len({})", name);
    list.insert(7, fmt::format("{} AS {}, ", expression(*value, input), name));
  }
  if (lists.size() > 1) longest = fmt::format("greatest({})", longest);
  if (expand.limit)
    longest = fmt::format("least({}, {})", longest, expression(*expand.limit, Select{}));
  std::string outer;
  Select result;
  for (const plan::ColumnId id : below)
    if (input.cells.contains(id)) {
      outer += (outer.empty() ? "" : ", ") + name_of_column(id);
      result.cells[id] = {name_of_column(id), Weight::trivial};
    }
  const std::string rows = alias();
  outer +=
      fmt::format("{}unnest(range({})) AS c{}", outer.empty() ? "" : ", ", longest, expand.index);
  for (const std::string& name : lists) outer += ", " + name;
  std::string body = fmt::format("SELECT {} FROM ({}) AS {}", outer, list, rows);
  // The element of each list at that place; JSON null is null.
  std::string cells;
  for (const auto& [id, cell] : result.cells) cells += name_of_column(id) + ", ";
  for (std::size_t i = 0; i < expand.items.size(); ++i) {
    const plan::ColumnId id = expand.items[i].first;
    cells += fmt::format("nullif({}[c{} + 1], 'null') AS c{}, ", lists[i], expand.index, id);
    result.cells[id] = {name_of_column(id), Weight::trivial};
  }
  result.cells[expand.index] = {name_of_column(expand.index), Weight::trivial};
  result.from = fmt::format("(SELECT {}c{} FROM ({}) AS {}) AS {}", cells, expand.index, body,
                            alias(), alias());
  return result;
}

}  // namespace vedette::kql::emit::duckdb
