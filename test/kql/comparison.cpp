#include "kql_test/comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "fmt/format.h"
#include "kql/decimal.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::test {

namespace {

using base::Json;
using kql::Type;

// How far apart two numbers may be: one unit of the last digit that the expectation shows.
bool same_number(std::string_view expected, double actual) {
  std::string text(base::trim(expected));
  std::erase(text, ',');
  if (text == "∞") text = "inf";
  if (text == "-∞") text = "-inf";
  const auto number = kql::native::read_real(text);
  if (!number) return false;
  if (std::isnan(*number) || std::isinf(*number))
    return std::isnan(*number) == std::isnan(actual) && (std::isnan(actual) || *number == actual);
  const std::size_t e = text.find_first_of("eE");
  const std::size_t point = text.find('.');
  int digits =
      point == std::string::npos ? 0 : static_cast<int>(std::min(e, text.size()) - point - 1);
  if (e != std::string::npos) {
    int exponent = 0;
    std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(),
                    exponent);
    digits -= exponent;
  }
  const double unit =
      point == std::string::npos && e == std::string::npos ? 1e-9 : std::pow(10.0, -digits);
  return std::fabs(*number - actual) <= std::max(unit * 1.0000001, std::fabs(*number) * 1e-13);
}

bool same_json(const Json& a, const Json& b, bool any_order);

bool same_array(const Json::Array& a, const Json::Array& b, bool any_order) {
  if (a.size() != b.size()) return false;
  if (!any_order) {
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!same_json(a[i], b[i], any_order)) return false;
    return true;
  }
  std::vector<bool> used(b.size(), false);
  for (const Json& one : a) {
    bool found = false;
    for (std::size_t i = 0; i < b.size() && !found; ++i)
      if (!used[i] && same_json(one, b[i], any_order)) used[i] = found = true;
    if (!found) return false;
  }
  return true;
}

bool same_json(const Json& a, const Json& b, bool any_order) {
  if (a.is_null() && b.is_null()) return true;
  const auto is_number = [](const Json& j) {
    return j.as_integer() != nullptr || std::holds_alternative<double>(j.value());
  };
  if (is_number(a) && is_number(b))
    return same_number(base::format_json(a), b.number_or(0)) ||
           std::fabs(a.number_or(0) - b.number_or(0)) <= std::fabs(a.number_or(0)) * 1e-9;
  if (a.as_string() != nullptr && b.as_string() != nullptr) {
    if (*a.as_string() == *b.as_string()) return true;
    const auto x = kql::parse_datetime(*a.as_string()), y = kql::parse_datetime(*b.as_string());
    return x && y && *x == *y;
  }
  if (a.as_bool() != nullptr && b.as_bool() != nullptr) return *a.as_bool() == *b.as_bool();
  if (a.as_array() != nullptr && b.as_array() != nullptr)
    return same_array(*a.as_array(), *b.as_array(), any_order);
  if (a.as_object() == nullptr || b.as_object() == nullptr ||
      a.as_object()->size() != b.as_object()->size())
    return false;
  for (const auto& [key, value] : *a.as_object()) {
    const auto& members = *b.as_object();
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == key; });
    if (found == members.end() || !same_json(value, found->second, any_order)) return false;
  }
  return true;
}

// A page's table shows runs of white space as one space and none at the ends.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return std::string(base::trim(out));
}

