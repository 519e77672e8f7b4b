// Owns: what could stand at a place of a query that is being written: tables, columns in scope,
// operators, functions, words and values. Promises: pure (text, place and catalogue in, candidates
// out); a text that is wrong or unfinished gives what can be known of it; bounded. Must not know:
// who asks, where rows are. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kql/catalogue/catalogue.h"

namespace vedette::kql {

enum class CandidateKind : std::uint8_t {
  column,
  variable,  // of a let
  table,
  operator_word,
  aggregate,
  function,
  plugin,
  keyword,
  value,
};

struct Candidate {
  CandidateKind kind = CandidateKind::column;
  std::string text;    // what is to stand there; a function with its '(', a value with its quote
  std::string detail;  // a column's type
};

inline constexpr std::size_t candidates_max = 500;

struct Completion {
  std::size_t begin = 0;  // the bytes from here to the place are what was written of it
  std::vector<Candidate> candidates;
  bool are_values = false;  // the place is within a string
};

// Values that a column of a table has, as text; may be none that are known.
using KnownValues =
    std::function<std::vector<std::string>(std::string_view table, std::string_view column)>;

// What may be written besides what the language has.
struct CompletionGround {
  const Catalogue& catalogue;
  std::vector<std::string_view> functions = {};  // of the workspace, by the catalogue's names
  KnownValues values = {};
  std::string saved_functions = {};  // as kql::Inputs has them
};

// `place` is a byte offset in `text`. What stands behind it does not count.
[[nodiscard]] Completion complete(std::string_view text, std::size_t place,
                                  const CompletionGround& ground);

// The text ends where a query may end: nothing is open, and its last statement is a query.
[[nodiscard]] bool is_whole_query(std::string_view text);

}  // namespace vedette::kql
