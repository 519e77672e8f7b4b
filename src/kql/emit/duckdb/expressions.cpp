// Expressions as SQL text. Every text made here is one operand: a name, a literal, a call, or
// something in parentheses.
#include <cmath>

#include "fmt/format.h"
#include "kql/emit/duckdb/emitter.h"
#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/plan/inputs_of.h"

namespace vedette::kql::emit::duckdb {

using plan::ExpressionKind;

std::string quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\0') {
      out += "' || chr(0) || '";  // a NUL would end the statement's text
      continue;
    }
    out += c;
    if (c == '\'') out += c;
  }
  out += '\'';
  if (out.find("chr(0)") != std::string::npos) return "(" + out + ")";
  return out;
}

std::string_view sql_type(Type type) {
  switch (type) {
    case Type::boolean:
      return "BOOLEAN";
    case Type::int32:
      return "INTEGER";
    case Type::int64:
    case Type::datetime:
    case Type::timespan:
      return "BIGINT";
    case Type::real:
      return "DOUBLE";
    case Type::decimal:
      return "DECIMAL(38,18)";
    case Type::guid:
      return "UUID";
    case Type::string:
    case Type::dynamic:
      return "VARCHAR";
  }
  return "VARCHAR";
}

std::string Emitter::constant(const Constant& constant) const {
  if (constant.is_null) return fmt::format("CAST(NULL AS {})", sql_type(constant.type));
  switch (constant.type) {
    case Type::boolean:
      return constant.boolean ? "true" : "false";
    case Type::int32:
      return fmt::format("CAST({} AS INTEGER)", constant.integer);
    case Type::int64:
    case Type::datetime:
    case Type::timespan:
      return fmt::format("CAST('{}' AS BIGINT)", constant.integer);
    case Type::real:
      if (std::isnan(constant.real)) return "CAST('nan' AS DOUBLE)";
      if (std::isinf(constant.real))
        return constant.real > 0 ? "CAST('inf' AS DOUBLE)" : "CAST('-inf' AS DOUBLE)";
      return fmt::format("CAST('{}' AS DOUBLE)", constant.real);
    case Type::decimal:
      return fmt::format("CAST({} AS DECIMAL(38,18))", quote(constant.text));
    case Type::guid:
      return fmt::format("CAST({} AS UUID)", quote(constant.text));
    case Type::string:
    case Type::dynamic:
      return quote(constant.text);
  }
  return "NULL";
}

std::string Emitter::expression(const plan::Expression& expression, const Select& select) {
  switch (expression.kind) {
    case ExpressionKind::constant:
      return constant(expression.constant);
    case ExpressionKind::column: {
      const auto found = select.cells.find(expression.column);
      if (found != select.cells.end()) return found->second.sql;
      return name_of_column(expression.column);  // of the query around this one
    }
    case ExpressionKind::call: {
      const auto kept = kept_.find(expression);
      const auto cell = kept ? select.cells.find(*kept) : select.cells.end();
      return cell != select.cells.end() ? cell->second.sql : call(expression, select);
    }
    case ExpressionKind::all_of:
      return joined(expression.arguments, " AND ", select);
    case ExpressionKind::any_of:
      return joined(expression.arguments, " OR ", select);
    case ExpressionKind::choice:
      return choice(expression, select);
    case ExpressionKind::in_list: {
      std::string list;
      for (std::size_t i = 1; i < expression.arguments.size(); ++i) {
        if (i > 1) list += ", ";
        list += this->expression(*expression.arguments[i], select);
      }
      const std::string found =
          fmt::format("({} IN ({}))", this->expression(*expression.arguments[0], select), list);
      return expression.nullable ? found : "coalesce(" + found + ", false)";
    }
    case ExpressionKind::window:
      return window(expression, select);
    case ExpressionKind::aggregate:
      return fill(expression.function->duckdb, expression, select);
    case ExpressionKind::scalar_subquery:
    case ExpressionKind::in_subquery:
      return subquery(expression, select);
  }
  return "NULL";
}

std::string Emitter::joined(const std::vector<plan::ExpressionPtr>& parts, std::string_view word,
                            const Select& select) {
  std::string out = "(";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += word;
    out += expression(*parts[i], select);
  }
  return out + ")";
}

