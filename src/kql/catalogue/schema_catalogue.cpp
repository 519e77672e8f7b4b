#include "kql/catalogue/schema_catalogue.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "kql/kept_path.h"

namespace vedette::kql {

namespace {

std::optional<Type> type_of_letter(char letter) {
  switch (letter) {
    case 'b':
      return Type::boolean;
    case 'i':
      return Type::int32;
    case 'l':
      return Type::int64;
    case 'r':
      return Type::real;
    case 'c':
      return Type::decimal;
    case 'd':
      return Type::datetime;
    case 't':
      return Type::timespan;
    case 'g':
      return Type::guid;
    case 's':
      return Type::string;
    case 'y':
      return Type::dynamic;
    default:
      return std::nullopt;
  }
}

// name:t
std::optional<CatalogueColumn> read_column(std::string_view word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos || colon + 2 != word.size()) return std::nullopt;
  const auto type = type_of_letter(word.back());
  if (!type) return std::nullopt;
  std::string name(word.substr(0, colon));
  for (std::size_t at = name.find("%2"); at != std::string::npos; at = name.find("%2", at + 1)) {
    if (name.compare(at, 3, "%20") == 0) name.replace(at, 3, " ");
    if (name.compare(at, 3, "%25") == 0) name.replace(at, 3, "%");
  }
  return CatalogueColumn{std::move(name), *type};
}

}  // namespace

SchemaCatalogue::SchemaCatalogue(std::string_view text) {
  for (const std::string_view line : base::split(text, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string_view> words = base::split(line, ' ');
    bool good = words.size() >= 2;
    if (good && words[0] == "group") {
      std::vector<CatalogueColumn> columns;
      good = read_columns(words, 2, columns);
      groups_.push_back(std::move(columns));
    } else if (good && words[0] == "table") {
      good = read_table(words);
    } else if (good && words[0] == "paths") {
      good = read_paths(words);
    } else if (good && words[0] == "function") {
      good = read_function(words);
    } else {
      good = false;
    }
    if (!good) ++unreadable_lines_;
  }
  for (const auto& [name, table] : tables_) names_.push_back(table->name);
  std::sort(names_.begin(), names_.end());
}

bool SchemaCatalogue::read_columns(const std::vector<std::string_view>& words, std::size_t first,
                                   std::vector<CatalogueColumn>& columns) const {
  for (std::size_t i = first; i < words.size(); ++i) {
    if (words[i].empty()) continue;
    if (words[i].starts_with('@')) {
      const auto number = base::parse_unsigned(words[i].substr(1));
      if (!number || *number >= groups_.size()) return false;
      const auto& group = groups_[*number];
      columns.insert(columns.end(), group.begin(), group.end());
      continue;
    }
    auto column = read_column(words[i]);
    if (!column) return false;
    columns.push_back(std::move(*column));
  }
  return true;
}

bool SchemaCatalogue::read_table(const std::vector<std::string_view>& words) {
  auto table = std::make_unique<CatalogueTable>();
  table->name = words[1];
  table->open = words.size() > 2 && words[2] == "open";
  if (!read_columns(words, table->open ? 3 : 2, table->columns)) return false;
  std::string name = table->name;
  tables_.insert_or_assign(std::move(name), std::move(table));
  return true;
}

// COLUMN["STEP",...], of a table that stands before this line.
bool SchemaCatalogue::read_paths(const std::vector<std::string_view>& words) {
  const auto table = tables_.find(std::string(words[1]));
  if (table == tables_.end()) return false;
  const auto& columns = table->second->columns;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto [name, steps] = split_kept_name(words[i]);
    const auto column = std::ranges::find(columns, name, &CatalogueColumn::name);
    if (column == columns.end() || count_steps(steps) == 0 ||
        (column->type != Type::dynamic && column->type != Type::string))
      return false;
    table->second->kept_paths.emplace_back(words[i]);
  }
  return true;
}

bool SchemaCatalogue::read_function(const std::vector<std::string_view>& words) {
  auto function = std::make_unique<CatalogueFunction>();
  function->name = words[1];
  std::size_t at = 2;
  for (; at < words.size() && !words[at].starts_with('('); ++at) {
    if (words[at] == "open") function->open = true;
    if (words[at] == "extends") function->extends_input = true;
  }
  for (bool inside = true; at < words.size() && inside; ++at) {
    std::string_view word = words[at];
    if (word.starts_with('(')) word.remove_prefix(1);
    if (word.ends_with(')')) {
      inside = false;
      word.remove_suffix(1);
    }
    if (word.empty()) continue;
    const bool optional = word.ends_with('?');
    if (optional) word.remove_suffix(1);
    auto column = read_column(word);
    if (!column) return false;
    function->parameters.push_back({std::move(column->name), column->type, optional});
  }
  if (at < words.size() && words[at].starts_with('=')) function->table = words[at++].substr(1);
  if (!read_columns(words, at, function->columns)) return false;
  std::string name = function->name;
  functions_.insert_or_assign(std::move(name), std::move(function));
  return true;
}

const CatalogueTable* SchemaCatalogue::table(std::string_view name) const {
  const auto found = tables_.find(std::string(name));
  return found == tables_.end() ? nullptr : found->second.get();
}

const CatalogueFunction* SchemaCatalogue::function(std::string_view name) const {
  const auto found = functions_.find(std::string(name));
  return found == functions_.end() ? nullptr : found->second.get();
}

std::vector<std::string_view> SchemaCatalogue::function_names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, function] : functions_) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

}  // namespace vedette::kql
