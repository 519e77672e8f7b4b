// Calls whose meaning depends on types, names or constants, so that no row of a table can say it.
#include <array>
#include <cmath>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/tuples.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

constexpr std::array<std::pair<std::string_view, Type>, 13> conversions{
    {{"tostring", Type::string},
     {"tolong", Type::int64},
     {"toint", Type::int32},
     {"todouble", Type::real},
     {"toreal", Type::real},
     {"todatetime", Type::datetime},
     {"totimespan", Type::timespan},
     {"totime", Type::timespan},
     {"tobool", Type::boolean},
     {"toboolean", Type::boolean},
     {"toguid", Type::guid},
     {"todecimal", Type::decimal},
     {"time", Type::timespan}}};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view candidate : names)
    if (candidate == name) return true;
  return false;
}

}  // namespace

Checked<Binder::Bound> Binder::special_call(const Expression& call, const Row& row, bool& handled) {
  const std::string& name = call.text;
  handled = true;
  if (name == "now" || name == "ago") return call_now(call, row);
  if (name == "assert") return call_assert(call, row);
  if (is_one_of(name, {"iff", "iif", "case"})) return call_choice(call, row);
  if (is_one_of(name, {"coalesce", "max_of", "min_of"})) return call_common(call, row);
  for (const auto& [word, type] : conversions)
    if (word == name) return call_conversion(call, type, row);
  if (is_one_of(name,
                {"isnull", "isnotnull", "notnull", "isempty", "isnotempty", "notempty", "not"}))
    return call_emptiness(call, row);
  if (is_one_of(name, {"bin", "floor", "bin_at"})) return call_bin(call, row);
  if (is_one_of(name, {"bag_pack", "pack", "pack_dictionary", "pack_all", "bag_pack_columns"}))
    return call_pack(call, row);
  if (is_one_of(name, {"column_ifexists", "columnifexists", "iscolumnexists"}))
    return call_column_if_exists(call, row);
  if (is_one_of(name, {"extract", "extractjson", "extract_json", "percentile_tdigest"}) &&
      !call.children.empty() && call.children.back()->kind == ExpressionKind::type_literal)
    return call_extract(call, row);
  if (is_one_of(name, {"percentiles_array_tdigest", "percentile_array_tdigest"}) &&
      call.children.size() > 1 && call.children.back()->kind == ExpressionKind::type_literal)
    return call_extract(call, row);
  if (name == "gettype") return call_gettype(call, row);
  if (name == "hash_many") return call_hash_many(call, row);
  if (name == "bin_auto") return call_bin_auto(call, row);
  if (name == "estimate_data_size") return call_data_size(call, row);
  if (name.ends_with("_dynamic") && tuple_shape(name.substr(0, name.size() - 8)) != nullptr)
    return call_tuple_bag(call, row);
  if (name == "column_names_of") {
    std::string json = "[";
    for (const std::string& column : VEDETTE_TRY(name_list(call, Relation{}))) {
      if (json.size() > 1) json += ',';
      native::append_quoted(json, column);
    }
    return plan::make_constant(Constant::of_text(Type::dynamic, json + "]"));
  }
  if (name == "toscalar" || name == "materialize") {
    if (call.children.size() != 1)
      return refuse("KQL203", call.span, fmt::format("{} takes one argument", name));
    return name == "toscalar" || !is_tabular(*call.children.front(), scope_)
               ? scalar_pipeline(*call.children.front())
               : refuse("KQL202", call.span, "a value is expected here, and this is a table");
  }
  if (is_one_of(name, {"todynamic", "parse_json", "parsejson", "toobject"})) {
    Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
    if (arguments.size() != 1)
      return refuse("KQL203", call.span, fmt::format("{} takes one argument", name));
    if (arguments.front()->type == Type::dynamic)
      return make_internal("reparse", Type::dynamic, std::move(arguments));
    if (arguments.front()->type != Type::string)
      return must_convert(arguments.front(), Type::dynamic);
    return make_internal("parse_text", Type::dynamic, std::move(arguments));
  }
  if (name == "ingestion_time") {
    if (row.columns != nullptr)
      for (const plan::Column& column : *row.columns)
        if (column.name == "_TimeReceived") return plan::make_column(column);
    return null_of(Type::datetime);
  }
  handled = false;
  return Bound{};
}

