// Owns: a value that a page sends, as it stands in a TOML file. Must not know: which settings there
// are. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/setting.h"
#include "base/json.h"

namespace vedette::app {

// A whole number, a truth, a text or a list of texts; nothing for anything else.
[[nodiscard]] inline std::optional<std::string> toml_of(const base::Json& value) {
  if (const auto* number = value.as_integer()) return std::to_string(*number);
  if (const auto* truth = value.as_bool()) return *truth ? "true" : "false";
  if (const auto* text = value.as_string()) return toml_string(*text);
  const auto* list = value.as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& each : *list) {
    if (each.as_string() == nullptr) return std::nullopt;
    texts.push_back(*each.as_string());
  }
  return show_texts(texts);
}

}  // namespace vedette::app
