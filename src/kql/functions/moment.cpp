// Functions on datetimes and timespans. All work on ticks in UTC.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/time.h"
#include "date/tz.h"
#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

void give_ticks(Call& call, std::optional<std::int64_t> ticks) {
  if (ticks && *ticks >= 0 && *ticks <= datetime_ticks_max) call.give_integer(*ticks);
}
std::int64_t day_of(std::int64_t ticks) {
  return ticks / ticks_per_day;
}
// 0 is Sunday; 0001-01-01 was a Monday.
std::int64_t weekday_of(std::int64_t ticks) {
  return (day_of(ticks) + 1) % 7;
}

std::optional<std::int64_t> month_start(std::int64_t ticks, std::int64_t months) {
  const MomentParts parts = parts_of(ticks);
  const std::int64_t month = parts.year * 12LL + parts.month - 1 + months;
  if (month < 12 || month >= 10'000LL * 12) return std::nullopt;
  MomentParts start;
  start.year = static_cast<int>(month / 12);
  start.month = static_cast<int>(month % 12) + 1;
  return ticks_of(start);
}

void start_of_day(Call& call) {
  give_ticks(call, (day_of(call.integer(0)) + call.integer(1, 0)) * ticks_per_day);
}
void start_of_week(Call& call) {
  give_ticks(call,
             (day_of(call.integer(0)) - weekday_of(call.integer(0)) + 7 * call.integer(1, 0)) *
                 ticks_per_day);
}
void start_of_month(Call& call) {
  give_ticks(call, month_start(call.integer(0), call.integer(1, 0)));
}
void start_of_year(Call& call) {
  give_ticks(call, month_start(call.integer(0),
                               12 * call.integer(1, 0) - parts_of(call.integer(0)).month + 1));
}
void end_of_day(Call& call) {
  give_ticks(call, (day_of(call.integer(0)) + call.integer(1, 0) + 1) * ticks_per_day - 1);
}
void end_of_week(Call& call) {
  give_ticks(
      call, (day_of(call.integer(0)) - weekday_of(call.integer(0)) + 7 * (call.integer(1, 0) + 1)) *
                    ticks_per_day -
                1);
}
// The last tick before the month that begins so many months on; the last month of all is followed
// by none.
void give_tick_before(Call& call, std::int64_t months) {
  if (const auto next = month_start(call.integer(0), months)) return give_ticks(call, *next - 1);
  if (month_start(call.integer(0), months - 1)) call.give_integer(datetime_ticks_max);
}
void end_of_month(Call& call) {
  give_tick_before(call, call.integer(1, 0) + 1);
}
void end_of_year(Call& call) {
  give_tick_before(call, 12 * (call.integer(1, 0) + 1) - parts_of(call.integer(0)).month + 1);
}

int day_of_year_of(std::int64_t ticks) {
  const MomentParts parts = parts_of(ticks);
  int days = parts.day;
  for (int month = 1; month < parts.month; ++month) days += days_in_month(parts.year, month);
  return days;
}
// ISO 8601: the week of the year's first Thursday is week 1.
int iso_week_of(std::int64_t ticks) {
  const std::int64_t monday_based = (weekday_of(ticks) + 6) % 7;
  const std::int64_t thursday = ticks + (3 - monday_based) * ticks_per_day;
  return (day_of_year_of(thursday) - 1) / 7 + 1;
}

// The week of the year's first Wednesday is week 1, and weeks begin on Sunday: what the obsolete
// name weekofyear means.
int old_week_of(std::int64_t ticks) {
  const std::int64_t wednesday = ticks + (3 - weekday_of(ticks)) * ticks_per_day;
  return (day_of_year_of(wednesday) - 1) / 7 + 1;
}

enum class Part {
  year,
  quarter,
  month,
  week,
  day,
  hour,
  minute,
  second,
  millisecond,
  microsecond,
  nanosecond,
  day_of_year,
  none
};

Part part_of(std::string_view word) {
  const std::string lower = base::to_lower_ascii(word);
  std::string_view name = lower;
  if (name == "weekofyear" || name == "week_of_year" || name == "week") return Part::week;
  if (name == "dayofyear") return Part::day_of_year;
  if (name.ends_with('s')) name.remove_suffix(1);
  if (name == "year") return Part::year;
  if (name == "quarter") return Part::quarter;
  if (name == "month") return Part::month;
  if (name == "week") return Part::week;
  if (name == "day") return Part::day;
  if (name == "hour") return Part::hour;
  if (name == "minute") return Part::minute;
  if (name == "second") return Part::second;
  if (name == "millisecond") return Part::millisecond;
  if (name == "microsecond") return Part::microsecond;
  if (name == "nanosecond") return Part::nanosecond;
  return Part::none;
}

void datetime_part(Call& call) {
  const MomentParts parts = parts_of(call.integer(1));
  const std::int64_t fraction = parts.fraction_ticks;
  switch (part_of(call.text(0))) {
    case Part::year:
      return call.give_integer(parts.year);
    case Part::quarter:
      return call.give_integer((parts.month - 1) / 3 + 1);
    case Part::month:
      return call.give_integer(parts.month);
    case Part::week:
      return call.give_integer(base::equals_ignoring_case(call.text(0), "weekofyear")
                                   ? old_week_of(call.integer(1))
                                   : iso_week_of(call.integer(1)));
    case Part::day:
      return call.give_integer(parts.day);
    case Part::day_of_year:
      return call.give_integer(day_of_year_of(call.integer(1)));
    case Part::hour:
      return call.give_integer(parts.hour);
    case Part::minute:
      return call.give_integer(parts.minute);
    case Part::second:
      return call.give_integer(parts.second);
    case Part::millisecond:
      return call.give_integer(fraction / 10'000);
    case Part::microsecond:
      return call.give_integer(fraction / 10);
    case Part::nanosecond:
      return call.give_integer(fraction * 100);
    case Part::none:
      return;
  }
}

std::int64_t ticks_of_part(Part part) {
  switch (part) {
    case Part::week:
      return 7 * ticks_per_day;
    case Part::day:
      return ticks_per_day;
    case Part::hour:
      return 3600 * base::ticks_per_second;
    case Part::minute:
      return 60 * base::ticks_per_second;
    case Part::second:
      return base::ticks_per_second;
    case Part::millisecond:
      return base::ticks_per_millisecond;
    case Part::microsecond:
      return 10;
    default:
      return 0;
  }
}

// Counts the borders crossed: datetime_diff('day', 2026-01-02 00:00, 2026-01-01 23:59) is 1.
void datetime_diff(Call& call) {
  const Part part = part_of(call.text(0));
  const std::int64_t a = call.integer(1);
  const std::int64_t b = call.integer(2);
  const MomentParts first = parts_of(a);
  const MomentParts second = parts_of(b);
  if (part == Part::year) return call.give_integer(first.year - second.year);
  if (part == Part::quarter)
    return call.give_integer((first.year - second.year) * 4LL + (first.month - 1) / 3 -
                             (second.month - 1) / 3);
  if (part == Part::month)
    return call.give_integer((first.year - second.year) * 12LL + first.month - second.month);
  if (part == Part::week)
    return call.give_integer((day_of(a) - weekday_of(a) - day_of(b) + weekday_of(b)) / 7);
  if (part == Part::nanosecond) return call.give_integer((a - b) * 100);
  if (const std::int64_t unit = ticks_of_part(part); unit > 0)
    call.give_integer(a / unit - b / unit);
}

void datetime_add(Call& call) {
  const Part part = part_of(call.text(0));
  const std::int64_t amount = call.integer(1);
  const std::int64_t ticks = call.integer(2);
  if (part == Part::year || part == Part::quarter || part == Part::month) {
    const std::int64_t months = amount * (part == Part::year ? 12 : part == Part::quarter ? 3 : 1);
    const auto start = month_start(ticks, months);
    if (!start) return;
    MomentParts parts = parts_of(*start);
    const MomentParts old = parts_of(ticks);
    parts.day = std::min(old.day, days_in_month(parts.year, parts.month));
    const auto date = ticks_of(parts);
    if (date) give_ticks(call, *date + ticks % ticks_per_day);
    return;
  }
  std::int64_t added = 0;
  if (part == Part::nanosecond) return give_ticks(call, ticks + amount / 100);
  const std::int64_t unit = ticks_of_part(part);
  if (unit > 0 && !__builtin_mul_overflow(amount, unit, &added) &&
      !__builtin_add_overflow(ticks, added, &added))
    give_ticks(call, added);
}

void make_datetime(Call& call) {
  MomentParts parts;
  parts.year = static_cast<int>(call.integer(0));
  parts.month = static_cast<int>(call.integer(1));
  parts.day = static_cast<int>(call.integer(2));
  parts.hour = static_cast<int>(call.integer(3, 0));
  parts.minute = static_cast<int>(call.integer(4, 0));
  const double seconds = call.real(5, 0);
  if (seconds < 0 || seconds >= 60) return;
  parts.second = static_cast<int>(seconds);
  parts.fraction_ticks = std::llround((seconds - parts.second) * 1e7);
  give_ticks(call, ticks_of(parts));
}

void make_timespan(Call& call) {
  const bool days = call.arguments.size() == 4 && !call.is_null(3);
  const std::int64_t shift = days ? 1 : 0;
  const std::int64_t day = days ? call.integer(0) : 0;
  const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(i + shift); };
  const double hours = call.real(at(0)), minutes = call.real(at(1)), seconds = call.real(at(2), 0);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds >= 60)
    return;
  (void)day;
  const double days_part = days ? call.real(0) : 0;
  call.give_integer(static_cast<std::int64_t>(days_part) * ticks_per_day +
                    static_cast<std::int64_t>(hours) * 3600 * base::ticks_per_second +
                    static_cast<std::int64_t>(minutes) * 60 * base::ticks_per_second +
                    std::llround(seconds * 1e7));
}