bool same_text_cell(const std::string& expected, Type type, const Collected::Cell& actual,
                    bool any_order) {
  if (actual.is_null && type != Type::string)
    return expected == "null" || expected == "(null)" || expected.empty();
  const std::string lower = base::to_lower_ascii(expected);
  switch (type) {
    case Type::boolean:
      return (lower == "true" || lower == "1") == (actual.text == "true") &&
             (lower == "true" || lower == "false" || lower == "1" || lower == "0");
    case Type::int32:
    case Type::int64:
      return expected == actual.text ||
             same_number(expected, kql::native::read_real(actual.text).value_or(NAN));
    case Type::real:
    case Type::decimal:
      return same_number(expected, kql::native::read_real(actual.text).value_or(NAN));
    case Type::datetime: {
      const auto a = kql::parse_datetime(expected), b = kql::parse_datetime(actual.text);
      return a && b && *a == *b;
    }
    case Type::timespan: {
      const auto a = kql::parse_timespan(expected), b = kql::parse_timespan(actual.text);
      return a && b && *a == *b;
    }
    case Type::dynamic: {
      std::string quoted = expected;  // some pages write JSON with apostrophes
      if (!base::parse_json(expected)) std::replace(quoted.begin(), quoted.end(), '\'', '"');
      const auto a = base::parse_json(quoted), b = base::parse_json(actual.text);
      if (a && b && same_json(*a, *b, any_order)) return true;
      std::string shown;
      kql::native::append_as_text(shown, actual.text);
      return shown == expected;
    }
    case Type::guid:
      return lower == actual.text;
    case Type::string:
      return expected == actual.text ||
             (expected == squeezed(expected) && expected == squeezed(actual.text));
  }
  return false;
}

bool same_cell(const Json& expected, Type type, const Collected::Cell& actual, bool any_order) {
  if (expected.is_null()) return actual.is_null || (type == Type::string && actual.text.empty());
  if (const Json::Object* object = expected.as_object()) {
    const Json& alternatives = expected["alt"];
    if (expected["skip"].as_bool() != nullptr && object->size() == 1) return true;
    if (alternatives.as_array() != nullptr)
      for (const Json& one : *alternatives.as_array())
        if (same_cell(one, type, actual, any_order)) return true;
    return false;
  }
  if (expected.as_string() != nullptr)
    return same_text_cell(*expected.as_string(), type, actual, any_order);
  return same_text_cell(base::format_json(expected), type, actual, any_order);
}

std::string show(const Collected& result) {
  std::string out;
  for (std::size_t i = 0; i < result.columns.size(); ++i)
    out += fmt::format("{}{}:{}", i > 0 ? ", " : "", result.columns[i].name,
                       kql::name_of(result.columns[i].type));
  for (std::size_t r = 0; r < result.rows.size() && r < 8; ++r) {
    out += " [";
    for (std::size_t i = 0; i < result.rows[r].size(); ++i)
      out += (i > 0 ? " | " : "") +
             (result.rows[r][i].is_null ? std::string("null") : result.rows[r][i].text);
    out += "]";
  }
  return out;
}

std::string compare_table(const Json& expect, const Collected& result, bool ordered,
                          bool any_order) {
  const Json::Array* names = expect["columns"].as_array();
  const Json::Array* types = expect["types"].as_array();
  const Json::Array* rows = expect["rows"].as_array();
  if (names == nullptr || rows == nullptr) return "the case has no columns or rows";
  if (names->size() != result.columns.size())
    return fmt::format("{} columns, expected {}", result.columns.size(), names->size());
  const bool any_column_order =
      expect["any_column_order"].as_bool() != nullptr && *expect["any_column_order"].as_bool();
  std::vector<std::size_t> place(names->size());
  for (std::size_t i = 0; i < names->size(); ++i) {
    place[i] = i;
    const std::string* name = (*names)[i].as_string();
    if (name == nullptr) continue;
    if (any_column_order)
      for (std::size_t j = 0; j < result.columns.size(); ++j)
        if (result.columns[j].name == *name) place[i] = j;
    if (result.columns[place[i]].name != *name)
      return fmt::format("column {} is '{}', expected '{}'", i, result.columns[place[i]].name,
                         *name);
  }
  if (types != nullptr)
    for (std::size_t i = 0; i < types->size(); ++i)
      if (const std::string* type = (*types)[i].as_string();
          type != nullptr && *type != kql::name_of(result.columns[place[i]].type))
        return fmt::format("column '{}' is {}, expected {}", result.columns[place[i]].name,
                           kql::name_of(result.columns[place[i]].type), *type);
  // An empty table is shown as one row without anything in it.
  if (result.rows.empty() && rows->size() == 1) {
    const Json::Array& only = *(*rows)[0].as_array();
    if (std::all_of(only.begin(), only.end(), [](const Json& cell) { return cell.is_null(); }))
      return {};
  }
  if (rows->size() != result.rows.size())
    return fmt::format("{} rows, expected {}", result.rows.size(), rows->size());
  const auto same_row = [&](const Json& wanted, const std::vector<Collected::Cell>& actual) {
    const Json::Array& cells = *wanted.as_array();
    if (cells.size() != actual.size()) return false;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!same_cell(cells[i], result.columns[place[i]].type, actual[place[i]], any_order))
        return false;
    return true;
  };
  std::vector<bool> used(result.rows.size(), false);
  for (std::size_t i = 0; i < rows->size(); ++i) {
    bool found = false;
    for (std::size_t j = ordered ? i : 0; j < (ordered ? i + 1 : result.rows.size()) && !found; ++j)
      if (!used[j] && same_row((*rows)[i], result.rows[j])) used[j] = found = true;
    if (!found) return fmt::format("row {} is missing: {}", i, base::format_json((*rows)[i]));
  }
  return {};
}

