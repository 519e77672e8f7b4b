#include "kql/complete/written_place.h"

#include <algorithm>
#include <array>

namespace vedette::kql {
namespace {

using syntax::Token;
using syntax::TokenKind;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Behind '|' a word may hold dashes: project-away.
std::size_t begin_of_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  if (begin > 0 && text[begin - 1] == '!') return begin - 1;
  std::size_t dashed = begin;
  while (dashed > 0 && (is_word(text[dashed - 1]) || text[dashed - 1] == '-')) --dashed;
  const std::size_t before = text.find_last_not_of(" \t\r\n", dashed == 0 ? 0 : dashed - 1);
  const bool opens = dashed > 0 && before != std::string_view::npos && before < dashed &&
                     (text[before] == '|' || text[before] == '(');
  return opens ? dashed : begin;
}

bool is_in_comment(std::string_view text, const std::vector<Token>& tokens) {
  const std::size_t end = tokens.empty() ? 0 : tokens.back().span.end();
  const std::size_t comment = text.rfind("//");
  return comment != std::string_view::npos && comment >= end &&
         text.find('\n', comment) == std::string_view::npos;
}

struct Bracket {
  std::size_t token = 0;  // its index
  char opens = '(';
};

// In front of these brackets stands no call.
bool is_clause(std::string_view word) {
  static constexpr std::array<std::string_view, 22> clauses{
      "in",    "by",   "on",     "where", "and",     "or",     "not",  "with",
      "union", "join", "lookup", "kind",  "from",    "to",     "step", "has_any",
      "fork",  "find", "search", "facet", "has_all", "between"};
  return std::ranges::find(clauses, word) != clauses.end();
}

class Finder {
 public:
  Finder(std::string_view text, WrittenPlace& place) : text_(text), place_(place) {}

  void find() {
    for (std::size_t i = 0; i < tokens().size(); ++i) step(i);
    open_.push_back({tokens().size(), '\0'});  // the place itself
    collect_lets();
    locate();
  }

 private:
  [[nodiscard]] const std::vector<Token>& tokens() const { return place_.tokens; }
  [[nodiscard]] std::string text_of(std::size_t first, std::size_t last) const {
    if (first >= last) return {};
    const std::size_t begin = tokens()[first].span.start;
    return std::string(text_.substr(begin, tokens()[last - 1].span.end() - begin));
  }

  // Keeps, for each open bracket, where its statement begins.
  void step(std::size_t i) {
    const Token& token = tokens()[i];
    if (token.kind != TokenKind::symbol) return;
    if (token.text == "(" || token.text == "[" || token.text == "{") {
      open_.push_back({i, token.text.front()});
      starts_.push_back(i + 1);
    } else if (token.text == ")" || token.text == "]" || token.text == "}") {
      if (!open_.empty()) {
        open_.pop_back();
        starts_.pop_back();
      }
    } else if (token.text == ";" && (open_.empty() || open_.back().opens == '{')) {
      const std::size_t begin = open_.empty() ? statement_ : starts_.back();
      statements_.push_back({begin, i, open_.size()});
      (open_.empty() ? statement_ : starts_.back()) = i + 1;
    }
  }

  // Of the brackets that are still open.
  void collect_lets() {
    for (const Finished& each : statements_) {
      const Token& first = tokens()[each.begin < each.end ? each.begin : each.end];
      if (!first.is_name("let") && !first.is_name("declare")) continue;
      const bool holds =
          each.depth == 0 || (each.depth < open_.size() && open_[each.depth - 1].opens == '{' &&
                              each.begin > open_[each.depth - 1].token);
      if (!holds) continue;
      place_.lets += text_of(each.begin, each.end) + ";\n";
      if (first.is_name("let") && each.begin + 1 < each.end)
        place_.let_names.emplace_back(tokens()[each.begin + 1].text);
    }
  }

