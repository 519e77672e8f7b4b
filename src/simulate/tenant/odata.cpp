#include "simulate/tenant/odata.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/http_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::simulate::tenant {
namespace {

using base::ErrorCode;
using base::failure;
using base::Result;
using Kind = Filter::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> operators = {
    {{"eq", Kind::equal},
     {"ne", Kind::unequal},
     {"lt", Kind::less},
     {"le", Kind::less_equal},
     {"gt", Kind::greater},
     {"ge", Kind::greater_equal}}};

bool is_word(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '/' ||
         character == '.' || character == '-' || character == ':' || character == '+';
}

class Parser {
 public:
  Parser(std::string_view text, const Vocabulary& vocabulary, std::vector<Filter::Node>& nodes)
      : text_(text), vocabulary_(vocabulary), nodes_(nodes) {}

  Result<void> parse() {
    VEDETTE_TRY(parse_any(0));
    skip_blanks();
    if (at_ != text_.size()) return wrong("Syntax error at position " + std::to_string(at_));
    return {};
  }

 private:
  static std::unexpected<base::Error> wrong(std::string why) {
    return failure(ErrorCode::invalid_argument, "Invalid filter clause: " + std::move(why));
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char character) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != character) return false;
    ++at_;
    return true;
  }
  std::string_view take_word() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  bool take_keyword(std::string_view keyword) {
    const std::size_t start = at_;
    if (take_word() == keyword) return true;
    at_ = start;
    return false;
  }
  std::uint32_t add(Filter::Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  Result<std::uint32_t> parse_any(int depth) {
    if (depth > base::limits::odata_depth_max) return wrong("The node count limit is exceeded.");
    return parse_chain(Kind::any, "or", depth);
  }
  Result<std::uint32_t> parse_chain(Kind kind, std::string_view keyword, int depth) {
    const auto part = [&] {
      return kind == Kind::any ? parse_chain(Kind::all, "and", depth) : parse_one(depth);
    };
    std::vector<std::uint32_t> parts{VEDETTE_TRY(part())};
    while (take_keyword(keyword)) parts.push_back(VEDETTE_TRY(part()));
    if (parts.size() == 1) return parts.front();
    return add({kind, {}, {}, std::move(parts)});
  }

  Result<std::uint32_t> parse_one(int depth) {
    if (take('(')) {
      const std::uint32_t inner = VEDETTE_TRY(parse_any(depth + 1));
      if (!take(')')) return wrong("')' or operator expected at position " + std::to_string(at_));
      return inner;
    }
    const std::string_view word = take_word();
    if (word == "not") {
      if (depth > base::limits::odata_depth_max) return wrong("The node count limit is exceeded.");
      const std::uint32_t inner = VEDETTE_TRY(parse_one(depth + 1));
      return add({Kind::negation, {}, {}, {inner}});
    }
    if (base::equals_ignoring_case(word, "startswith") || word == "contains")
      return parse_call(word == "contains" ? Kind::contains : Kind::starts_with);
    if (word.ends_with("/any") && take('('))
      return parse_collection(word.substr(0, word.size() - 4));
    const Property& property = *VEDETTE_TRY(find(word));
    return parse_comparison(property);
  }

  Result<const Property*> find(std::string_view name) {
    for (const Property& property : vocabulary_.properties)
      if (property.name == name) return &property;
    return wrong("Could not find a property named '" + std::string(name) + "' on type '" +
                 std::string(vocabulary_.type_name) + "'.");
  }

  Result<std::uint32_t> parse_comparison(const Property& property) {
    const std::string_view word = take_word();
    const auto* found =
        std::ranges::find(operators, word, &std::pair<std::string_view, Kind>::first);
    if (found == operators.end())
      return wrong("Syntax error at position " + std::to_string(at_ - word.size()));
    const Kind kind = found->second;
    if (property.ranges_closed && (kind == Kind::less || kind == Kind::greater))
      return wrong("The operator '" + std::string(word) + "' is not supported for '" +
                   std::string(property.name) + "'; supported are eq, ge and le.");
    return add({kind, std::string(property.name), VEDETTE_TRY(parse_value(property)), {}});
  }

  Result<std::uint32_t> parse_call(Kind kind) {
    if (!take('(')) return wrong("Syntax error at position " + std::to_string(at_));
    const Property& property = *VEDETTE_TRY(find(take_word()));
    if (!take(',')) return wrong("Syntax error at position " + std::to_string(at_));
    FilterValue value = VEDETTE_TRY(parse_value(property));
    if (!take(')')) return wrong("Syntax error at position " + std::to_string(at_));
    return add({kind, std::string(property.name), std::move(value), {}});
  }

  // signInEventTypes/any(t: t eq 'nonInteractiveUser')
  Result<std::uint32_t> parse_collection(std::string_view name) {
    const Property& property = *VEDETTE_TRY(find(name));
    // The colon may stand close to what follows: any(t:t eq 'x').
    const auto colon = text_.find(':', at_);
    if (colon == std::string_view::npos)
      return wrong("Syntax error at position " + std::to_string(at_));
    const std::string_view variable = base::trim(text_.substr(at_, colon - at_));
    at_ = colon + 1;
    if (variable.empty() || take_word() != variable)
      return wrong("Syntax error at position " + std::to_string(at_));
    const std::uint32_t inner = VEDETTE_TRY(parse_comparison(property));
    if (!take(')')) return wrong("Syntax error at position " + std::to_string(at_));
    return inner;
  }

  Result<FilterValue> parse_value(const Property& property) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '\'') return parse_text(property);
    const std::string_view word = take_word();
    if (word == "null") return FilterValue{std::monostate{}};
    if (property.type == PropertyType::time) {
      if (const auto time = base::parse_iso(word)) return FilterValue{*time};
    } else if (property.type == PropertyType::truth) {
      if (word == "true" || word == "false") return FilterValue{word == "true"};
    } else if (property.type == PropertyType::number) {
      const bool negative = word.starts_with('-');
      if (const auto number = base::parse_unsigned(word.substr(negative ? 1 : 0)))
        return FilterValue{static_cast<std::int64_t>(*number) * (negative ? -1 : 1)};
    }
    return wrong("A binary operator with incompatible types was detected at '" +
                 std::string(property.name) + "'.");
  }
  Result<FilterValue> parse_text(const Property& property) {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\'') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\'') break;
        ++at_;  // two quotes are one
      }
      value += text_[at_];
    }
    if (at_ >= text_.size()) return wrong("There is an unterminated string literal.");
    ++at_;
    // A time in quotes is refused, as the service does.
    if (property.type != PropertyType::text && property.type != PropertyType::collection)
      return wrong("A binary operator with incompatible types was detected at '" +
                   std::string(property.name) + "'.");
    return FilterValue{std::move(value)};
  }

  const std::string_view text_;
  const Vocabulary& vocabulary_;
  std::vector<Filter::Node>& nodes_;
  std::size_t at_ = 0;
};

