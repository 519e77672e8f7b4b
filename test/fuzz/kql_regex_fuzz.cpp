// A regular expression from outside: writing it anew for RE2 ends, and a quoted text matches
// itself.
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>

#include "kql/native/characters.h"
#include "kql/native/regex.h"
#include "kql/native/regex_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::kql::native;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // What RE2 takes a class for is its own affair, and slow to ask.
  const auto no_class = [](std::string_view, bool) { return CodePoints({{'a', 'z'}}); };
  for (const bool ascii : {false, true}) {
    const RewrittenRegex rewritten = as_re2(text, ascii, no_class);
    assert(rewritten.problem.empty() || rewritten.pattern.size() <= text.size() * 256);
  }
  if (size <= 1'000 && is_utf8(text)) {
    const Regex* quoted = Regex::get("^(?:" + quote_regex(text) + ")$");
    assert(quoted != nullptr && quoted->matches(text));
  }
  return 0;
}
