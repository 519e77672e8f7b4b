// Functions on strings. Positions count characters, as Kusto's do.
#include <algorithm>

#include "base/encode.h"
#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/native/characters.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// substring(text, start, length): a negative start counts from the end.
void substring(Call& call) {
  const std::string_view text = call.text(0);
  std::int64_t start = call.integer(1);
  if (start < 0) start = std::max<std::int64_t>(0, native::count_characters(text) + start);
  const std::int64_t length = call.integer(2, static_cast<std::int64_t>(text.size()));
  if (length <= 0) return call.give_text("");
  const std::size_t from = native::byte_of_character(text, start);
  const std::string_view rest = text.substr(from);
  call.give_text(rest.substr(
      0,
      native::byte_of_character(rest, std::min(length, static_cast<std::int64_t>(rest.size())))));
}

// indexof(text, wanted, start, length, occurrence); -1 when it is not there.
void index_of(Call& call) {
  const std::string_view text = call.text(0);
  const std::string_view wanted = call.text(1);
  const std::int64_t size = native::count_characters(text);
  std::int64_t start = call.integer(2, 0);
  if (start < 0) start += size;
  const std::int64_t length = call.integer(3, -1);
  const std::int64_t occurrence = call.integer(4, 1);
  if (length < -1 || occurrence < 1) return;
  if (start < 0 || start > size) return call.give_integer(-1);
  const std::size_t from = native::byte_of_character(text, start);
  // The length is counted anew from behind each occurrence: in "abcdefgabcdefg" the second "cde"
  // from 1 on, within 10, is at 9 (Microsoft's example).
  std::size_t at = from;
  std::int64_t place = start;
  for (std::int64_t i = 0; i < occurrence; ++i) {
    const std::size_t begin = i == 0 ? from : at + native::byte_of_character(text.substr(at), 1);
    if (i > 0) {
      if (begin == at) return call.give_integer(-1);
      ++place;
    }
    const std::string_view rest = text.substr(std::min(begin, text.size()));
    const std::size_t end = length < 0 ? rest.size() : native::byte_of_character(rest, length);
    const std::size_t found = rest.substr(0, end).find(wanted);
    if (found == std::string_view::npos) return call.give_integer(-1);
    place += native::count_characters(rest.substr(0, found));
    at = begin + found;
  }
  call.give_integer(place);
}

void reverse(Call& call) {
  const std::string_view text = call.text(0);
  std::string& out = call.give_text();
  for (std::size_t end = text.size(); end > 0;) {
    std::size_t start = end - 1;
    while (start > 0 && !native::starts_character(text[start])) --start;
    out += text.substr(start, end - start);
    end = start;
  }
}

void repeat_text(Call& call) {
  const std::int64_t times =
      std::clamp<std::int64_t>(call.integer(1), 0, base::limits::text_repeat_max);
  std::string& out = call.give_text();
  for (std::int64_t i = 0; i < times; ++i) {
    if (i > 0) out += call.text(2);
    out += call.text(0);
    if (out.size() > base::limits::dynamic_bytes_max)
      return call.fail("strrep makes more than 1 MB of text");
  }
}

void split(Call& call) {
  const std::string_view text = call.text(0);
  const std::string_view delimiter = call.text(1);
  std::vector<std::string_view> parts;
  if (delimiter.empty()) {
    parts.push_back(text);
  } else {
    for (std::size_t at = 0;;) {
      const std::size_t next = text.find(delimiter, at);
      parts.push_back(text.substr(at, next == std::string_view::npos ? next : next - at));
      if (next == std::string_view::npos) break;
      at = next + delimiter.size();
    }
  }
  native::JsonBuilder out(call.give_text());
  out.open('[');
  if (call.integer(2, -1) < 0) {  // Microsoft's rules say -1 where they mean all
    for (const std::string_view part : parts) out.text(part);
  } else if (call.integer(2) < static_cast<std::int64_t>(parts.size())) {
    out.text(parts[static_cast<std::size_t>(call.integer(2))]);
  }
  out.close(']');
}