// Runs of a letter are a field, everything else stands for itself.
void format_moment(std::string& out, std::string_view format, const MomentParts& parts,
                   std::int64_t days) {
  for (std::size_t at = 0; at < format.size();) {
    const char c = format[at];
    std::size_t end = at;
    while (end < format.size() && format[end] == c) ++end;
    const int width = static_cast<int>(end - at);
    switch (c) {
      case 'y':
        out += width <= 2 ? fmt::format("{:0{}}", parts.year % 100, width)
                          : fmt::format("{:0{}}", parts.year, width);
        break;
      case 'M':
        if (width >= 3) {
          static constexpr std::string_view names[] = {
              "January", "February", "March",     "April",   "May",      "June",
              "July",    "August",   "September", "October", "November", "December"};
          const std::string_view name = names[parts.month - 1];
          out += width == 3 ? name.substr(0, 3) : name;
        } else {
          out += fmt::format("{:0{}}", parts.month, width);
        }
        break;
      case 'd':
        out += fmt::format("{:0{}}", days >= 0 ? days : parts.day, width);
        break;
      case 'H':
        out += fmt::format("{:0{}}", parts.hour, width);
        break;
      case 'h':
        out += fmt::format("{:0{}}", days >= 0 ? parts.hour : (parts.hour + 11) % 12 + 1, width);
        break;
      case 'm':
        out += fmt::format("{:0{}}", parts.minute, width);
        break;
      case 's':
        out += fmt::format("{:0{}}", parts.second, width);
        break;
      case 'f':
      case 'F': {
        std::string digits = fmt::format("{:07}", parts.fraction_ticks)
                                 .substr(0, static_cast<std::size_t>(std::min(width, 7)));
        if (c == 'F')
          while (!digits.empty() && digits.back() == '0') digits.pop_back();
        if (c == 'F' && digits.empty() && !out.empty() && out.back() == '.') out.pop_back();
        out += digits;
        break;
      }
      case 't':
        out += parts.hour < 12 ? (width == 1 ? "A" : "AM") : (width == 1 ? "P" : "PM");
        break;
      default:
        out.append(static_cast<std::size_t>(width), c);
    }
    at = end;
  }
}
void format_datetime(Call& call) {
  format_moment(call.give_text(), call.text(1), parts_of(call.integer(0)), -1);
}
void format_timespan(Call& call) {
  const std::int64_t ticks = call.integer(0);
  const std::int64_t size = ticks < 0 ? -ticks : ticks;
  std::string& out = call.give_text();
  if (ticks < 0) out += '-';
  format_moment(out, call.text(1), parts_of(size % ticks_per_day), size / ticks_per_day);
}

