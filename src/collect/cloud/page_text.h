// Owns: taking the answer of a cloud service apart as text: members of an object, elements of an
// array, each as the bytes that came. Promises: one pass, no recursion, nothing is copied; brackets
// and strings must fit together up to the text's end, so a cut answer is never taken for a whole
// one. What stands within a value is not judged: that is for who reads it later. Must not know:
// services. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette::collect::cloud {

// Key (as written, without quotes) and value.
using Members = std::vector<std::pair<std::string_view, std::string_view>>;

[[nodiscard]] base::Result<Members> members_of(std::string_view object);
[[nodiscard]] base::Result<std::vector<std::string_view>> elements_of(std::string_view array);
// The last of that name, as JSON's readers have it; empty when there is none.
[[nodiscard]] std::string_view member(const Members& members, std::string_view key);
// What a string's value says; nothing when it is none.
[[nodiscard]] std::optional<std::string> string_of(std::string_view value);
// The string at "properties.lastModifiedTimeUtc" of an object.
[[nodiscard]] std::optional<std::string> string_at(std::string_view object, std::string_view path);

}  // namespace vedette::collect::cloud
