// Owns: a YAML document as a tree of texts, lists and maps, with the lines where they stand.
// Promises: bytes, depth and nodes are bounded before a tree is there; aliases, anchors, tags,
// repeated keys and a second document are refused; every text stays text (no "no" that is false).
// Must not know: what it says, which library reads (fenced in yaml_tree.cpp). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::respond {

struct YamlNode {
  enum class Kind : std::uint8_t { text, list, map };
  Kind kind = Kind::text;
  int line = 1;
  std::string text;
  std::vector<YamlNode> items;    // of a list; of a map, the values in their order
  std::vector<std::string> keys;  // of a map: what each of the items is called

  // Null when there is none.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

// Errors name the line: "line 7: ...".
[[nodiscard]] base::Result<YamlNode> parse_yaml(std::string_view text);

}  // namespace vedette::respond
