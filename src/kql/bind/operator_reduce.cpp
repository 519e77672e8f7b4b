// reduce by: texts grouped by the pattern that they follow.
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

Checked<Relation> Binder::on_reduce(const syntax::Operator& op, const syntax::ReduceOperator& body,
                                    Relation input) {
  const bool each_row = op.parameter_word("kind") == "source";
  std::string options = fmt::format(R"({{"source":{})", each_row);
  for (const syntax::Parameter& parameter : op.parameters) {
    if (parameter.name == "kind") continue;
    if (parameter.name != "threshold" && parameter.name != "characters")
      return refuse_unsupported(parameter.span, "option of reduce", parameter.name);
    const Bound value = VEDETTE_TRY(scalar(*parameter.value, {}));
    if (value->kind != plan::ExpressionKind::constant)
      return refuse("KQL204", parameter.span, "an option must be known beforehand");
    options += fmt::format(R"(,"{}":{})", parameter.name, native::json_of(value->constant));
  }
  options += "}";
  Bound text = VEDETTE_TRY(scalar_in(input, *body.by));
  text = VEDETTE_TRY(convert(std::move(text), Type::string, body.by->span, op.name));
  const Columns before = input.columns;
  input = sequence(std::move(input), "reduce_rows", must_convert(text, Type::dynamic),
                   std::move(options));
  const Bound found = plan::make_column(input.extra.back());
  const auto value_at = [&](std::int64_t place, Type type) {
    return must_convert(make_internal("element", Type::dynamic, {found, long_constant(place)}),
                        type);
  };
  ColumnList list;
  if (each_row)
    for (const plan::Column& column : before) list.add(column, plan::make_column(column), false);
  list.add({0, "Pattern", Type::string, false}, value_at(0, Type::string), false);
  if (!each_row) {
    input.order.clear();
    list.add({0, "Count", Type::int64, false}, value_at(1, Type::int64), false);
    list.add({0, "Representative", Type::string, false}, value_at(2, Type::string), false);
  }
  Relation result = finish(std::move(input), std::move(list));
  if (!each_row) result.order.push_back({plan::make_column(result.columns[1]), false, false});
  return result;
}

}  // namespace vedette::kql::bind
