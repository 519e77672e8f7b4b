// Owns: KQL's scalar types and constant values, in the physical form that the store keeps: datetime
// and timespan are ticks of 100 ns in `integer`, dynamic is canonical JSON text, strings are never
// null. Promises: plain values. Must not know: syntax, plan, SQL. Called from any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::kql {

enum class Type : std::uint8_t {
  boolean,
  int32,
  int64,
  real,
  decimal,
  datetime,
  timespan,
  guid,
  string,
  dynamic,
};

// KQL's name of a type: bool, int, long, real, decimal, datetime, timespan, guid, string, dynamic.
[[nodiscard]] std::string_view name_of(Type type);
// A type's name or one of its aliases (boolean, double, date, time, uniqueid ...), without case.
[[nodiscard]] std::optional<Type> type_of_name(std::string_view name);

[[nodiscard]] constexpr bool is_integer(Type type) {
  return type == Type::int32 || type == Type::int64;
}
[[nodiscard]] constexpr bool is_number(Type type) {
  return is_integer(type) || type == Type::real || type == Type::decimal;
}
[[nodiscard]] constexpr bool is_summable(Type type) {
  return is_number(type) || type == Type::datetime || type == Type::timespan;
}

// Bounds of TimeGenerated that a query states by itself: rows outside of them change nothing.
struct TimeBounds {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
  bool operator==(const TimeBounds&) const = default;
};

struct Constant {
  Type type = Type::string;
  bool is_null = false;
  bool boolean = false;
  std::int64_t integer = 0;  // int, long, datetime and timespan
  double real = 0;
  std::string text;  // string, dynamic (JSON), guid and decimal

  static Constant null(Type type) {
    Constant constant;
    constant.type = type;
    constant.is_null = type != Type::string;
    return constant;
  }
  static Constant of(bool value) {
    Constant constant;
    constant.type = Type::boolean;
    constant.boolean = value;
    return constant;
  }
  static Constant of_integer(Type type, std::int64_t value) {
    Constant constant;
    constant.type = type;
    constant.integer = value;
    return constant;
  }
  static Constant of_real(double value) {
    Constant constant;
    constant.type = Type::real;
    constant.real = value;
    return constant;
  }
  static Constant of_text(Type type, std::string value) {
    Constant constant;
    constant.type = type;
    constant.text = std::move(value);
    return constant;
  }
  bool operator==(const Constant&) const = default;
};

}  // namespace vedette::kql
