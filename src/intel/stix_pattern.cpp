#include "intel/stix_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "intel/intel_limits.h"
#include "intel/observable.h"

namespace vedette::intel {
namespace {

using base::Result;
using model::Observable;
using model::ObservableType;

std::unexpected<base::Error> refused(std::string reason) {
  return base::failure(base::ErrorCode::malformed, std::move(reason));
}

std::unexpected<base::Error> no_pattern() {
  return refused("no STIX pattern");
}

constexpr std::array key_names{std::pair{ObservableType::ipv4, "ipv4-addr:value"},
                               std::pair{ObservableType::ipv6, "ipv6-addr:value"},
                               std::pair{ObservableType::domain, "domain-name:value"},
                               std::pair{ObservableType::url, "url:value"},
                               std::pair{ObservableType::email, "email-addr:value"},
                               std::pair{ObservableType::md5, "file:hashes.MD5"},
                               std::pair{ObservableType::sha1, "file:hashes.'SHA-1'"},
                               std::pair{ObservableType::sha256, "file:hashes.'SHA-256'"},
                               std::pair{ObservableType::sha512, "file:hashes.'SHA-512'"}};

struct Token {
  enum class Kind : std::uint8_t { end, mark, word, text, broken };
  Kind kind = Kind::end;
  std::string text;
};

// '[', ']', '(', ')', ',', '=', words (paths with quoted parts within), texts in quotes.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : left_(text) { next(); }
  [[nodiscard]] const Token& here() const { return here_; }
  void next() {
    const std::size_t first = left_.find_first_not_of(" \t\r\n");
    left_.remove_prefix(std::min(first, left_.size()));
    here_ = {};
    if (left_.empty()) return;
    const char c = left_[0];
    if (std::string_view("[](),").find(c) != std::string_view::npos) return take_mark(1);
    if (std::string_view("=!<>").find(c) != std::string_view::npos)
      return take_mark(left_.size() > 1 && left_[1] == '=' && c != '=' ? 2 : 1);
    if (c == '\'') return take_text();
    take_word();
  }
  bool take(std::string_view mark) {
    if (here_.kind != Token::Kind::mark || here_.text != mark) return false;
    next();
    return true;
  }
  bool take_keyword(std::string_view word) {
    if (here_.kind != Token::Kind::word || here_.text != word) return false;
    next();
    return true;
  }

 private:
  void take_mark(std::size_t size) {
    here_ = {Token::Kind::mark, std::string(left_.substr(0, size))};
    left_.remove_prefix(size);
  }
  // A backslash stands before a quote or a backslash.
  void take_text() {
    here_.kind = Token::Kind::broken;
    for (std::size_t at = 1; at < left_.size(); ++at) {
      if (left_[at] == '\'') {
        here_.kind = Token::Kind::text;
        return left_.remove_prefix(at + 1);
      }
      if (left_[at] == '\\' && at + 1 < left_.size()) ++at;
      here_.text += left_[at];
    }
    left_ = {};
  }
  void take_word() {
    std::size_t at = 0;
    for (char quote = 0; at < left_.size(); ++at) {
      const char c = left_[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (std::string_view(" \t\r\n()],=!<>").find(c) != std::string_view::npos) {
        break;
      }
    }
    here_ = {Token::Kind::word, std::string(left_.substr(0, at))};
    left_.remove_prefix(at);
  }

  std::string_view left_;
  Token here_;
};

// Which address a reference means is said by its value.
bool is_type_of_reference(std::string_view path) {
  return path.ends_with("_ref.type");
}

class Pattern {
 public:
  explicit Pattern(std::string_view text) : tokens_(text) {}

  Result<std::vector<Observable>> read() {
    do {
      if (!tokens_.take("[")) return wrong();
      VEDETTE_TRY_VOID(alternatives());
      if (!tokens_.take("]")) return wrong();
    } while (tokens_.take_keyword("OR"));
    if (tokens_.here().kind != Token::Kind::end) return wrong();
    return std::move(found_);
  }

