// Owns: how literals are read: escapes, time units, and what stands inside datetime(...), int(...)
// ... Must not know: tokens, tree. Called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kql/value.h"

namespace vedette::kql::syntax {

// The words that open a typed literal: datetime, timespan, guid, int, long, real, decimal, bool ...
[[nodiscard]] bool is_typed_literal_word(std::string_view word);
// The constant that `word(inner)` means; empty when it is none of that type.
[[nodiscard]] std::optional<Constant> read_typed_literal(std::string_view word,
                                                         std::string_view inner);
// Ticks of a unit: d, h, m, s, ms, microsecond, tick and their longer names.
[[nodiscard]] std::optional<std::int64_t> ticks_of_unit(std::string_view unit);
// "1.5" * ticks, rounded to whole ticks; empty when out of range.
[[nodiscard]] std::optional<std::int64_t> scale_ticks(std::string_view number, std::int64_t ticks);
// Reads one escape behind a backslash, appends what it means; returns how many bytes it took.
std::size_t unescape(std::string_view after_backslash, std::string& out);

}  // namespace vedette::kql::syntax
