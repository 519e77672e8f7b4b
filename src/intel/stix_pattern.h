// Owns: STIX patterns as far as they say what one event can be held against: a comparison of one
// observable, beside it the ports and protocols of its traffic, several of these joined by OR.
// Promises: what is more (two observables joined by AND, FOLLOWEDBY, MATCHES ...) is refused by its
// name, never half understood; memory and depth are bounded. A name that is compared by '=' is that
// name alone; with LIKE '%.NAME' beside it, all below it too. What is written is read back the
// same. Source: STIX 2.1, section 9. Must not know: STIX objects. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

[[nodiscard]] base::Result<std::vector<model::Observable>> read_stix_pattern(std::string_view text);
// Whether what is written says of names that all below them is meant, too.
enum class Subdomains : std::uint8_t { said, unsaid };
[[nodiscard]] std::string write_stix_pattern(const std::vector<model::Observable>& observables,
                                             Subdomains subdomains = Subdomains::said);
// Sentinel's name of the type, as in ThreatIntelIndicators.ObservableKey: "ipv4-addr:value".
[[nodiscard]] std::string_view observable_key(const model::Observable& observable);
// The observable of such a key; other keys that patterns may name are understood too.
[[nodiscard]] base::Result<model::Observable> read_key(std::string_view key,
                                                       std::string_view value);

}  // namespace vedette::intel