// a + b + c as one flat text, however deep the tree leans to the left.
std::string Emitter::chain(const plan::Expression& top, const Select& select,
                           std::string_view word) {
  std::vector<const plan::Expression*> parts;
  const plan::Expression* at = &top;
  while (at->kind == ExpressionKind::call && at->function == top.function && at->type == top.type &&
         at->arguments.size() == 2) {
    parts.push_back(at->arguments[1].get());
    at = at->arguments[0].get();
  }
  std::string out = "(" + expression(*at, select);
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) {
    out += word;
    out += expression(**it, select);
  }
  return out + ")";
}

namespace {

// A datetime before year 1 or after year 9999 is null. Said without writing the value twice, since
// such sums stand inside each other.
std::string in_calendar(Type type, std::string sum) {
  if (type != Type::datetime) return sum;
  return fmt::format("nullif(nullif(least(greatest({0}, -1), {1}), -1), {1})", sum,
                     datetime_ticks_max + 1);
}

}  // namespace

std::string Emitter::call(const plan::Expression& expression, const Select& select) {
  const functions::Function& function = *expression.function;
  const bool ticks = expression.type == Type::int64 || expression.type == Type::datetime ||
                     expression.type == Type::timespan;
  if (function.use == functions::Use::internal) {
    const bool adds = function.name == "add", multiplies = function.name == "multiply";
    const bool subtracts = function.name == "subtract";
    std::string sum;
    if (wrapping_ && ticks && (adds || subtracts || multiplies || function.name == "negate"))
      sum = fill(fmt::format("kql_{}_wrapping($*)", function.name), expression, select);
    else if (adds || multiplies)
      sum = chain(expression, select, adds ? " + " : " * ");
    else if (subtracts)
      sum = fill(function.duckdb, expression, select);
    if (!sum.empty()) return in_calendar(expression.type, std::move(sum));
  }
  if (!function.duckdb.empty()) return fill(function.duckdb, expression, select);
  return fill(functions::sql_name(function) + "($*)", expression, select);
}

std::string Emitter::choice(const plan::Expression& expression, const Select& select) {
  std::string out = "(CASE";
  const auto& parts = expression.arguments;
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
    out += fmt::format(" WHEN {} THEN {}", this->expression(*parts[i], select),
                       this->expression(*parts[i + 1], select));
  return out + fmt::format(" ELSE {} END)", this->expression(*parts.back(), select));
}

// Puts arguments into a row's SQL: see functions/function.h for the marks.
std::string Emitter::fill(std::string_view pattern, const plan::Expression& whole,
                          const Select& select) {
  std::string out;
  const auto& arguments = whole.arguments;
  const auto argument = [&](std::size_t i) {
    return i < arguments.size() ? expression(*arguments[i], select) : std::string("NULL");
  };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '$' || at + 1 >= pattern.size()) {
      out += pattern[at];
      continue;
    }
    const char mark = pattern[++at];
    if (mark >= '1' && mark <= '9') {
      std::size_t first = static_cast<std::size_t>(mark - '1');
      if (at + 1 < pattern.size() && pattern[at + 1] == '*') {
        ++at;
        for (std::size_t i = first; i < arguments.size(); ++i)
          out += (i > first ? ", " : "") + argument(i);
      } else {
        out += argument(first);
      }
    } else if (mark == '*') {
      for (std::size_t i = 0; i < arguments.size(); ++i) out += (i > 0 ? ", " : "") + argument(i);
    } else if (mark == 'S') {  // the arguments as the fields of a struct
      for (std::size_t i = 0; i < arguments.size(); ++i)
        out += fmt::format("{}'f{}': {}", i > 0 ? ", " : "", i + 1, argument(i));
    } else if (mark == 'F') {
      if (whole.filter) out += " FILTER (WHERE " + expression(*whole.filter, select) + ")";
    } else if (mark == 'G') {  // $G2: only rows for which the second argument holds
      const std::size_t place = static_cast<std::size_t>(pattern[++at] - '1');
      out += " FILTER (WHERE " + argument(place);
      if (whole.filter) out += " AND " + expression(*whole.filter, select);
      out += ")";
    } else if (mark == 'O') {
      if (!whole.order.empty()) out += " ORDER BY " + order_by(whole.order, select);
    }
  }
  return out;
}

