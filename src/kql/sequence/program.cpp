#include "kql/sequence/program.h"

#include "fmt/format.h"
#include "kql/native/json_text.h"

namespace vedette::kql::sequence {

namespace {

using plan::ExpressionKind;

bool is_whole(Type type) {
  return is_integer(type) || type == Type::datetime || type == Type::timespan;
}

std::string_view letter_of(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::all_of:
      return "&";
    case ExpressionKind::any_of:
      return "|";
    case ExpressionKind::choice:
      return "?";
    default:
      return "f";
  }
}

}  // namespace

std::string raw_json(const Constant& value) {
  if (value.is_null) return "null";
  if (is_whole(value.type)) return std::to_string(value.integer);
  if (value.type == Type::boolean) return value.boolean ? "true" : "false";
  std::string out;
  if (value.type == Type::real) {
    native::append_json_real(out, value.real);
  } else if (value.type == Type::dynamic) {
    out = value.text.empty() ? "null" : value.text;
  } else {
    native::append_quoted(out, value.text);
  }
  return out;
}

Constant from_raw_json(std::string_view json, Type type) {
  if (native::is_json_null(json)) return Constant::null(type);
  if (is_whole(type)) {
    const auto value = native::integer_of(json);
    return value ? Constant::of_integer(type, *value) : Constant::null(type);
  }
  switch (type) {
    case Type::boolean:
      return Constant::of(json == "true");
    case Type::real: {
      const auto value = native::number_of(json);
      return value ? Constant::of_real(*value) : Constant::null(type);
    }
    case Type::dynamic:
      return Constant::of_text(type, std::string(json));
    default:
      return Constant::of_text(type, native::unescaped(json));
  }
}

bool Writer::depends_on_state(const plan::Expression& expression) const {
  if (expression.kind == ExpressionKind::column && places_.contains(expression.column)) return true;
  for (const plan::ExpressionPtr& argument : expression.arguments)
    if (depends_on_state(*argument)) return true;
  return false;
}

std::size_t Writer::cell(const plan::ExpressionPtr& expression) {
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (cells_[i] == expression ||
        (expression->kind == ExpressionKind::column && cells_[i]->kind == ExpressionKind::column &&
         cells_[i]->column == expression->column))
      return i;
  cells_.push_back(expression);
  return cells_.size() - 1;
}

std::optional<std::string> Writer::write(const plan::ExpressionPtr& expression) {
  const auto type = static_cast<int>(expression->type);
  if (expression->kind == ExpressionKind::constant)
    return fmt::format(R"(["c",{},{}])", type, raw_json(expression->constant));
  if (!depends_on_state(*expression)) return fmt::format(R"(["r",{},{}])", type, cell(expression));
  if (expression->kind == ExpressionKind::column) {
    const StatePlace& place = places_.at(expression->column);
    return fmt::format(R"(["s",{},{},{}])", type, place.step, place.slot);
  }
  std::string name;
  std::vector<plan::ExpressionPtr> parts = expression->arguments;
  switch (expression->kind) {
    case ExpressionKind::call:
      if (!can_evaluate(*expression->function)) {
        refused_ = functions::first_name(*expression->function);
        return std::nullopt;
      }
      native::append_quoted(name, expression->function->body != nullptr
                                      ? functions::sql_name(*expression->function)
                                      : std::string(functions::first_name(*expression->function)));
      break;
    case ExpressionKind::all_of:
    case ExpressionKind::any_of:
    case ExpressionKind::choice:
      name = "\"\"";
      break;
    case ExpressionKind::in_list:
      return write_membership(*expression);
    default:
      refused_ = "a query inside scan";
      return std::nullopt;
  }
  std::string text = fmt::format(R"(["{}",{},{})", letter_of(expression->kind), type, name);
  for (const plan::ExpressionPtr& part : parts) {
    const auto one = write(part);
    if (!one) return std::nullopt;
    text += "," + *one;
  }
  return text + "]";
}