// Characters of the first list become those of the second; its last one stands for all that are
// left.
void translate(Call& call) {
  const std::string_view from = call.text(0);
  const std::string_view to = call.text(1);
  const std::string_view text = call.text(2);
  std::vector<std::string_view> replacements;
  for (std::size_t at = 0; at < to.size();) {
    std::size_t end = at + 1;
    while (end < to.size() && !native::starts_character(to[end])) ++end;
    replacements.push_back(to.substr(at, end - at));
    at = end;
  }
  std::string& out = call.give_text();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && !native::starts_character(text[end])) ++end;
    const std::string_view character = text.substr(at, end - at);
    const std::size_t place = from.find(character);
    if (place == std::string_view::npos) {
      out += character;
    } else if (!replacements.empty()) {
      const auto index = static_cast<std::size_t>(native::count_characters(from.substr(0, place)));
      out += replacements[std::min(index, replacements.size() - 1)];
    }
    at = end;
  }
}

// replace_strings(text, [what], [with]): one pass from left to right; what was put in is not looked
// at again.
void replace_strings(Call& call) {
  const std::string_view text = call.text(0);
  const auto what = native::elements_of(call.text(1));
  const auto with = native::elements_of(call.text(2));
  if (what.size() != with.size()) return call.give_text("");
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < what.size(); ++i) {
    if (native::kind_of(what[i]) != native::JsonKind::string) continue;
    pairs.emplace_back(native::unescaped(what[i]), native::unescaped(what[i]));
    if (native::kind_of(with[i]) == native::JsonKind::string)  // anything else replaces nothing
      pairs.back().second = native::unescaped(with[i]);
  }
  std::string& out = call.give_text();
  for (std::size_t at = 0; at < text.size();) {
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) {
      return !pair.first.empty() && text.substr(at).starts_with(pair.first);
    });
    if (found == pairs.end()) {
      out += text[at++];
    } else {
      out += found->second;
      at += found->first.size();
    }
    if (out.size() > base::limits::dynamic_bytes_max)
      return call.fail("replace_strings makes more than 1 MB of text");
  }
}

void join_array(Call& call) {
  std::string& out = call.give_text();
  bool first = true;
  for (const std::string_view element : native::elements_of(call.text(0))) {
    if (!first) out += call.text(1);
    first = false;
    native::append_as_text(out, element);
  }
}

void from_codepoints(Call& call) {
  std::string& out = call.give_text();
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.is_null(i)) continue;
    const std::string_view json = call.text(i);
    const std::vector<std::string_view> elements = native::kind_of(json) == native::JsonKind::array
                                                       ? native::elements_of(json)
                                                       : std::vector<std::string_view>{json};
    for (const std::string_view element : elements)
      if (const auto code = native::integer_of(element); code && *code >= 0 && *code <= 0x10FFFF)
        base::append_utf8(out, static_cast<char32_t>(*code));
  }
}

void to_codepoints(Call& call) {
  native::JsonBuilder out(call.give_text());
  out.open('[');
  const std::string_view text = call.text(0);
  for (std::size_t at = 0; at < text.size();)
    out.integer(static_cast<std::int64_t>(base::next_character(text, at)));
  out.close(']');
}

void is_ascii_text(Call& call) {
  call.give(native::is_ascii(call.text(0)));
}

// countof without a regex: occurrences may overlap.
void count_of(Call& call) {
  const std::string_view text = call.text(0);
  const std::string_view wanted = call.text(1);
  std::int64_t count = 0;
  if (!wanted.empty())
    for (std::size_t at = text.find(wanted); at != std::string_view::npos;
         at = text.find(wanted, at + 1))
      ++count;
  call.give_integer(count);
}

