// Owns: STIX patterns as far as indicators of one observable need them: a comparison of one
// observable, several of them joined by OR. Promises: what is more (AND, FOLLOWEDBY, LIKE ...) is
// refused by its name, never half understood; memory and depth are bounded. What is written is read
// back the same. Source: STIX 2.1, section 9. Must not know: STIX objects. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

[[nodiscard]] base::Result<std::vector<model::Observable>> read_stix_pattern(std::string_view text);
[[nodiscard]] std::string write_stix_pattern(const std::vector<model::Observable>& observables);
// Sentinel's name of the type, as in ThreatIntelIndicators.ObservableKey: "ipv4-addr:value".
[[nodiscard]] std::string_view observable_key(const model::Observable& observable);
// The observable of such a key; other keys that patterns may name are understood too.
[[nodiscard]] base::Result<model::Observable> read_key(std::string_view key,
                                                       std::string_view value);

}  // namespace vedette::intel