// a in (b, c) is a == b or a == c.
std::optional<std::string> Writer::write_membership(const plan::Expression& expression) {
  const auto boolean = static_cast<int>(Type::boolean);
  std::string text = fmt::format(R"(["|",{},"")", boolean);
  const auto value = write(expression.arguments.front());
  for (std::size_t i = 1; i < expression.arguments.size(); ++i) {
    const auto other = write(expression.arguments[i]);
    if (!value || !other) return std::nullopt;
    text += fmt::format(R"(,["f",{},"equals_or_false",{},{}])", boolean, *value, *other);
  }
  return text + "]";
}

std::optional<Program> Program::read(std::string_view text) {
  const auto words = native::elements_of(text);
  if (words.size() < 3) return std::nullopt;
  const auto type = native::integer_of(words[1]);
  if (!type || *type < 0 || *type > static_cast<int>(Type::dynamic)) return std::nullopt;
  Program program;
  program.type_ = static_cast<Type>(*type);
  const std::string kind = native::unescaped(words[0]);
  if (kind == "c") {
    program.constant_ = from_raw_json(words[2], program.type_);
    return program;
  }
  if (kind == "r" || kind == "s") {
    program.kind_ = kind == "r" ? Kind::cell : Kind::state;
    const auto first = native::integer_of(words[2]);
    const auto second = words.size() > 3 ? native::integer_of(words[3]) : std::optional(first);
    if (!first || !second || *first < 0 || *second < 0) return std::nullopt;
    program.first_ = static_cast<std::size_t>(*first);
    program.second_ = static_cast<std::size_t>(*second);
    return program;
  }
  program.kind_ = kind == "&"   ? Kind::all_of
                  : kind == "|" ? Kind::any_of
                  : kind == "?" ? Kind::choice
                                : Kind::call;
  if (program.kind_ == Kind::call) {
    const std::string name = native::unescaped(words[2]);
    for (const functions::Function* function : functions::all())
      if ((function->body != nullptr ? functions::sql_name(*function) == name
                                     : functions::first_name(*function) == name) &&
          can_evaluate(*function)) {
        program.function_ = function;
        break;
      }
    if (program.function_ == nullptr) return std::nullopt;
  }
  for (std::size_t i = 3; i < words.size(); ++i) {
    auto part = read(words[i]);
    if (!part) return std::nullopt;
    program.parts_.push_back(std::move(*part));
  }
  return program;
}

void Program::collect_cell_types(std::map<std::size_t, Type>& types) const {
  if (kind_ == Kind::cell) types[first_] = type_;
  for (const Program& part : parts_) part.collect_cell_types(types);
}

Constant Program::run(const std::vector<Constant>& cells, const State& state) const {
  switch (kind_) {
    case Kind::constant:
      return constant_;
    case Kind::cell:
      return first_ < cells.size() ? cells[first_] : Constant::null(type_);
    case Kind::state:
      return first_ < state.size() && second_ < state[first_].size() ? state[first_][second_]
                                                                     : Constant::null(type_);
    case Kind::all_of:
    case Kind::any_of: {  // null and false is false; null or true is true
      const bool deciding = kind_ == Kind::any_of;
      bool unknown = false;
      for (const Program& part : parts_) {
        const Constant value = part.run(cells, state);
        if (!value.is_null && value.boolean == deciding) return Constant::of(deciding);
        unknown = unknown || value.is_null;
      }
      return unknown ? Constant::null(Type::boolean) : Constant::of(!deciding);
    }
    case Kind::choice: {
      for (std::size_t i = 0; i + 1 < parts_.size(); i += 2) {
        const Constant condition = parts_[i].run(cells, state);
        if (!condition.is_null && condition.boolean) return parts_[i + 1].run(cells, state);
      }
      return parts_.empty() ? Constant::null(type_) : parts_.back().run(cells, state);
    }
    case Kind::call:
      break;
  }
  std::vector<Constant> arguments;
  arguments.reserve(parts_.size());
  for (const Program& part : parts_) arguments.push_back(part.run(cells, state));
  return evaluate(*function_, type_, arguments);
}

}  // namespace vedette::kql::sequence
