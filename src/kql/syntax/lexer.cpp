// From text to tokens. Kusto's lexical rules: microsoft's "Entity names", "Scalar data types"
// pages.
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "kql/syntax/literal.h"
#include "kql/syntax/token.h"

namespace vedette::kql::syntax {

namespace {

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_word_start(c) || is_digit(c);
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Checked<std::vector<Token>> run() {
    if (text_.size() > base::limits::query_bytes_max)
      return refuse("KQL401", {}, "the query is longer than 1 MB");
    while (true) {
      const bool space = skip_space();
      if (at_ >= text_.size()) break;
      Token token = VEDETTE_TRY(next());
      token.after_space = space || tokens_.empty();
      tokens_.push_back(std::move(token));
      if (tokens_.size() > base::limits::query_tokens_max)
        return refuse("KQL401", span_from(at_), "the query has more than 200,000 words");
    }
    Token end;
    end.span = {static_cast<std::uint32_t>(text_.size()), 0};
    tokens_.push_back(end);
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] Span span_from(std::size_t start) const {
    return {static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(at_ - start)};
  }

  bool skip_space() {
    const std::size_t start = at_;
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '/' && peek(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (!skip_wide_space()) {
        break;
      }
    }
    return at_ != start;
  }

  // Spaces that come with text pasted from web pages and documents, and the byte order mark.
  bool skip_wide_space() {
    if (static_cast<unsigned char>(text_[at_]) < 0x80) return false;
    std::size_t after = at_;
    const char32_t c = base::next_character(text_, after);
    const bool space = c == 0xA0 || (c >= 0x2000 && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
                       c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
    if (space) at_ = after;
    return space;
  }

  Token make(TokenKind kind, std::size_t start) {
    Token token;
    token.kind = kind;
    token.span = span_from(start);
    token.text = text_.substr(start, at_ - start);
    return token;
  }

  Checked<Token> next() {
    const char c = peek();
    if (is_digit(c)) return number();
    if (is_string_start()) return string();
    if (is_word_start(c)) return word();
    if (c == '!' && is_word_start(peek(1))) return word();
    return symbol();
  }

  [[nodiscard]] bool is_string_start() const {
    std::size_t ahead = 0;
    if (peek() == 'h' || peek() == 'H') ahead = 1;
    if (peek(ahead) == '@') ++ahead;
    const char c = peek(ahead);
    if (c == '"' || c == '\'') return true;
    return (c == '`' || c == '~') && peek(ahead + 1) == c && peek(ahead + 2) == c;
  }

  Checked<Token> string() {
    const std::size_t start = at_;
    if (peek() == 'h' || peek() == 'H') ++at_;
    const bool verbatim = peek() == '@';
    if (verbatim) ++at_;
    std::string value;
    if (peek() == '`' || peek() == '~') {
      const std::string fence(3, peek());
      const std::size_t close = text_.find(fence, at_ + 3);
      if (close == std::string_view::npos)
        return refuse("KQL101", span_from(start), "this multi-line string is never closed",
                      "end it with " + fence);
      value = text_.substr(at_ + 3, close - at_ - 3);
      at_ = close + 3;
    } else if (!(verbatim ? verbatim_body(value) : escaped_body(value))) {
      Span span = span_from(start);
      return refuse("KQL101", {span.start, 1}, "this string is never closed",
                    "a string ends on its own line, with the quote it began with");
    }
    Token token = make(TokenKind::string, start);
    token.constant = Constant::of_text(Type::string, std::move(value));
    return token;
  }

  bool verbatim_body(std::string& value) {
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != quote) {
        value += c;
      } else if (peek() == quote) {
        value += quote;
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  bool escaped_body(std::string& value) {
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == quote) return true;
      if (c == '\n') return false;
      if (c != '\\') {
        value += c;
        continue;
      }
      if (at_ >= text_.size()) return false;
      at_ += unescape(text_.substr(at_), value);
    }
    return false;
  }

