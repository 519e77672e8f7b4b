// Owns: JSON's lexical rules that readers of parts of a document share: numbers, escapes.
// Promises: text of valid UTF-8 stays so; half a surrogate pair becomes U+FFFD. Must not know: any
// library. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::base {

// RFC 8259's grammar, the whole text.
[[nodiscard]] bool is_json_number(std::string_view text);
// Letters that stand in a JSON string as themselves in its canonical form: printable ASCII without
// quotes and backslashes.
[[nodiscard]] bool is_plain_json(std::string_view text);

struct CanonicalJson {
  std::size_t bytes = 0;
  std::size_t members = 0;  // at all depths
};
// The object or array that `text` begins with, when it stands there in canonical form already:
// without blanks, escapes, letters that are not ASCII, and members that are null or repeat; not
// deeper than this. Nothing, too, for one that has more names than most: it has to be read then.
[[nodiscard]] std::optional<CanonicalJson> find_canonical_json(std::string_view text,
                                                               unsigned depth_max);
// What stands between the quotes of a JSON string, without its escapes. False for an escape that is
// none.
[[nodiscard]] bool append_unescaped_json(std::string& out, std::string_view inner);

}  // namespace vedette::base