  // From the innermost bracket outwards to the one that holds a pipeline.
  void locate() {
    for (std::size_t level = open_.size() - 1;; --level) {
      if (is_pipeline(level)) return read(part_of(level));
      const std::size_t bracket = open_[level - 1].token;
      const Token* before = bracket == 0 ? nullptr : &tokens()[bracket - 1];
      const bool is_call = before != nullptr && before->kind == TokenKind::name &&
                           open_[level - 1].opens == '(' && !is_clause(before->text);
      place_.calls.insert(place_.calls.begin(), is_call ? std::string(before->text) : "");
    }
  }
  // Behind `let NAME =`.
  [[nodiscard]] std::size_t statement_begin(std::size_t begin) const {
    const bool is_let = begin + 2 < tokens().size() && tokens()[begin].is_name("let") &&
                        tokens()[begin + 2].is_symbol("=");
    return is_let ? begin + 3 : begin;
  }
  // Does the pipeline that the place is in begin in that bracket? Level 0 is outside of all.
  [[nodiscard]] bool is_pipeline(std::size_t level) const {
    if (level == 0) return true;
    const Bracket& bracket = open_[level - 1];
    if (bracket.opens != '(') return bracket.opens == '{';
    const Part part = own_part(level);
    if (!part.pipes.empty() || bracket.token == 0 || has_no_source(bracket)) return true;
    static constexpr std::array<std::string_view, 7> tabular{
        "toscalar", "materialize", "view", "union", "join", "lookup", "fork"};
    const Token& before = tokens()[bracket.token - 1];
    // join kind=inner (
    const bool is_kind = bracket.token > 2 && tokens()[bracket.token - 2].is_symbol("=") &&
                         tokens()[bracket.token - 3].is_name("kind");
    return is_kind || std::ranges::find(tabular, before.text) != tabular.end();
  }

  // mv-apply ... on (, partition by x (: a pipeline that begins with an operator.
  [[nodiscard]] bool has_no_source(const Bracket& bracket) const {
    for (std::size_t i = bracket.token; i-- > 0;) {
      const Token& each = tokens()[i];
      if (each.is_symbol("|") || each.is_symbol(";") || each.is_symbol("{")) return false;
      const bool opens = i > 0 && tokens()[i - 1].is_symbol("|");
      if (!opens) continue;
      const Token& before = tokens()[bracket.token - 1];
      if (each.is_name("mv")) return before.is_name("on");
      if (each.is_name("partition") || each.is_name("facet"))
        return bracket.token > i + 2 && !before.is_symbol("=");
      return each.is_name("fork");
    }
    return false;
  }

  // What stands at one level, up to the next bracket that is still open.
  struct Part {
    std::size_t begin = 0, end = 0;
    std::vector<std::size_t> pipes;
    bool has_source = true;
    std::string outer, source;
  };
  [[nodiscard]] Part own_part(std::size_t level) const {
    Part part;
    part.begin = statement_begin(level == 0 ? statement_ : starts_[level - 1]);
    part.end = std::max(open_[level].token, part.begin);
    std::size_t depth = 0;
    for (std::size_t i = part.begin; i < part.end; ++i) {
      const Token& each = tokens()[i];
      if (each.is_symbol("(") || each.is_symbol("[") || each.is_symbol("{")) ++depth;
      if (each.is_symbol(")") || each.is_symbol("]") || each.is_symbol("}")) --depth;
      if (depth == 0 && each.is_symbol("|")) part.pipes.push_back(i);
    }
    return part;
  }
  [[nodiscard]] Part part_of(std::size_t level) const {
    Part part = own_part(level);
    if (level > 0 && open_[level - 1].opens == '(' && has_no_source(open_[level - 1])) {
      std::size_t around = level - 1;
      while (!is_pipeline(around)) --around;
      const Part outer = part_of(around);
      part.has_source = false;
      part.outer = text_upto(outer, outer.pipes.empty() ? outer.begin : outer.pipes.back());
      part.source = outer.source;
    } else if (part.begin < part.end) {
      part.source = tokens()[part.begin].text;
    }
    return part;
  }
  [[nodiscard]] std::string text_upto(const Part& part, std::size_t pipe) const {
    const std::string own = text_of(part.begin, pipe);
    if (part.has_source || own.empty()) return part.has_source ? own : part.outer;
    return part.outer + (own.front() == '|' ? "\n" : "\n| ") + own;
  }

