// reduce: patterns that many texts have in common (Vaarandi's SLCT): words that are frequent at
// their place stay, what stands between them becomes *.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

struct Options {
  double threshold = 0.1;
  std::string separators;  // empty: whatever is no letter and no digit of ASCII
  bool each_row = false;   // kind=source
};

Options read_options(std::string_view json) {
  Options options;
  if (const auto value = native::find_member(json, "threshold"))
    options.threshold = std::clamp(native::number_of(*value).value_or(0.1), 0.0, 1.0);
  if (const auto value = native::find_member(json, "characters"))
    native::append_unescaped(options.separators, *value);
  if (const auto value = native::find_member(json, "source")) options.each_row = *value == "true";
  return options;
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_separator(char c, const Options& options) {
  if (!options.separators.empty()) return options.separators.find(c) != std::string::npos;
  return static_cast<unsigned char>(c) < 128 && !is_word_character(c);
}

// A text as words and the separators in front of them.
struct Word {
  std::string_view before;
  std::string_view text;
};
struct Line {
  std::vector<Word> words;
  std::string_view after;
};

Line split(std::string_view text, const Options& options) {
  Line line;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t first = at;
    while (at < text.size() && is_separator(text[at], options)) ++at;
    const std::size_t word = at;
    while (at < text.size() && !is_separator(text[at], options)) ++at;
    if (word == at) {
      line.after = text.substr(first);
    } else {
      line.words.push_back({text.substr(first, word - first), text.substr(word, at - word)});
    }
  }
  return line;
}

using Place = std::pair<std::size_t, std::string_view>;

// Separators that were given are no part of a pattern beside a *; the usual ones are.
std::string pattern_of(const Line& line, const std::map<Place, std::size_t>& counts,
                       std::size_t least, const Options& options) {
  std::string pattern;
  bool any = false, open = false;
  for (std::size_t i = 0; i < line.words.size(); ++i) {
    const bool stays = counts.at({i, line.words[i].text}) >= least;
    if (stays) {
      if (!open || options.separators.empty()) pattern += line.words[i].before;
      pattern += line.words[i].text;
      any = true;
    } else if (!open) {
      if (options.separators.empty()) pattern += line.words[i].before;
      pattern += '*';
    }
    open = !stays;
  }
  if (!open) pattern += line.after;
  return any ? pattern : std::string();
}

struct Group {
  std::size_t count = 0;
  std::size_t first = 0;
};

void reduce(Call& call) {
  const Options options = read_options(call.text(1));
  const auto rows = native::elements_of(call.text(0));
  if (rows.size() > static_cast<std::size_t>(base::limits::array_elements_max))
    return call.fail("reduce looks at no more than 1,048,576 rows");
  std::vector<std::string> texts;
  for (const std::string_view row : rows) texts.push_back(native::unescaped(row));
  std::vector<Line> lines;
  std::map<Place, std::size_t> counts;
  for (const std::string& text : texts) {
    lines.push_back(split(text, options));
    for (std::size_t i = 0; i < lines.back().words.size(); ++i)
      ++counts[{i, lines.back().words[i].text}];
  }
  const auto least = std::max<std::size_t>(
      2, static_cast<std::size_t>(options.threshold * static_cast<double>(texts.size())));
  std::map<std::string, Group> groups;
  std::vector<std::string> patterns;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    patterns.push_back(pattern_of(lines[i], counts, least, options));
    Group& group = groups.try_emplace(patterns.back(), Group{0, i}).first->second;
    ++group.count;
  }
  std::vector<std::string>& out = call.give_list();
  const auto is_group = [&](const std::string& pattern) {
    return !pattern.empty() && groups.at(pattern).count >= least;
  };
  std::size_t others = 0;
  const auto add = [&](std::size_t place, std::string_view pattern, std::size_t count,
                       std::string_view example) {
    std::string line = fmt::format("{} [", place);
    native::append_quoted(line, pattern);
    line += fmt::format(",{},", count);
    native::append_quoted(line, example);
    out.push_back(line + "]");
  };
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!is_group(patterns[i])) ++others;
    if (options.each_row) add(i, is_group(patterns[i]) ? patterns[i] : "others", 1, texts[i]);
  }
  if (options.each_row) return;
  std::vector<std::pair<std::string, Group>> found;
  for (const auto& [pattern, group] : groups)
    if (is_group(pattern)) found.emplace_back(pattern, group);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  for (const auto& [pattern, group] : found)
    add(group.first, pattern, group.count, texts[group.first]);
  if (others > 0) add(0, "others", others, "");
}

constexpr Function rows[] = {
    {.name = "reduce_rows",
     .parameters = "string, string",
     .result = "list",
     .body = reduce,
     .use = Use::internal},
};

}  // namespace

std::span<const Function> reduce_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
