// Waits that another side asks for: never negative, never over the bound.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/http_text.h"
#include "base/limits.h"
#include "notify/retry_after.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vedette::base::Duration;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto now = vedette::base::Timestamp::from_unix_seconds(1'780'000'000);
  const auto check = [](std::optional<Duration> wait) {
    if (!wait) return;
    if (wait->ticks < 0 || *wait > Duration::seconds(vedette::base::limits::retry_after_s_max))
      std::abort();
  };
  check(vedette::base::parse_retry_after(text, now));
  check(vedette::notify::parse_wait_seconds(text));
  return 0;
}
