// Bins and ranges: what bin(), floor(), bin_at() and range() become.
#include <cmath>
#include <limits>
#include <optional>

#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// Rounded down to a multiple of the size, also below zero; `base` is where the multiples start.
std::optional<std::int64_t> bin_down(std::int64_t value, std::int64_t size, std::int64_t base) {
  if (size <= 0) return std::nullopt;
  __extension__ using Wide = __int128;
  const Wide distance = static_cast<Wide>(value) - base;
  Wide rest = distance % size;
  if (rest < 0) rest += size;
  return static_cast<std::int64_t>(static_cast<Wide>(value) - rest);
}
void bin_long(Call& call) {
  if (const auto bin = bin_down(call.integer(0), call.integer(1), 0)) call.give_integer(*bin);
}
void bin_long_at(Call& call) {
  if (const auto bin = bin_down(call.integer(0), call.integer(1), call.integer(2)))
    call.give_integer(*bin);
}
void bin_real(Call& call) {
  if (call.real(1) > 0) call.give_real(std::floor(call.real(0) / call.real(1)) * call.real(1));
}
void bin_real_at(Call& call) {
  if (call.real(1) > 0)
    call.give_real(call.real(2) +
                   std::floor((call.real(0) - call.real(2)) / call.real(1)) * call.real(1));
}

// The number of rows of `range x from a to b step s`.
void range_rows(Call& call) {
  __extension__ using Wide = __int128;
  const std::int64_t step = call.integer(2);
  if (step == 0) return call.fail("the step of a range is zero");
  const Wide distance = static_cast<Wide>(call.integer(1)) - call.integer(0);
  if ((distance < 0) != (step < 0) && distance != 0) return call.give_integer(0);
  const Wide count = distance / step + 1;
  call.give_integer(count > std::numeric_limits<std::int64_t>::max()
                        ? std::numeric_limits<std::int64_t>::max()
                        : static_cast<std::int64_t>(count));
}
void range_rows_real(Call& call) {
  const double step = call.real(2);
  if (step == 0 || !std::isfinite(step)) return call.fail("the step of a range is zero");
  const double count = std::floor((call.real(1) - call.real(0)) / step + 1e-9) + 1;
  call.give_integer(count < 0 || std::isnan(count) ? 0
                    : count > 9e18                 ? std::numeric_limits<std::int64_t>::max()
                                                   : static_cast<std::int64_t>(count));
}

// A range whose bounds are known only while running is built as a list first, so it is bounded.
void bounded_rows(Call& call) {
  if (call.integer(0) > base::limits::array_elements_max * 16)
    return call.fail("a range whose bounds are computed may have at most 16,777,216 rows");
  call.give_integer(call.integer(0));
}

// range(1, 5), as an array
void range_array(Call& call) {
  const std::int64_t step = call.integer(2, 1);
  if (step == 0 || call.is_null(1)) return;
  native::JsonBuilder out(call.give_text());
  out.open('[');
  std::int64_t count = 0;
  for (std::int64_t at = call.integer(0);
       step > 0 ? at <= call.integer(1) : at >= call.integer(1);) {
    if (++count > base::limits::array_elements_max) break;
    out.integer(at);
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  out.close(']');
}
void range_array_real(Call& call) {
  const double step = call.real(2, 1);
  if (step == 0 || call.is_null(1)) return;
  native::JsonBuilder out(call.give_text());
  out.open('[');
  for (std::int64_t i = 0; i < base::limits::array_elements_max; ++i) {
    const double at = call.real(0) + static_cast<double>(i) * step;
    if (step > 0 ? at > call.real(1) : at < call.real(1)) break;
    out.real(at);
  }
  out.close(']');
}

// range over datetimes and timespans: their text forms
template <bool is_datetime>
void range_array_time(Call& call) {
  constexpr std::int64_t hour_ticks = 36'000'000'000;
  const std::int64_t step = call.integer(2, hour_ticks);
  if (step == 0 || call.is_null(1)) return;
  native::JsonBuilder out(call.give_text());
  out.open('[');
  std::int64_t count = 0;
  for (std::int64_t at = call.integer(0);
       step > 0 ? at <= call.integer(1) : at >= call.integer(1);) {
    if (++count > base::limits::array_elements_max) break;
    out.text(is_datetime ? format_datetime_full(at) : format_timespan_full(at));
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  out.close(']');
}

constexpr Function rows[] = {
    internal_row("bin_long", "long, long", "long", bin_long),
    internal_row("bin_long_at", "long, long, long", "long", bin_long_at),
    internal_row("bin_real", "real, real", "real", bin_real),
    internal_row("bin_real_at", "real, real, real", "real", bin_real_at),
    internal_row("range_rows", "long, long, long", "long", range_rows),
    internal_row("bounded_rows", "long", "long", bounded_rows),
    internal_row("range_rows_real", "real, real, real", "long", range_rows_real),
    // No datetime lies before the first one.
    {.name = "bin_moment",
     .parameters = "datetime, timespan",
     .result = "datetime",
     .duckdb = "($1 - $1 % $2)",
     .use = Use::internal},
    {.name = "bin_known",
     .result = "$1",
     .duckdb = "(CASE WHEN $1 >= CAST(-9223372036854775808 AS BIGINT) + $2 "
               "THEN $1 - CASE WHEN $1 % $2 < 0 THEN $1 % $2 + $2 ELSE $1 % $2 END END)",
     .use = Use::internal},
    // bin and floor are bound by types; their rows are here for the names of their columns.
    {.name = "bin floor bin_at",
     .parameters = "any, any, any?",
     .result = "$1",
     .duckdb = "$1",
     .example = "bin(4.5, 1)",
     .gives = "4",
     .naming = Naming::first_argument},
    {.name = "bin_auto",
     .parameters = "any",
     .result = "$1",
     .duckdb = "$1",
     .example = "bin_auto(4.5)",
     .gives = "4",
     .naming = Naming::first_argument},
    {.name = "range",
     .parameters = "long, long, long?",
     .result = "dynamic",
     .body = range_array,
     .example = "range(1, 8, 3)",
     .gives = "[1,4,7]",
     .traits = may_lack},
    {.name = "range",
     .parameters = "datetime, datetime, timespan?",
     .result = "dynamic",
     .body = range_array_time<true>,
     .example = "array_length(range(datetime(2026-01-01), datetime(2026-01-02), 1h))",
     .gives = "25",
     .traits = may_lack},
    {.name = "range",
     .parameters = "timespan, timespan, timespan?",
     .result = "dynamic",
     .body = range_array_time<false>,
     .example = "range(1h, 2h)",
     .gives = "[\"01:00:00\",\"02:00:00\"]",
     .traits = may_lack},
    {.name = "range",
     .parameters = "real, real, real?",
     .result = "dynamic",
     .body = range_array_real,
     .example = "range(0.5, 1.5, 0.5)",
     .gives = "[0.5,1.0,1.5]",
     .traits = may_lack},
};

}  // namespace

std::span<const Function> bin_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
