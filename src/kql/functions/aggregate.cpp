// Aggregates. $F is a filter from outside (pivot), $G2 "only where the second argument holds", $O
// the order of the rows where it matters.
#include <algorithm>
#include <cmath>

#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// Values and weights as two arrays: the first value at which the fraction of the weight is reached.
std::optional<std::string_view> weighted(const Call& call) {
  const auto values = native::elements_of(call.text(0));
  const auto weights = native::elements_of(call.text(1));
  std::vector<std::pair<double, std::size_t>> order;
  double total = 0;
  for (std::size_t i = 0; i < values.size() && i < weights.size(); ++i) {
    const auto value = native::number_of(values[i]);
    const auto weight = native::number_of(weights[i]);
    if (!value || !weight || *weight <= 0) continue;
    order.emplace_back(*value, i);
    total += *weight;
  }
  std::sort(order.begin(), order.end());
  double seen = 0;
  for (const auto& [value, i] : order) {
    seen += native::number_of(weights[i]).value_or(0);
    if (seen >= total * call.real(2) - 1e-9) return values[i];
  }
  return order.empty() ? std::nullopt : std::optional(values[order.back().second]);
}
void percentile_weighted(Call& call) {
  if (const auto found = weighted(call))
    if (const auto value = native::integer_of(*found)) call.give_integer(*value);
}
void percentile_weighted_real(Call& call) {
  if (const auto found = weighted(call))
    if (const auto value = native::number_of(*found)) call.give_real(*value);
}

constexpr Function agg(std::string_view name, std::string_view parameters, std::string_view result,
                       std::string_view sql, std::string_view prefix = {},
                       std::string_view example = {}, std::string_view gives = {},
                       std::uint8_t traits = plain) {
  return {.name = name,
          .parameters = parameters,
          .result = result,
          .duckdb = sql,
          .example = example,
          .gives = gives,
          .naming = Naming::prefixed,
          .prefix = prefix,
          .traits = traits,
          .use = Use::aggregate};
}
constexpr Function named_by_argument(std::string_view name, std::string_view parameters,
                                     std::string_view result, std::string_view sql) {
  return {.name = name,
          .parameters = parameters,
          .result = result,
          .duckdb = sql,
          .naming = Naming::first_argument,
          .use = Use::aggregate};
}
constexpr Function inner(std::string_view name, std::string_view sql, std::uint8_t traits = plain) {
  return {.name = name, .duckdb = sql, .traits = traits, .use = Use::internal};
}

// DuckDB adds up in 128 bits; Kusto's long and timespan wrap at 64.
#define SUM_WRAPPED(sum)                                                          \
  "CAST(((coalesce(" sum                                                          \
  ", 0) + 9223372036854775808) % 18446744073709551616 + 18446744073709551616) % " \
  "18446744073709551616 - 9223372036854775808 AS BIGINT)"
// DuckDB refuses to go on where one of the numbers is none or has no end; Kusto's result is NaN.
#define SPREAD(function, filter)                                \
  "(CASE WHEN coalesce(bool_or(NOT isfinite($1))" filter        \
  ", false) THEN CAST('nan' AS DOUBLE) ELSE coalesce(" function \
  "(CASE WHEN isfinite($1) THEN $1 END)" filter ", 0.0) END)"
#define VALUES "datatable(x:long)[1, 2, 3, 3] | summarize "

