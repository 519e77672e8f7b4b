// Conversions between types: what tostring(), tolong() and implicit conversion become. Kusto's:
// what cannot be converted is null (the empty string for strings), never an error.
#include <cmath>
#include <limits>

#include "base/text.h"
#include "kql/decimal.h"
#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// A whole number keeps its ".0", as in the texts that detect_anomalous_spike_fl's page shows.
void real_text(Call& call) {
  const double value = call.real(0);
  std::string text = native::text_of_real(value);
  if (std::isfinite(value) && text.find_first_of(".E") == std::string::npos) text += ".0";
  call.give_text(text);
}
void datetime_text(Call& call) {
  call.give_text(format_datetime_full(call.integer(0)));
}
void timespan_text(Call& call) {
  call.give_text(format_timespan_full(call.integer(0)));
}
void dynamic_text(Call& call) {
  native::append_as_text(call.give_text(), call.text(0));
}

void give_long(Call& call, std::optional<std::int64_t> value) {
  if (value) call.give_integer(*value);
}
void text_long(Call& call) {
  const std::string_view text = base::trim(call.text(0));
  if (const auto whole = native::read_long(text)) return call.give_integer(*whole);
  const auto real = native::read_real(text);  // "123.4" is 123
  if (real && *real > -9.2e18 && *real < 9.2e18)
    call.give_integer(static_cast<std::int64_t>(*real));
}
void dynamic_long(Call& call) {
  if (native::kind_of(call.text(0)) != native::JsonKind::string)
    return give_long(call, native::integer_of(call.text(0)));
  const std::string text = native::unescaped(call.text(0));
  call.arguments[0].text = text;
  text_long(call);
}
void text_real(Call& call) {
  if (const auto value = native::read_real(call.text(0))) call.give_real(*value);
}
void dynamic_real(Call& call) {
  if (const auto value = native::number_of(call.text(0))) call.give_real(*value);
}
void give_bool(Call& call, std::string_view text) {
  text = base::trim(text);
  if (base::equals_ignoring_case(text, "true")) return call.give(true);
  if (base::equals_ignoring_case(text, "false")) return call.give(false);
  if (const auto number = native::read_long(text)) call.give(*number != 0);
}
void text_bool(Call& call) {
  give_bool(call, call.text(0));
}
void dynamic_bool(Call& call) {
  std::string text;
  native::append_as_text(text, call.text(0));
  give_bool(call, text);
}
void text_datetime(Call& call) {
  give_long(call, parse_datetime(call.text(0)));
}
// Ticks that no datetime has are null.
void long_datetime(Call& call) {
  if (call.integer(0) >= 0 && call.integer(0) <= datetime_ticks_max)
    call.give_integer(call.integer(0));
}
void dynamic_datetime(Call& call) {
  if (native::kind_of(call.text(0)) == native::JsonKind::string)
    return give_long(call, parse_datetime(native::unescaped(call.text(0))));
  const auto ticks = native::kind_of(call.text(0)) == native::JsonKind::integer
                         ? native::integer_of(call.text(0))
                         : std::nullopt;
  if (ticks && *ticks >= 0 && *ticks <= datetime_ticks_max) call.give_integer(*ticks);
}
void text_timespan(Call& call) {
  give_long(call, parse_timespan(call.text(0)));
}
void dynamic_timespan(Call& call) {
  if (native::kind_of(call.text(0)) == native::JsonKind::string)
    return give_long(call, parse_timespan(native::unescaped(call.text(0))));
  if (native::kind_of(call.text(0)) == native::JsonKind::integer)
    give_long(call, native::integer_of(call.text(0)));
}
void text_guid(Call& call) {
  // Of a bare guid the first 32 digits count, whatever follows them.
  const std::string_view given = call.text(0);
  std::size_t end = 0;
  for (int digits = 0; end < given.size() && digits < 32; ++end) digits += given[end] != '-';
  const bool bare = !given.starts_with('{') && !given.starts_with('(');
  if (const auto text = canonical_guid(bare ? given.substr(0, end) : given)) call.give_text(*text);
}
void text_decimal(Call& call) {
  if (const auto text = canonical_decimal(base::trim(call.text(0)))) call.give_text(*text);
}
void decimal_text(Call& call) {
  if (const auto text = canonical_decimal(call.text(0))) call.give_text(*text);
}

void text_json(Call& call) {
  native::append_quoted(call.give_text(), call.text(0));
}
void real_json(Call& call) {
  native::append_json_real(call.give_text(), call.real(0));
}
void datetime_json(Call& call) {
  native::append_quoted(call.give_text(), format_datetime_full(call.integer(0)));
}
void timespan_json(Call& call) {
  native::append_quoted(call.give_text(), format_timespan_full(call.integer(0)));
}

constexpr Function sql(std::string_view name, std::string_view result, std::string_view text) {
  return {.name = name, .result = result, .duckdb = text, .use = Use::internal};
}
constexpr Function run(std::string_view name, std::string_view from, std::string_view result,
                       native::Body body) {
  return {.name = name, .parameters = from, .result = result, .body = body, .use = Use::internal};
}

