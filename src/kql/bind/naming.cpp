#include "kql/bind/naming.h"

namespace vedette::kql::bind {

std::string UniqueNames::get(const std::string& name) {
  const auto [place, fresh] = used_.try_emplace(name, 0);
  if (fresh) return name;
  for (int suffix = place->second + 1;; ++suffix) {
    std::string candidate = name + std::to_string(suffix);
    if (used_.contains(candidate) || reserved_.contains(candidate)) continue;
    used_[name] = suffix;
    used_.emplace(candidate, 0);
    return candidate;
  }
}

void ColumnList::add(plan::Column column, plan::ExpressionPtr value, bool replace) {
  if (replace) {
    if (const auto found = places_.find(column.name); found != places_.end()) {
      columns[found->second] = std::move(column);
      values[found->second] = std::move(value);
      return;
    }
  }
  column.name = names_.get(column.name);
  places_.emplace(column.name, columns.size());
  columns.push_back(std::move(column));
  values.push_back(std::move(value));
}

bool ColumnList::declare(plan::Column column, plan::ExpressionPtr value, bool replace) {
  if (declared_.contains(column.name)) return false;
  const std::string name = column.name;
  add(std::move(column), std::move(value), replace);
  declared_.insert(replace ? name : columns.back().name);
  return true;
}

}  // namespace vedette::kql::bind
