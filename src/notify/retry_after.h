// Owns: reading how long another side asks us to wait, where it is not said as RFC 9110 has it
// (base/http_text.h).
// Promises: pure; a result is never negative and never over limits::retry_after_s_max.
// Must not know: services. Called from any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace vedette::notify {

// "64.57": seconds with a fraction, as Discord writes them. Empty for anything else.
[[nodiscard]] std::optional<base::Duration> parse_wait_seconds(std::string_view text);
// Seconds as a number; empty when negative or no number.
[[nodiscard]] std::optional<base::Duration> wait_from_seconds(double seconds);

}  // namespace vedette::notify
