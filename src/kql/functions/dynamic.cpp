// Dynamic values: paths, elements, reading JSON text, arithmetic on values whose type is known only
// when they are read.
#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonKind;

struct Step {
  bool is_key = false;
  std::string key;
  std::int64_t index = 0;
};

// The steps of a constant path, read once for as long as the path stays the same.
const std::vector<Step>& steps_of(std::string_view json) {
  thread_local std::string last;
  thread_local std::vector<Step> steps;
  if (last == json) return steps;
  steps.clear();
  for (const std::string_view element : native::elements_of(json)) {
    Step step;
    step.is_key = native::kind_of(element) == JsonKind::string;
    if (step.is_key) {
      step.key = native::unescaped(element);
    } else {
      step.index = native::integer_of(element).value_or(0);
    }
    steps.push_back(std::move(step));
  }
  last = json;
  return steps;
}

void give_json(Call& call, const std::optional<std::string_view>& json) {
  if (json && !native::is_json_null(*json)) call.give_text(*json);
}

void path(Call& call) {
  std::optional<std::string_view> at = call.text(0);
  for (const Step& step : steps_of(call.text(1))) {
    at = step.is_key ? native::find_member(*at, step.key) : native::element_at(*at, step.index);
    if (!at) return;
  }
  give_json(call, at);
}
void element(Call& call) {
  give_json(call, native::element_at(call.text(0), call.integer(1)));
}
void property(Call& call) {
  give_json(call, native::find_member(call.text(0), call.text(1)));
}
void item(Call& call) {
  const std::string_view key = call.text(1);
  if (native::kind_of(key) == JsonKind::string)
    return give_json(call, native::find_member(call.text(0), native::unescaped(key)));
  if (const auto index = native::integer_of(key))
    give_json(call, native::element_at(call.text(0), *index));
}

// Text from outside. What is no JSON is the string itself, as in Kusto.
void parse_text(Call& call) {
  const std::string_view text = call.text(0);
  if (text.empty()) return;
  std::string& out = call.give_text();
  if (!native::canonicalise(text, out)) native::append_quoted(out, text);
  if (native::is_json_null(out)) call.has_result = false;
}
// parse_json of a dynamic value: a string in it is read as JSON.
void reparse(Call& call) {
  const std::string_view json = call.text(0);
  if (native::kind_of(json) != JsonKind::string) return call.give_text(json);
  const std::string text = native::unescaped(json);
  std::string& out = call.give_text();
  if (!native::canonicalise(text, out)) out = json;
  if (native::is_json_null(out)) call.has_result = false;
}

void type_of_dynamic(Call& call) {
  switch (native::kind_of(call.text(0))) {
    case JsonKind::null:
      return call.give_text("null");
    case JsonKind::boolean:
      return call.give_text("bool");
    case JsonKind::integer:
      return call.give_text("long");
    case JsonKind::real:
      return call.give_text("double");
    case JsonKind::string:
      return call.give_text("string");
    case JsonKind::array:
      return call.give_text("array");
    case JsonKind::object:
      return call.give_text("dictionary");
  }
}

void calculate(Call& call) {
  const char op = call.text(0).empty() ? '+' : call.text(0).front();
  const std::string_view a = call.text(1);
  const std::string_view b = call.text(2);
  const bool whole =
      native::kind_of(a) == JsonKind::integer && native::kind_of(b) == JsonKind::integer;
  if (whole) {
    const std::int64_t x = *native::integer_of(a), y = *native::integer_of(b);
    const auto wrap = [](auto function, std::int64_t p, std::int64_t q) {
      return static_cast<std::int64_t>(
          function(static_cast<std::uint64_t>(p), static_cast<std::uint64_t>(q)));
    };
    if (op == '+')
      return call.give_text(std::to_string(wrap([](auto p, auto q) { return p + q; }, x, y)));
    if (op == '-')
      return call.give_text(std::to_string(wrap([](auto p, auto q) { return p - q; }, x, y)));
    if (op == '*')
      return call.give_text(std::to_string(wrap([](auto p, auto q) { return p * q; }, x, y)));
    if (y == 0 || y == -1) return;
    if (op == '/') return call.give_text(std::to_string(x / y));
    return call.give_text(std::to_string(((x % y) + std::abs(y)) % std::abs(y)));
  }
  const auto x = native::number_of(a);
  const auto y = native::number_of(b);
  if (!x || !y) return;
  const double rest = std::fmod(*x, *y);
  const double result = op == '+'   ? *x + *y
                        : op == '-' ? *x - *y
                        : op == '*' ? *x * *y
                        : op == '/' ? *x / *y
                                    : (rest < 0 ? rest + std::fabs(*y) : rest);
  native::append_json_real(call.give_text(), result);
}

