// parse, parse-where and parse-kv: text into columns.
#include <algorithm>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"
#include "kql/native/regex.h"

namespace vedette::kql::bind {

using syntax::ParsePart;

namespace {

// What may stand in a column of that type, when something less greedy would find nothing.
std::string_view pattern_of(Type type) {
  switch (type) {
    case Type::int32:
    case Type::int64:
      return R"([+-]?\d+)";
    case Type::real:
    case Type::decimal:
      return R"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)";
    case Type::boolean:
      return R"((?i:true|false|0|1))";
    case Type::guid:
      return R"(\{?[0-9a-fA-F-]{32,36}\}?)";
    case Type::datetime:
      return R"([0-9A-Za-z:./+\- ]*)";
    case Type::timespan:
      return R"([0-9A-Za-z:.\-]+)";
    case Type::string:
    case Type::dynamic:
      return ".*";
  }
  return ".*";
}

// A column is replaced by one of its name; one of another type stays, beside the new one.
bool has_other_type(const std::vector<plan::Column>& columns, const std::string& name, Type type) {
  return std::any_of(columns.begin(), columns.end(), [&](const plan::Column& column) {
    return column.name == name && column.type != type && !column.hidden;
  });
}

}  // namespace

Checked<Relation> Binder::on_parse(const syntax::Operator& op, const syntax::ParseOperator& body,
                                   Relation input) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "simple" && kind != "regex" && kind != "relaxed")
    return refuse("KQL212", op.span, fmt::format("there is no parse of kind '{}'", kind),
                  "kinds: simple, regex, relaxed");
  const bool regex = kind == "regex";
  std::string flags = op.parameter_word("flags");
  if (flags.find_first_not_of("imsU") != std::string::npos)
    return refuse_unsupported(op.span, "regex flags", flags);
  if (!regex && flags.find('s') == std::string::npos) flags += 's';
  std::string pattern = flags.empty() ? "^" : "^(?" + flags + ")";
  std::string types;
  struct Target {
    std::string name;
    Type type;
  };
  std::vector<Target> targets;
  for (std::size_t i = 0; i < body.parts.size(); ++i) {
    const ParsePart& part = body.parts[i];
    const bool last = i + 1 == body.parts.size();
    if (part.kind == ParsePart::Kind::star) {
      pattern += last || regex ? ".*" : ".*?";
    } else if (part.kind == ParsePart::Kind::text) {
      pattern += regex ? "(?:" + part.text + ")" : native::quote_regex(part.text);
    } else {
      const Type type = part.type.value_or(Type::string);
      targets.push_back({part.text, type});
      types += name_of(type);
      types += ' ';
      // Text up to the next delimiter; in a regex as much as possible, as Kusto has it.
      const bool free_text = type == Type::string || type == Type::dynamic;
      std::string inside = free_text && !last && !regex ? ".*?" : std::string(pattern_of(type));
      // Relaxed: what is not of the type makes this column null, and leaves the others be.
      if (kind == "relaxed" && !free_text) inside += last ? "|.*" : "|.*?";
      const std::string group = fmt::format("(?P<k{}>{})", targets.size() - 1, inside);
      pattern += free_text ? group : R"(\s*)" + group + R"(\s*)";
      if (last) pattern += "$";
    }
  }
  if (const std::string problem = native::regex_problem(pattern); !problem.empty())
    return refuse("KQL110", op.span,
                  fmt::format("the pattern is no regular expression: {}", problem));
  Bound text = VEDETTE_TRY(scalar_in(input, *body.value));
  text = VEDETTE_TRY(convert(std::move(text), Type::string, body.value->span, op.name));
  // One native call finds all columns; the columns are elements of what it gives.
  const plan::Column found = fresh({}, Type::dynamic);
  std::vector<plan::Assignment> one;
  one.emplace_back(found.id, make_internal("parse_pattern", Type::dynamic,
                                           {text, text_constant(pattern),
                                            text_constant(kind == "relaxed" ? "" : types)}));
  input = compute(std::move(input), std::move(one));
  if (body.only_matching)
    input = filter(std::move(input),
                   make_internal("is_not_null", Type::boolean, {plan::make_column(found)}));
  ColumnList list;
  for (const plan::Column& column : input.columns)
    list.add(column, plan::make_column(column), false);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Bound value =
        make_internal("element", Type::dynamic,
                      {plan::make_column(found), long_constant(static_cast<std::int64_t>(i))});
    value = targets[i].type == Type::dynamic
                ? make_internal("parse_text", Type::dynamic, {must_convert(value, Type::string)})
                : must_convert(value, targets[i].type);
    const bool replaces = !has_other_type(input.columns, targets[i].name, targets[i].type);
    list.add({0, targets[i].name, targets[i].type, false}, value, replaces);
  }
  return finish(std::move(input), std::move(list));
}

Checked<Relation> Binder::on_parse_kv(const syntax::Operator& op,
                                      const syntax::ParseKvOperator& body, Relation input) {
  std::string options = "{";
  bool first = true;
  for (const syntax::Parameter& parameter : op.parameters) {
    static constexpr std::string_view known =
        "pair_delimiter kv_delimiter quote escape greedy regex";
    if (known.find(parameter.name) == std::string_view::npos)
      return refuse_unsupported(parameter.span, "option of parse-kv", parameter.name);
    const std::string& word = parameter.value->text;
    const Bound value =
        parameter.value->kind == syntax::ExpressionKind::name && (word == "true" || word == "false")
            ? plan::make_constant(Constant::of(word == "true"))
            : VEDETTE_TRY(scalar(*parameter.value, {}));
    if (value->kind != plan::ExpressionKind::constant)
      return refuse("KQL204", parameter.span, "an option must be known beforehand");
    if (!first) options += ',';
    first = false;
    native::append_quoted(options, parameter.name);
    options += ':' + native::json_of(value->constant);
  }
  options += '}';
  std::string keys = "[";
  for (std::size_t i = 0; i < body.columns.size(); ++i) {
    if (i > 0) keys += ',';
    native::append_quoted(keys, body.columns[i].name);
  }
  keys += ']';
  Bound text = VEDETTE_TRY(scalar_in(input, *body.value));
  text = VEDETTE_TRY(convert(std::move(text), Type::string, body.value->span, op.name));
  const plan::Column found = fresh({}, Type::dynamic);
  std::vector<plan::Assignment> one;
  one.emplace_back(found.id, make_internal("parse_pairs", Type::dynamic,
                                           {text, text_constant(keys), text_constant(options)}));
  input = compute(std::move(input), std::move(one));
  ColumnList list;
  for (const plan::Column& column : input.columns)
    list.add(column, plan::make_column(column), false);
  for (std::size_t i = 0; i < body.columns.size(); ++i) {
    const Type type = body.columns[i].type.value_or(Type::string);
    const Bound value =
        make_internal("element", Type::dynamic,
                      {plan::make_column(found), long_constant(static_cast<std::int64_t>(i))});
    list.add({0, body.columns[i].name, type, false}, must_convert(value, type), true);
  }
  return finish(std::move(input), std::move(list));
}

}  // namespace vedette::kql::bind
