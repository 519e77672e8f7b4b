// Owns: reading how long another side asks us to wait.
// Promises: pure; a result is never negative and never over limits::retry_after_s_max.
// Source: RFC 9110 sections 10.2.3 (Retry-After) and 5.6.7 (IMF-fixdate).
// Must not know: services. Called from any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace vedette::notify {

// "120", or "Sun, 06 Nov 1994 08:49:37 GMT" seen from `now`. Empty for anything else.
[[nodiscard]] std::optional<base::Duration> parse_retry_after(std::string_view text,
                                                              base::Timestamp now);
// "64.57": seconds with a fraction, as Discord writes them. Empty for anything else.
[[nodiscard]] std::optional<base::Duration> parse_wait_seconds(std::string_view text);
// Seconds as a number; empty when negative or no number.
[[nodiscard]] std::optional<base::Duration> wait_from_seconds(double seconds);

}  // namespace vedette::notify
