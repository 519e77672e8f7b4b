#include "app/settings_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "base/text.h"

namespace vedette::app {
namespace {

SettingNode plain(const toml::node& node) {
  SettingNode result;
  result.line = node.source().begin.line;
  if (const auto* boolean = node.as_boolean()) {
    result.value = boolean->get();
  } else if (const auto* integer = node.as_integer()) {
    result.value = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    result.value = real->get();
  } else if (const auto* text = node.as_string()) {
    result.value = text->get();
  } else if (const auto* array = node.as_array()) {
    SettingNode::Array elements;
    for (const auto& element : *array) elements.push_back(plain(element));
    result.value = std::move(elements);
  } else if (const auto* table = node.as_table()) {
    SettingNode::Table members;
    for (const auto& [key, value] : *table) {
      members.push_back({std::string(key.str()), plain(value)});
      // A value's own place is behind its name; the name's is what a person looks for.
      members.back().node.line = key.source().begin.line;
    }
    result.value = std::move(members);
  }
  return result;
}

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 10> units{{{"", 1},
                                      {"B", 1},
                                      {"kB", 1'000},
                                      {"KB", 1'000},
                                      {"MB", 1'000'000},
                                      {"GB", 1'000'000'000},
                                      {"TB", 1'000'000'000'000},
                                      {"KiB", 1ULL << 10},
                                      {"MiB", 1ULL << 20},
                                      {"GiB", 1ULL << 30}}};

}  // namespace

void ProblemList::add(std::size_t line, const std::string& text) {
  problems_.emplace_back(line, text);
}

std::vector<std::string> ProblemList::take() {
  std::ranges::stable_sort(problems_, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> lines;
  for (const auto& [line, text] : problems_) {
    lines.push_back(line == 0 ? fmt::format("{}: {}", file_name_, text)
                              : fmt::format("{}:{}: {}", file_name_, line, text));
  }
  problems_.clear();
  return lines;
}

std::optional<SettingNode> parse_settings(std::string_view text, ProblemList& problems) {
  try {
    return plain(toml::parse(text));
  } catch (const toml::parse_error& error) {
    problems.add(error.source().begin.line,
                 "this is no TOML: " + base::encode_terminal(error.description()));
    return std::nullopt;
  }
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  text = base::trim(text);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = base::parse_unsigned(text.substr(0, digits));
  const auto unit = std::ranges::find(units, base::trim(text.substr(digits)), &Unit::name);
  if (!number || unit == units.end()) return std::nullopt;
  if (*number > static_cast<std::uint64_t>(INT64_MAX) / unit->bytes) return std::nullopt;
  return *number * unit->bytes;
}

std::string toml_string(std::string_view text) {
  // TOML's basic strings know JSON's escapes.
  std::string quoted;
  base::append_json_string(quoted, text);
  return quoted;
}

std::string toml_value(const SettingNode& node) {
  if (const auto* number = std::get_if<std::int64_t>(&node.value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&node.value)) return toml_string(*text);
  std::string list = "[";
  if (const auto* elements = std::get_if<SettingNode::Array>(&node.value))
    for (const auto& each : *elements)
      if (const auto* text = std::get_if<std::string>(&each.value))
        list += (list.size() > 1 ? ", " : "") + toml_string(*text);
  return list + "]";
}

void SettingValue::problem(const std::string& text) const {
  problems_.add(node_.line, fmt::format("{}: {}", name_, text));
}

std::optional<std::int64_t> SettingValue::integer(std::int64_t least, std::int64_t most) const {
  const auto* number = std::get_if<std::int64_t>(&node_.value);
  if (number != nullptr && *number >= least && *number <= most) return *number;
  problem(number == nullptr
              ? fmt::format("must be a whole number from {} to {}, without quotes", least, most)
              : fmt::format("is {}; it must be from {} to {}", *number, least, most));
  return std::nullopt;
}

std::optional<bool> SettingValue::boolean() const {
  if (const auto* value = std::get_if<bool>(&node_.value)) return *value;
  problem("must be true or false, without quotes");
  return std::nullopt;
}

std::optional<std::string> SettingValue::text() const {
  const auto* value = std::get_if<std::string>(&node_.value);
  if (value != nullptr && !value->empty()) return *value;
  problem(value == nullptr ? "must be a text in quotes" : "is empty; leave it out for the default");
  return std::nullopt;
}

std::optional<std::vector<std::string>> SettingValue::texts() const {
  const auto* array = std::get_if<SettingNode::Array>(&node_.value);
  std::vector<std::string> result;
  bool all_texts = array != nullptr;
  if (array != nullptr) {
    for (const auto& element : *array) {
      const auto* value = std::get_if<std::string>(&element.value);
      all_texts = all_texts && value != nullptr && !value->empty();
      if (all_texts) result.push_back(*value);
    }
  }
  if (all_texts) return result;
  problem("must be a list of texts, as in [\"one\", \"two\"]");
  return std::nullopt;
}

std::optional<base::Duration> SettingValue::duration() const {
  if (const auto* number = std::get_if<std::int64_t>(&node_.value)) {
    constexpr std::int64_t seconds_max = 1'000'000'000;
    if (*number >= 0 && *number <= seconds_max) return base::Duration::seconds(*number);
  }
  if (const auto* text = std::get_if<std::string>(&node_.value))
    if (const auto parsed = base::parse_duration(*text)) return parsed;
  problem("must be a span of time: \"90s\", \"10m\", \"2h\", \"1d\", or a number of seconds");
  return std::nullopt;
}

std::optional<std::uint64_t> SettingValue::bytes() const {
  if (const auto* number = std::get_if<std::int64_t>(&node_.value); number && *number >= 0)
    return static_cast<std::uint64_t>(*number);
  if (const auto* text = std::get_if<std::string>(&node_.value))
    if (const auto parsed = parse_bytes(*text)) return parsed;
  problem("must be a size: \"500 MB\", \"2 GB\", \"1 GiB\", or a number of bytes");
  return std::nullopt;
}

std::optional<std::size_t> SettingValue::choice(std::span<const std::string_view> words) const {
  const auto* text = std::get_if<std::string>(&node_.value);
  if (text != nullptr) {
    const auto found = std::ranges::find(words, *text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  problem(fmt::format("must be one of \"{}\"", fmt::join(words, "\", \"")));
  return std::nullopt;
}

}  // namespace vedette::app
