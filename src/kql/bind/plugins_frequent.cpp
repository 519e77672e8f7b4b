// evaluate basket, autocluster, diffpatterns and dcount_intersect.
#include <map>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

// The first columns of the answer; behind them stand the input's.
std::vector<std::pair<std::string, Type>> first_columns(bool differences) {
  if (!differences)
    return {{"SegmentId", Type::int64}, {"Count", Type::int64}, {"Percent", Type::real}};
  return {{"SegmentId", Type::int64}, {"CountA", Type::int64},  {"CountB", Type::int64},
          {"PercentA", Type::real},   {"PercentB", Type::real}, {"PercentDiffAB", Type::real}};
}

// For functions/frequent.cpp. `first` is the first number of the call; `sets` the two of
// diffpatterns, as members.
std::string options_of(std::string_view plugin, const std::string& sets, double first,
                       std::int64_t columns_max) {
  if (plugin == "autocluster")
    return fmt::format(R"({{"size_weight":{},"least":0.02,"longest":{}}})", first, columns_max);
  if (plugin == "diffpatterns")
    return fmt::format(R"({{{},"least":{},"longest":{}}})", sets, first, columns_max);
  return fmt::format(R"({{"least":{},"longest":{}}})", first, columns_max);
}

}  // namespace

// What a call says, in this order: basket(least part, weight, most columns, wildcard ...),
// autocluster(weight of size, weight, seeds, wildcard ...), diffpatterns(column, value of A, value
// of B, weight, least difference, most columns, wildcard ...); '~' stands for the usual.
struct Binder::FrequentOptions {
  double first = 0.05;
  std::int64_t columns_max = 32;
  Bound weight, split;
  plan::ColumnId weight_column = 0, split_column = 0;
  std::string sets;                 // of diffpatterns, as options
  std::map<Type, Bound> wildcards;  // what stands for any value
};

Checked<void> Binder::sets_to_compare(const Expression& call, Relation& input,
                                      FrequentOptions& options) {
  if (call.children.size() < 3)
    return refuse("KQL203", call.span, "diffpatterns(column, value of A, value of B, ...)");
  Bound split = VEDETTE_TRY(scalar_in(input, *call.children[0]));
  if (split->kind == plan::ExpressionKind::column) options.split_column = split->column;
  options.split =
      VEDETTE_TRY(convert(std::move(split), Type::string, call.children[0]->span, call.text));
  for (const std::size_t at : {1U, 2U}) {
    const Expression& child = *call.children[at];
    Bound value = VEDETTE_TRY(scalar(child, {}));
    value = VEDETTE_TRY(convert(std::move(value), Type::string, child.span, call.text));
    if (value->kind != plan::ExpressionKind::constant)
      return refuse("KQL204", child.span, "a text known beforehand is needed here");
    options.sets += at == 1 ? R"("a":)" : R"(,"b":)";
    native::append_quoted(options.sets, value->constant.text);
  }
  return {};
}

