// Owns: entities as Sentinel's API gives them → as SecurityAlert.Entities has them, an array in
// which each says its type and is known by a number. Promises: canonical JSON; references between
// entities ("the account on that host") become {"$ref":"2"}; what has no kind is left out. Must not
// know: alerts. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::normalise::cloud {

// `entities` is a canonical array; empty when there are none.
[[nodiscard]] std::string alert_entities(std::string_view entities);

}  // namespace vedette::normalise::cloud
