// Owns: what a kept path is: a path into a column (`DeviceDetail["operatingSystem"]`) whose value
// the store keeps in a column of its own, so that queries need not read the whole JSON; which
// paths, schema/vedette.txt says. What is kept for a row, and what a query makes of it. Promises:
// what a query gets is, in every row, what it would have got from the JSON: absent, null, arrays,
// text where an object was expected, and text that holds JSON included. Must not know: plans,
// files. Any thread.
//
// Rules write `parse_json(tostring(InitiatedBy.user)).userPrincipalName` as often as the path
// alone. It differs only where a string stands on the way: read as JSON in the one, without members
// in the other. So a value that lies behind exactly one string is kept with a mark that says where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kql/value.h"

namespace vedette::kql {

struct KeptPath {
  std::string steps;  // a JSON array: ["user","userPrincipalName"], [0,"id"]
  int read_at = -1;   // after so many steps a string is read as JSON; -1: nowhere
};

// The steps of `[...]` text, each as JSON.
[[nodiscard]] std::size_t count_steps(std::string_view steps);

// Reads what is kept of one path, row after row.
class KeptPathReader {
 public:
  explicit KeptPathReader(std::string_view steps);
  // Of a value in canonical form; empty: nothing. Good until the next call, and as long as `json`.
  [[nodiscard]] std::string_view read(std::string_view json);

 private:
  struct Step {
    std::string member;
    std::int64_t index = 0;
    bool is_member = false;
  };
  std::vector<Step> steps_;
  std::string inner_, marked_;
};
// SQL for the path's value, from what is kept, and from the column itself (whose type is dynamic or
// string, then with JSON in it).
[[nodiscard]] std::string sql_of_kept(std::string_view kept, const KeptPath& path);
[[nodiscard]] std::string sql_of_path(std::string_view column, Type type, const KeptPath& path);

// A kept path's name as the store's column: the column's with the steps. Columns are not called so.
[[nodiscard]] std::string kept_name(std::string_view column, std::string_view steps);
// Its column and steps; the latter are empty where the name is no kept path's.
[[nodiscard]] std::pair<std::string_view, std::string_view> split_kept_name(std::string_view name);

}  // namespace vedette::kql
