// Owns: what readers of indicators need of JSON whose numbers may be texts. Must not know: any one
// reader. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/time.h"
#include "model/indicator.h"

namespace vedette::intel {

// A whole number, or a text of one.
[[nodiscard]] std::optional<std::int64_t> whole_number(const base::Json& value);
// true, 1, "1" and "true".
[[nodiscard]] bool is_true(const base::Json& value);
// ISO text, or whole seconds since 1970; unset: neither.
[[nodiscard]] base::Timestamp time_of(const base::Json& value);
// The text up to that many bytes, never in the middle of a character.
[[nodiscard]] std::string cut(std::string_view text, std::size_t bytes_max);
void add_label(model::Indicator& indicator, std::string_view label);
// STIX' kill_chain_phases, both ways; none: nothing is written.
void add_kill_chain(model::Indicator& indicator, const base::Json& phases);
void write_kill_chain(base::JsonWriter& out, const model::Indicator& indicator);
// "indicator--" and a UUID made of both: the same for the same.
[[nodiscard]] std::string made_id(std::string_view source, std::string_view value);

// What STIX calls the levels of the traffic light protocol; of each level the name to write first.
[[nodiscard]] std::span<const std::pair<std::string_view, model::Tlp>> tlp_markings();

}  // namespace vedette::intel