// hash() of each value, and these combined.
Checked<Binder::Bound> Binder::call_hash_many(const Expression& call, const Row& row) {
  Arguments hashes;
  for (Bound& value : VEDETTE_TRY(bind_arguments(call, row)))
    hashes.push_back(VEDETTE_TRY(call_overload(functions::find("hash", functions::Use::scalar),
                                               call, {std::move(value)}, row)));
  if (hashes.size() < 2) return refuse("KQL203", call.span, "hash_many takes at least two values");
  return plan::make_call(*functions::find("hash_combine", functions::Use::scalar).front(),
                         Type::int64, std::move(hashes));
}

Checked<Binder::Bound> Binder::call_now(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  const auto told = options_.find("query_now");
  Bound now = told != options_.end()
                  ? told->second
                  : plan::make_constant(Constant::of_integer(Type::datetime, inputs_.now_ticks));
  if (arguments.empty() && call.text == "now") return now;
  if (arguments.size() != 1)
    return refuse("KQL203", call.span, fmt::format("{} takes one timespan", call.text));
  if (arguments.front()->type != Type::timespan && arguments.front()->type != Type::dynamic)
    return refuse("KQL208", call.children.front()->span,
                  fmt::format("{} needs a timespan, such as 1d, and this is {}", call.text,
                              name_of(arguments.front()->type)));
  const Bound offset = must_convert(arguments.front(), Type::timespan);
  Expression shape;
  shape.kind = ExpressionKind::binary;
  shape.span = call.span;
  return time_arithmetic(shape, call.text == "now" ? "+" : "-", now, offset);
}

Checked<Binder::Bound> Binder::call_choice(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  if (arguments.size() < 3 || arguments.size() % 2 == 0 ||
      (call.text != "case" && arguments.size() != 3))
    return refuse("KQL203", call.span,
                  fmt::format("{} takes condition, value, ..., otherwise", call.text));
  Arguments values;
  for (std::size_t i = 1; i < arguments.size(); i += 2) values.push_back(arguments[i]);
  values.push_back(arguments.back());
  // Values without a type in common are dynamic: Microsoft's binder lets them pass.
  const Type type = common_type(values, true).value_or(Type::dynamic);
  auto whole = std::make_shared<plan::Expression>();
  whole->kind = plan::ExpressionKind::choice;
  whole->type = type;
  whole->nullable = type != Type::string;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool condition = i % 2 == 0 && i + 1 < arguments.size();
    Bound& part = arguments[i];
    if (condition && part->type != Type::boolean && part->type != Type::dynamic)
      return refuse("KQL208", call.children[i]->span,
                    fmt::format("a condition is needed here, and this is {}", name_of(part->type)));
    part = condition ? for_filter(must_convert(part, Type::boolean)) : must_convert(part, type);
    whole->arguments.push_back(part);
  }
  return whole;
}

Checked<Binder::Bound> Binder::call_common(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  if (arguments.empty())
    return refuse("KQL203", call.span, fmt::format("{} takes at least one argument", call.text));
  const auto type = common_type(arguments, true);
  if (!type)
    return refuse("KQL208", call.span,
                  fmt::format("the arguments of {} have no type in common", call.text));
  Arguments parts;
  for (const Bound& argument : arguments) {
    Bound part = must_convert(argument, *type);
    if (call.text == "coalesce" && *type == Type::string)
      part = make_internal("null_if_empty", Type::string, {part});
    parts.push_back(std::move(part));
  }
  if (call.text == "coalesce" && *type == Type::string) parts.push_back(text_constant(""));
  return make_internal(call.text == "coalesce" ? "coalesce"
                       : call.text == "max_of" ? "greatest"
                                               : "least",
                       *type, std::move(parts));
}

