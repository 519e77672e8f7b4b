// JSON text from outside: what is canonical stays as it is, and walking over it ends.
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>

#include "kql/native/json_text.h"
#include "kql/native/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::kql::native;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string once;
  if (canonicalise(text, once)) {
    std::string twice;
    assert(canonicalise(once, twice));
    assert(once == twice);
    for (const auto element : elements_of(once)) (void)kind_of(element);
    for (const auto& [key, value] : members_of(once)) (void)find_member(once, unescaped(key));
    std::string shown;
    append_as_text(shown, once);
  }
  std::string json;
  if (xml_to_json(text, json)) {
    std::string again;
    assert(canonicalise(json, again));
  }
  return 0;
}
