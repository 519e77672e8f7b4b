// Owns: a YAML document as a tree of texts, lists and maps, with the lines where they stand, and
// the checks that every reader of such a tree needs. Promises: bytes, depth and nodes are bounded
// before a tree is there; aliases, anchors, tags, repeated keys and a second document are refused;
// every text stays text (no "no" that is false). Must not know: what it says, which library reads
// (fenced in yaml_tree.cpp). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::yaml {

struct YamlNode {
  enum class Kind : std::uint8_t { text, list, map };
  Kind kind = Kind::text;
  bool is_quoted = false;  // a text in quotes: "7" is no number
  int line = 1;
  std::string text;
  std::vector<YamlNode> items;    // of a list; of a map, the values in their order
  std::vector<std::string> keys;  // of a map: what each of the items is called

  // Null when there is none.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlLimits {
  std::size_t bytes_max = 64UL * 1024;
  std::size_t depth_max = 12;
  std::size_t nodes_max = 4'000;
};

// Errors name the line: "line 7: ...".
[[nodiscard]] base::Result<YamlNode> parse_yaml(std::string_view text,
                                                const YamlLimits& limits = {});

// "line 7: why".
[[nodiscard]] std::unexpected<base::Error> wrong(const YamlNode& node, const std::string& why);
// A map, with only these members; another one is told with the nearest of them.
[[nodiscard]] base::Result<void> check_members(const YamlNode& node,
                                               std::vector<std::string_view> known);

}  // namespace vedette::yaml