Checked<Binder::Bound> Binder::call_conversion(const Expression& call, Type type, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  if (arguments.size() != 1)
    return refuse("KQL203", call.span, fmt::format("{} takes one argument", call.text));
  // todatetime takes every scalar, and these are no datetime.
  const Type from = arguments.front()->type;
  if (type == Type::datetime &&
      (from == Type::real || from == Type::decimal || from == Type::boolean || from == Type::guid))
    return null_of(type);
  return convert(std::move(arguments.front()), type, call.children.front()->span, call.text);
}

namespace {

// Does it look at a row?
bool reads_a_row(const plan::Expression& value) {
  if (value.kind == plan::ExpressionKind::column || value.kind == plan::ExpressionKind::window ||
      value.kind == plan::ExpressionKind::aggregate)
    return true;
  for (const plan::ExpressionPtr& argument : value.arguments)
    if (reads_a_row(*argument)) return true;
  return false;
}

}  // namespace

// assert(condition, message): true, or the query ends with the message before it reads a row.
Checked<Binder::Bound> Binder::call_assert(const Expression& call, const Row& row) {
  if (call.children.size() != 2)
    return refuse("KQL203", call.span, "assert takes a condition and a message");
  const Expression& said = *call.children.front();
  Bound condition = VEDETTE_TRY(scalar(said, row));
  condition = VEDETTE_TRY(convert(std::move(condition), Type::boolean, said.span, "assert"));
  if (reads_a_row(*condition))
    return refuse("KQL204", said.span,
                  "the condition of assert must be known beforehand and look at no row");
  const std::string message = VEDETTE_TRY(constant_text(*call.children.back(), "the message"));
  Bound holds = plan::make_constant(Constant::of(true));
  bool good = condition->constant.boolean;
  if (condition->kind != plan::ExpressionKind::constant) {
    if (inputs_.check_only) return holds;
    const plan::Column column = fresh("condition", Type::boolean);
    std::vector<plan::Assignment> one;
    one.emplace_back(column.id, std::move(condition));
    plan::Plan question;
    question.node = project(unit(), {column}, std::move(one)).node;
    question.columns.push_back(column);
    const Fact* found = VEDETTE_TRY(fact(std::move(question)));
    good = !found->rows.empty() && found->rows.front().front() == "true";
  }
  if (good) return holds;
  return refuse("KQL214", call.span,
                fmt::format("assert() has failed with message: '{}'", message));
}

Checked<Binder::Bound> Binder::call_emptiness(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  if (arguments.size() != 1)
    return refuse("KQL203", call.span, fmt::format("{} takes one argument", call.text));
  Bound value = std::move(arguments.front());
  std::shared_ptr<plan::Expression> result;
  const auto give = [&](std::string_view name) {
    result = std::make_shared<plan::Expression>(*make_internal(name, Type::boolean, {value}));
    result->nullable = false;
  };
  if (call.text == "not") {
    const bool nullable = value->nullable;
    value = VEDETTE_TRY(convert(std::move(value), Type::boolean, call.span, "not"));
    give("not");
    result->nullable = nullable;
    return result;
  }
  const bool negated = call.text == "isnotnull" || call.text == "notnull" ||
                       call.text == "isnotempty" || call.text == "notempty";
  const bool empty = call.text.find("empty") != std::string::npos;
  if (empty && value->type == Type::dynamic) value = must_convert(value, Type::string);
  if (value->type == Type::string) {
    if (!empty) return plan::make_constant(Constant::of(negated));  // a string is never null
    give(negated ? "is_not_empty_text" : "is_empty_text");
    return result;
  }
  give(negated ? "is_not_null" : "is_null");
  return result;
}

