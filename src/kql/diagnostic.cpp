#include "kql/diagnostic.h"

#include <algorithm>

#include "base/encode.h"
#include "base/json.h"
#include "fmt/format.h"

namespace vedette::kql {

namespace {

constexpr std::size_t shown_line_bytes_max = 160;

std::string_view line_around(std::string_view text, std::size_t offset, std::size_t& line_start) {
  offset = std::min(offset, text.size());
  line_start = offset == 0 ? 0 : text.rfind('\n', offset - 1);
  line_start = line_start == std::string_view::npos || offset == 0 ? 0 : line_start + 1;
  const std::size_t line_end = std::min(text.find('\n', offset), text.size());
  if (offset - line_start > shown_line_bytes_max / 2)
    line_start = offset - shown_line_bytes_max / 2;
  return text.substr(line_start, std::min(line_end - line_start, shown_line_bytes_max));
}

}  // namespace

std::unexpected<Diagnostic> refuse_unsupported(Span span, std::string_view what,
                                               std::string_view name) {
  return refuse("KQL301", span, fmt::format("the {} '{}' is not supported", what, name),
                "docs/kql-coverage.md lists what is");
}

Position position_of(std::string_view text, std::size_t offset) {
  Position position;
  offset = std::min(offset, text.size());
  for (std::size_t at = 0; at < offset;) {
    if (text[at] == '\n') {
      ++position.line;
      position.column = 1;
      ++at;
    } else {
      (void)base::next_character(text, at);
      ++position.column;
    }
  }
  return position;
}

std::string render(const Diagnostic& diagnostic, std::string_view text) {
  const Position position = position_of(text, diagnostic.span.start);
  std::size_t line_start = 0;
  const std::string_view line = line_around(text, diagnostic.span.start, line_start);
  const std::size_t before = std::min<std::size_t>(diagnostic.span.start, text.size()) - line_start;
  const std::string shown = base::encode_terminal(line);
  const std::size_t indent = base::encode_terminal(line.substr(0, before)).size();
  const std::size_t marked = std::clamp<std::size_t>(
      diagnostic.span.length, 1,
      std::max<std::size_t>(line.size() - std::min(before, line.size()), 1));
  std::string out =
      fmt::format("error {}: {} (line {}, column {})\n  {}\n  {}{}\n", diagnostic.code,
                  base::encode_terminal(diagnostic.message), position.line, position.column, shown,
                  std::string(indent, ' '), std::string(marked, '^'));
  if (!diagnostic.hint.empty())
    out += fmt::format("  hint: {}\n", base::encode_terminal(diagnostic.hint));
  return out;
}

void append_json(base::JsonWriter& writer, const Diagnostic& diagnostic, std::string_view text) {
  const Position position = position_of(text, diagnostic.span.start);
  writer.begin_object().member("code", diagnostic.code).member("message", diagnostic.message);
  writer.key("line").number(static_cast<std::uint64_t>(position.line));
  writer.key("column").number(static_cast<std::uint64_t>(position.column));
  writer.key("start").number(static_cast<std::uint64_t>(diagnostic.span.start));
  writer.key("length").number(static_cast<std::uint64_t>(diagnostic.span.length));
  if (!diagnostic.hint.empty()) writer.member("hint", diagnostic.hint);
  writer.end_object();
}

std::string render_json(const std::vector<Diagnostic>& diagnostics, std::string_view text) {
  base::JsonWriter writer;
  writer.begin_object().key("diagnostics").begin_array();
  for (const Diagnostic& diagnostic : diagnostics) append_json(writer, diagnostic, text);
  writer.end_array().end_object();
  return writer.take();
}

}  // namespace vedette::kql
