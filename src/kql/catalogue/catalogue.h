// Owns: what names mean outside the query: tables with their columns, and workspace functions
// (watch lists, ASIM parsers, FileProfile). Promises: names keep their case; columns stand in their
// documented order. Must not know: where rows are. Implementations are immutable while a query is
// bound.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kql/value.h"

namespace vedette::kql {

struct CatalogueColumn {
  std::string name;
  Type type = Type::string;
};

struct CatalogueTable {
  std::string name;
  std::vector<CatalogueColumn> columns;
  bool open = false;                    // further columns may be there (AzureDiagnostics)
  std::vector<std::string> kept_paths;  // by their names (kql/kept_path.h)
};

struct CatalogueFunction {
  struct Parameter {
    std::string name;
    Type type = Type::string;
    bool optional = false;
  };
  std::string name;
  std::vector<Parameter> parameters;
  std::string table;  // whose columns come first, or empty
  std::vector<CatalogueColumn> columns;
  bool open = false;
  bool extends_input = false;  // stands behind `invoke`: its columns are added to the input's
};

class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // Null when there is none.
  [[nodiscard]] virtual const CatalogueTable* table(std::string_view name) const = 0;
  [[nodiscard]] virtual const CatalogueFunction* function(std::string_view name) const = 0;
  // All table names, sorted: for wildcards, `search`, and "did you mean".
  [[nodiscard]] virtual const std::vector<std::string_view>& table_names() const = 0;
};

// A catalogue without anything in it.
[[nodiscard]] const Catalogue& empty_catalogue();

}  // namespace vedette::kql