// Negative, zero, positive; empty for values of different kinds.
std::optional<int> compare(const FilterValue& a, const FilterValue& b) {
  if (a.index() != b.index()) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&a)) {
    // Graph compares texts without regard to case.
    const auto& other = std::get<std::string>(b);
    if (base::equals_ignoring_case(*text, other)) return 0;
    return *text < other ? -1 : 1;
  }
  if (a < b) return -1;
  return a == b ? 0 : 1;
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text, const Vocabulary& vocabulary) {
  Filter filter;
  if (base::trim(text).empty()) return filter;
  if (text.size() > base::limits::odata_filter_bytes_max)
    return failure(ErrorCode::invalid_argument, "Invalid filter clause: it is too long.");
  VEDETTE_TRY_VOID(Parser(text, vocabulary, filter.nodes_).parse());
  return filter;
}

bool Filter::matches(const PropertyReader& read) const {
  return nodes_.empty() || matches(nodes_.back(), read);
}

bool Filter::matches(const Node& node, const PropertyReader& read) const {
  const auto part = [&](std::uint32_t index) { return matches(nodes_[index], read); };
  switch (node.kind) {
    case Kind::all:
      return std::ranges::all_of(node.parts, part);
    case Kind::any:
      return std::ranges::any_of(node.parts, part);
    case Kind::negation:
      return !part(node.parts.front());
    case Kind::starts_with:
    case Kind::contains: {
      const FilterValue value = read(node.property);
      const auto* text = std::get_if<std::string>(&value);
      const auto* wanted = std::get_if<std::string>(&node.value);
      if (text == nullptr || wanted == nullptr) return false;
      const std::string lower = base::to_lower_ascii(*text),
                        part_text = base::to_lower_ascii(*wanted);
      return node.kind == Kind::starts_with ? lower.starts_with(part_text)
                                            : lower.find(part_text) != std::string::npos;
    }
    default:
      break;
  }
  const auto order = compare(read(node.property), node.value);
  switch (node.kind) {
    case Kind::equal:
      return order == 0;
    case Kind::unequal:
      return order != 0;
    case Kind::less:
      return order && *order < 0;
    case Kind::less_equal:
      return order && *order <= 0;
    case Kind::greater:
      return order && *order > 0;
    default:
      return order && *order >= 0;
  }
}

TimeBounds Filter::bounds(std::string_view name) const {
  TimeBounds bounds;
  if (!nodes_.empty()) narrow(nodes_.back(), name, bounds);
  return bounds;
}

void Filter::narrow(const Node& node, std::string_view name, TimeBounds& bounds) const {
  if (node.kind == Kind::all)
    for (const std::uint32_t part : node.parts) narrow(nodes_[part], name, bounds);
  const auto* time = std::get_if<base::Timestamp>(&node.value);
  if (node.property != name || time == nullptr) return;
  if (node.kind == Kind::greater_equal || node.kind == Kind::greater || node.kind == Kind::equal)
    bounds.from = std::max(bounds.from, *time);
  if (node.kind == Kind::less_equal || node.kind == Kind::less || node.kind == Kind::equal)
    bounds.to = std::min(bounds.to, *time);
}

bool Filter::mentions(std::string_view name) const {
  return std::ranges::any_of(nodes_, [&](const Node& node) { return node.property == name; });
}

QueryOptions parse_query(std::string_view query) {
  QueryOptions options;
  for (const std::string_view part : base::split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    options.emplace_back(base::percent_decode(part.substr(0, equals), base::Plus::is_space),
                         equals == std::string_view::npos
                             ? std::string()
                             : base::percent_decode(part.substr(equals + 1), base::Plus::is_space));
  }
  return options;
}

std::string_view find_option(const QueryOptions& options, std::string_view name) {
  for (const auto& [key, value] : options)
    if (base::equals_ignoring_case(key, name)) return value;
  return {};
}

}  // namespace vedette::simulate::tenant
