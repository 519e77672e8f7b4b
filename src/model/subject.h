// Owns: what an alert is about, for "the same again". Must not know: who asks. Pure; any thread.
#pragma once

#include <cstdint>

#include "model/alert.h"

namespace vedette::model {

// Of its rule and its first entity; the same in every process. Never 0.
[[nodiscard]] std::uint64_t subject_of(const Alert& alert);

}  // namespace vedette::model
