// Owns: a hunt as a file: what it looks for and why, its parameters, its query, what is known of
// the accounts and addresses in its rows, and rows on which it is tested. Promises: a hunt that was
// read has a query and a name that can be typed; its parameters reach the query only as literals of
// their type. Sentinel's hunting queries are read as they are. Must not know: files, who runs a
// query. A value; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "kql/value.h"
#include "model/alert.h"
#include "yaml/yaml_tree.h"

namespace vedette::hunt {

struct Parameter {
  std::string name;
  kql::Type type = kql::Type::string;
  std::optional<std::string> value;  // unless another is given
  std::string description;
};

// A column that names an account, an address ...
struct EntityColumn {
  model::EntityType type = model::EntityType::account;
  std::string column;
};

// Rows in, rows out.
struct HuntTest {
  std::string name;
  int line = 1;
  std::int64_t now_ticks = 0;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::pair<std::string, yaml::YamlNode>> tables;  // name, list of rows
  std::vector<yaml::YamlNode> finds;  // each a map of columns that one row of the answer has
};

struct Hunt {
  std::string name;   // small letters, digits, dashes: "password-spray-success"
  std::string title;  // for people; the name where the file has none
  std::string description;
  std::vector<std::string> tactics, techniques;  // ATT&CK
  model::Severity severity = model::Severity::medium;
  std::vector<Parameter> parameters;
  std::string query;
  std::vector<EntityColumn> entities;
  std::optional<base::Duration> every;  // scheduled by `serve`
  std::vector<HuntTest> tests;
  bool is_sentinel = false;  // read from Sentinel's form
};

// Small letters, digits and dashes, not too many.
[[nodiscard]] bool is_hunt_name(std::string_view name);
// `file` is how errors call it: "spray.yaml: line 7: ...".
[[nodiscard]] base::Result<Hunt> read_hunt(std::string_view text, const std::string& file);

using Values = std::span<const std::pair<std::string, std::string>>;
// The query with its parameters in front of it, on its first line: `let users = long(10); ...`.
// invalid_argument: a value that is none of its type, a name that there is not, one without value.
[[nodiscard]] base::Result<std::string> text_of(const Hunt& hunt, Values values);

// Texts of content/hunts, taken into the program, by file name.
struct ShippedHunt {
  std::string_view file, text;
};
[[nodiscard]] const std::vector<ShippedHunt>& shipped_hunts();

}  // namespace vedette::hunt
