// Functions with regular expressions. The syntax is RE2's, which is Kusto's.
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "kql/functions/function.h"
#include "kql/native/characters.h"
#include "kql/native/json_text.h"
#include "kql/native/regex.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::Regex;

const Regex* regex_of(Call& call, std::string_view pattern) {
  const Regex* regex = Regex::get(pattern);
  if (regex == nullptr) call.fail("no regular expression: " + native::regex_problem(pattern));
  return regex;
}

void extract(Call& call) {
  const Regex* regex = regex_of(call, call.text(0));
  if (regex == nullptr) return;
  thread_local std::vector<std::string_view> groups;
  const std::int64_t group = call.integer(1);
  if (group < 0 || !regex->find(call.text(2), 0, groups) ||
      group >= static_cast<std::int64_t>(groups.size()))
    return call.give_text("");
  call.give_text(groups[static_cast<std::size_t>(group)]);
}

void give_all(Call& call, std::string_view pattern, std::string_view wanted_json,
              std::string_view text) {
  const Regex* regex = regex_of(call, pattern);
  if (regex == nullptr) return;
  std::vector<std::size_t> wanted;
  for (const std::string_view element : native::elements_of(wanted_json)) {
    if (native::kind_of(element) == native::JsonKind::string) {
      const int number = regex->group_number(native::unescaped(element));
      if (number >= 0) wanted.push_back(static_cast<std::size_t>(number));
    } else if (const auto number = native::integer_of(element)) {
      wanted.push_back(static_cast<std::size_t>(std::max<std::int64_t>(0, *number)));
    }
  }
  if (wanted.empty())
    for (int i = 1; i <= regex->groups(); ++i) wanted.push_back(static_cast<std::size_t>(i));
  // (The page wants groups, and these to be there; published rules do not keep to that.)
  if (wanted.empty()) wanted.push_back(0);
  std::string result;
  native::JsonBuilder out(result);
  out.open('[');
  std::vector<std::string_view> groups;
  std::size_t found = 0;
  for (native::RegexMatches all(*regex, text); all.next(groups);) {
    ++found;
    if (wanted.size() == 1) {
      out.text(wanted[0] < groups.size() ? groups[wanted[0]] : std::string_view{});
    } else {
      std::string inner;
      native::JsonBuilder list(inner);
      list.open('[');
      for (const std::size_t group : wanted)
        list.text(group < groups.size() ? groups[group] : std::string_view{});
      list.close(']');
      out.value(inner);
    }
    if (result.size() > base::limits::dynamic_bytes_max)
      return call.fail("extract_all finds more than 1 MB");
  }
  out.close(']');
  if (found > 0) call.give_text(result);
}
void extract_all(Call& call) {
  give_all(call, call.text(0), {}, call.text(1));
}
void extract_all_groups(Call& call) {
  give_all(call, call.text(0), call.text(1), call.text(2));
}

// \0 to \9 in the rewrite stand for groups.
void rewrite_all(Call& call, std::string_view text, std::string_view pattern,
                 std::string_view rewrite) {
  const Regex* regex = regex_of(call, pattern);
  if (regex == nullptr) return;
  std::string& out = call.give_text();
  std::vector<std::string_view> groups;
  std::size_t copied = 0;
  for (native::RegexMatches all(*regex, text); all.next(groups);) {
    const std::size_t start = static_cast<std::size_t>(groups[0].data() - text.data());
    out += text.substr(copied, start - copied);
    copied = start + groups[0].size();
    for (std::size_t i = 0; i < rewrite.size(); ++i) {
      const char next = i + 1 < rewrite.size() ? rewrite[i + 1] : '\0';
      if (rewrite[i] == '\\' && next >= '0' && next <= '9') {
        const std::size_t group = static_cast<std::size_t>(next - '0');
        if (group < groups.size()) out += groups[group];
        ++i;
      } else if (rewrite[i] == '\\' && next == '\\') {
        out += '\\';
        ++i;
      } else {
        out += rewrite[i];
      }
    }
    if (out.size() > base::limits::dynamic_bytes_max)
      return call.fail("replace_regex makes more than 1 MB of text");
  }
  out += text.substr(copied);
}
void replace_regex(Call& call) {
  rewrite_all(call, call.text(0), call.text(1), call.text(2));
}
void replace_old(Call& call) {
  rewrite_all(call, call.text(2), call.text(0), call.text(1));
}

std::string_view trimmed_start(const Regex& regex, std::string_view text) {
  std::vector<std::string_view> groups;
  return regex.find(text, 0, groups) && groups[0].data() == text.data()
             ? text.substr(groups[0].size())
             : text;
}
void trim_with(Call& call, bool start, bool end) {
  const std::string pattern(call.text(0));
  std::string_view text = call.text(1);
  if (pattern.empty()) return call.give_text(text);
  if (start) {
    const Regex* regex = regex_of(call, "^(?:" + pattern + ")+");
    if (regex == nullptr) return;
    text = trimmed_start(*regex, text);
  }
  if (end) {
    const Regex* regex = regex_of(call, "(?:" + pattern + ")+$");
    if (regex == nullptr) return;
    std::vector<std::string_view> groups;
    if (regex->find(text, 0, groups))
      text = text.substr(0, static_cast<std::size_t>(groups[0].data() - text.data()));
  }
  call.give_text(text);
}
void trim(Call& call) {
  trim_with(call, true, true);
}
void trim_start(Call& call) {
  trim_with(call, true, false);
}
void trim_end(Call& call) {
  trim_with(call, false, true);
}

