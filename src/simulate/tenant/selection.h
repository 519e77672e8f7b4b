// Owns: which members of a record are asked for ($select), and the writing of those alone.
// Must not know: what a member holds. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace vedette::simulate::tenant {

class Selection {
 public:
  Selection() = default;  // everything
  explicit Selection(std::string_view list) {
    for (const std::string_view name : base::split(list, ','))
      if (!base::trim(name).empty()) names_.emplace_back(base::trim(name));
  }
  [[nodiscard]] bool is_everything() const { return names_.empty(); }
  [[nodiscard]] bool has(std::string_view name) const {
    return names_.empty() || std::ranges::any_of(names_, [&](const std::string& known) {
             return base::equals_ignoring_case(known, name);
           });
  }
  // Has somebody asked for it by name?
  [[nodiscard]] bool names(std::string_view name) const { return !names_.empty() && has(name); }

 private:
  std::vector<std::string> names_;
};

// The members of one object.
class Members {
 public:
  Members(base::JsonWriter& out, const Selection& selection) : out_(out), selection_(selection) {}

  // When it is true, the key is written and the value must follow.
  [[nodiscard]] bool begins(std::string_view name) {
    if (!selection_.has(name)) return false;
    out_.key(name);
    return true;
  }
  void text(std::string_view name, std::string_view value) {
    if (begins(name)) out_.string(value);
  }
  // Known to need no escape.
  void plain(std::string_view name, std::string_view value) {
    if (begins(name)) out_.plain_string(value);
  }
  void truth(std::string_view name, bool value) {
    if (begins(name)) out_.boolean(value);
  }
  void number(std::string_view name, std::int64_t value) {
    if (begins(name)) out_.number(value);
  }
  void null(std::string_view name) {
    if (begins(name)) out_.null();
  }
  void empty_array(std::string_view name) {
    if (begins(name)) out_.begin_array().end_array();
  }

 private:
  base::JsonWriter& out_;
  const Selection& selection_;
};

}  // namespace vedette::simulate::tenant
