// The string operators: has and its kin with Kusto's term rules, contains, startswith, endswith.
// A term is a run of letters and digits; anything else, the underscore too, stands between terms.
// Case is ignored for ASCII only, as Microsoft documents it.
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "kql/functions/function.h"
#include "kql/native/characters.h"
#include "kql/native/json_text.h"
#include "kql/native/regex.h"
#include "kql/native/wildcard.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::fold;

bool is_term(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u >= 0x80;
}

bool equal_at(std::string_view text, std::size_t at, std::string_view wanted, bool folded) {
  if (!folded) return text.substr(at, wanted.size()) == wanted;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (fold(text[at + i]) != fold(wanted[i])) return false;
  return true;
}

// With bit 5 set letters of either case are alike; so are a few other characters, which is why
// equal_at has the last word.
bool alike(char a, char b) {
  return ((a ^ b) & ~0x20) == 0;
}

// The next place where the first and the last byte of `wanted` (at least one) are alike and all
// between them is equal.
std::size_t find_folded(std::string_view text, std::string_view wanted, std::size_t from) {
  const std::size_t gap = wanted.size() - 1;
#if defined(__SSE2__)
  // Sixteen places at a time; two bytes that are far apart stand in the right places by chance in
  // few of them. The last time reaches back over places that were looked at.
  constexpr std::size_t step = 16;
  const __m128i bit = _mm_set1_epi8(0x20);
  const __m128i first = _mm_or_si128(_mm_set1_epi8(wanted.front()), bit);
  const __m128i final = _mm_or_si128(_mm_set1_epi8(wanted.back()), bit);
  const auto load = [&](std::size_t at) {
    __m128i bytes;
    std::memcpy(&bytes, text.data() + at, step);
    return _mm_or_si128(bytes, bit);
  };
  while (text.size() >= gap + step && from + gap < text.size()) {
    const std::size_t at = std::min(from, text.size() - gap - step);
    const __m128i both =
        _mm_and_si128(_mm_cmpeq_epi8(load(at), first), _mm_cmpeq_epi8(load(at + gap), final));
    for (auto places = static_cast<unsigned>(_mm_movemask_epi8(both)) >> (from - at); places != 0;
         places &= places - 1) {
      const std::size_t place = from + static_cast<std::size_t>(std::countr_zero(places));
      if (equal_at(text, place, wanted, true)) return place;
    }
    from = at + step;
  }
#endif
  for (; from + gap < text.size(); ++from)
    if (alike(text[from], wanted.front()) && alike(text[from + gap], wanted.back()) &&
        equal_at(text, from, wanted, true))
      return from;
  return std::string_view::npos;
}

// The next place of `wanted`.
std::size_t find_text(std::string_view text, std::string_view wanted, std::size_t from,
                      bool folded) {
  if (!folded) return text.find(wanted, from);
  if (wanted.empty()) return from <= text.size() ? from : std::string_view::npos;
  return find_folded(text, wanted, from);
}

// `wanted` between term borders; a border that is itself no letter or digit needs no other.
bool has_term(std::string_view text, std::string_view wanted, bool folded, bool at_start,
              bool at_end) {
  if (wanted.empty()) return true;
  const bool check_start = at_start && is_term(wanted.front());
  const bool check_end = at_end && is_term(wanted.back());
  for (std::size_t at = find_text(text, wanted, 0, folded); at != std::string_view::npos;
       at = find_text(text, wanted, at + 1, folded)) {
    const std::size_t end = at + wanted.size();
    if ((!check_start || at == 0 || !is_term(text[at - 1])) &&
        (!check_end || end == text.size() || !is_term(text[end])))
      return true;
  }
  return false;
}

template <bool folded, bool at_start, bool at_end>
void has(Call& call) {
  call.give(has_term(call.text(0), call.text(1), folded, at_start, at_end));
}
template <bool folded>
void contains(Call& call) {
  call.give(find_text(call.text(0), call.text(1), 0, folded) != std::string_view::npos);
}
template <bool folded>
void starts_with(Call& call) {
  const std::string_view text = call.text(0);
  const std::string_view wanted = call.text(1);
  call.give(text.size() >= wanted.size() && equal_at(text, 0, wanted, folded));
}
template <bool folded>
void ends_with(Call& call) {
  const std::string_view text = call.text(0);
  const std::string_view wanted = call.text(1);
  call.give(text.size() >= wanted.size() &&
            equal_at(text, text.size() - wanted.size(), wanted, folded));
}
void equals_nocase(Call& call) {
  const std::string_view a = call.text(0);
  const std::string_view b = call.text(1);
  call.give(a.size() == b.size() && equal_at(a, 0, b, true));
}
void matches_regex(Call& call) {
  const native::Regex* regex = native::Regex::get(call.text(1));
  if (regex == nullptr)
    return call.fail("no regular expression: " + native::regex_problem(call.text(1)));
  call.give(regex->matches(call.text(0)));
}

// like, with * for any characters
template <bool folded>
void like(Call& call) {
  call.give(native::matches_pattern(
      call.text(1), call.text(0), [](char c) { return c == '*' || c == '%'; },
      [](char a, char b) { return folded ? fold(a) == fold(b) : a == b; }));
}

