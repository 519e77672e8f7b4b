// Owns: where in a query a place stands, told from the words before it alone: in which operator of
// which pipeline, within which call, in a string. Promises: pure; a text that no parser takes is
// read as far as its words go. Must not know: what names mean. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kql/syntax/token.h"

namespace vedette::kql {

struct WrittenPlace {
  std::vector<syntax::Token> tokens;  // before the word that was begun; views into the text
  std::size_t word_begin = 0;         // of that word, or of what a string holds
  bool in_string = false;
  char quote = '"';

  // Statements that hold here (let, declare), as text.
  std::string lets;
  std::vector<std::string> let_names;

  // The pipeline that the place is in, without the operator that is being written. Empty: its
  // source is being written.
  std::string pipeline;
  std::vector<std::string> cuts;     // the same, with fewer and fewer operators
  std::string source;                // the name that the pipeline begins with
  std::optional<std::string> name;   // of the operator: "where", "project-away"; "" after '|'
  std::vector<syntax::Token> words;  // of the operator behind its name, at its own level
  std::vector<std::string> calls;    // whose parentheses are open within it, innermost last
  bool after_dot = false;
  bool let_value = false;  // the source is what a let is given
};

// Nothing: within a comment or a literal, where nothing can be offered.
[[nodiscard]] std::optional<WrittenPlace> find_place(std::string_view text, std::size_t place);

// The word ends an operand (a name, a literal, a closing bracket), so an operator may follow.
[[nodiscard]] bool ends_operand(const syntax::Token& token);

}  // namespace vedette::kql