  Checked<Token> number() {
    const std::size_t start = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return hexadecimal();
    while (is_digit(peek())) ++at_;
    bool real = false;
    if (peek() == '.' && is_digit(peek(1))) {
      real = true;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (!real && peek() == '.' && peek(1) != '.' && !is_word(peek(1)) && peek(1) != '[') {
      real = true;  // "1000."
      ++at_;
    }
    const std::size_t digits_end = at_;
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
        if (!is_word(peek())) return real_token(start);
        at_ = digits_end;
      }
    }
    if (!is_word(peek())) return real ? real_token(start) : long_token(start);
    while (is_word(peek())) ++at_;
    const std::string_view suffix = text_.substr(digits_end, at_ - digits_end);
    if (const auto ticks = ticks_of_unit(suffix)) {
      Token token = make(TokenKind::timespan, start);
      const std::string_view digits = text_.substr(start, digits_end - start);
      const auto value = scale_ticks(digits, *ticks);
      if (!value) return refuse("KQL102", token.span, "this timespan is out of range");
      token.constant = Constant::of_integer(Type::timespan, *value);
      return token;
    }
    if (real) return refuse("KQL102", span_from(start), "this is no number and no timespan");
    return make(TokenKind::name, start);  // a name may start with digits
  }

  Checked<Token> hexadecimal() {
    const std::size_t start = at_;
    at_ += 2;
    while (is_word(peek())) ++at_;
    Token token = make(TokenKind::number, start);
    std::uint64_t value = 0;
    const char* last = token.text.data() + token.text.size();
    const auto [end, error] = std::from_chars(token.text.data() + 2, last, value, 16);
    if (error != std::errc{} || end != last)
      return refuse("KQL102", token.span, "this is no hexadecimal number of 64 bits");
    token.constant = Constant::of_integer(Type::int64, static_cast<std::int64_t>(value));
    return token;
  }

  Checked<Token> long_token(std::size_t start) {
    Token token = make(TokenKind::number, start);
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
    if (error != std::errc{}) {
      if (token.text == "9223372036854775808" && is_negated()) {
        value = std::numeric_limits<std::int64_t>::min();
      } else {
        return refuse("KQL102", token.span, "this number does not fit in a long (64 bits)");
      }
    }
    token.constant = Constant::of_integer(Type::int64, value);
    return token;
  }

  // Right behind a minus sign that stands behind no value.
  [[nodiscard]] bool is_negated() const {
    if (tokens_.empty() || !tokens_.back().is_symbol("-")) return false;
    if (tokens_.size() == 1) return true;
    const Token& before = tokens_[tokens_.size() - 2];
    return before.kind == TokenKind::name ||
           (before.kind == TokenKind::symbol && !before.is_symbol(")") && !before.is_symbol("]"));
  }

  Checked<Token> real_token(std::size_t start) {
    Token token = make(TokenKind::number, start);
    double value = 0;
    const auto [end, error] =
        std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
    if (error == std::errc::result_out_of_range)
      value = token.text.find("e-") == std::string_view::npos ? HUGE_VAL : 0;
    token.constant = Constant::of_real(value);
    return token;
  }

  Checked<Token> word() {
    const std::size_t start = at_;
    if (peek() == '!') ++at_;
    while (is_word(peek())) ++at_;
    const std::string_view text = text_.substr(start, at_ - start);
    if ((text == "in" || text == "!in") && peek() == '~') ++at_;
    Token token = make(TokenKind::name, start);
    if (!is_typed_literal_word(text)) return token;
    std::size_t open = at_;
    while (open < text_.size() && is_space(text_[open])) ++open;
    if (open >= text_.size() || text_[open] != '(') return token;
    std::size_t close = open + 1;
    char quote = '\0';
    for (; close < text_.size(); ++close) {
      const char c = text_[close];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == ')' || c == '(') {
        break;
      }
    }
    if (close >= text_.size() || text_[close] != ')') return token;
    token.kind = TokenKind::typed;
    token.inner = base::trim(text_.substr(open + 1, close - open - 1));
    at_ = close + 1;
    token.span = span_from(start);
    return token;
  }

  Checked<Token> symbol() {
    static constexpr std::array<std::string_view, 10> long_symbols{
        "==", "=~", "!=", "!~", "<=", ">=", "<>", "..", "=>", "<|"};
    const std::size_t start = at_;
    for (const std::string_view candidate : long_symbols) {
      if (candidate == "=~" && text_.substr(at_).starts_with("=~~~")) continue;  // a text begins
      if (text_.substr(at_).starts_with(candidate)) {
        at_ += candidate.size();
        return make(TokenKind::symbol, start);
      }
    }
    static constexpr std::string_view single = "|()[]{},;:.=<>+-*/%~?@#&!^\\";
    const char c = peek();
    if (single.find(c) == std::string_view::npos) {
      (void)base::next_character(text_, at_);
      return refuse("KQL103", span_from(start), "this character has no meaning here",
                    "quotes pasted from a document are often curly; use \" or '");
    }
    ++at_;
    return make(TokenKind::symbol, start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Checked<std::vector<Token>> read_tokens(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace vedette::kql::syntax
