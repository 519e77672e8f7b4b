// A hunt's file, whatever is in it: refused in words, or a hunt whose text can be made.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hunt/hunt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto hunt = vedette::hunt::read_hunt(text, "hunt.yaml");
  if (!hunt) {
    if (hunt.error().message.empty()) std::abort();
    return 0;
  }
  if (hunt->name.empty() || hunt->query.empty()) std::abort();
  bool is_whole = true;
  for (const auto& parameter : hunt->parameters) is_whole = is_whole && parameter.value.has_value();
  if (vedette::hunt::text_of(*hunt, {}).has_value() != is_whole) std::abort();
  return 0;
}