const date::time_zone* zone_of(Call& call, std::string_view name) {
  // The zone database throws on unknown names; the exception ends here.
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    call.fail(fmt::format("there is no time zone '{}'", name));
    return nullptr;
  }
}
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

void utc_to_local(Call& call) {
  const date::time_zone* zone = zone_of(call, call.text(1));
  if (zone == nullptr) return;
  const auto seconds = (call.integer(0) - base::unix_epoch_ticks) / base::ticks_per_second;
  const date::sys_info info = zone->get_info(date::sys_seconds(std::chrono::seconds(seconds)));
  give_ticks(call, call.integer(0) + info.offset.count() * base::ticks_per_second);
}
void local_to_utc(Call& call) {
  const date::time_zone* zone = zone_of(call, call.text(1));
  if (zone == nullptr) return;
  const auto seconds = (call.integer(0) - base::unix_epoch_ticks) / base::ticks_per_second;
  const date::local_info info = zone->get_info(date::local_seconds(std::chrono::seconds(seconds)));
  // In the hour that does not exist and in the one that comes twice, the later offset counts.
  const bool plain_time = info.result == date::local_info::unique;
  give_ticks(call, call.integer(0) - (plain_time ? info.first : info.second).offset.count() *
                                         base::ticks_per_second);
}

