// Owns: $filter expressions as Graph and Azure Resource Manager take them: comparisons of a
// property with a constant, startsWith, contains, any(), and, or, not, parentheses.
// Promises: length and depth are bounded; a property that is not in the vocabulary, or an operator
// that it does not take, is refused with the service's words. Must not know: what is filtered. Any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::simulate::tenant {

enum class PropertyType : std::uint8_t { text, number, truth, time, collection };

struct Property {
  std::string_view name;  // with its path: "status/errorCode"
  PropertyType type = PropertyType::text;
  bool ranges_closed = false;  // takes ge and le, but neither gt nor lt
};

struct Vocabulary {
  std::string_view type_name;  // "microsoft.graph.signIn", for error messages
  std::span<const Property> properties;
};

using FilterValue = std::variant<std::monostate, bool, std::int64_t, std::string, base::Timestamp>;
// The value of a property of the record that is looked at; of a collection, its one element.
using PropertyReader = std::function<FilterValue(std::string_view name)>;

struct TimeBounds {
  base::Timestamp from{0}, to{INT64_MAX};  // both included
};

class Filter {
 public:
  Filter() = default;  // matches everything
  // The error's message is what the service says.
  [[nodiscard]] static base::Result<Filter> parse(std::string_view text,
                                                  const Vocabulary& vocabulary);

  [[nodiscard]] bool matches(const PropertyReader& read) const;
  [[nodiscard]] bool matches_all() const { return nodes_.empty(); }
  // What the conditions that must hold say about a time.
  [[nodiscard]] TimeBounds bounds(std::string_view name) const;
  // Is there any condition on it?
  [[nodiscard]] bool mentions(std::string_view name) const;

  enum class Kind : std::uint8_t {
    all,
    any,
    negation,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    starts_with,
    contains,
  };
  struct Node {
    Kind kind = Kind::equal;
    std::string property;
    FilterValue value;
    std::vector<std::uint32_t> parts;  // of all, any, negation
  };

 private:
  [[nodiscard]] bool matches(const Node& node, const PropertyReader& read) const;
  void narrow(const Node& node, std::string_view name, TimeBounds& bounds) const;

  std::vector<Node> nodes_;  // the last is the whole
};

// The query of a target, decoded: "$filter" -> "...". Names in the order sent.
using QueryOptions = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] QueryOptions parse_query(std::string_view query);
// The first of that name, any case; empty when there is none.
[[nodiscard]] std::string_view find_option(const QueryOptions& options, std::string_view name);

}  // namespace vedette::simulate::tenant
