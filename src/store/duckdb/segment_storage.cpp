#include "store/duckdb/segment_storage.h"

#include <algorithm>

#include "fmt/format.h"
#include "store/duckdb/handles.h"

namespace vedette::store::duckdb {

namespace {

bool overlaps(const SegmentTable& table, const kql::TimeBounds& bounds) {
  return table.rows > 0 && table.generated.least <= bounds.greatest &&
         table.generated.greatest >= bounds.least;
}

// A stored value as the type that KQL wants; they differ only where a schema changed since.
std::string converted(const SegmentColumn& column, kql::Type wanted) {
  std::string name = quote_identifier(column.physical);
  if (column.type == wanted) return name;
  if (wanted == kql::Type::dynamic) return fmt::format("CAST(to_json({}) AS VARCHAR)", name);
  if (wanted == kql::Type::string) return fmt::format("coalesce(CAST({} AS VARCHAR), '')", name);
  return fmt::format("TRY_CAST({} AS {})", name, physical_type(wanted));
}

std::string missing(const kql::WantedColumn& column, std::string_view table) {
  if (column.type != kql::Type::string)
    return fmt::format("CAST(NULL AS {})", physical_type(column.type));
  return column.name == "Type" ? quote_text(table) : "''";
}

// _ItemId is what the source gave as its text, or the number that the row is known by.
std::string item_id(const SegmentTable& table) {
  std::string number = fmt::format("format('{{:016x}}', {})", item_column);
  const SegmentColumn* given = table.column("_ItemId");
  if (given == nullptr) return number;
  const std::string text = quote_identifier(given->physical);
  return fmt::format("if({} = '', {}, {})", text, number, text);
}

// Rows that were written before the path was kept have only the JSON.
std::string path_of(const kql::WantedColumn& wanted, const SegmentTable& table) {
  const SegmentColumn* column = table.column(wanted.name);
  if (column == nullptr) return fmt::format("CAST(NULL AS {})", physical_type(kql::Type::dynamic));
  const SegmentColumn* kept = table.column(kql::kept_name(wanted.name, wanted.path->steps));
  return kept != nullptr && column->type == wanted.type
             ? kql::sql_of_kept(quote_identifier(kept->physical), *wanted.path)
             : kql::sql_of_path(converted(*column, wanted.type), wanted.type, *wanted.path);
}

std::string source_of(const kql::WantedColumn& wanted, const SegmentTable& table) {
  if (wanted.path != nullptr) return path_of(wanted, table);
  if (wanted.name == "_ItemId" && wanted.type == kql::Type::string) return item_id(table);
  const SegmentColumn* column = table.column(wanted.name);
  return column == nullptr ? missing(wanted, table.name) : converted(*column, wanted.type);
}

}  // namespace

bool SegmentStorage::keeps_path(std::string_view table, std::string_view name) const {
  return std::ranges::any_of(segments_, [&](const auto& segment) {
    const auto found = segment->tables.find(table);
    return found != segment->tables.end() && found->second->column(name) != nullptr;
  });
}

bool SegmentStorage::has_rows(std::string_view table, const kql::TimeBounds& bounds) const {
  return std::ranges::any_of(segments_, [&](const auto& segment) {
    const auto found = segment->tables.find(table);
    return found != segment->tables.end() && overlaps(*found->second, bounds);
  });
}

std::string SegmentStorage::rows(std::string_view table, std::span<const kql::WantedColumn> columns,
                                 const kql::TimeBounds& bounds) const {
  std::string all;
  for (const auto& segment : segments_) {
    const auto found = segment->tables.find(table);
    if (found == segment->tables.end() || !overlaps(*found->second, bounds)) continue;
    named_(*segment);
    std::string list;
    for (const kql::WantedColumn& column : columns)
      list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ", source_of(column, *found->second),
                          column.alias);
    if (list.empty()) list = "1 AS c0";
    all += fmt::format("{}SELECT {} FROM {}", all.empty() ? "" : " UNION ALL ", list,
                       segment->qualified(found->second->physical));
  }
  return all;
}

StoreCatalogue::StoreCatalogue(const kql::Catalogue& known, const SegmentList& segments)
    : known_(known), names_(known.table_names()) {
  for (const auto& segment : segments)
    for (const auto& [name, table] : segment->tables) {
      if (known.table(name) != nullptr) continue;
      kql::CatalogueTable& custom = custom_[name];
      custom.name = name;
      for (const SegmentColumn& column : table->columns)
        if (std::ranges::find(custom.columns, column.name, &kql::CatalogueColumn::name) ==
            custom.columns.end())
          custom.columns.push_back({column.name, column.type});
    }
  for (const auto& [name, table] : custom_) names_.push_back(table.name);
  std::ranges::sort(names_);
}

const kql::CatalogueTable* StoreCatalogue::table(std::string_view name) const {
  const auto found = custom_.find(name);
  return found == custom_.end() ? known_.table(name) : &found->second;
}

const kql::CatalogueFunction* StoreCatalogue::function(std::string_view name) const {
  return known_.function(name);
}

}  // namespace vedette::store::duckdb