// Named FROM_to_TO.
constexpr Function rows[] = {
    sql("bool_to_string", "string", "coalesce(CAST($1 AS VARCHAR), '')"),
    sql("int_to_string long_to_string", "string", "coalesce(CAST($1 AS VARCHAR), '')"),
    run("real_to_string", "real", "string", real_text),
    run("datetime_to_string", "datetime", "string", datetime_text),
    run("timespan_to_string", "timespan", "string", timespan_text),
    sql("guid_to_string", "string", "coalesce(CAST($1 AS VARCHAR), '')"),
    run("dynamic_to_string", "dynamic", "string", dynamic_text),
    run("decimal_digits", "string", "string", decimal_text),
    sql("decimal_to_string", "string", "coalesce(kql_decimal_digits(CAST($1 AS VARCHAR)), '')"),

    sql("bool_to_int", "int", "CAST($1 AS INTEGER)"),
    sql("long_to_int", "int", "TRY_CAST($1 AS INTEGER)"),
    sql("real_to_int decimal_to_int", "int", "TRY_CAST(trunc($1) AS INTEGER)"),
    sql("string_to_int", "int", "TRY_CAST(kql_string_to_long($1) AS INTEGER)"),
    sql("dynamic_to_int", "int", "TRY_CAST(kql_dynamic_to_long($1) AS INTEGER)"),
    sql("datetime_to_int timespan_to_int", "int", "TRY_CAST($1 AS INTEGER)"),

    sql("bool_to_long int_to_long", "long", "CAST($1 AS BIGINT)"),
    sql("real_to_long decimal_to_long", "long", "TRY_CAST(trunc($1) AS BIGINT)"),
    run("string_to_long", "string", "long", text_long),
    run("dynamic_to_long", "dynamic", "long", dynamic_long),
    sql("datetime_to_long timespan_to_long", "long", "$1"),

    sql("bool_to_real int_to_real long_to_real decimal_to_real", "real", "CAST($1 AS DOUBLE)"),
    run("string_to_real", "string", "real", text_real),
    run("dynamic_to_real", "dynamic", "real", dynamic_real),
    sql("datetime_to_real timespan_to_real", "real", "CAST($1 AS DOUBLE)"),

    sql("int_to_bool long_to_bool real_to_bool", "bool", "($1 <> 0)"),
    run("string_to_bool", "string", "bool", text_bool),
    run("dynamic_to_bool", "dynamic", "bool", dynamic_bool),

    run("string_to_datetime", "string", "datetime", text_datetime),
    run("dynamic_to_datetime", "dynamic", "datetime", dynamic_datetime),
    run("ticks_of_datetime", "long", "datetime", long_datetime),
    sql("long_to_datetime int_to_datetime timespan_to_datetime", "datetime",
        "kql_ticks_of_datetime(CAST($1 AS BIGINT))"),
    run("string_to_timespan", "string", "timespan", text_timespan),
    run("dynamic_to_timespan", "dynamic", "timespan", dynamic_timespan),
    sql("long_to_timespan int_to_timespan", "timespan", "CAST($1 AS BIGINT)"),
    sql("datetime_to_timespan", "timespan", "$1"),
    sql("real_to_timespan", "timespan", "TRY_CAST(trunc($1) AS BIGINT)"),

    run("guid_digits", "string", "string", text_guid),
    sql("string_to_guid", "guid", "TRY_CAST(nullif(kql_guid_digits($1), '') AS UUID)"),
    sql("dynamic_to_guid", "guid",
        "TRY_CAST(nullif(kql_guid_digits(kql_dynamic_to_string($1)), '') AS UUID)"),

    sql("bool_to_decimal int_to_decimal long_to_decimal real_to_decimal", "decimal",
        "TRY_CAST($1 AS DECIMAL(38,18))"),
    run("decimal_read", "string", "string", text_decimal),
    sql("string_to_decimal", "decimal",
        "TRY_CAST(nullif(kql_decimal_read($1), '') AS DECIMAL(38,18))"),
    sql("dynamic_to_decimal", "decimal",
        "TRY_CAST(nullif(kql_decimal_read(kql_dynamic_to_string($1)), '') AS DECIMAL(38,18))"),

    sql("bool_to_dynamic int_to_dynamic long_to_dynamic", "dynamic", "CAST($1 AS VARCHAR)"),
    run("real_to_dynamic", "real", "dynamic", real_json),
    run("datetime_to_dynamic", "datetime", "dynamic", datetime_json),
    run("timespan_to_dynamic", "timespan", "dynamic", timespan_json),
    run("string_to_dynamic", "string", "dynamic", text_json),
    sql("guid_to_dynamic", "dynamic", "('\"' || CAST($1 AS VARCHAR) || '\"')"),
    sql("decimal_to_dynamic", "dynamic",
        "(CASE WHEN $1 IS NOT NULL THEN '\"' || kql_decimal_digits(CAST($1 AS VARCHAR)) || '\"' "
        "END)"),
};

}  // namespace

std::span<const Function> conversion_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
