// Any bytes as a TAXII envelope: no crash; what is taken for a whole one is what a reader of all of
// JSON sees, and each of its objects can be read as an indicator or is refused.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "collect/cloud/taxii_envelope.h"
#include "intel/indicator_document.h"

using namespace vedette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto envelope = collect::cloud::read_taxii_envelope(text);
  const auto json = base::parse_json(text);
  if (!envelope) return 0;
  for (const std::string_view object : envelope->objects)
    assert(object.data() >= text.data() && object.data() + object.size() <= text.data() + size);
  assert(envelope->next.size() <= 4'096);
  // Names that are written with escapes, or twice, are seen by the other alone, or otherwise.
  const bool is_plain = text.find('\\') == std::string_view::npos &&
                        text.find("objects") == text.rfind("objects") &&
                        text.find("more") == text.rfind("more");
  if (json && json->as_object() != nullptr && is_plain) {
    const auto* objects = (*json)["objects"].as_array();
    assert((objects == nullptr ? 0 : objects->size()) == envelope->objects.size());
    const bool* more = (*json)["more"].as_bool();
    assert((more != nullptr && *more) == envelope->has_more);
  }
  std::size_t read = 0;
  for (const std::string_view object : envelope->objects)
    intel::read_document(intel::DocumentFormat::stix, object, {"fuzz", 50},
                         [&](const auto& /*indicator*/) { ++read; });
  return read > size ? 1 : 0;
}
