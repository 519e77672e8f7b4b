// Owns: a TOML file as a plain tree with line numbers, the list of what is wrong with it, and the
// reading of single values. Promises: a reading gives the value, or nothing after it noted a
// problem with file and line. The TOML library is fenced in settings_file.cpp. Must not know: which
// settings there are. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace vedette::app {

// What is wrong with one file.
class ProblemList {
 public:
  explicit ProblemList(std::string file_name) : file_name_(std::move(file_name)) {}
  // Line 0: of the file as a whole.
  void add(std::size_t line, const std::string& text);
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  // "FILE:LINE: text", in the order of lines.
  [[nodiscard]] std::vector<std::string> take();

 private:
  std::string file_name_;
  std::vector<std::pair<std::size_t, std::string>> problems_;
};

struct SettingMember;

struct SettingNode {
  using Array = std::vector<SettingNode>;
  using Table = std::vector<SettingMember>;
  struct Other {};  // a date, a time
  std::variant<Other, bool, std::int64_t, double, std::string, Array, Table> value;
  std::size_t line = 0;

  [[nodiscard]] const Table* as_table() const;
};

struct SettingMember {
  std::string name;
  SettingNode node;
};

inline const SettingNode::Table* SettingNode::as_table() const {
  return std::get_if<Table>(&value);
}

// The tree of a TOML text; a table. Nothing after a problem was noted.
[[nodiscard]] std::optional<SettingNode> parse_settings(std::string_view text,
                                                        ProblemList& problems);

// One value on its way to a setting.
class SettingValue {
 public:
  // `name` is how messages call it: "journal.keep_days".
  SettingValue(const SettingNode& node, std::string name, ProblemList& problems)
      : node_(node), name_(std::move(name)), problems_(problems) {}

  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::string> text() const;  // not empty
  [[nodiscard]] std::optional<std::vector<std::string>> texts() const;
  [[nodiscard]] std::optional<base::Duration> duration() const;  // "10m", or seconds
  [[nodiscard]] std::optional<std::uint64_t> bytes() const;      // "2 GB", "512 MiB", or bytes
  // The index of the word among `words`.
  [[nodiscard]] std::optional<std::size_t> choice(std::span<const std::string_view> words) const;

  [[nodiscard]] std::size_t line() const { return node_.line; }
  // Notes "NAME: text".
  void problem(const std::string& text) const;

 private:
  const SettingNode& node_;
  std::string name_;
  ProblemList& problems_;
};

// "2GB", "512 MiB", "1000": empty for anything else, or when it does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text);
// A TOML basic string with its quotes.
[[nodiscard]] std::string toml_string(std::string_view text);
// A number, a truth, a text or a list of texts, as it is written.
[[nodiscard]] std::string toml_value(const SettingNode& node);

}  // namespace vedette::app