std::string Emitter::order_by(const std::vector<plan::SortKey>& order, const Select& select) {
  std::string out;
  for (const plan::SortKey& key : order) {
    std::string value = expression(*key.value, select);
    if (value.starts_with('\''))  // the engine refuses to sort by text that is the same in each row
      value = fmt::format("CAST({} AS VARCHAR)", value);
    const std::string_view direction = key.ascending ? "ASC" : "DESC";
    const std::string_view nulls = key.nulls_first ? "FIRST" : "LAST";
    if (!out.empty()) out += ", ";
    // Kusto puts NaN beside null, in both directions; DuckDB takes it for the greatest number.
    if (key.value->type == Type::real)
      out += fmt::format("nullif({0}, CAST('nan' AS DOUBLE)) {1} NULLS {2}, ({0} IS NULL) {3}",
                         value, direction, nulls, key.nulls_first ? "DESC" : "ASC");
    else
      out += fmt::format("{} {} NULLS {}", value, direction, nulls);
  }
  return out;
}

std::string Emitter::window(const plan::Expression& expression, const Select& select) {
  const std::string_view pattern = expression.function->duckdb;
  const std::size_t bar = pattern.find('|');
  std::string over;
  for (const plan::ExpressionPtr& part : expression.partition)
    over += (over.empty() ? "PARTITION BY " : ", ") + this->expression(*part, select);
  if (!expression.order.empty())
    over += (over.empty() ? "ORDER BY " : " ORDER BY ") + order_by(expression.order, select);
  if (bar != std::string_view::npos) over += " " + std::string(pattern.substr(bar + 1));
  std::string text = fill(pattern.substr(0, bar), expression, select);
  if (pattern.find(" @") != std::string_view::npos) {
    for (std::size_t at = text.find(" @"); at != std::string::npos;
         at = text.find(" @", at + over.size()))
      text.replace(at + 1, 1, "OVER (" + over + ")");
    return "(" + text + ")";
  }
  return fmt::format("{} OVER ({})", text, over);
}

std::string Emitter::subquery(const plan::Expression& expression, const Select& select) {
  Needed needed{expression.column};
  collect(expression.order, needed);
  Select inner = node(*expression.node, needed);
  // What was computed over neighbouring rows can be looked at only from outside.
  if (expression.kind != ExpressionKind::scalar_subquery && inner.has_window)
    inner = seal(inner, needed, true);
  std::string body = text(inner, Needed{expression.column});
  if (expression.kind == ExpressionKind::scalar_subquery) {
    if (!expression.order.empty()) body += " ORDER BY " + order_by(expression.order, inner);
    return "(" + body + " LIMIT 1)";
  }
  const std::string wanted =
      inner.cells.contains(expression.column) ? inner.cells.at(expression.column).sql : "NULL";
  const bool has_where = !inner.where.empty();
  const std::string found = fmt::format("({} IN ({}{} {} IS NOT NULL))",
                                        this->expression(*expression.arguments[0], select), body,
                                        has_where ? " AND" : " WHERE", wanted);
  return expression.nullable ? found : "coalesce(" + found + ", false)";
}

void Emitter::collect(const std::vector<plan::SortKey>& order, Needed& needed) {
  for (const plan::SortKey& key : order) collect(*key.value, needed);
}

void Emitter::collect(const plan::Expression& expression, Needed& needed) {
  if (const auto kept = kept_.find(expression))
    needed.insert(*kept);
  else
    collect_plainly(expression, needed);
}

void Emitter::collect_plainly(const plan::Expression& expression, Needed& needed) {
  if (expression.kind == ExpressionKind::column) needed.insert(expression.column);
  for (const plan::ExpressionPtr& argument : expression.arguments) collect(*argument, needed);
  for (const plan::ExpressionPtr& part : expression.partition) collect(*part, needed);
  if (expression.filter) collect(*expression.filter, needed);
  if (expression.node) {
    collect(*expression.node, needed);
  } else {
    collect(expression.order, needed);
  }
}

// What stands inside is computed where the outer rows are only known by their columns.
void Emitter::collect(const plan::Node& node, Needed& needed) {
  plan::InputsOf inputs;
  std::visit(inputs, node.body);
  const auto rests = kept_.rest();
  for (const plan::Expression* expression : inputs.expressions) collect(*expression, needed);
  for (const plan::Node* input : inputs.nodes) collect(*input, needed);
}

}  // namespace vedette::kql::emit::duckdb