Checked<Binder::Bound> Binder::call_bin(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  const std::size_t wanted = call.text == "bin_at" ? 3 : 2;
  if (call.text == "floor" && arguments.size() == 1) arguments.push_back(long_constant(1));
  if (arguments.size() != wanted)
    return refuse("KQL203", call.span, fmt::format("{} takes {} arguments", call.text, wanted));
  Bound value = arguments[0];
  Bound size = arguments[1];
  Bound fixed = wanted == 3 ? arguments[2] : Bound{};
  if (value->type == Type::dynamic)
    value = must_convert(value, size->type == Type::timespan ? Type::datetime : size->type);
  if (size->type == Type::dynamic)
    size = must_convert(size, is_number(value->type) ? value->type : Type::timespan);
  if (!is_summable(value->type) || !is_summable(size->type))
    return refuse("KQL208", call.span,
                  fmt::format("{} rounds numbers, datetimes and timespans", call.text));
  Type type = value->type, shown = type;
  if (is_number(type)) {
    if (!is_number(size->type))
      return refuse("KQL208", call.children[1]->span,
                    fmt::format("{} needs a number here", call.text));
    type = *common_type({value, size}, false);
    if (type == Type::int32) type = Type::int64;
    shown = type;
    if (type == Type::decimal) type = Type::real;
    value = must_convert(value, type);
    size = must_convert(size, type);
  } else if (is_number(size->type)) {
    size = must_convert(size, Type::int64);
    size = make_internal("multiply", Type::int64, {size, long_constant(864'000'000'000)});
  }
  if (fixed) {
    fixed = VEDETTE_TRY(convert(std::move(fixed), type, call.children[2]->span, call.text));
    return must_convert(make_internal(type == Type::real ? "bin_real_at" : "bin_long_at", type,
                                      {value, size, fixed}),
                        shown);
  }
  const bool known = size->kind == plan::ExpressionKind::constant && size->constant.integer > 0;
  return must_convert(make_internal(type == Type::real                ? "bin_real"
                                    : known && type == Type::datetime ? "bin_moment"
                                    : known                           ? "bin_known"
                                                                      : "bin_long",
                                    type, {value, size}),
                      shown);
}

Checked<Binder::Bound> Binder::call_pack(const Expression& call, const Row& row) {
  Arguments parts;
  bool skip_empty = false;
  if (call.text == "pack_all") {
    if (!call.children.empty()) {
      const Bound flag = VEDETTE_TRY(scalar(*call.children.front(), {}));
      skip_empty = flag->kind == plan::ExpressionKind::constant && flag->constant.boolean;
    }
    if (row.columns != nullptr)
      for (const plan::Column& column : *row.columns) {
        if (column.hidden) continue;
        parts.push_back(text_constant(column.name));
        parts.push_back(must_convert(plan::make_column(column), Type::dynamic));
      }
  } else if (call.text == "bag_pack_columns") {
    for (const auto& child : call.children) {
      const Bound value = VEDETTE_TRY(
          scalar(child->kind == ExpressionKind::named ? *child->children.front() : *child, row));
      if (value->kind != plan::ExpressionKind::column)
        return refuse("KQL208", child->span, "bag_pack_columns takes columns");
      parts.push_back(text_constant(result_name(*child, row)));
      parts.push_back(must_convert(value, Type::dynamic));
    }
  } else {
    Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
    if (arguments.size() % 2 != 0)
      return refuse("KQL203", call.span,
                    fmt::format("{} takes key, value, key, value ...", call.text));
    for (std::size_t i = 0; i < arguments.size(); ++i)
      parts.push_back(must_convert(arguments[i], i % 2 == 0 ? Type::string : Type::dynamic));
  }
  auto whole = std::make_shared<plan::Expression>(
      *make_internal(skip_empty ? "pack_filled" : "pack_pairs", Type::dynamic, std::move(parts)));
  whole->nullable = false;
  return whole;
}

Checked<Binder::Bound> Binder::call_column_if_exists(const Expression& call, const Row& row) {
  const bool exists_only = call.text == "iscolumnexists";
  if (call.children.size() != (exists_only ? 1U : 2U))
    return refuse("KQL203", call.span,
                  fmt::format("{} takes the column's name and what to give without it", call.text));
  std::string wanted;
  const Expression& first = *call.children.front();
  if (first.kind == ExpressionKind::name && find_binding(scope_, first.text) == nullptr) {
    wanted = first.text;  // the name itself, without quotes: old content has it
  } else {
    wanted = VEDETTE_TRY(constant_text(first, "the column's name"));
  }
  if (row.columns != nullptr)
    for (const plan::Column& column : *row.columns)
      if (column.name == wanted && !column.hidden)
        return exists_only ? plan::make_constant(Constant::of(true)) : plan::make_column(column);
  if (exists_only) return plan::make_constant(Constant::of(false));
  return scalar(*call.children[1], row);
}

// extract(regex, group, text, typeof(long)): the text, converted.
Checked<Binder::Bound> Binder::call_extract(const Expression& call, const Row& row) {
  const auto& declarations = call.children.back()->declarations;
  const Type type =
      declarations.empty() ? Type::string : declarations.front().type.value_or(Type::string);
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < call.children.size(); ++i)
    arguments.push_back(VEDETTE_TRY(scalar(*call.children[i], row)));
  const bool arguments_are_values = arguments.back()->type != Type::dynamic;
  const Bound text = VEDETTE_TRY(call_overload(functions::find(call.text, functions::Use::scalar),
                                               call, std::move(arguments), row));
  if (call.text.ends_with("_array_tdigest")) {  // one percent alone gives a column of that type
    if (call.children.size() == 3 && arguments_are_values)
      return must_convert(make_internal("element", Type::dynamic, {text, long_constant(0)}), type);
    return make_internal("percentiles_as", Type::dynamic,
                         {text, text_constant(std::string(name_of(type)))});
  }
  if (type == Type::dynamic) return make_internal("parse_text", type, {text});
  return must_convert(text, type);
}

// bin_auto(x): the size and the place of the bins come from set statements.
Checked<Binder::Bound> Binder::call_bin_auto(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  if (arguments.size() != 1) return refuse("KQL203", call.span, "bin_auto takes one argument");
  const Type given = arguments.front()->type;
  const Type type = given == Type::int32 ? Type::int64 : given;
  if (!is_summable(type)) return refuse("KQL208", call.span, "bin_auto rounds numbers and times");
  const bool time = type == Type::datetime || type == Type::timespan;
  const auto size_option = options_.find("query_bin_auto_size");
  const auto at_option = options_.find("query_bin_auto_at");
  Bound size = size_option != options_.end() ? size_option->second
               : time ? plan::make_constant(Constant::of_integer(Type::timespan, 864'000'000'000))
                      : long_constant(1);
  Bound at = at_option != options_.end() ? at_option->second : null_of(type);
  const bool real = type == Type::real || type == Type::decimal;
  if (at_option == options_.end())
    at = real ? plan::make_constant(Constant::of_real(0))
              : plan::make_constant(Constant::of_integer(type, 0));
  size = VEDETTE_TRY(convert(std::move(size),
                             time   ? Type::timespan
                             : real ? Type::real
                                    : Type::int64,
                             call.span, "query_bin_auto_size"));
  at = VEDETTE_TRY(convert(std::move(at),
                           time   ? type
                           : real ? Type::real
                                  : Type::int64,
                           call.span, "query_bin_auto_at"));
  return must_convert(
      make_internal(real ? "bin_real_at" : "bin_long_at", real ? Type::real : type,
                    {must_convert(arguments.front(), real ? Type::real : type), size, at}),
      type);
}

// estimate_data_size(columns): the bytes that the values take.
Checked<Binder::Bound> Binder::call_data_size(const Expression& call, const Row& row) {
  Arguments values;
  for (const auto& child : call.children) {
    if (child->kind == ExpressionKind::star && row.columns != nullptr) {
      for (const plan::Column& column : *row.columns)
        if (!column.hidden) values.push_back(plan::make_column(column));
    } else {
      values.push_back(VEDETTE_TRY(scalar(*child, row)));
    }
  }
  Bound total = long_constant(0);
  std::int64_t fixed = 0;
  for (const Bound& value : values) {
    switch (value->type) {
      case Type::dynamic:
        fixed += 8;  // a dynamic value is larger than its text
        [[fallthrough]];
      case Type::string: {
        const Bound size = make_internal("text_size", Type::int64, {value});
        total = make_internal("add", Type::int64, {total, size});
        break;
      }
      case Type::boolean:
        fixed += 1;
        break;
      case Type::int32:
        fixed += 4;
        break;
      case Type::guid:
      case Type::decimal:
        fixed += 16;
        break;
      default:
        fixed += 8;
    }
  }
  return make_internal("add", Type::int64, {total, long_constant(fixed)});
}

// series_stats_dynamic and its like: the results of series_stats as one bag.
Checked<Binder::Bound> Binder::call_tuple_bag(const Expression& call, const Row& row) {
  const std::string name = call.text.substr(0, call.text.size() - 8);
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  const Bound series = arguments.empty() ? nullptr : arguments.front();
  const Bound whole = VEDETTE_TRY(call_overload(functions::find(name, functions::Use::scalar), call,
                                                std::move(arguments), row));
  Arguments plain, right, left;
  const TupleShape& shape = *tuple_shape(name);
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    std::string key = shape.columns[i].name;
    Arguments& parts = key.starts_with("right_") ? right : key.starts_with("left_") ? left : plain;
    if (&parts != &plain) key = key.substr(key.find('_') + 1);
    parts.push_back(text_constant(key));
    parts.push_back(make_internal("element", Type::dynamic,
                                  {whole, long_constant(static_cast<std::int64_t>(i))}));
  }
  if (name == "series_stats")  // the bag has two more than the columns
    for (const auto& [key, function] :
         {std::pair("sum", "array_sum"), std::pair("len", "array_length")}) {
      const Bound value = VEDETTE_TRY(call_overload(
          functions::find(function, functions::Use::scalar), call, Arguments{series}, row));
      plain.push_back(text_constant(key));
      plain.push_back(must_convert(value, Type::dynamic));
    }
  if (!right.empty()) {
    plain.push_back(text_constant("right"));
    plain.push_back(make_internal("pack_pairs", Type::dynamic, std::move(right)));
    plain.push_back(text_constant("left"));
    plain.push_back(make_internal("pack_pairs", Type::dynamic, std::move(left)));
  }
  Bound bag = make_internal("pack_pairs", Type::dynamic, std::move(plain));
  if (name != "series_stats") return bag;
  auto unless_null = std::make_shared<plan::Expression>();
  unless_null->kind = plan::ExpressionKind::choice;
  unless_null->type = Type::dynamic;
  unless_null->arguments = {make_internal("is_null", Type::boolean, {whole}),
                            null_of(Type::dynamic), std::move(bag)};
  return unless_null;
}

Checked<Binder::Bound> Binder::call_gettype(const Expression& call, const Row& row) {
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  if (arguments.size() != 1) return refuse("KQL203", call.span, "gettype takes one argument");
  if (arguments.front()->type == Type::dynamic)
    return make_internal("type_of_dynamic", Type::string, std::move(arguments));
  return text_constant(std::string(name_of(arguments.front()->type)));
}

}  // namespace vedette::kql::bind
