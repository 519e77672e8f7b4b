#include "kql/kept_path.h"

#include <optional>

#include "fmt/format.h"
#include "kql/emit/duckdb/emitter.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql {

namespace {

using native::JsonKind;

// Begins what lies behind a string: no JSON begins so.
constexpr char mark = '?';

std::string joined(const std::vector<std::string_view>& steps, std::size_t from, std::size_t to) {
  std::string text = "[";
  for (std::size_t i = from; i < to; ++i) {
    if (i > from) text += ',';
    text += steps[i];
  }
  return text + "]";
}

std::string call(std::string_view function, std::string_view argument) {
  return fmt::format("{}({})", functions::sql_name(functions::internal(function)), argument);
}
std::string call(std::string_view function, std::string_view argument, std::string_view text) {
  return fmt::format("{}({}, {})", functions::sql_name(functions::internal(function)), argument,
                     emit::duckdb::quote(text));
}

}  // namespace

std::size_t count_steps(std::string_view steps) {
  return native::elements_of(steps).size();
}

KeptPathReader::KeptPathReader(std::string_view steps) {
  for (const std::string_view step : native::elements_of(steps))
    if (native::kind_of(step) == JsonKind::string)
      steps_.push_back({native::unescaped(step), 0, true});
    else
      steps_.push_back({"", native::integer_of(step).value_or(0), false});
}

std::string_view KeptPathReader::read(std::string_view json) {
  std::optional<std::string_view> at = json;
  int read_at = -1;
  int number = 0;
  for (const Step& step : steps_) {
    if (native::kind_of(*at) == JsonKind::string) {
      if (read_at >= 0) return {};
      inner_.clear();
      if (!native::canonicalise(native::unescaped(*at), inner_)) return {};
      read_at = number;
      at = inner_;
    }
    at = step.is_member ? native::find_member(*at, step.member)
                        : native::element_at(*at, step.index);
    if (!at) return {};
    ++number;
  }
  if (native::is_json_null(*at)) return {};
  if (read_at < 0) return *at;
  marked_ = fmt::format("{}{}", mark, read_at);
  marked_ += *at;
  return marked_;
}

std::string sql_of_kept(std::string_view kept, const KeptPath& path) {
  const std::string behind =
      path.read_at < 0 ? "CAST(NULL AS VARCHAR)"
                       : fmt::format("if(starts_with({0}, '{1}{2}'), substr({0}, 3), NULL)", kept,
                                     mark, path.read_at);
  return fmt::format("if(starts_with({0}, '{1}'), {2}, {0})", kept, mark, behind);
}

std::string sql_of_path(std::string_view column, Type type, const KeptPath& path) {
  std::string value = type == Type::string ? call("parse_text", column) : std::string(column);
  if (path.read_at < 0) return call("path", value, path.steps);
  const auto steps = native::elements_of(path.steps);
  const auto read_at = static_cast<std::size_t>(path.read_at);
  if (read_at > 0) value = call("path", value, joined(steps, 0, read_at));
  return call("path", call("reparse", value), joined(steps, read_at, steps.size()));
}

std::string kept_name(std::string_view column, std::string_view steps) {
  return std::string(column) + std::string(steps);
}

std::pair<std::string_view, std::string_view> split_kept_name(std::string_view name) {
  const std::size_t bracket = name.find('[');
  if (bracket == std::string_view::npos || bracket == 0 || !name.ends_with(']')) return {name, {}};
  return {name.substr(0, bracket), name.substr(bracket)};
}

}  // namespace vedette::kql
