// Owns: Kusto's regular expressions, whose syntax is that of Rust's regex library, written in
// RE2's. Promises: what both read in the same way stays as it is; what RE2 cannot say is a problem
// in words, never another meaning. Must not know: matching, the rest of the language. Called from
// any thread.
//
// Microsoft, "Regex syntax" (regex.md). What differs: \d \s \w are Unicode's, classes hold classes
// and are intersected (&&), subtracted (--) and compared (~~), (?<name>...), \u{41}, long names in
// \p{...}, the flags x, u and R, and \< and \> at the ends of words. \b is ASCII's here: RE2 has no
// other.
#pragma once

#include <string>
#include <string_view>

#include "kql/native/code_points.h"

namespace vedette::kql::native {

struct RewrittenRegex {
  std::string pattern;
  std::string problem;  // empty when there is none
};

// What RE2 takes for [items], or for (?i)[items].
using ReadClass = CodePoints (*)(std::string_view items, bool without_case);

// With `ascii`, \d \s \w are those of ASCII, which is the same for text of ASCII alone and a far
// smaller program.
[[nodiscard]] RewrittenRegex as_re2(std::string_view pattern, bool ascii, ReadClass read_class);

}  // namespace vedette::kql::native
