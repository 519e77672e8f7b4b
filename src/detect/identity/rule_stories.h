// Owns: what each identity detection looks for, in words for people, and which settings are its
// own. Promises: every rule has one; every setting but the general ones belongs to at least one.
// Must not know: how a rule judges, where the words are shown.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "detect/identity/rules.h"

namespace vedette::detect::identity {

struct RuleStory {
  IdentityRule rule;
  std::string_view title;
  std::string_view meaning;                   // what it finds, and why that matters
  std::array<std::string_view, 12> settings;  // keys; empty: none
};
[[nodiscard]] std::span<const RuleStory> stories();

}  // namespace vedette::detect::identity
