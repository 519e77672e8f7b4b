// The parser on any bytes: it ends with a tree or with one diagnostic that can be shown.
#include <cassert>
#include <cstdint>
#include <string_view>

#include "kql/diagnostic.h"
#include "kql/syntax/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto query = vedette::kql::syntax::parse(text);
  if (query) return 0;
  assert(!query.error().code.empty());
  (void)vedette::kql::render(query.error(), text);
  (void)vedette::kql::render_json({query.error()}, text);
  return 0;
}
