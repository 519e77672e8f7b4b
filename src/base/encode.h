// Owns: the encoders of the sinks that every room may write to: JSON text and the terminal. (Chat,
// mail and HTML encoders live with their sinks in notify/.) Every field of a log was written by an
// attacker: text from outside reaches a sink only through its encoder.
// Promises: invalid UTF-8 becomes U+FFFD; the result has no structure of the sink's own left in it.
// Must not know: any room. Called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette::base {

// Appends `text` as a JSON string with its quotes. RFC 8259; also escapes U+2028 and U+2029.
void append_json_string(std::string& out, std::string_view text);
// Valid UTF-8 of at most `bytes_max` bytes, cut at a character; a cut is marked by an ellipsis.
[[nodiscard]] std::string clean_utf8(std::string_view text, std::size_t bytes_max);
// For a terminal or a plain-text log line: control characters (C0, C1, DEL), ESC, line and
// paragraph separators and bidirectional controls are written as visible escapes (\x1b, \u202e), so
// that nothing moves the cursor, colours the screen, starts a line or turns the reading direction.
[[nodiscard]] std::string encode_terminal(std::string_view text, std::size_t bytes_max = 4096);
// Reads one UTF-8 character at text[at], moving `at` past it. U+FFFD for a malformed one (one
// byte).
[[nodiscard]] char32_t next_character(std::string_view text, std::size_t& at);
void append_utf8(std::string& out, char32_t character);
// Bidirectional overrides, embeddings, isolates and marks: they change how a line reads.
[[nodiscard]] bool is_bidirectional_control(char32_t character);

}  // namespace vedette::base
