// Owns: when a channel tells something, and how much at once: quiet hours, cool-down, digest,
// fall-back channel. Promises: pure; each decision follows from these rules, the outbox's rows and
// the time alone, so that a restart decides as before. Must not know: the outbox's keeping,
// services. Any thread, but one at a time for one value (a time zone remembers its last look-up).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "model/alert.h"

namespace vedette::notify {

// From one time of the day to another by the clocks of a zone, over midnight where the end comes
// before the beginning.
struct QuietHours {
  int begin_minute = 0,
      end_minute = 0;  // of the day; the end is the first minute that is not quiet
  base::TimeZone zone = base::TimeZone::fixed({});
  model::Severity through = model::Severity::high;  // and above is told all the same

  [[nodiscard]] bool contains(base::Timestamp moment) const;
  // When the quiet hours that hold `moment` end; `moment` itself when it is in none.
  [[nodiscard]] base::Timestamp end_after(base::Timestamp moment) const;
};

// "22:00-07:00": the minutes only. Empty for anything else.
[[nodiscard]] std::optional<QuietHours> parse_quiet_hours(std::string_view text);

struct DeliveryRules {
  // More messages than this within the window are told as digests; 0: never.
  std::size_t digest_after = 0;
  base::Duration digest_window = base::Duration::minutes(10);
  std::size_t digest_items_max = base::limits::chat_digest_items_max;
  std::optional<QuietHours> quiet;
  // After a message about a rule and its first entity the next about the same waits this long,
  // unless it is more severe or takes the alert back; 0: never.
  base::Duration cool_down;
  // A message that this channel could not tell so often, or for so long, is told by that one too;
  // empty: by none.
  std::string fallback;
  int fallback_failures = 5;
  base::Duration fallback_after = base::Duration::minutes(15);
  // The service tells a repeated message by its key, so one that may have arrived is repeated as it
  // was, and is never put into a digest.
  bool repeats_are_known = true;
  // Later messages name the incident's first one, whatever the alert (tickets).
  bool names_incidents = false;
  // Later messages change the first one in its place and ring no bell.
  bool edits = false;

  // How long what came too fast waits for more of it.
  [[nodiscard]] base::Duration digest_wait() const { return {digest_window.ticks / 2}; }
};

}  // namespace vedette::notify
