// Owns: what a person is told about a query: a code, the offending span, a sentence and a hint.
// Promises: every error of the language travels as one of these (never an exception, never a
// guess); `render` shows the line with a caret and is safe on a terminal. Called from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::base {
class JsonWriter;
}

namespace vedette::kql {

struct Span {
  std::uint32_t start = 0;  // byte offset in the query's text
  std::uint32_t length = 0;

  [[nodiscard]] constexpr std::uint32_t end() const { return start + length; }
  // From the start of this one to the end of the other.
  [[nodiscard]] constexpr Span to(const Span& last) const {
    return {start, last.end() > start ? last.end() - start : 0};
  }
};

// Codes are stable: KQL1xx text, KQL2xx names and types, KQL3xx not supported, KQL4xx limits,
// KQL5xx while running.
struct Diagnostic {
  std::string code;
  Span span;
  std::string message;
  std::string hint;
};

template <typename T>
using Checked = std::expected<T, Diagnostic>;

[[nodiscard]] inline std::unexpected<Diagnostic> refuse(std::string code, Span span,
                                                        std::string message,
                                                        std::string hint = {}) {
  return std::unexpected<Diagnostic>(
      Diagnostic{std::move(code), span, std::move(message), std::move(hint)});
}
[[nodiscard]] std::unexpected<Diagnostic> refuse_unsupported(Span span, std::string_view what,
                                                             std::string_view name);

struct Position {
  std::size_t line = 1;    // counted from 1
  std::size_t column = 1;  // characters, counted from 1
};
[[nodiscard]] Position position_of(std::string_view text, std::size_t offset);

// Three lines: "error KQL201: ... (line 2, column 9)", the line itself with a caret below, the
// hint.
[[nodiscard]] std::string render(const Diagnostic& diagnostic, std::string_view text);
// {"code","message","line","column","start","length","hint"}
void append_json(base::JsonWriter& writer, const Diagnostic& diagnostic, std::string_view text);
[[nodiscard]] std::string render_json(const std::vector<Diagnostic>& diagnostics,
                                      std::string_view text);

}  // namespace vedette::kql
