// Functions over neighbouring rows. SQL: the call, '|', its frame; @ stands for the OVER clause.
#include "kql/functions/function.h"

namespace vedette::kql::functions {

namespace {

constexpr Function window(std::string_view name, std::string_view sql,
                          std::string_view example = {}, std::string_view gives = {}) {
  return {.name = name, .duckdb = sql, .example = example, .gives = gives, .use = Use::window};
}
constexpr Function inner(std::string_view name, std::string_view sql) {
  return {.name = name, .duckdb = sql, .use = Use::internal};
}

constexpr Function rows[] = {
    window("prev", "lag($1, $2, $3)",
           "range x from 1 to 2 step 1 | extend y = prev(x, 1, 0) | where x == 2 | project y", "1"),
    window("next", "lead($1, $2, $3)",
           "range x from 1 to 2 step 1 | extend y = next(x, 1, 0) | where x == 1 | project y", "2"),
    window("row_number", "row_number() @ - 1 + $1",
           "range x from 7 to 9 step 1 | extend y = row_number() | where x == 9 | project y", "3"),
    inner("running_real", "sum($1)|ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"),
    window(
        "row_cumsum", "CAST(sum($1) @ AS BIGINT)|ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
        "range x from 1 to 4 step 1 | extend y = row_cumsum(x) | where x == 4 | project y", "10"),
    window(
        "row_rank_dense row_rank", "",
        "range x from 1 to 3 step 1 | extend y = row_rank_dense(x / 2) | where x == 3 | project y",
        "2"),
    window("row_rank_min", "",
           "range x from 1 to 4 step 1 | extend y = row_rank_min(x / 2) | where x == 4 | project y",
           "4"),
    window(
        "row_window_session", "",
        "range x from 1 to 4 step 1 | extend t = datetime(2020-01-01) + x * x * 1h | serialize s "
        "= row_window_session(t, 1d, 5h) | where x == 4 | project s",
        "2020-01-01T16:00:00Z"),
    inner("count_restarts",
          "CAST(sum(CASE WHEN $1 THEN 1 ELSE 0 END) @ AS BIGINT)|ROWS BETWEEN UNBOUNDED PRECEDING "
          "AND CURRENT ROW"),
    inner("changed", "(row_number() @ = 1 OR $1 IS DISTINCT FROM lag($1) @)"),
    inner("last_restart",
          "max(CASE WHEN $1 THEN $2 END)|ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"),
};

}  // namespace

std::span<const Function> window_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
