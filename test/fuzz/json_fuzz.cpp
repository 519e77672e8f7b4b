// JSON from outside: what is read can be written, and reads back as the same text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = vedette::base::parse_json(text);
  if (!value) return 0;
  const std::string written = vedette::base::format_json(*value);
  const auto again = vedette::base::parse_json(written);
  if (!again || vedette::base::format_json(*again) != written) std::abort();
  return 0;
}