void quote(Call& call) {
  call.give_text(native::quote_regex(call.text(0)));
}

void count_of_kind(Call& call) {
  const std::string_view text = call.text(0);
  const std::string_view wanted = call.text(1);
  std::int64_t count = 0;
  const bool by_regex = base::equals_ignoring_case(call.text(2), "regex");
  if (!by_regex && !base::equals_ignoring_case(call.text(2), "normal"))
    return call.fail("countof counts by 'normal' or 'regex'");
  if (by_regex) {
    const Regex* regex = regex_of(call, wanted);
    if (regex == nullptr) return;
    std::vector<std::string_view> groups;
    for (native::RegexMatches all(*regex, text); all.next(groups);) ++count;
  } else if (!wanted.empty()) {
    for (std::size_t at = text.find(wanted); at != std::string_view::npos;
         at = text.find(wanted, at + 1))
      ++count;
  }
  call.give_integer(count);
}

// indexof_regex(text, regex, start, length, occurrence)
void index_of_regex(Call& call) {
  const std::string_view text = call.text(0);
  const std::int64_t start = call.integer(2, 0);
  const std::int64_t length = call.integer(3, -1);
  const std::int64_t occurrence = call.integer(4, 1);
  if (start < 0 || length < -1 || occurrence < 1) return;
  const Regex* regex = regex_of(call, call.text(1));
  if (regex == nullptr) return;
  const std::size_t from = native::byte_of_character(text, start);
  const std::size_t to = length < 0 ? text.size() : native::byte_of_character(text, start + length);
  const std::string_view window = text.substr(0, to);
  std::vector<std::string_view> groups;
  std::size_t at = from;
  for (std::int64_t i = 0; i < occurrence; ++i) {
    if (at > window.size() || !regex->find(window, at, groups)) return call.give_integer(-1);
    at = static_cast<std::size_t>(groups[0].data() - window.data()) +
         std::max<std::size_t>(groups[0].size(), 1);
  }
  call.give_integer(native::count_characters(
      text.substr(0, static_cast<std::size_t>(groups[0].data() - window.data()))));
}

// The columns of `parse`: an array of the groups, or null when the text does not match or (with
// types given) a group is not of its type.
void parse_pattern(Call& call) {
  const Regex* regex = regex_of(call, call.text(1));
  if (regex == nullptr) return;
  thread_local std::vector<std::string_view> groups;
  if (!regex->find(call.text(0), 0, groups)) return;
  native::JsonBuilder out(call.give_text());
  out.open('[');
  // The columns are the groups k0, k1 ...: the pattern may have groups of its own.
  for (int column = 0;; ++column) {
    const int number = regex->group_number("k" + std::to_string(column));
    if (number < 0) break;
    out.text(groups[static_cast<std::size_t>(number)]);
  }
  out.close(']');
}

constexpr Function rows[] = {
    {.name = "extract",
     .parameters = "string, long, string",
     .result = "string",
     .body = extract,
     .example = "extract('x=([0-9.]+)', 1, 'hello x=45.6|wo')",
     .gives = "45.6"},
    {.name = "extract_all extractall",
     .parameters = "string, string",
     .result = "dynamic",
     .body = extract_all,
     .example = "extract_all('([a-z])[0-9]', 'a1 b2')",
     .gives = "[\"a\",\"b\"]"},
    {.name = "extract_all extractall",
     .parameters = "string, dynamic, string",
     .result = "dynamic",
     .body = extract_all_groups,
     .example = "extract_all('([a-z])([0-9])', dynamic([2]), 'a1 b2')",
     .gives = "[\"1\",\"2\"]"},
    {.name = "replace_regex",
     .parameters = "string, string, string",
     .result = "string",
     .body = replace_regex,
     .example = "replace_regex('num=7', '=([0-9])', @'=<\\1>')",
     .gives = "num=<7>"},
    {.name = "replace",
     .parameters = "string, string, string",
     .result = "string",
     .body = replace_old,
     .example = "replace('a', 'b', 'banana')",
     .gives = "bbnbnb"},
    {.name = "trim",
     .parameters = "string, string",
     .result = "string",
     .body = trim,
     .example = "trim('--', '--Te st1--')",
     .gives = "Te st1"},
    {.name = "trim_start",
     .parameters = "string, string",
     .result = "string",
     .body = trim_start,
     .example = "trim_start(@'[^\\w]+', '-  Te st1')",
     .gives = "Te st1"},
    {.name = "trim_end",
     .parameters = "string, string",
     .result = "string",
     .body = trim_end,
     .example = "trim_end('.com', 'bing.com')",
     .gives = "bing"},
    {.name = "regex_quote",
     .parameters = "text",
     .result = "string",
     .body = quote,
     .example = "regex_quote('(so$me)')",
     .gives = "\\(so\\$me\\)"},
    {.name = "countof",
     .parameters = "string, string, string",
     .result = "long",
     .body = count_of_kind,
     .example = "countof('abcabc', 'a.c', 'regex')",
     .gives = "2"},
    {.name = "indexof_regex",
     .parameters = "text, text, long?, long?, long?",
     .result = "long",
     .body = index_of_regex,
     .example = "indexof_regex('abcabc', 'a.c')",
     .gives = "0",
     .traits = sees_nulls},
    {.name = "parse_pattern",
     .parameters = "string, string, string",
     .result = "dynamic",
     .body = parse_pattern,
     .use = Use::internal},
};

}  // namespace

std::span<const Function> regex_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
