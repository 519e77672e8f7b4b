// evaluate funnel_sequence_completion: how many come how far through a sequence of states, and how
// quickly.
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

constexpr std::size_t steps_max = 64;

// The plugin as KQL, over `_rows` with _id, _at and _state.
std::string funnel_text(Type time, Type span_type, std::size_t steps, std::size_t periods) {
  std::string with, states, spans;
  for (std::size_t i = 1; i <= steps; ++i) {
    with += i == 1 ? std::string("step s1: _state == _state1 => _begun = _at, _step = 1; ")
                   : fmt::format(
                         "step s{0}: _state == _state{0} and _at > s{1}._at => "
                         "_begun = s{1}._begun, _step = {0}; ",
                         i, i - 1);
    states += fmt::format("{}_step == {}, _state{}", i == 1 ? "" : ", ", i, i);
  }
  for (std::size_t i = 1; i <= periods; ++i)
    spans += fmt::format("{}_number == {}, _period{}", i == 1 ? "" : ", ", i, i);
  return fmt::format(
      "_rows | where _at between (_from .. _to) | extend _window = bin_at(_at, _bin, _from) "
      "| scan partition by _id, _window order by _at asc declare (_begun: {}, _step: long) with "
      "({}) "
      "| summarize _took = min(_at - _begun) by _id, _window, _step "
      "| mv-expand _number = range(1, {}, 1) to typeof(long) "
      "| extend Period = case({}, {}(null)) | where _took <= Period "
      "| summarize ['dcount'] = count() by _window, _number, _step, Period "
      "| sort by _window asc, _number asc, _step asc "
      "| project _window, _found = case({}, _state1), Period, ['dcount']",
      name_of(time), with, periods, spans, name_of(span_type), states);
}

}  // namespace

// funnel_sequence_completion(id, time, start, end, bin, state, sequence, periods). In each bin of
// time, for each period and each state of the sequence: how many ids come to that state from the
// first one, through those between, within the period. Scan goes over the rows of an id: whoever
// begins again later takes less time for what follows, so the latest beginning is the one to keep.
Checked<Relation> Binder::funnel_completion(const Expression& call, Relation input) {
  const auto refused = [&](Span span) {
    return refuse("KQL208", span,
                  "funnel_sequence_completion(id, time, start, end, bin, state, sequence, periods)",
                  "sequence and periods are arrays that are known beforehand");
  };
  if (call.children.size() != 8) return refused(call.span);
  std::vector<std::pair<std::string, Binding>> bindings;
  Columns columns;
  std::vector<plan::Assignment> items;
  std::vector<Type> types;
  std::vector<std::string> names;
  for (const auto& [place, name] :
       {std::pair(0, "_id"), std::pair(1, "_at"), std::pair(5, "_state")}) {
    const Expression& given = *call.children[static_cast<std::size_t>(place)];
    if (given.kind != ExpressionKind::name) return refused(given.span);
    const plan::Column& column =
        *VEDETTE_TRY(find_column(input.columns, given.text, given.span, input.open));
    types.push_back(column.type);
    names.push_back(column.name);
    columns.push_back(fresh(name, column.type));
    items.emplace_back(columns.back().id, plan::make_column(column));
  }
  const Type time = types[1];
  const Type span_type = time == Type::datetime ? Type::timespan : time;
  for (const auto& [place, name, type] : {std::tuple(2, "_from", time), std::tuple(3, "_to", time),
                                          std::tuple(4, "_bin", span_type)}) {
    const Expression& given = *call.children[static_cast<std::size_t>(place)];
    Bound value = VEDETTE_TRY(scalar(given, {}));
    value = VEDETTE_TRY(convert(std::move(value), type, given.span, call.text));
    bindings.emplace_back(name, ScalarBinding{value});
  }
  const auto elements = [&](std::size_t place, std::string_view prefix,
                            Type type) -> Checked<std::size_t> {
    const Expression& given = *call.children[place];
    const Bound value = VEDETTE_TRY(scalar(given, {}));
    if (value->kind != plan::ExpressionKind::constant || value->type != Type::dynamic)
      return refused(given.span);
    const std::string text = value->constant.text;
    const auto found = native::elements_of(text);
    if (found.empty() || found.size() > steps_max) return refused(given.span);
    for (std::size_t i = 0; i < found.size(); ++i)
      bindings.emplace_back(
          fmt::format("{}{}", prefix, i + 1),
          ScalarBinding{must_convert(
              plan::make_constant(Constant::of_text(Type::dynamic, std::string(found[i]))), type)});
    return found.size();
  };
  const std::size_t steps = VEDETTE_TRY(elements(6, "_state", types[2]));
  const std::size_t periods = VEDETTE_TRY(elements(7, "_period", span_type));
  bindings.emplace_back("_rows",
                        share(project(std::move(input), std::move(columns), std::move(items))));

  Relation result = VEDETTE_TRY(
      written(funnel_text(time, span_type, steps, periods), std::move(bindings), call.span));
  result.columns[0].name = names[1];
  result.columns[1].name = names[2];
  return result;
}

}  // namespace vedette::kql::bind
