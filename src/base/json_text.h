// Owns: JSON's lexical rules that readers of parts of a document share: numbers, escapes.
// Promises: text of valid UTF-8 stays so; half a surrogate pair becomes U+FFFD. Must not know: any
// library. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::base {

// RFC 8259's grammar, the whole text.
[[nodiscard]] bool is_json_number(std::string_view text);
// Letters that stand in a JSON string as themselves in its canonical form: printable ASCII without
// quotes and backslashes.
[[nodiscard]] bool is_plain_json(std::string_view text);
// What stands between the quotes of a JSON string, without its escapes. False for an escape that is
// none.
[[nodiscard]] bool append_unescaped_json(std::string& out, std::string_view inner);

}  // namespace vedette::base
