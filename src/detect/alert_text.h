// Owns: an episode in words: title, severity, entities, reasons, ATT&CK techniques.
// Promises: text from the log stays as it is (each sink encodes it). Pure. Source of techniques:
// MITRE ATT&CK T1110.001 (guessing), T1110.003 (spraying), T1078 (valid accounts). Called from any
// thread.
#pragma once

#include "detect/episode.h"
#include "model/alert.h"

namespace vedette::detect {

[[nodiscard]] std::string_view name_of(Rule rule);
// Everything but id, status, location and processing times.
[[nodiscard]] model::Alert describe(const Episode& episode);

}  // namespace vedette::detect