// A step of $.a.b[0] or $['a'], as extract_json and the bag functions take them.
std::vector<Step> json_path(std::string_view text) {
  std::vector<Step> steps;
  std::size_t at = text.starts_with('$') ? 1 : 0;
  while (at < text.size()) {
    Step step;
    if (text[at] == '.') {
      const std::size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      step.is_key = true;
      step.key = text.substr(at + 1, end - at - 1);
      at = end;
    } else if (text[at] == '[') {
      const std::size_t end = std::min(text.find(']', at), text.size());
      std::string_view inside = text.substr(at + 1, end - at - 1);
      if (inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"')) {
        step.is_key = true;
        step.key = inside.substr(1, inside.size() - 2);
      } else {
        step.index = native::read_long(inside).value_or(0);
      }
      at = end + 1;
    } else {
      const std::size_t end = std::min(text.find_first_of(".[", at), text.size());
      step.is_key = true;
      step.key = text.substr(at, end - at);
      at = end;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

void extract_json(Call& call) {
  std::string json;
  if (!native::canonicalise(call.text(1), json)) return call.give_text("");
  std::optional<std::string_view> at = json;
  for (const Step& step : json_path(call.text(0))) {
    at = step.is_key ? native::find_member(*at, step.key) : native::element_at(*at, step.index);
    if (!at) return call.give_text("");
  }
  native::append_as_text(call.give_text(), *at);
}

// Keys in order, so that equal values have equal text.
void ordered_json(std::string& out, std::string_view json) {
  if (native::kind_of(json) == JsonKind::array) {
    out += '[';
    bool first = true;
    for (const std::string_view element : native::elements_of(json)) {
      if (!first) out += ',';
      first = false;
      ordered_json(out, element);
    }
    out += ']';
  } else if (native::kind_of(json) == JsonKind::object) {
    auto members = native::members_of(json);
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    out += '{';
    bool first = true;
    for (const auto& [key, value] : members) {
      if (!first) out += ',';
      first = false;
      out += key;
      out += ':';
      ordered_json(out, value);
    }
    out += '}';
  } else {
    out += json;
  }
}
void dynamic_to_json(Call& call) {
  ordered_json(call.give_text(), call.text(0));
}

constexpr Function rows[] = {
    internal_row("path", "dynamic, string", "dynamic", path),
    internal_row("element", "dynamic, long", "dynamic", element),
    internal_row("property", "dynamic, string", "dynamic", property),
    internal_row("item", "dynamic, dynamic", "dynamic", item),
    internal_row("parse_text", "string", "dynamic", parse_text),
    internal_row("reparse", "dynamic", "dynamic", reparse),
    internal_row("type_of_dynamic", "dynamic", "string", type_of_dynamic, sees_nulls),
    internal_row("dynamic_calculate", "string, dynamic, dynamic", "dynamic", calculate),
    {.name = "extractjson extract_json",
     .parameters = "string, string",
     .result = "string",
     .body = extract_json,
     .example = "extractjson('$.hosts[1].AvailableMB', '{\"hosts\":[{},{\"AvailableMB\":4}]}')",
     .gives = "4"},
    {.name = "dynamic_to_json",
     .parameters = "text",
     .result = "string",
     .duckdb = "$1",
     .example = "dynamic_to_json(1h)",
     .gives = "01:00:00"},
    {.name = "dynamic_to_json",
     .parameters = "dynamic",
     .result = "string",
     .body = dynamic_to_json,
     .example = "dynamic_to_json(dynamic({'b': 1, 'a': 2}))",
     .gives = "{\"a\":2,\"b\":1}"},
};

}  // namespace

std::span<const Function> dynamic_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