// Every zone that the two functions above know, sorted.
void list_zones(Call& call) {
  try {
    native::JsonBuilder out(call.give_text());
    out.open('[');
    for (const date::time_zone& zone : date::get_tzdb().zones) out.text(zone.name());
    out.close(']');
  } catch (const std::exception&) {
    call.fail("there is no database of time zones; install tzdata");
  }
}

template <int (*part)(std::int64_t)>
void int_part(Call& call) {
  call.give_integer(part(call.integer(0)));
}
int day_of_month(std::int64_t ticks) {
  return parts_of(ticks).day;
}
int month_of_year(std::int64_t ticks) {
  return parts_of(ticks).month;
}
int year_of(std::int64_t ticks) {
  return parts_of(ticks).year;
}
int hour_of_day(std::int64_t ticks) {
  return parts_of(ticks).hour;
}

template <std::int64_t unit_ticks, std::int64_t per_tick>
void from_unix(Call& call) {
  if (!std::isfinite(call.real(0)) || std::fabs(call.real(0)) > 1e19) return;
  const double ticks =
      call.real(0) * static_cast<double>(unit_ticks) / static_cast<double>(per_tick);
  if (std::fabs(ticks) < 4e18) give_ticks(call, base::unix_epoch_ticks + std::llround(ticks));
}

