// The lexer on any bytes: it ends, and every token lies inside the text, one behind the other.
#include <cassert>
#include <cstdint>
#include <string_view>

#include "kql/diagnostic.h"
#include "kql/syntax/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tokens = vedette::kql::syntax::read_tokens(text);
  if (!tokens) {
    (void)vedette::kql::render(tokens.error(), text);
    return 0;
  }
  std::size_t end = 0;
  for (const auto& token : *tokens) {
    assert(token.span.start >= end);
    assert(token.span.end() <= text.size());
    end = token.span.end();
  }
  return 0;
}