constexpr Function rows[] = {
    {.name = "strcat",
     .parameters = "text, text*",
     .result = "string",
     .duckdb = "concat($*)",
     .example = "strcat('hello', ' ', 'world', 1)",
     .gives = "hello world1",
     .traits = never_null},
    {.name = "strcat_delim",
     .parameters = "text, text, text*",
     .result = "string",
     .duckdb = "concat_ws($1, $2*)",
     .example = "strcat_delim('-', 1, '2', 'A', 1s)",
     .gives = "1-2-A-00:00:01",
     .traits = never_null},
    {.name = "strcat_array array_strcat",
     .parameters = "dynamic, text",
     .result = "string",
     .body = join_array,
     .example = "strcat_array(dynamic([1, 2, 3]), '->')",
     .gives = "1->2->3"},
    {.name = "strcmp",
     .parameters = "text, text",
     .result = "long",
     .duckdb = "CAST(CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 ELSE 0 END AS BIGINT)",
     .example = "strcmp('abc', 'ABC')",
     .gives = "1",
     .traits = never_null},
    {.name = "strrep",
     .parameters = "text, long, text?",
     .result = "string",
     .body = repeat_text,
     .example = "strrep('ABC', 2, '.')",
     .gives = "ABC.ABC",
     .traits = sees_nulls},
    {.name = "strlen",
     .parameters = "string",
     .result = "long",
     .duckdb = "length($1)",
     .example = "strlen('hello')",
     .gives = "5",
     .naming = Naming::prefixed,
     .traits = never_null},
    {.name = "string_size",
     .parameters = "string",
     .result = "long",
     .duckdb = "strlen($1)",
     .example = "string_size('⒦⒰⒮⒯⒪')",
     .gives = "15",
     .naming = Naming::prefixed,
     .traits = never_null},
    {.name = "toupper",
     .parameters = "text",
     .result = "string",
     .duckdb = "upper($1)",
     .example = "toupper('hello')",
     .gives = "HELLO",
     .traits = never_null},
    {.name = "tolower",
     .parameters = "text",
     .result = "string",
     .duckdb = "lower($1)",
     .example = "tolower('HELLO')",
     .gives = "hello",
     .traits = never_null},
    {.name = "substring",
     .parameters = "text, long, long?",
     .result = "string",
     .body = substring,
     .example = "substring('ABCD', 0, 2)",
     .gives = "AB",
     .traits = sees_nulls},
    {.name = "indexof",
     .parameters = "text, text, long?, long?, long?",
     .result = "long",
     .body = index_of,
     .example = "indexof('abcdefg', 'cde', 1, 4)",
     .gives = "2",
     .traits = sees_nulls},
    {.name = "reverse",
     .parameters = "text",
     .result = "string",
     .body = reverse,
     .example = "reverse('ABCDE')",
     .gives = "EDCBA"},
    {.name = "split",
     .parameters = "text, string, long?",
     .result = "dynamic",
     .body = split,
     .example = "split('aa_bb', '_')",
     .gives = "[\"aa\",\"bb\"]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    {.name = "replace_string",
     .parameters = "string, string, string",
     .result = "string",
     .duckdb = "(CASE WHEN $2 = '' THEN $1 ELSE replace($1, $2, $3) END)",
     .example = "replace_string('A magic trick', 'magic', 'card')",
     .gives = "A card trick",
     .traits = never_null},
    {.name = "replace_strings",
     .parameters = "string, dynamic, dynamic",
     .result = "string",
     .body = replace_strings,
     .example = "replace_strings('ab', dynamic(['a', 'b']), dynamic(['x', 'y']))",
     .gives = "xy"},
    {.name = "translate",
     .parameters = "string, string, string",
     .result = "string",
     .body = translate,
     .example = "translate('krasp', 'otsku', 'spark')",
     .gives = "kusto"},
    {.name = "countof",
     .parameters = "string, string",
     .result = "long",
     .body = count_of,
     .example = "countof('aaaa', 'aa')",
     .gives = "3"},
    {.name = "unicode_codepoints_from_string to_utf8",
     .parameters = "text",
     .result = "dynamic",
     .body = to_codepoints,
     .example = "unicode_codepoints_from_string('ab')",
     .gives = "[97,98]"},
    {.name = "unicode_codepoints_to_string make_string",
     .parameters = "json*",
     .result = "string",
     .body = from_codepoints,
     .example = "unicode_codepoints_to_string(75, 117, 115, 116, 111)",
     .gives = "Kusto",
     .traits = sees_nulls},
    {.name = "isascii",
     .parameters = "text",
     .result = "bool",
     .body = is_ascii_text,
     .example = "isascii('abc')",
     .gives = "true"},
    {.name = "isutf8",
     .parameters = "text",
     .result = "bool",
     .duckdb = "($1 IS NOT NULL)",
     .example = "isutf8('é')",
     .gives = "true"},
    {.name = "fold_case",
     .parameters = "string",
     .result = "string",
     .duckdb = "lower($1)",
     .use = Use::internal},
    {.name = "null_if_empty", .result = "string", .duckdb = "nullif($1, '')", .use = Use::internal},
};

}  // namespace

std::span<const Function> text_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
