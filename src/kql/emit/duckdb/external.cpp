// Rows that other hosts gave, from the table that they were read into.
#include "fmt/format.h"
#include "kql/emit/duckdb/emitter.h"

namespace vedette::kql::emit::duckdb {

Emitter::Select Emitter::external(const plan::ExternalNode& external, const Needed& needed) {
  Select select;
  std::string list;
  for (std::size_t i = 0; i < external.ids.size(); ++i) {
    if (!needed.contains(external.ids[i])) continue;
    const std::string name = name_of_column(external.ids[i]);
    list += fmt::format("{}c{} AS {}", list.empty() ? "" : ", ", i, name);
    select.cells[external.ids[i]] = {name, Weight::trivial};
  }
  select.from = fmt::format("(SELECT {} FROM {}) AS {}", list.empty() ? "1 AS c0" : list,
                            external_table(external.number), alias());
  return select;
}

}  // namespace vedette::kql::emit::duckdb
