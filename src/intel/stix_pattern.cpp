#include "intel/stix_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
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
                               std::pair{ObservableType::hostname, "domain-name:value"},
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
      // An index of a list: protocols[0], to_refs[*].
      const std::size_t index_end = c == '[' ? left_.find(']', at) : std::string_view::npos;
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (index_end != std::string_view::npos && index_end - at <= 5) {
        at = index_end;
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

// A path without quotes, dashes and upper case: file:hashes.'SHA-256' is file:hashes.sha256.
std::string plain_path(std::string_view path) {
  std::string plain;
  for (const char c : path)
    if (c != '\'' && c != '"' && c != '-') plain += c;
  return base::to_lower_ascii(plain);
}

struct Comparison {
  std::string path;                      // as it is written
  std::string plain;                     // as plain_path has it
  bool is_like = false;                  // LIKE; otherwise one of the values
  std::vector<std::string> values = {};  // not empty
};
// All of them hold.
using Conjunction = std::vector<Comparison>;

std::unexpected<base::Error> not_evaluated(std::string_view what) {
  return refused(fmt::format("patterns with {} are not evaluated", what));
}

// A pattern as alternatives, each of comparisons that hold together.
class Pattern {
 public:
  explicit Pattern(std::string_view text) : tokens_(text) {}

  Result<std::vector<Conjunction>> read() {
    auto all = VEDETTE_TRY(observations(0));
    if (tokens_.here().kind != Token::Kind::end) return wrong();
    return all;
  }

 private:
  static constexpr std::size_t depth_max = 16;
  // More than there may be observables: a name with its subdomains is two.
  static constexpr std::size_t conjunctions_max = limits::observables_max * 2 + 1;
  static constexpr std::size_t comparisons_max = 32;  // joined by AND

  // What stands where it cannot be understood; by its name where it is a word of patterns.
  [[nodiscard]] std::unexpected<base::Error> wrong() const {
    constexpr std::array words{"AND",    "FOLLOWEDBY", "NOT",     "LIKE",   "MATCHES",
                               "WITHIN", "START",      "REPEATS", "EXISTS", "ISSUPERSET"};
    const auto& here = tokens_.here();
    if (here.kind == Token::Kind::word && std::ranges::find(words, here.text) != words.end())
      return not_evaluated(here.text);
    if (here.kind == Token::Kind::mark &&
        (here.text[0] == '!' || here.text[0] == '<' || here.text[0] == '>'))
      return not_evaluated(here.text);
    return no_pattern();
  }

  static Result<void> add(std::vector<Conjunction>& all, std::vector<Conjunction> more) {
    if (all.size() + more.size() > conjunctions_max)
      return refused("too many values in one pattern");
    std::ranges::move(more, std::back_inserter(all));
    return {};
  }

  // One observation or another: "[...] OR [...]", in brackets or not.
  Result<std::vector<Conjunction>> observations(std::size_t depth) {
    if (depth > depth_max) return refused("a pattern that is too deep");
    std::vector<Conjunction> all;
    do {
      const bool is_grouped = tokens_.take("(");
      if (!is_grouped && !tokens_.take("[")) return wrong();
      auto more = VEDETTE_TRY(is_grouped ? observations(depth + 1) : alternatives(depth + 1));
      VEDETTE_TRY_VOID(add(all, std::move(more)));
      if (!tokens_.take(is_grouped ? ")" : "]")) return wrong();
    } while (tokens_.take_keyword("OR"));
    return all;
  }

  Result<std::vector<Conjunction>> alternatives(std::size_t depth) {
    if (depth > depth_max) return refused("a pattern that is too deep");
    std::vector<Conjunction> all;
    do {
      auto more = VEDETTE_TRY(conjunctions(depth));
      VEDETTE_TRY_VOID(add(all, std::move(more)));
    } while (tokens_.take_keyword("OR"));
    return all;
  }

  // "a AND (b OR c)" is "a AND b", or "a AND c".
  Result<std::vector<Conjunction>> conjunctions(std::size_t depth) {
    std::vector<Conjunction> all{{}};
    do {
      const auto here = VEDETTE_TRY(operand(depth));
      std::vector<Conjunction> product;
      for (const Conjunction& one : all) {
        for (const Conjunction& other : here) {
          Conjunction both = one;
          both.insert(both.end(), other.begin(), other.end());
          if (both.size() > comparisons_max) return refused("too many values in one pattern");
          VEDETTE_TRY_VOID(add(product, {std::move(both)}));
        }
      }
      all = std::move(product);
    } while (tokens_.take_keyword("AND"));
    return all;
  }

  Result<std::vector<Conjunction>> operand(std::size_t depth) {
    if (tokens_.take("(")) {
      auto all = VEDETTE_TRY(alternatives(depth + 1));
      if (!tokens_.take(")")) return wrong();
      return all;
    }
    const Token& here = tokens_.here();
    if (here.kind != Token::Kind::word || here.text == "NOT") return wrong();
    Comparison made{here.text, plain_path(here.text)};
    tokens_.next();
    VEDETTE_TRY_VOID(values_of(made));
    return std::vector<Conjunction>{{std::move(made)}};
  }

  Result<void> values_of(Comparison& made) {
    if (tokens_.take_keyword("IN")) {
      if (!tokens_.take("(")) return wrong();
      do VEDETTE_TRY_VOID(value_of(made));
      while (tokens_.take(","));
      if (!tokens_.take(")")) return wrong();
      return {};
    }
    // Before anything is taken, so that LIKE of anything else is told by its name.
    made.is_like = tokens_.here().kind == Token::Kind::word && tokens_.here().text == "LIKE";
    if (!tokens_.take("=") && !tokens_.take_keyword("ISSUBSET") && !tokens_.take_keyword("LIKE"))
      return wrong();
    return value_of(made);
  }

  // A text, or a number, a truth value, h'...'.
  Result<void> value_of(Comparison& made) {
    const Token& here = tokens_.here();
    if (here.kind != Token::Kind::text && here.kind != Token::Kind::word) return wrong();
    if (made.values.size() >= limits::observables_max)
      return refused("too many values in one pattern");
    made.values.push_back(here.text);
    tokens_.next();
    return {};
  }

  Tokens tokens_;
};

constexpr std::string_view source_value = "networktraffic:src_ref.value";
constexpr std::string_view destination_value = "networktraffic:dst_ref.value";

bool is_port(const Comparison& each) {
  return each.plain == "networktraffic:src_port" || each.plain == "networktraffic:dst_port";
}
bool is_protocol(const Comparison& each) {
  return each.plain.starts_with("networktraffic:protocols[");
}
// One of those that can be looked for.
bool is_hash_path(std::string_view plain) {
  constexpr std::array<std::string_view, 4> hashes{"file:hashes.md5", "file:hashes.sha1",
                                                   "file:hashes.sha256", "file:hashes.sha512"};
  return std::ranges::find(hashes, plain) != hashes.end();
}
bool is_hash(const Comparison& each) {
  return is_hash_path(each.plain);
}

// What may stand beside the observable that is looked for.
bool is_beside(const Comparison& each, bool has_hash) {
  // Which address a reference means is said by its value.
  if (each.plain.ends_with("_ref.type") || is_port(each) || is_protocol(each)) return true;
  // A hash of a file says all of it: its name and size add nothing.
  return has_hash && each.plain.starts_with("file:") && !is_hash(each);
}

bool may_have_terms(ObservableType type) {
  return type == ObservableType::ipv4 || type == ObservableType::ipv6 ||
         type == ObservableType::network || type == ObservableType::domain ||
         type == ObservableType::hostname;
}

Result<void> take_protocols(const Comparison& each, model::TrafficTerms& terms) {
  if (each.values.size() > 1) return not_evaluated("several protocols to choose from");
  const std::string name = base::to_lower_ascii(each.values.front());
  // Addresses say themselves which of these it is.
  if (name == "ip" || name == "ipv4" || name == "ipv6") return {};
  if (name.empty() || name.size() > limits::protocol_bytes_max ||
      terms.protocols.size() >= limits::protocols_max || name.find(' ') != std::string::npos)
    return refused("a protocol that nothing is called");
  terms.protocols.push_back(name);
  return {};
}

// One for each of the ports to choose from.
Result<std::vector<model::TrafficTerms>> with_ports(const Comparison& each,
                                                    const std::vector<model::TrafficTerms>& all) {
  std::vector<model::TrafficTerms> made;
  for (const auto& value : each.values) {
    const auto port = base::parse_unsigned(value);
    if (!port || *port == 0 || *port > UINT16_MAX) return refused("no port");
    for (model::TrafficTerms terms : all) {
      auto& wanted = each.plain.ends_with("src_port") ? terms.source_port : terms.destination_port;
      if (wanted != 0) return not_evaluated("two ports of one side");
      wanted = static_cast<std::uint16_t>(*port);
      made.push_back(std::move(terms));
    }
  }
  if (made.size() > limits::observables_max) return refused("too many values in one pattern");
  return made;
}

Result<std::vector<model::TrafficTerms>> terms_of(const Conjunction& all) {
  std::vector<model::TrafficTerms> made(1);
  for (const Comparison& each : all) {
    if (each.is_like && is_beside(each, false)) return not_evaluated("LIKE");
    if (is_protocol(each))
      for (auto& terms : made) VEDETTE_TRY_VOID(take_protocols(each, terms));
    if (is_port(each)) made = VEDETTE_TRY(with_ports(each, made));
  }
  return made;
}

// Alternatives, in their order, as observables.
class Found {
 public:
  Result<void> take(const Conjunction& all) {
    const bool has_hash = std::ranges::any_of(all, is_hash);
    std::vector<const Comparison*> meant;
    for (const Comparison& each : all)
      if (!is_beside(each, has_hash)) meant.push_back(&each);
    if (meant.empty()) return nothing(all.front());
    // Of one file any of its hashes is enough.
    const bool is_one_file =
        std::ranges::all_of(meant, [](const auto* each) { return is_hash(*each); });
    if (meant.size() > 1 && !is_one_file) {
      // By the name of what is not understood, rather than that there are two.
      for (const Comparison* each : meant) {
        if (each->is_like) return not_evaluated("LIKE");
        VEDETTE_TRY_VOID(read_key(each->path, each->values.front()));
      }
      return not_evaluated("AND");
    }
    const auto terms = VEDETTE_TRY(terms_of(all));
    for (const Comparison* each : meant)
      for (const auto& value : each->values) VEDETTE_TRY_VOID(add(*each, value, terms));
    return {};
  }

  Result<std::vector<Observable>> finish() && {
    if (below_) return not_evaluated("LIKE");
    return std::move(found_);
  }

 private:
  static std::unexpected<base::Error> nothing(const Comparison& first) {
    return refused(fmt::format("nothing is held against {}", first.path.substr(0, 60)));
  }

  Result<void> add(const Comparison& each, const std::string& value,
                   const std::vector<model::TrafficTerms>& all_terms) {
    if (each.is_like && !value.starts_with("%.")) return not_evaluated("LIKE");
    auto read = read_key(each.path, each.is_like ? value.substr(2) : value);
    if (each.is_like && (!read || read->type != ObservableType::hostname))
      return not_evaluated("LIKE");
    Observable made = VEDETTE_TRY(std::move(read));
    for (const model::TrafficTerms& terms : all_terms) {
      made.traffic = {};
      if (terms.any()) {
        if (!may_have_terms(made.type)) return not_evaluated("AND");
        made.traffic = terms;
        if (each.plain == source_value) made.traffic.end = model::TrafficEnd::source;
        if (each.plain == destination_value) made.traffic.end = model::TrafficEnd::destination;
      }
      VEDETTE_TRY_VOID(each.is_like ? add_below(made) : add_one(made));
    }
    return {};
  }

  Result<void> add_one(const Observable& made) {
    if (found_.size() >= limits::observables_max) return refused("too many values in one pattern");
    found_.push_back(made);
    return below_ && *below_ == made ? with_subdomains() : Result<void>();
  }

  // "name OR LIKE '%.name'" is the name and all below it; the latter alone is neither.
  Result<void> add_below(const Observable& made) {
    if (below_) return not_evaluated("LIKE");
    below_ = made;
    return !found_.empty() && found_.back() == made ? with_subdomains() : Result<void>();
  }

  Result<void> with_subdomains() {
    found_.back().type = ObservableType::domain;
    below_.reset();
    return {};
  }

  std::vector<Observable> found_;
  std::optional<Observable> below_;  // whose name itself was not said yet
};

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string terms_text(const model::TrafficTerms& terms) {
  std::string text;
  if (terms.source_port != 0)
    text += fmt::format(" AND network-traffic:src_port = {}", terms.source_port);
  if (terms.destination_port != 0)
    text += fmt::format(" AND network-traffic:dst_port = {}", terms.destination_port);
  for (const auto& protocol : terms.protocols)
    text += fmt::format(" AND network-traffic:protocols[*] = {}", quoted(protocol));
  return text;
}

}  // namespace