 private:
  // What stands where it cannot be understood; by its name where it is a word of patterns.
  [[nodiscard]] std::unexpected<base::Error> wrong() const {
    constexpr std::array words{"AND",    "FOLLOWEDBY", "NOT",     "LIKE",   "MATCHES",
                               "WITHIN", "START",      "REPEATS", "EXISTS", "ISSUPERSET"};
    const auto& here = tokens_.here();
    if (here.kind == Token::Kind::word && std::ranges::find(words, here.text) != words.end())
      return refused("patterns with " + here.text + " are not evaluated");
    if (here.kind == Token::Kind::mark &&
        (here.text[0] == '!' || here.text[0] == '<' || here.text[0] == '>'))
      return refused("patterns with " + here.text + " are not evaluated");
    return no_pattern();
  }

  Result<void> alternatives() {
    do VEDETTE_TRY_VOID(conjunction());
    while (tokens_.take_keyword("OR"));
    return {};
  }

  // One comparison; beside it may stand only what says the type of a reference.
  Result<void> conjunction() {
    std::size_t compared = 0;
    do {
      const bool grouped = tokens_.take("(");
      if (tokens_.here().kind != Token::Kind::word || tokens_.here().text == "NOT") return wrong();
      const std::string path = tokens_.here().text;
      tokens_.next();
      const std::size_t before = found_.size();
      VEDETTE_TRY_VOID(comparison(path));
      if (found_.size() > before && ++compared > 1)
        return refused("patterns with AND are not evaluated");
      if (grouped && !tokens_.take(")")) return wrong();
    } while (tokens_.take_keyword("AND"));
    if (compared == 0) return no_pattern();
    return {};
  }

  Result<void> comparison(const std::string& path) {
    if (tokens_.take_keyword("IN")) {
      if (!tokens_.take("(")) return wrong();
      do VEDETTE_TRY_VOID(value(path));
      while (tokens_.take(","));
      if (!tokens_.take(")")) return wrong();
      return {};
    }
    if (!tokens_.take("=") && !tokens_.take_keyword("ISSUBSET")) return wrong();
    return value(path);
  }

  Result<void> value(const std::string& path) {
    if (tokens_.here().kind != Token::Kind::text) return wrong();
    const std::string text = tokens_.here().text;
    tokens_.next();
    if (is_type_of_reference(path)) return {};
    if (found_.size() >= limits::observables_max) return refused("too many values in one pattern");
    found_.push_back(VEDETTE_TRY(read_key(path, text)));
    return {};
  }

  Tokens tokens_;
  std::vector<Observable> found_;
};

}  // namespace

Result<std::vector<Observable>> read_stix_pattern(std::string_view text) {
  if (text.size() > limits::pattern_bytes_max) return refused("a pattern that is too long");
  if (base::trim(text).empty()) return refused("blank");
  return Pattern(text).read();
}

std::string write_stix_pattern(const std::vector<Observable>& observables) {
  std::string text = "[";
  for (const Observable& each : observables) {
    if (text.size() > 1) text += " OR ";
    text += fmt::format("{} = '", observable_key(each));
    for (const char c : each.value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += '\'';
  }
  return text + "]";
}

std::string_view observable_key(const Observable& observable) {
  ObservableType type = observable.type;
  if (type == ObservableType::network)
    type = observable.value.find(':') == std::string::npos ? ObservableType::ipv4
                                                           : ObservableType::ipv6;
  const auto* found =
      std::ranges::find(key_names, type, [](const auto& each) { return each.first; });
  return found->second;
}

Result<Observable> read_key(std::string_view key, std::string_view value) {
  std::string plain;
  for (const char c : key)
    if (c != '\'' && c != '"' && c != '-') plain += c;
  plain = base::to_lower_ascii(plain);
  if (plain == "ipv4addr:value" || plain == "ipv6addr:value") return read_address(value);
  if (plain == "networktraffic:src_ref.value" || plain == "networktraffic:dst_ref.value")
    return base::parse_network(value) ? read_address(value) : read_domain(value);
  if (plain == "domainname:value") return read_domain(value);
  if (plain == "url:value") return read_url(value);
  if (plain == "emailaddr:value" || plain == "emailmessage:from_ref.value" ||
      plain == "emailmessage:sender_ref.value")
    return read_email(value);
  if (plain == "file:hashes.md5" || plain == "file:hashes.sha1" || plain == "file:hashes.sha256" ||
      plain == "file:hashes.sha512")
    return read_hash(value);
  return refused(fmt::format("nothing is held against {}", key.substr(0, 60)));
}

}  // namespace vedette::intel
