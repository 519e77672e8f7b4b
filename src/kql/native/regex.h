// Owns: regular expressions (Kusto's, run by RE2: regex_syntax.h), compiled once for each thread
// and kept. Promises: no back-tracking; a pattern over the size limit or malformed is a problem in
// words, never a crash. Must not know: the rest of the language. Called from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::kql::native {

// What is wrong with a pattern; empty when nothing is.
[[nodiscard]] std::string regex_problem(std::string_view pattern);
[[nodiscard]] std::string quote_regex(std::string_view text);

class Regex {
 public:
  // The compiled pattern of this thread; null when it is malformed. What is matched with it must
  // stay as it is until it is asked for again.
  static const Regex* get(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] int groups() const;
  // The number of a named group; -1 when there is none.
  [[nodiscard]] int group_number(const std::string& name) const;
  // Finds the first match from `start`; groups[0] is the whole. Views into `text`; a group that
  // took no part has null data.
  bool find(std::string_view text, std::size_t start, std::vector<std::string_view>& groups) const;

  struct Compiled;  // holds the RE2 object, whose header stays in regex.cpp
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

 private:
  std::shared_ptr<const Compiled> compiled_;
};

// The matches in a text, one after the other. Right behind a match nothing is none: so RE2's own
// replacing has it, and Rust's regex library. Both must stay as they are meanwhile.
class RegexMatches {
 public:
  RegexMatches(const Regex& regex, std::string_view text) : regex_(regex), text_(text) {}

  // groups[0] is the whole match.
  bool next(std::vector<std::string_view>& groups);

 private:
  const Regex& regex_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t end_ = std::string_view::npos;  // of the match before
};

}  // namespace vedette::kql::native
