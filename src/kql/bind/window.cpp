// prev, next, row_number and their like: windows over the order the rows stand in.
#include <array>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

// The value as a column of the input, so that a window can be built on a window.
Checked<Binder::Bound> Binder::hoist_window(Bound value, const Row& row) {
  const plan::Column column = fresh({}, value->type);
  row.hoisted->emplace_back(column.id, std::move(value));
  return plan::make_column(column);
}

namespace {

std::shared_ptr<plan::Expression> window_of(const functions::Function& function, Type type,
                                            std::vector<plan::ExpressionPtr> arguments,
                                            const std::vector<plan::SortKey>& order) {
  auto window = std::make_shared<plan::Expression>();
  window->kind = plan::ExpressionKind::window;
  window->type = type;
  window->function = &function;
  window->arguments = std::move(arguments);
  window->order = order;
  return window;
}

}  // namespace

// Where a session begins depends on where the one before began: scalar_in() makes a sequence of it.
Checked<Binder::Bound> Binder::window_session(const functions::Function& function,
                                              const Expression& call, const Row& row,
                                              Arguments arguments) {
  if (arguments.size() < 3 || arguments.size() > 4)
    return refuse("KQL203", call.span,
                  "row_window_session(time, longest from the first, longest between two, restart)");
  auto session = window_of(function, Type::datetime, {}, *row.order);
  if (arguments.size() < 4) arguments.push_back(plan::make_constant(Constant::of(false)));
  static constexpr std::array<Type, 4> types{Type::datetime, Type::timespan, Type::timespan,
                                             Type::boolean};
  for (std::size_t i = 0; i < types.size(); ++i)
    session->arguments.push_back(
        raw_cell(VEDETTE_TRY(convert(arguments[i], types[i], call.span, call.text))));
  return hoist_window(session, row);
}

Checked<void> Binder::check_neighbours(const Expression& call, const Row& row) {
  if (row.order == nullptr || row.hoisted == nullptr)
    return refuse("KQL210", call.span,
                  fmt::format("{} looks at neighbouring rows and cannot stand here", call.text),
                  "compute it with extend or serialize first");
  if (!row.serialized)
    return refuse(
        "KQL213", call.span,
        fmt::format("{} looks at neighbouring rows, and these rows stand in no order", call.text),
        "put '| sort by ...' before it, or '| serialize' if any order will do");
  return {};
}

Checked<Binder::Bound> Binder::call_window(const functions::Function& function,
                                           const Expression& call, const Row& row) {
  VEDETTE_TRY_VOID(check_neighbours(call, row));
  Arguments arguments = VEDETTE_TRY(bind_arguments(call, row));
  for (Bound& argument : arguments)
    if (plan::contains_window(*argument)) argument = VEDETTE_TRY(hoist_window(argument, row));
  const std::string_view name = functions::first_name(function);
  const auto internal_window = [&](std::string_view which, Type type, Arguments list) {
    return window_of(functions::internal(which), type, std::move(list), *row.order);
  };
  if (name == "prev" || name == "next") {
    if (arguments.empty() || arguments.size() > 3)
      return refuse("KQL203", call.span, fmt::format("{}(column, offset, default)", call.text));
    const Type type = arguments[0]->type;
    if (arguments.size() < 2) arguments.push_back(long_constant(1));
    if (arguments.size() < 3) arguments.push_back(null_of(type));
    arguments[2] = VEDETTE_TRY(convert(arguments[2], type, call.span, call.text));
    return window_of(function, type, std::move(arguments), *row.order);
  }
  if (name == "row_window_session")
    return window_session(function, call, row, std::move(arguments));
  // The rest may restart: a condition counts the groups, and the window works within one.
  const std::size_t operands = 1;
  Bound group;
  if (arguments.size() > operands) {
    Bound restart = VEDETTE_TRY(convert(arguments[operands], Type::boolean, call.span, call.text));
    auto counted = internal_window("count_restarts", Type::int64, {restart});
    group = VEDETTE_TRY(hoist_window(counted, row));
    arguments.resize(operands);
  }
  if (name == "row_number") {
    const Bound start = arguments.empty()
                            ? long_constant(1)
                            : VEDETTE_TRY(convert(arguments[0], Type::int64, call.span, call.text));
    auto window = window_of(function, Type::int64, {start}, *row.order);
    window->nullable = false;
    if (group) window->partition.push_back(group);
    return window;
  }
  if (arguments.empty())
    return refuse("KQL203", call.span, fmt::format("{} takes the column to work on", call.text));
  if (name == "row_cumsum") {
    if (!is_summable(arguments[0]->type))
      return refuse("KQL208", call.span, "row_cumsum adds numbers or timespans");
    const Type type = arguments[0]->type;
    const bool whole = type != Type::real && type != Type::decimal;
    auto window =
        window_of(whole ? function : functions::internal("running_real"),
                  type == Type::int32 ? Type::int64 : type, std::move(arguments), *row.order);
    if (group) window->partition.push_back(group);
    return must_convert(window, type);
  }
  // Ranks: a new one begins where the value differs from the row before.
  const bool dense = name != "row_rank_min";
  auto before = internal_window("changed", Type::boolean, {arguments[0]});
  if (group) before->partition.push_back(group);
  const Bound changed = VEDETTE_TRY(hoist_window(before, row));
  auto rank = internal_window(dense ? "count_restarts" : "last_restart", Type::int64, {changed});
  if (!dense) {
    auto number = window_of(*functions::find("row_number", functions::Use::window).front(),
                            Type::int64, {long_constant(1)}, *row.order);
    if (group) number->partition.push_back(group);
    rank->arguments.push_back(VEDETTE_TRY(hoist_window(number, row)));
  }
  if (group) rank->partition.push_back(group);
  return rank;
}

}  // namespace vedette::kql::bind
