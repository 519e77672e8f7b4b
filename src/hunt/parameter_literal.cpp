#include "hunt/parameter_literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "hunt/hunt_limits.h"
#include "kql/moment.h"

namespace vedette::hunt {
namespace {

using base::Result;
using kql::Type;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out + "\"";
}

template <typename Number>
bool is_number(std::string_view text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
  if constexpr (std::is_floating_point_v<Number>) return std::isfinite(number);
  return true;
}

bool is_guid(std::string_view text) {
  return text.size() == 36 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                  c == '-';
         });
}

// JSON as it is; anything else is a list with commas between: "a, b" is ["a","b"].
std::string dynamic_of(std::string_view text) {
  text = base::trim(text);
  if (text.starts_with('[') || text.starts_with('{'))
    if (const auto json = base::parse_json(text)) return base::format_json(*json);
  base::JsonWriter list;
  list.begin_array();
  for (const std::string_view part : base::split(text, ','))
    if (!base::trim(part).empty()) list.string(base::trim(part));
  return list.end_array().take();
}

}  // namespace

Result<std::string> literal_of(const Parameter& parameter, std::string_view value) {
  const auto no_value = [&](std::string_view what) {
    return base::failure(base::ErrorCode::invalid_argument,
                         fmt::format("{} is {}, and \"{}\" is none", parameter.name, what,
                                     base::encode_terminal(value, 60)));
  };
  if (value.size() > hunt_text_bytes_max) return no_value("of at most 4096 bytes");
  const std::string_view name = kql::name_of(parameter.type);
  switch (parameter.type) {
    case Type::string:
      return quoted(value);
    case Type::boolean:
      if (value != "true" && value != "false") return no_value("true or false");
      return std::string(value);
    case Type::int32:
      if (!is_number<std::int32_t>(value)) return no_value("a whole number");
      break;
    case Type::int64:
      if (!is_number<std::int64_t>(value)) return no_value("a whole number");
      break;
    case Type::real:
    case Type::decimal:
      if (!is_number<double>(value)) return no_value("a number");
      break;
    case Type::guid:
      if (!is_guid(value)) return no_value("a GUID");
      break;
    case Type::datetime:
      if (const auto ticks = kql::parse_datetime(value))
        return fmt::format("datetime({})", kql::format_datetime_full(*ticks));
      return no_value("a time such as 2026-06-01T08:00:00Z");
    case Type::timespan:
      if (const auto ticks = kql::parse_timespan(value))
        return fmt::format("timespan({})", kql::format_timespan_full(*ticks));
      return no_value("a span of time such as 1h or 7d");
    case Type::dynamic:
      return fmt::format("dynamic({})", dynamic_of(value));
  }
  return fmt::format("{}({})", name, value);
}

Result<std::string> text_of(const Hunt& hunt, Values values) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : hunt.parameters) names.push_back(parameter.name);
  for (const auto& [name, value] : values) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string_view near = base::nearest(name, names);
    return base::failure(
        base::ErrorCode::invalid_argument,
        fmt::format("{} has no parameter {}; {}", hunt.name, base::encode_terminal(name, 60),
                    names.empty()   ? std::string("it has none")
                    : !near.empty() ? fmt::format("did you mean {}?", near)
                                    : fmt::format("there are: {}", fmt::join(names, ", "))));
  }
  std::string text;
  for (const Parameter& parameter : hunt.parameters) {
    std::optional<std::string> value = parameter.value;
    for (const auto& [name, given] : values)
      if (name == parameter.name) value = given;
    if (!value)
      return base::failure(base::ErrorCode::invalid_argument,
                           fmt::format("{} needs --param {}=VALUE ({})", hunt.name, parameter.name,
                                       kql::name_of(parameter.type)));
    text +=
        fmt::format("let {} = {}; ", parameter.name, VEDETTE_TRY(literal_of(parameter, *value)));
  }
  return text + hunt.query;
}

}  // namespace vedette::hunt
