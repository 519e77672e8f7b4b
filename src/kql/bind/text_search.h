// Owns: when a search for text can be made cheaper without another answer. Must not know: SQL. Any
// thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "kql/functions/function.h"
#include "kql/plan/plan.h"

namespace vedette::kql::bind {

inline constexpr std::string_view searched_prefix = "searched_";

[[nodiscard]] inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Can DuckDB's own search look at the rows before Kusto's rules do? Only for a column, which costs
// nothing to name twice, and for text known beforehand whose case counts or that has none.
[[nodiscard]] inline bool is_searched(std::string_view op, const plan::Expression& text,
                                      const plan::Expression& wanted) {
  if (text.kind != plan::ExpressionKind::column || wanted.kind != plan::ExpressionKind::constant ||
      wanted.constant.text.empty() ||
      functions::find(std::string(searched_prefix) + std::string(op), functions::Use::internal)
          .empty())
    return false;
  return op.ends_with("_cs") || std::ranges::none_of(wanted.constant.text, is_letter);
}

// Could a value of that type, written as text, hold this at all? No number holds "sqlmap".
[[nodiscard]] inline bool could_hold(Type type, std::string_view wanted) {
  std::string_view letters;
  switch (type) {
    case Type::string:
    case Type::dynamic:
      return true;
    case Type::boolean:
      letters = "truefalsTRUEFALS";
      break;
    case Type::int32:
    case Type::int64:
      letters = "0123456789-";
      break;
    case Type::real:
    case Type::decimal:  // also 1E+20, NaN, Infinity
      letters = "0123456789-+.eEnNaAiIfFtTyY";
      break;
    case Type::datetime:
      letters = "0123456789-:.tTzZ";
      break;
    case Type::timespan:
      letters = "0123456789-:.";
      break;
    case Type::guid:
      letters = "0123456789-abcdefABCDEF";
      break;
  }
  return wanted.find_first_not_of(letters) == std::string_view::npos;
}

}  // namespace vedette::kql::bind
