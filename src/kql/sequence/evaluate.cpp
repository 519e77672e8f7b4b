// The functions that a state can go through. Those with a native body run it; those that are a
// piece of SQL elsewhere (comparison, arithmetic, null) are written down here once more, with the
// same answers (bind_test compares the two).
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "kql/native/json_text.h"
#include "kql/sequence/program.h"

namespace vedette::kql::sequence {

namespace {

using Arguments = std::vector<Constant>;
using Plain = Constant (*)(const Arguments&, Type);

bool is_whole(Type type) {
  return is_integer(type) || type == Type::datetime || type == Type::timespan;
}
double real_of(const Constant& value) {
  return value.type == Type::real ? value.real : static_cast<double>(value.integer);
}
// -1, 0, 1
int compare(const Constant& a, const Constant& b) {
  if (a.type == Type::real || b.type == Type::real) {
    const double x = real_of(a), y = real_of(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (is_whole(a.type)) return a.integer < b.integer ? -1 : a.integer > b.integer ? 1 : 0;
  if (a.type == Type::boolean) return static_cast<int>(a.boolean) - static_cast<int>(b.boolean);
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}
bool any_null(const Arguments& a) {
  for (const Constant& one : a)
    if (one.is_null) return true;
  return false;
}
Constant whole(Type type, std::uint64_t value) {
  return Constant::of_integer(type, static_cast<std::int64_t>(value));
}

template <int operation>
Constant arithmetic(const Arguments& a, Type type) {
  if (any_null(a)) return Constant::null(type);
  if (type == Type::real) {
    const double x = real_of(a[0]), y = real_of(a[1]);
    return Constant::of_real(operation == 0 ? x + y : operation == 1 ? x - y : x * y);
  }
  if (!is_whole(type)) return Constant::null(type);
  const auto x = static_cast<std::uint64_t>(a[0].integer);  // overflow wraps, as it does in SQL
  const auto y = static_cast<std::uint64_t>(a[1].integer);  // after the first try
  return whole(type, operation == 0 ? x + y : operation == 1 ? x - y : x * y);
}
Constant negate(const Arguments& a, Type type) {
  if (any_null(a)) return Constant::null(type);
  return type == Type::real ? Constant::of_real(-a[0].real)
                            : whole(type, 0 - static_cast<std::uint64_t>(a[0].integer));
}
Constant divide_real(const Arguments& a, Type type) {
  if (any_null(a)) return Constant::null(type);
  return Constant::of_real(real_of(a[0]) / real_of(a[1]));
}
template <bool multiply>
Constant scale(const Arguments& a, Type type) {
  if (any_null(a)) return Constant::null(type);
  const double value =
      std::trunc(multiply ? real_of(a[0]) * real_of(a[1]) : real_of(a[0]) / real_of(a[1]));
  if (!(std::fabs(value) < 9.2e18)) return Constant::null(type);
  return Constant::of_integer(type, static_cast<std::int64_t>(value));
}

template <int least, int most>
Constant ordered(const Arguments& a, Type) {
  if (any_null(a)) return Constant::null(Type::boolean);
  const int order = compare(a[0], a[1]);
  return Constant::of(order >= least && order <= most);
}
Constant differs(const Arguments& a, Type) {
  return any_null(a) ? Constant::null(Type::boolean) : Constant::of(compare(a[0], a[1]) != 0);
}
Constant equals_or_false(const Arguments& a, Type) {
  return Constant::of(!any_null(a) && compare(a[0], a[1]) == 0);
}
Constant differs_or_true(const Arguments& a, Type) {
  if (a[0].is_null || a[1].is_null) return Constant::of(a[0].is_null != a[1].is_null);
  return Constant::of(compare(a[0], a[1]) != 0);
}
template <Plain otherwise>
Constant null_aware(const Arguments& a, Type type) {
  return a[0].is_null && a[1].is_null ? Constant::null(Type::boolean) : otherwise(a, type);
}
Constant between(const Arguments& a, Type) {
  if (any_null(a)) return Constant::null(Type::boolean);
  return Constant::of(compare(a[0], a[1]) >= 0 && compare(a[0], a[2]) <= 0);
}
Constant negated(const Arguments& a, Type) {
  return any_null(a) ? Constant::null(Type::boolean) : Constant::of(!a[0].boolean);
}
template <bool wanted>
Constant is_null(const Arguments& a, Type) {
  return Constant::of(a[0].is_null == wanted);
}
template <bool wanted>
Constant is_empty(const Arguments& a, Type) {
  return Constant::of(a[0].text.empty() == wanted);
}
Constant or_false(const Arguments& a, Type) {
  return Constant::of(!a[0].is_null && a[0].boolean);
}
Constant first_present(const Arguments& a, Type type) {
  for (const Constant& one : a)
    if (!one.is_null) return one;
  return Constant::null(type);
}
template <int sign>
Constant extreme(const Arguments& a, Type type) {
  Constant best = Constant::null(type);
  best.is_null = true;
  for (const Constant& one : a)
    if (!one.is_null && (best.is_null || compare(one, best) * sign > 0)) best = one;
  return best;
}
Constant first_not_empty(const Arguments& a, Type) {
  return a[0].text.empty() ? a[1] : a[0];
}
Constant join_text(const Arguments& a, Type type) {
  std::string text;
  for (const Constant& one : a) text += one.text;
  return Constant::of_text(type, std::move(text));
}
Constant retype(const Arguments& a, Type type) {  // the same ticks under another name
  if (any_null(a)) return Constant::null(type);
  if (a[0].type == Type::real) return Constant::of(a[0].real != 0);
  if (a[0].type == Type::decimal) return Constant::null(type);
  const std::int64_t value = a[0].type == Type::boolean ? (a[0].boolean ? 1 : 0) : a[0].integer;
  if (type == Type::real) return Constant::of_real(static_cast<double>(value));
  if (type == Type::boolean) return Constant::of(value != 0);
  if (type == Type::int32 && (value > std::numeric_limits<std::int32_t>::max() ||
                              value < std::numeric_limits<std::int32_t>::min()))
    return Constant::null(type);
  return Constant::of_integer(type, value);
}
Constant cut(const Arguments& a, Type type) {
  if (any_null(a) || !(std::fabs(a[0].real) < 9.2e18)) return Constant::null(type);
  return Constant::of_integer(type, static_cast<std::int64_t>(a[0].real));
}
Constant as_text(const Arguments& a, Type type) {
  if (any_null(a)) return Constant::of_text(type, "");
  if (a[0].type == Type::boolean) return Constant::of_text(type, a[0].boolean ? "true" : "false");
  return Constant::of_text(type, is_whole(a[0].type) ? std::to_string(a[0].integer) : a[0].text);
}
Constant as_dynamic(const Arguments& a, Type type) {
  return any_null(a) ? Constant::null(type) : Constant::of_text(type, raw_json(a[0]));
}

Constant null_if_empty(const Arguments& a, Type type) {
  Constant value = a[0];
  value.is_null = value.text.empty();
  value.type = type;
  return value;
}
Constant absolute(const Arguments& a, Type type) {
  if (any_null(a)) return Constant::null(type);
  if (type == Type::real) return Constant::of_real(std::fabs(a[0].real));
  if (a[0].type == Type::decimal) return Constant::null(type);
  return Constant::of_integer(type, a[0].integer < 0 ? -a[0].integer : a[0].integer);
}
Constant bin_down(const Arguments& a, Type type) {
  if (any_null(a) || a[1].integer <= 0) return Constant::null(type);
  const std::int64_t rest = a[0].integer % a[1].integer;
  return Constant::of_integer(type, a[0].integer - (rest < 0 ? rest + a[1].integer : rest));
}

struct Entry {
  std::string_view name;
  Plain run;
};
constexpr Entry entries[] = {
    {"add", arithmetic<0>},
    {"subtract", arithmetic<1>},
    {"multiply", arithmetic<2>},
    {"negate", negate},
    {"divide_real", divide_real},
    {"scale_timespan", scale<true>},
    {"shrink_timespan", scale<false>},
    {"equals", ordered<0, 0>},
    {"equals_or_false", equals_or_false},
    {"equals_null_aware", null_aware<equals_or_false>},
    {"differs", differs},
    {"differs_or_true", differs_or_true},
    {"differs_null_aware", null_aware<differs_or_true>},
    {"less", ordered<-1, -1>},
    {"less_or_equal", ordered<-1, 0>},
    {"greater", ordered<1, 1>},
    {"greater_or_equal", ordered<0, 1>},
    {"between", between},
    {"not", negated},
    {"is_null", is_null<true>},
    {"is_not_null", is_null<false>},
    {"is_empty_text", is_empty<true>},
    {"is_not_empty_text", is_empty<false>},
    {"or_false", or_false},
    {"greatest", extreme<1>},
    {"least", extreme<-1>},
    {"coalesce", first_present},
    {"coalesce_text", first_not_empty},
    {"join_text", join_text},
    {"null_if_empty", null_if_empty},
    {"bin_known", bin_down},
    {"bool_to_long", retype},
    {"bool_to_int", retype},
    {"long_to_int", retype},
    {"bool_to_real", retype},
    {"int_to_bool", retype},
    {"datetime_to_long", retype},
    {"datetime_to_timespan", retype},
    {"timespan_to_datetime", retype},
    {"long_to_datetime", retype},
    {"long_to_timespan", retype},
    {"real_to_long", cut},
    {"bool_to_string", as_text},
    {"int_to_string", as_text},
    {"guid_to_string", as_text},
    {"bool_to_dynamic", as_dynamic},
    {"guid_to_dynamic", as_dynamic},
};

Plain plain_of(const functions::Function& function) {
  const std::string_view name = functions::first_name(function);
  if (function.use == functions::Use::scalar)
    return name == "strcat" ? join_text : name == "abs" ? absolute : nullptr;
  if (function.use != functions::Use::internal) return nullptr;
  for (const Entry& entry : entries)
    if (entry.name == name) return entry.run;
  return nullptr;
}

// Through the native body: arguments in, the result of that type out.
Constant run_body(const functions::Function& function, Type type, const Arguments& arguments) {
  native::Call call;
  bool null = false;
  for (const Constant& value : arguments) {
    native::Argument argument;
    argument.is_null = value.is_null;
    argument.boolean = value.boolean;
    argument.integer = value.integer;
    argument.real = value.real;
    argument.text = value.text;
    call.arguments.push_back(argument);
    null = null || value.is_null;
  }
  if (functions::runs_for(function.traits, null, call.is_null(0))) function.body(call);
  if (!call.has_result || !call.error.empty()) return Constant::null(type);
  if (is_whole(type)) return Constant::of_integer(type, call.result_integer);
  if (type == Type::boolean) return Constant::of(call.result_boolean);
  if (type == Type::real) return Constant::of_real(call.result_real);
  return Constant::of_text(type, call.result_text);
}

}  // namespace

bool can_evaluate(const functions::Function& function) {
  return plain_of(function) != nullptr ||
         (function.body != nullptr && function.duckdb.empty() && function.result != "list");
}

Constant evaluate(const functions::Function& function, Type type, const Arguments& arguments) {
  if (const Plain run = plain_of(function); run != nullptr) {
    Constant value = run(arguments, type);
    value.type = type;
    return value;
  }
  return run_body(function, type, arguments);
}

}  // namespace vedette::kql::sequence