constexpr Function offset_row(std::string_view name, native::Body run, std::string_view example,
                              std::string_view gives, Naming naming = Naming::none) {
  return {.name = name,
          .parameters = "datetime, long?",
          .result = "datetime",
          .body = run,
          .example = example,
          .gives = gives,
          .naming = naming,
          .traits = may_lack};
}
constexpr Function part_row(std::string_view name, native::Body run, std::string_view example,
                            std::string_view gives) {
  return {.name = name,
          .parameters = "datetime",
          .result = "int",
          .body = run,
          .example = example,
          .gives = gives};
}

constexpr Function rows[] = {
    offset_row("startofday", start_of_day, "startofday(datetime(2017-01-01 10:10:17), -1)",
               "2016-12-31T00:00:00Z", Naming::first_argument),
    offset_row("startofweek", start_of_week, "startofweek(datetime(2017-01-01 10:10:17), -1)",
               "2016-12-25T00:00:00Z"),
    offset_row("startofmonth", start_of_month, "startofmonth(datetime(2017-01-01 10:10:17), -1)",
               "2016-12-01T00:00:00Z"),
    offset_row("startofyear", start_of_year, "startofyear(datetime(2017-01-01 10:10:17), 1)",
               "2018-01-01T00:00:00Z"),
    offset_row("endofday", end_of_day, "endofday(datetime(2017-01-01 10:10:17))",
               "2017-01-01T23:59:59.9999999Z"),
    offset_row("endofweek", end_of_week, "endofweek(datetime(2017-01-01 10:10:17))",
               "2017-01-07T23:59:59.9999999Z"),
    offset_row("endofmonth", end_of_month, "endofmonth(datetime(2017-01-01 10:10:17))",
               "2017-01-31T23:59:59.9999999Z"),
    offset_row("endofyear", end_of_year, "endofyear(datetime(2017-01-01 10:10:17))",
               "2017-12-31T23:59:59.9999999Z"),
    {.name = "dayofweek",
     .parameters = "datetime",
     .result = "timespan",
     .duckdb = "((($1 // 864000000000) + 1) % 7 * 864000000000)",
     .example = "dayofweek(datetime(2015-12-14))",
     .gives = "1.00:00:00"},
    part_row("dayofmonth", int_part<day_of_month>, "dayofmonth(datetime(2015-12-14))", "14"),
    part_row("dayofyear", int_part<day_of_year_of>, "dayofyear(datetime(2015-12-14))", "348"),
    part_row("hourofday", int_part<hour_of_day>, "hourofday(datetime(2015-12-14 18:54))", "18"),
    part_row("monthofyear getmonth", int_part<month_of_year>, "monthofyear(datetime(2015-12-14))",
             "12"),
    part_row("getyear", int_part<year_of>, "getyear(datetime(2015-10-12))", "2015"),
    part_row("week_of_year", int_part<iso_week_of>, "week_of_year(datetime(2020-12-31))", "53"),
    part_row("weekofyear", int_part<old_week_of>, "weekofyear(datetime(2015-01-01))", "53"),
    {.name = "datetime_part datepart",
     .parameters = "string, datetime",
     .result = "int",
     .body = datetime_part,
     .example = "datetime_part('quarter', datetime(2017-10-30))",
     .gives = "4"},
    {.name = "datetime_diff",
     .parameters = "string, datetime, datetime",
     .result = "long",
     .body = datetime_diff,
     .example = "datetime_diff('week', datetime(2017-10-30), datetime(2017-09-30))",
     .gives = "5"},
    {.name = "datetime_add",
     .parameters = "string, long, datetime",
     .result = "datetime",
     .body = datetime_add,
     .example = "datetime_add('month', 1, datetime(2017-01-31))",
     .gives = "2017-02-28T00:00:00Z"},
    {.name = "make_datetime",
     .parameters = "long, long, long, long?, long?, real?",
     .result = "datetime",
     .body = make_datetime,
     .example = "make_datetime(2017, 10, 1, 12, 10, 5.5)",
     .gives = "2017-10-01T12:10:05.5Z",
     .traits = sees_nulls},
    {.name = "make_datetime",
     .parameters = "string",
     .result = "datetime",
     .duckdb = "kql_string_to_datetime($1)",
     .example = "make_datetime('2017-10-01')",
     .gives = "2017-10-01T00:00:00Z"},
    {.name = "make_timespan",
     .parameters = "real, real, real?, real?",
     .result = "timespan",
     .body = make_timespan,
     .example = "make_timespan(1, 12, 30, 55.123)",
     .gives = "1.12:30:55.1230000",
     .traits = may_lack},
    {.name = "format_datetime",
     .parameters = "datetime, string",
     .result = "string",
     .body = format_datetime,
     .example = "format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [HH:mm:ss]')",
     .gives = "17-01-29 [09:00:05]",
     .naming = Naming::first_argument},
    {.name = "format_timespan",
     .parameters = "timespan, string",
     .result = "string",
     .body = format_timespan,
     .example = "format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss:FF')",
     .gives = "29.09:00:05:12",
     .naming = Naming::first_argument},
    {.name = "datetime_utc_to_local",
     .parameters = "datetime, string",
     .result = "datetime",
     .body = utc_to_local,
     .example = "datetime_utc_to_local(datetime(2022-06-01 12:00), 'Europe/Berlin')",
     .gives = "2022-06-01T14:00:00Z"},
    {.name = "datetime_local_to_utc",
     .parameters = "datetime, string",
     .result = "datetime",
     .body = local_to_utc,
     .example = "datetime_local_to_utc(datetime(2022-06-01 14:00), 'Europe/Berlin')",
     .gives = "2022-06-01T12:00:00Z"},
    {.name = "datetime_list_timezones",
     .parameters = "",
     .result = "dynamic",
     .body = list_zones,
     .example = "set_has_element(datetime_list_timezones(), 'Europe/Berlin')",
     .gives = "true"},
    {.name = "unixtime_seconds_todatetime",
     .parameters = "real",
     .result = "datetime",
     .body = from_unix<10'000'000, 1>,
     .example = "unixtime_seconds_todatetime(1546300800)",
     .gives = "2019-01-01T00:00:00Z"},
    {.name = "unixtime_milliseconds_todatetime",
     .parameters = "real",
     .result = "datetime",
     .body = from_unix<10'000, 1>,
     .example = "unixtime_milliseconds_todatetime(1546300800000)",
     .gives = "2019-01-01T00:00:00Z"},
    {.name = "unixtime_microseconds_todatetime",
     .parameters = "real",
     .result = "datetime",
     .body = from_unix<10, 1>,
     .example = "unixtime_microseconds_todatetime(1546300800000000)",
     .gives = "2019-01-01T00:00:00Z"},
    {.name = "unixtime_nanoseconds_todatetime",
     .parameters = "real",
     .result = "datetime",
     .body = from_unix<1, 100>,
     .example = "unixtime_nanoseconds_todatetime(1546300800000000000)",
     .gives = "2019-01-01T00:00:00Z"},
    // Conversions are bound by type; these rows are here for the names of their columns.
    {.name = "tostring tolong toint todouble toreal todatetime totimespan totime tobool toboolean "
             "toguid todecimal todynamic toobject parse_json parsejson",
     .parameters = "any",
     .result = "$1",
     .duckdb = "$1",
     .example = "tolong('123')",
     .gives = "123",
     .naming = Naming::first_argument},
    {.name = "ingestion_time",
     .result = "datetime",
     .duckdb = "NULL",
     .naming = Naming::prefix_only,
     .prefix = "$IngestionTime"},
    {.name = "estimate_data_size",
     .parameters = "any*",
     .result = "long",
     .duckdb = "0",
     .example = "estimate_data_size('abc', 1)",
     .gives = "11"},
    {.name = "gettype",
     .parameters = "any",
     .result = "string",
     .duckdb = "''",
     .naming = Naming::prefixed,
     .prefix = "type"},
};

}  // namespace

std::span<const Function> moment_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