std::string compare_scalar(const Json& expect, const Collected& result, bool any_order) {
  if (result.rows.empty()) return "no rows";
  const bool any_row = expect["row"].as_string() != nullptr && *expect["row"].as_string() == "any";
  const std::size_t first = any_row ? 0 : result.rows.size() - 1;
  const Json::Array* values = expect["values"].as_array();
  const Json::Array* types = expect["types"].as_array();
  const Json::Array* texts = expect["text"].as_array();
  for (std::size_t r = first; r < result.rows.size(); ++r) {
    bool good = true;
    if (values != nullptr) {
      // The values are those of the row's last columns.
      const std::size_t skip =
          result.columns.size() >= values->size() ? result.columns.size() - values->size() : 0;
      for (std::size_t i = 0; i < values->size() && good; ++i) {
        if (i + skip >= result.columns.size()) return "too few columns";
        const Type type = result.columns[i + skip].type;
        if (types != nullptr && (*types)[i].as_string() != nullptr &&
            *(*types)[i].as_string() != kql::name_of(type))
          return fmt::format("column '{}' is {}, expected {}", result.columns[i + skip].name,
                             kql::name_of(type), *(*types)[i].as_string());
        good = same_cell((*values)[i], type, result.rows[r][i + skip], any_order);
      }
    }
    if (texts != nullptr) {
      std::string all;
      for (std::size_t i = 0; i < result.rows[r].size(); ++i) {
        const std::string& text = result.rows[r][i].text;
        all += text + " ";
        if (result.columns[i].type == Type::boolean) all += text == "true" ? "True " : "False ";
        if (result.columns[i].type == Type::datetime && text.size() >= 19)
          all += text.substr(0, 10) + " " + text.substr(11, 8) + " ";
      }
      std::string squashed = all;
      const bool squash = expect["squashed"].as_bool() != nullptr && *expect["squashed"].as_bool();
      if (squash)
        std::erase_if(squashed,
                      [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
      for (const Json& rule : *texts) {
        const Json::Array& parts = *rule.as_array();
        const std::string& wanted = *parts[1].as_string();
        const bool starts = *parts[0].as_string() == "startswith";
        good = good &&
               (starts ? squashed.starts_with(wanted) : squashed.find(wanted) != std::string::npos);
      }
    }
    if (good) return {};
  }
  return "the value differs: " + base::format_json(expect);
}

}  // namespace

std::string compare(const Json& one_case, const Collected& result) {
  const bool any_order =
      one_case["unordered_arrays"].as_bool() != nullptr && *one_case["unordered_arrays"].as_bool();
  const bool ordered = one_case["ordered"].as_bool() != nullptr && *one_case["ordered"].as_bool() &&
                       one_case["order_keys"].is_null();
  std::string problem = one_case["expect"].as_object() != nullptr
                            ? compare_table(one_case["expect"], result, ordered, any_order)
                            : compare_scalar(one_case["expect_scalar"], result, any_order);
  if (!problem.empty()) problem += " — got " + show(result);
  return problem;
}

}  // namespace vedette::test