Checked<Binder::FrequentOptions> Binder::frequent_options(const Expression& call, Relation& input) {
  const bool clusters = call.text == "autocluster", differences = call.text == "diffpatterns";
  FrequentOptions options;
  if (clusters) options.first = 0.5;
  if (!clusters && !differences) options.columns_max = 5;
  options.weight = long_constant(1);
  if (differences) VEDETTE_TRY_VOID(sets_to_compare(call, input, options));
  // Where the number stands, and the weight.
  const std::size_t part_at = differences ? 4 : 0, weight_at = differences ? 3 : 1,
                    columns_at = differences ? 5 : 2;
  for (std::size_t i = differences ? 3 : 0; i < call.children.size(); ++i) {
    const Expression& child = *call.children[i];
    if (child.kind == ExpressionKind::literal && child.constant.text == "~") continue;
    if (i == part_at) {
      Bound value = VEDETTE_TRY(scalar(child, {}));
      value = VEDETTE_TRY(convert(std::move(value), Type::real, child.span, call.text));
      if (value->kind != plan::ExpressionKind::constant)
        return refuse("KQL204", child.span, "a number known beforehand is needed here");
      options.first = value->constant.real;
      const double least = clusters ? 0 : 0.015;
      if (!(options.first >= least && options.first <= 1))
        return refuse("KQL208", child.span,
                      fmt::format("{} takes a number from {} to 1 here", call.text, least));
    } else if (i == weight_at) {
      if (child.kind == ExpressionKind::literal && child.constant.type == Type::string)
        return refuse("KQL208", child.span, "the weight is a column of numbers, or '~' for none");
      options.weight = VEDETTE_TRY(scalar_in(input, child));
      if (options.weight->kind == plan::ExpressionKind::column)
        options.weight_column = options.weight->column;
    } else if (i == columns_at && !clusters) {
      options.columns_max = VEDETTE_TRY(constant_integer(child, "the number of columns"));
    } else if (i == columns_at) {  // here all is looked at: there is nothing to start from
      VEDETTE_TRY(constant_integer(child, "the number of seeds"));
    } else if (i > columns_at) {
      const Bound value = VEDETTE_TRY(scalar(child, {}));
      if (value->kind != plan::ExpressionKind::constant)
        return refuse("KQL204", child.span, "a wildcard must be known beforehand");
      options.wildcards[value->type] = value;
    }
  }
  return options;
}

// basket, autocluster and diffpatterns.
Checked<Relation> Binder::basket(const Expression& call, Relation input) {
  const bool differences = call.text == "diffpatterns";
  const FrequentOptions given = VEDETTE_TRY(frequent_options(call, input));
  Columns kept;
  Arguments cells{must_convert(given.weight, Type::dynamic)};
  if (differences) cells.push_back(raw_cell(given.split));
  for (const plan::Column& column : input.columns)
    if (!column.hidden && column.id != given.weight_column && column.id != given.split_column) {
      kept.push_back(column);
      cells.push_back(raw_cell(plan::make_column(column)));
    }
  const std::string options = options_of(call.text, given.sets, given.first, given.columns_max);
  input = sequence(std::move(input), differences ? "different_rows" : "frequent_rows",
                   make_internal("pack_list", Type::dynamic, std::move(cells)), options);
  const Bound found = plan::make_column(input.extra.back());
  std::int64_t place = 0;
  bool of_input = false;
  ColumnList list;
  const auto add = [&](std::string name, Type type) {
    const Bound cell = make_internal("element", Type::dynamic, {found, long_constant(place++)});
    Bound value = from_raw_cell(cell, type);
    if (const auto any = given.wildcards.find(type); of_input && any != given.wildcards.end()) {
      auto choice = std::make_shared<plan::Expression>();
      choice->kind = plan::ExpressionKind::choice;
      choice->type = type;
      choice->arguments = {make_internal("is_null", Type::boolean, {cell}), any->second, value};
      value = choice;
    }
    list.add({0, std::move(name), type, false}, value, false);
  };
  for (auto& [name, type] : first_columns(differences)) add(std::move(name), type);
  of_input = true;
  for (const plan::Column& column : kept) add(column.name, column.type);
  input.order.clear();
  Relation result = finish(std::move(input), std::move(list));
  result.order.push_back({plan::make_column(result.columns.front()), true, true});
  return result;
}

// s0: the values of the first set, s1: those that are in the second as well ...
Checked<Relation> Binder::dcount_intersect(const Expression& call, Relation input) {
  ColumnList list;
  for (const plan::Column& column : input.columns)
    list.add(column, plan::make_column(column), false);
  Arguments sets;
  if (call.children.size() < 2 || call.children.size() > 16)
    return refuse("KQL203", call.span, "dcount_intersect takes 2 to 16 sets");
  for (std::size_t i = 0; i < call.children.size(); ++i) {
    const Bound set = VEDETTE_TRY(scalar_in(input, *call.children[i]));
    sets.push_back(VEDETTE_TRY(convert(set, Type::dynamic, call.children[i]->span, call.text)));
    list.add({0, fmt::format("s{}", i), Type::int64, false},
             make_internal("count_of_common", Type::int64, sets), false);
  }
  return finish(std::move(input), std::move(list));
}

}  // namespace vedette::kql::bind