constexpr Function rows[] = {
    agg("count", "", "long", "count(*)$F", "count", VALUES "count()", "4", never_null),
    agg("cnt", "", "long", "count(*)$F", "cnt", VALUES "cnt()", "4", never_null),
    agg("count", "bool", "long", "count(*)$G1", "count"),
    agg("count", "any", "long", "count(*)$F", "count"),
    agg("countif", "bool", "long", "count(*)$G1", "countif", VALUES "countif(x > 2)", "2",
        never_null),
    agg("sum", "integer", "long", SUM_WRAPPED("sum($1)$F"), "sum", VALUES "sum(x)", "9"),
    agg("sum", "real", "real", "coalesce(sum($1)$F, 0.0)", "sum"),
    agg("sum", "decimal", "decimal", "CAST(coalesce(sum($1)$F, 0) AS DECIMAL(38,18))", "sum"),
    agg("sum", "timespan", "timespan", SUM_WRAPPED("sum($1)$F"), "sum"),
    agg("sum", "datetime", "datetime", "CAST(sum($1)$F AS BIGINT)", "sum"),
    agg("sumif", "integer, bool", "long", SUM_WRAPPED("sum($1)$G2"), "sumif",
        VALUES "sumif(x, x > 2)", "6"),
    agg("sumif", "real, bool", "real", "coalesce(sum($1)$G2, 0.0)", "sumif"),
    agg("sumif", "timespan, bool", "timespan", SUM_WRAPPED("sum($1)$G2"), "sumif"),
    agg("sumif", "decimal, bool", "decimal", "CAST(coalesce(sum($1)$G2, 0) AS DECIMAL(38,18))",
        "sumif"),
    agg("min", "ordered", "$1", "min($1)$F", "min", VALUES "min(x)", "1"),
    agg("max", "ordered", "$1", "max($1)$F", "max", VALUES "max(x)", "3"),
    agg("minif", "ordered, bool", "$1", "min($1)$G2", "minif", VALUES "minif(x, x > 1)", "2"),
    agg("maxif", "ordered, bool", "$1", "max($1)$G2", "maxif", VALUES "maxif(x, x < 3)", "2"),
    agg("avg", "integer", "real", "coalesce(avg($1)$F, CAST('nan' AS DOUBLE))", "avg",
        VALUES "avg(x)", "2.25"),
    agg("avg", "real", "real", "coalesce(avg($1)$F, CAST('nan' AS DOUBLE))", "avg"),
    agg("avg", "decimal", "decimal", "CAST(avg($1)$F AS DECIMAL(38,18))", "avg"),
    agg("avg", "timespan", "timespan", "CAST(trunc(avg($1)$F) AS BIGINT)", "avg"),
    agg("avg", "datetime", "datetime",
        "(CAST(trunc(avg($1 - 630000000000000000)$F) AS BIGINT) + 630000000000000000)", "avg"),
    agg("avgif", "integer, bool", "real", "coalesce(avg($1)$G2, CAST('nan' AS DOUBLE))", "avgif",
        VALUES "avgif(x, x > 1)", "2.6666666666666665"),
    agg("avgif", "real, bool", "real", "coalesce(avg($1)$G2, CAST('nan' AS DOUBLE))", "avgif"),
    agg("avgif", "decimal, bool", "decimal", "CAST(avg($1)$G2 AS DECIMAL(38,18))", "avgif"),
    agg("avgif", "timespan, bool", "timespan", "CAST(trunc(avg($1)$G2) AS BIGINT)", "avgif"),
    agg("avgif", "datetime, bool", "datetime",
        "(CAST(trunc(avg($1 - 630000000000000000)$G2) AS BIGINT) + 630000000000000000)", "avgif"),
    agg("dcount", "any, any?", "long", "count(DISTINCT $1)$F", "dcount", VALUES "dcount(x)", "3",
        never_null),
    agg("dcountif", "any, bool, any?", "long", "count(DISTINCT $1)$G2", "dcountif",
        VALUES "dcountif(x, x > 1)", "2", never_null),
    agg("count_distinct", "any", "long", "count(DISTINCT $1)$F", "count_distinct",
        VALUES "count_distinct(x)", "3", never_null),
    agg("count_distinctif", "any, bool", "long", "count(DISTINCT $1)$G2", "count_distinctif",
        VALUES "count_distinctif(x, x > 1)", "2", never_null),
    agg("stdev", "real", "real", SPREAD("stddev_samp", "$F"), "stdev", VALUES "round(stdev(x), 4)",
        "0.9574"),
    agg("stdevif", "real, bool", "real", SPREAD("stddev_samp", "$G2"), "stdevif"),
    agg("stdevp", "real", "real", SPREAD("stddev_pop", "$F"), "stdevp"),
    agg("variance", "real", "real", SPREAD("var_samp", "$F"), "variance",
        VALUES "round(variance(x), 4)", "0.9167"),
    agg("varianceif", "real, bool", "real", SPREAD("var_samp", "$G2"), "varianceif"),
    agg("variancep", "real", "real", SPREAD("var_pop", "$F"), "variancep"),
    agg("variancepif", "real, bool", "real", SPREAD("var_pop", "$G2"), "variancepif"),
    agg("covariance", "real, real", "real", "covar_samp($1, $2)$F", "covariance"),
    agg("covarianceif", "real, real, bool", "real", "covar_samp($1, $2)$G3", "covarianceif"),
    agg("covariancep", "real, real", "real", "covar_pop($1, $2)$F", "covariancep"),
    agg("covariancepif", "real, real, bool", "real", "covar_pop($1, $2)$G3", "covariancepif"),
    agg("make_list", "json, long?", "dynamic",
        "kql_first_elements(coalesce('[' || string_agg($1, ','$O)$F || ']', '[]'), $2)", "list",
        VALUES "make_list(x)", "[1,2,3,3]", first_wins | known_options),
    // The old names hold 128 values unless told otherwise.
    agg("makelist", "json, long?", "dynamic",
        "kql_first_elements(coalesce('[' || string_agg($1, ','$O)$F || ']', '[]'), "
        "coalesce($2, 128))",
        "list", VALUES "makelist(x)", "[1,2,3,3]", first_wins | known_options),
    agg("make_list_if", "json, bool, long?", "dynamic",
        "kql_first_elements(coalesce('[' || string_agg($1, ','$O)$G2 || ']', '[]'), $3)", "list",
        VALUES "make_list_if(x, x > 1)", "[2,3,3]", first_wins | known_options),
    agg("make_list_with_nulls", "json", "dynamic",
        "coalesce('[' || string_agg(coalesce($1, 'null'), ','$O)$F || ']', '[]')", "list",
        VALUES "make_list_with_nulls(x)", "[1,2,3,3]", first_wins),
    agg("make_set", "json, long?", "dynamic",
        "kql_make_set_of(coalesce('[' || string_agg(DISTINCT $1, ',' ORDER BY $1)$F || ']', '[]'), "
        "$2)",
        "set", VALUES "make_set(x)", "[1,2,3]", known_options),
    agg("makeset", "json, long?", "dynamic",
        "kql_make_set_of(coalesce('[' || string_agg(DISTINCT $1, ',' ORDER BY $1)$F || ']', '[]'), "
        "coalesce($2, 128))",
        "set", VALUES "makeset(x)", "[1,2,3]", known_options),
    agg("make_set_if", "json, bool, long?", "dynamic",
        "kql_make_set_of(coalesce('[' || string_agg(DISTINCT $1, ',' ORDER BY $1)$G2 || ']', "
        "'[]'), $3)",
        "set", VALUES "make_set_if(x, x > 1)", "[2,3]", known_options),
    agg("make_bag", "dynamic, long?", "dynamic",
        "kql_merge_bags('[' || string_agg($1, ','$O)$F || ']', $2)", "bag",
        VALUES "make_bag(bag_pack('a', x))", "{\"a\":1}", first_wins | known_options),
    agg("make_dictionary", "dynamic, long?", "dynamic",
        "kql_merge_bags('[' || string_agg($1, ','$O)$F || ']', coalesce($2, 128))", "dictionary",
        VALUES "make_dictionary(bag_pack('a', x))", "{\"a\":1}", first_wins | known_options),
    agg("make_bag_if", "dynamic, bool, long?", "dynamic",
        "kql_merge_bags('[' || string_agg($1, ','$O)$G2 || ']', $3)", "bag",
        VALUES "make_bag_if(bag_pack('a', x), x > 1)", "{\"a\":2}", first_wins | known_options),
    agg("buildschema", "dynamic", "dynamic",
        "kql_build_schema_of('[' || string_agg($1, ',')$F || ']')", "schema"),
    // A text that is not empty, where there is one.
    named_by_argument("take_anyif", "string, bool", "$1", "any_value(nullif($1, ''))$G2"),
    named_by_argument("take_anyif", "any, bool", "$1", "any_value($1)$G2"),
    agg("anyif", "string, bool", "$1", "any_value(nullif($1, ''))$G2", "anyif"),
    agg("anyif", "any, bool", "$1", "any_value($1)$G2", "anyif"),
    named_by_argument("binary_all_and", "long", "long", "bit_and($1)$F"),
    named_by_argument("binary_all_and", "int", "int", "bit_and($1)$F"),
    named_by_argument("binary_all_or", "long", "long", "bit_or($1)$F"),
    named_by_argument("binary_all_or", "int", "int", "bit_or($1)$F"),
    named_by_argument("binary_all_xor", "long", "long", "bit_xor($1)$F"),
    named_by_argument("binary_all_xor", "int", "int", "bit_xor($1)$F"),
    // These are bound by hand, since they give columns; the rows name them for the documentation.
    agg("arg_max arg_min argmax argmin take_any any percentile percentiles percentiles_array "
        "percentilew percentilesw percentilesw_array",
        "any*", "$1", "any_value($1)$F", "", VALUES "arg_max(x, *)", "3"),

    // One column each of the row that has the greatest $1, or of the first row where none has a $1.
    // Which row that is depends on $1 alone, so all columns come from the same one. A struct of all
    // columns would be compared and copied whole: four times slower.
    inner("arg_max_value",
          "CASE WHEN max($1)$F IS NULL THEN first($2)$F ELSE arg_max_null($2, $1)$F END"),
    inner("arg_min_value",
          "CASE WHEN min($1)$F IS NULL THEN first($2)$F ELSE arg_min_null($2, $1)$F END"),
    // The same for a datetime: no moment is as early or late as what stands for none.
    inner("arg_max_moment",
          "arg_max_null($2, coalesce($1, CAST(-9223372036854775808 AS BIGINT)))$F"),
    inner("arg_min_moment",
          "arg_min_null($2, coalesce($1, CAST(9223372036854775807 AS BIGINT)))$F"),
    inner("greatest_value", "max($1)$F"),
    inner("least_value", "min($1)$F"),
    inner("first_value", "first($1)$F"),
    inner("any_value", "any_value($1)$F"),
    inner("percentile", "quantile_disc($1, $2)$F"),
    inner("percentile_weighted",
          "kql_percentile_of('[' || string_agg(CAST($1 AS VARCHAR), ',')$F || ']', '[' || "
          "string_agg(CAST($2 AS VARCHAR), ',')$F || ']', $3)"),
    inner("percentile_weighted_real",
          "kql_percentile_real_of('[' || string_agg(CAST($1 AS VARCHAR), ',')$F || ']', '[' || "
          "string_agg(CAST($2 AS VARCHAR), ',')$F || ']', $3)"),
    inner("flat_list", "coalesce('[' || string_agg(DISTINCT $1, ',')$F || ']', '[]')"),
    inner("series_fill",
          "kql_fill_series('[' || string_agg('[' || CAST($1 AS VARCHAR) || ',' || coalesce($2, "
          "'null') || ']', ',') || ']', $3, $4)"),
    {.name = "percentile_of",
     .parameters = "dynamic, dynamic, real",
     .result = "long",
     .body = percentile_weighted,
     .use = Use::internal},
    {.name = "percentile_real_of",
     .parameters = "dynamic, dynamic, real",
     .result = "real",
     .body = percentile_weighted_real,
     .use = Use::internal},
    inner("same", "($1 IS NOT DISTINCT FROM $2)"),
};

#undef VALUES
#undef SPREAD

}  // namespace

std::span<const Function> aggregate_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