  void read(const Part& part) {
    place_.source = part.source;
    place_.let_value = part.begin > 2 && tokens()[part.begin - 3].is_name("let");
    for (std::size_t i = part.pipes.size(); i-- > 0;)
      place_.cuts.push_back(text_upto(part, part.pipes[i]));
    if (!part.has_source) place_.cuts.push_back(part.outer);
    if (!place_.cuts.empty()) place_.pipeline = place_.cuts.front();
    take_words(part.pipes.empty() ? part.begin : part.pipes.back() + 1, part.end,
               part.pipes.empty() && part.has_source);
  }

  // The operator's name, with its dashes, and what stands behind it.
  void take_words(std::size_t first, std::size_t end, bool is_source) {
    std::size_t at = first;
    std::string name;
    if (at < end && tokens()[at].kind == TokenKind::name) {
      name = tokens()[at++].text;
      while (at + 1 < end && tokens()[at].is_symbol("-") && !tokens()[at].after_space &&
             tokens()[at + 1].kind == TokenKind::name && !tokens()[at + 1].after_space) {
        name += "-" + std::string(tokens()[at + 1].text);
        at += 2;
      }
    }
    static constexpr std::array<std::string_view, 6> sources{"print",  "range", "union",
                                                             "search", "find",  "evaluate"};
    const bool opens = !is_source || std::ranges::find(sources, name) != sources.end();
    if (opens) place_.name = name;
    place_.words.assign(tokens().begin() + static_cast<std::ptrdiff_t>(opens ? at : first),
                        tokens().begin() + static_cast<std::ptrdiff_t>(end));
  }

  struct Finished {
    std::size_t begin, end, depth;
  };
  const std::string_view text_;
  WrittenPlace& place_;
  std::vector<Bracket> open_;        // and at last the place
  std::vector<std::size_t> starts_;  // of the statement in each of those before it
  std::size_t statement_ = 0;        // outside of all
  std::vector<Finished> statements_;
};

}  // namespace

bool ends_operand(const Token& token) {
  if (token.kind == TokenKind::symbol) return token.text == ")" || token.text == "]";
  static constexpr std::array<std::string_view, 16> words{
      "and",   "or",   "by", "on",   "in",   "has", "contains", "between",
      "where", "with", "to", "from", "step", "of",  "asc",      "desc"};
  return token.kind != TokenKind::end &&
         !(token.kind == TokenKind::name && (is_clause(token.text) || token.text.starts_with('!') ||
                                             std::ranges::find(words, token.text) != words.end()));
}

std::optional<WrittenPlace> find_place(std::string_view text, std::size_t place) {
  text = text.substr(0, std::min(place, text.size()));
  WrittenPlace found;
  auto tokens = syntax::read_tokens(text);
  if (!tokens && tokens.error().code == "KQL101") {
    const std::size_t open = tokens.error().span.start;
    if (open >= text.size() || (text[open] != '"' && text[open] != '\'') ||
        text.find('\n', open) != std::string_view::npos)
      return std::nullopt;
    found.in_string = true;
    found.quote = text[open];
    found.word_begin = open + 1;
    tokens = syntax::read_tokens(text.substr(0, open));
  }
  if (!tokens || (!found.in_string && is_in_comment(text, {tokens->begin(), tokens->end() - 1})))
    return std::nullopt;
  tokens->pop_back();  // the end
  if (!found.in_string) {
    found.word_begin = begin_of_word(text);
    if (found.word_begin < text.size() && text[found.word_begin] >= '0' &&
        text[found.word_begin] <= '9')
      return std::nullopt;
    std::erase_if(*tokens,
                  [&](const Token& token) { return token.span.start >= found.word_begin; });
    found.after_dot = !tokens->empty() && tokens->back().is_symbol(".") &&
                      tokens->back().span.end() == found.word_begin;
  }
  found.tokens = std::move(*tokens);
  Finder(text, found).find();
  return found;
}

}  // namespace vedette::kql
