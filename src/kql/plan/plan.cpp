#include "kql/plan/plan.h"

#include "kql/functions/function.h"

namespace vedette::kql::plan {

ExpressionPtr make_constant(Constant constant) {
  auto expression = std::make_shared<Expression>();
  expression->kind = ExpressionKind::constant;
  expression->type = constant.type;
  expression->nullable = constant.is_null;
  expression->constant = std::move(constant);
  return expression;
}

ExpressionPtr make_column(const Column& column) {
  auto expression = std::make_shared<Expression>();
  expression->kind = ExpressionKind::column;
  expression->type = column.type;
  expression->nullable = column.type != Type::string;
  expression->column = column.id;
  return expression;
}

ExpressionPtr make_call(const functions::Function& function, Type type,
                        std::vector<ExpressionPtr> arguments) {
  auto expression = std::make_shared<Expression>();
  expression->kind = ExpressionKind::call;
  expression->type = type;
  expression->nullable = type != Type::string;
  expression->function = &function;
  expression->arguments = std::move(arguments);
  return expression;
}

bool contains_window(const Expression& expression) {
  if (expression.kind == ExpressionKind::window) return true;
  for (const ExpressionPtr& argument : expression.arguments)
    if (contains_window(*argument)) return true;
  return false;
}

bool contains_aggregate(const Expression& expression) {
  if (expression.kind == ExpressionKind::aggregate) return true;
  for (const ExpressionPtr& argument : expression.arguments)
    if (contains_aggregate(*argument)) return true;
  return false;
}

bool contains_volatile(const Expression& expression) {
  if (expression.function != nullptr && (expression.function->traits & functions::is_volatile) != 0)
    return true;
  for (const ExpressionPtr& argument : expression.arguments)
    if (contains_volatile(*argument)) return true;
  return false;
}

}  // namespace vedette::kql::plan
