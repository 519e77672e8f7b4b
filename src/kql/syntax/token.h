// Owns: the words of a query. A token keeps its span; a literal keeps its value too.
// Must not know: the grammar. Plain data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kql/diagnostic.h"
#include "kql/value.h"

namespace vedette::kql::syntax {

enum class TokenKind : std::uint8_t {
  end,
  name,      // identifiers and keywords; also in~ and !in~, !has ... (one word each)
  string,    // value in `constant`
  number,    // long or real, value in `constant`
  timespan,  // 1d, 5min ..., value in `constant`
  typed,   // datetime(...), int(...) ...: `text` is the type's word, `inner` what stands between (
           // and )
  symbol,  // punctuation
};

struct Token {
  TokenKind kind = TokenKind::end;
  Span span;
  std::string_view text;   // as written
  std::string_view inner;  // of a typed literal
  Constant constant;
  bool after_space = false;  // white space or a comment stands before it

  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return kind == TokenKind::symbol && text == symbol;
  }
  [[nodiscard]] bool is_name(std::string_view word) const {
    return kind == TokenKind::name && text == word;
  }
};

// All tokens of a query, an `end` token last. The views point into `text`.
[[nodiscard]] Checked<std::vector<Token>> read_tokens(std::string_view text);

}  // namespace vedette::kql::syntax
