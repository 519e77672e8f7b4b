// Owns: the published tables and workspace functions, read from the compact text of
// schema/sentinel.txt (tools/schema/generate.py writes it), and Vedette's own tables, of
// schema/vedette.txt in the same form. Promises: immutable after construction;
// a line that cannot be read is left out and counted. Called from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kql/catalogue/catalogue.h"

namespace vedette::kql {

class SchemaCatalogue final : public Catalogue {
 public:
  explicit SchemaCatalogue(std::string_view text);

  [[nodiscard]] const CatalogueTable* table(std::string_view name) const override;
  [[nodiscard]] const CatalogueFunction* function(std::string_view name) const override;
  [[nodiscard]] const std::vector<std::string_view>& table_names() const override { return names_; }
  // Sorted.
  [[nodiscard]] std::vector<std::string_view> function_names() const;
  [[nodiscard]] std::size_t unreadable_lines() const { return unreadable_lines_; }

 private:
  bool read_table(const std::vector<std::string_view>& words);
  bool read_paths(const std::vector<std::string_view>& words);
  bool read_function(const std::vector<std::string_view>& words);
  bool read_columns(const std::vector<std::string_view>& words, std::size_t first,
                    std::vector<CatalogueColumn>& columns) const;

  std::vector<std::vector<CatalogueColumn>> groups_;
  std::unordered_map<std::string, std::unique_ptr<CatalogueTable>> tables_;
  std::unordered_map<std::string, std::unique_ptr<CatalogueFunction>> functions_;
  std::vector<std::string_view> names_;
  std::size_t unreadable_lines_ = 0;
};

// The text of schema/sentinel.txt and schema/vedette.txt, as it was when the program was built.
[[nodiscard]] std::string_view built_in_schema();

}  // namespace vedette::kql
