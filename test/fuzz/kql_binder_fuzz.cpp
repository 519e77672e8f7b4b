// Binder and emitter on any bytes: they end, and SQL that comes out holds no statement's end
// outside of quotes.
#include <cassert>
#include <cstdint>
#include <string_view>

#include "kql/catalogue/schema_catalogue.h"
#include "kql/compile.h"

namespace {

const vedette::kql::SchemaCatalogue& catalogue() {
  static const vedette::kql::SchemaCatalogue instance(
      "table T a:l b:s c:y d:d e:r TimeGenerated:d\n"
      "table Other open x:l b:s\n"
      "function _GetWatchlist open (watchlistAlias:s) SearchKey:s\n");
  return instance;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)vedette::kql::check(text, catalogue(), {});
  const auto stage =
      vedette::kql::compile(text, catalogue(), vedette::kql::no_storage(), {}, {}, {});
  if (!stage) return 0;
  bool quoted = false;
  for (const char c : stage->sql) {
    if (c == '\'') quoted = !quoted;
    assert(quoted || (c != ';' && c != '\0'));
  }
  assert(!quoted);
  return 0;
}
