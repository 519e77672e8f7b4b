// Owns: a function that is kept in a file and may be called by any query, as a workspace's saved
// functions and a cluster's stored functions are. Promises: what was read parses; a text that is no
// function is an error with its line. Must not know: folders, what is in tables. A value; any
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kql/value.h"

namespace vedette::hunt {

struct FunctionParameter {
  std::string name;
  std::optional<kql::Type> type;  // none: a table
  bool is_optional = false;
};

struct SavedFunction {
  std::string name;  // as a query calls it
  std::string file;  // where it was read, for people
  std::string description;
  std::string parameters;                // with their parentheses: "(user: string, days: long = 7)"
  std::vector<FunctionParameter> takes;  // the same, read
  std::string body;                      // what stands between its braces
  bool is_view = false;                  // `union *` and `search` read it, too

  // As a statement: "let NAME = (PARAMETERS) { BODY };".
  [[nodiscard]] std::string text() const;
};

// A name of KQL that needs no brackets, of a function or a parameter: letters, digits and _, none
// of the digits first.
[[nodiscard]] bool is_identifier(std::string_view name);

// A file of KQL: lets of functions; or `.create-or-alter function` commands, as Azure Data Explorer
// takes them (https://learn.microsoft.com/kusto/management/create-alter-function); or one query,
// which is the body of a function called `name`. `file` is how errors call it.
[[nodiscard]] base::Result<std::vector<SavedFunction>> read_kql_functions(std::string_view text,
                                                                          const std::string& file,
                                                                          std::string_view name);
// A parser's YAML as Microsoft's Sentinel repository has it: FunctionAlias and FunctionQuery, or
// ParserName, ParserParams and ParserQuery (https://learn.microsoft.com/azure/sentinel/
// normalization-develop-parsers). What it says beside is for Sentinel, and is passed over.
[[nodiscard]] base::Result<std::vector<SavedFunction>> read_yaml_functions(std::string_view text,
                                                                           const std::string& file);

// What `query` needs of them: those that it names and those that they name, each before who calls
// it. A text that cannot be read needs none. `functions` are sorted by name.
[[nodiscard]] std::string functions_for(std::string_view query,
                                        std::span<const SavedFunction> functions);

}  // namespace vedette::hunt