// The single values in a list, whatever lists in it hold them.
void add_words(std::vector<std::string>& words, std::string_view list) {
  for (const std::string_view element : native::elements_of(list)) {
    if (native::kind_of(element) == native::JsonKind::array) {
      add_words(words, element);
    } else {
      native::append_as_text(words.emplace_back(), element);
    }
  }
}

// The words of a list, read once for as long as the list stays the same.
const std::vector<std::string>& words_of(std::string_view json) {
  thread_local std::string last;
  thread_local std::vector<std::string> words;
  if (last == json) return words;
  words.clear();
  add_words(words, json);
  last = json;
  return words;
}

void has_any(Call& call) {
  for (const std::string& word : words_of(call.text(1)))
    if (has_term(call.text(0), word, true, true, true)) return call.give(true);
  call.give(false);
}
void has_all(Call& call) {
  for (const std::string& word : words_of(call.text(1)))
    if (!has_term(call.text(0), word, true, true, true)) return call.give(false);
  call.give(true);
}
void has_any_index(Call& call) {
  std::int64_t index = 0;
  for (const std::string& word : words_of(call.text(1))) {
    if (has_term(call.text(0), word, true, true, true)) return call.give_integer(index);
    ++index;
  }
  call.give_integer(-1);
}
void array_has_text(Call& call) {
  for (const std::string& word : words_of(call.text(0)))
    if (word == call.text(1)) return call.give(true);
  call.give(false);
}
void array_has_text_nocase(Call& call) {
  for (const std::string& word : words_of(call.text(0)))
    if (word.size() == call.text(1).size() && equal_at(word, 0, call.text(1), true))
      return call.give(true);
  call.give(false);
}
bool has_json(std::string_view list, std::string_view wanted) {
  for (const std::string_view element : native::elements_of(list))
    if (element == wanted ||
        (native::kind_of(element) == native::JsonKind::array && has_json(element, wanted)))
      return true;
  return false;
}
void array_has_json(Call& call) {
  call.give(has_json(call.text(0), call.text(1)));
}

constexpr Function op(std::string_view name, native::Body body) {
  return {.name = name,
          .parameters = "string, string",
          .result = "bool",
          .body = body,
          .traits = sees_nulls,
          .use = Use::internal};
}
// The same for what is known beforehand and has no letters, or whose case counts: DuckDB's own
// search looks at the rows first.
constexpr Function searched(std::string_view name, std::string_view duckdb) {
  return {.name = name,
          .parameters = "string, string",
          .result = "bool",
          .duckdb = duckdb,
          .traits = sees_nulls,
          .use = Use::internal};
}
constexpr Function list_op(std::string_view name, native::Body body) {
  return {.name = name,
          .parameters = "string, dynamic",
          .result = "bool",
          .body = body,
          .traits = sees_nulls,
          .use = Use::internal};
}
constexpr Function array_op(std::string_view name, native::Body body) {
  return {.name = name,
          .parameters = "dynamic, string",
          .result = "bool",
          .body = body,
          .traits = sees_nulls,
          .use = Use::internal};
}

constexpr Function rows[] = {
    op("has", has<true, true, true>),
    op("has_cs", has<false, true, true>),
    op("hasprefix", has<true, true, false>),
    op("hasprefix_cs", has<false, true, false>),
    op("hassuffix", has<true, false, true>),
    op("hassuffix_cs", has<false, false, true>),
    op("contains", contains<true>),
    op("contains_cs", contains<false>),
    op("startswith", starts_with<true>),
    op("startswith_cs", starts_with<false>),
    op("endswith", ends_with<true>),
    op("endswith_cs", ends_with<false>),
    op("equals_nocase", equals_nocase),
    op("matches_regex", matches_regex),
    op("like", like<true>),
    op("like_cs", like<false>),
    searched("searched_has", "(contains($1, $2) AND kql_has($1, $2))"),
    searched("searched_hasprefix", "(contains($1, $2) AND kql_hasprefix($1, $2))"),
    searched("searched_hassuffix", "(contains($1, $2) AND kql_hassuffix($1, $2))"),
    searched("searched_has_cs", "(contains($1, $2) AND kql_has_cs($1, $2))"),
    searched("searched_hasprefix_cs", "(contains($1, $2) AND kql_hasprefix_cs($1, $2))"),
    searched("searched_hassuffix_cs", "(contains($1, $2) AND kql_hassuffix_cs($1, $2))"),
    searched("searched_contains", "contains($1, $2)"),
    searched("searched_contains_cs", "contains($1, $2)"),
    searched("searched_startswith", "starts_with($1, $2)"),
    searched("searched_startswith_cs", "starts_with($1, $2)"),
    searched("searched_endswith", "ends_with($1, $2)"),
    searched("searched_endswith_cs", "ends_with($1, $2)"),
    searched("searched_equals_nocase", "($1 = $2)"),
    list_op("has_any", has_any),
    list_op("has_all", has_all),
    array_op("array_has_text", array_has_text),
    array_op("array_has_text_nocase", array_has_text_nocase),
    array_op("array_has_json", array_has_json),
    {.name = "has_any_index",
     .parameters = "string, dynamic",
     .result = "long",
     .body = has_any_index,
     .example = "has_any_index('this is an example', dynamic(['that', 'example']))",
     .gives = "1"},
};

}  // namespace

std::span<const Function> match_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
