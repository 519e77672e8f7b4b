// Owns: the links of messages that acknowledge an incident: what one claims, and that it is ours.
// Promises: a link is HMAC-SHA256 over its claim with a key of this installation's own; what was
// changed, made up or is too old is refused; it holds letters, digits, '.', '-' and '_' only. A
// link opens one thing once: it is of the moment of its message, and whoever follows it compares
// that with when the incident was attended to and reopened. Must not know: incidents, HTTP. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace vedette::access {

// The five days of the clock, and a weekend.
inline constexpr base::Duration acknowledge_link_age_max = base::Duration::hours(7 * 24);

struct AcknowledgeClaim {
  std::uint64_t incident = 0;
  std::string channel;     // in whose message it stands
  base::Timestamp issued;  // when that was decided
  bool operator==(const AcknowledgeClaim&) const = default;
};

[[nodiscard]] base::Secret sign_link(const base::Secret& key, const AcknowledgeClaim& claim);
// permission_denied: not one of ours; refused: too old, or of a time to come.
[[nodiscard]] base::Result<AcknowledgeClaim> read_link(const base::Secret& key,
                                                       std::string_view text, base::Timestamp now);

}  // namespace vedette::access