Result<std::vector<Observable>> read_stix_pattern(std::string_view text) {
  if (text.size() > limits::pattern_bytes_max) return refused("a pattern that is too long");
  if (base::trim(text).empty()) return refused("blank");
  Found found;
  for (const Conjunction& all : VEDETTE_TRY(Pattern(text).read()))
    VEDETTE_TRY_VOID(found.take(all));
  return std::move(found).finish();
}

std::string write_stix_pattern(const std::vector<Observable>& observables, Subdomains subdomains) {
  std::string text = "[";
  for (const Observable& each : observables) {
    const std::string terms = terms_text(each.traffic);
    const std::string_view key = observable_key(each);
    text +=
        fmt::format("{}{} = {}{}", text.size() > 1 ? " OR " : "", key, quoted(each.value), terms);
    if (each.type == ObservableType::domain && subdomains == Subdomains::said)
      text += fmt::format(" OR {} LIKE {}{}", key, quoted("%." + each.value), terms);
  }
  return text + "]";
}

std::string_view observable_key(const Observable& observable) {
  if (observable.traffic.end == model::TrafficEnd::source) return "network-traffic:src_ref.value";
  if (observable.traffic.end == model::TrafficEnd::destination)
    return "network-traffic:dst_ref.value";
  ObservableType type = observable.type;
  if (type == ObservableType::network)
    type = observable.value.find(':') == std::string::npos ? ObservableType::ipv4
                                                           : ObservableType::ipv6;
  const auto* found =
      std::ranges::find(key_names, type, [](const auto& each) { return each.first; });
  return found->second;
}

Result<Observable> read_key(std::string_view key, std::string_view value) {
  const std::string plain = plain_path(key);
  if (plain == "ipv4addr:value" || plain == "ipv6addr:value") return read_address(value);
  if (plain == source_value || plain == destination_value)
    return base::parse_network(value) ? read_address(value) : read_hostname(value);
  if (plain == "domainname:value") return read_hostname(value);
  if (plain == "url:value") return read_url(value);
  if (plain == "emailaddr:value" || plain == "emailmessage:from_ref.value" ||
      plain == "emailmessage:sender_ref.value" || plain == "emailmessage:to_refs[*].value")
    return read_email(value);
  if (is_hash_path(plain)) return read_hash(value);
  return refused(fmt::format("nothing is held against {}", key.substr(0, 60)));
}

}  // namespace vedette::intel
