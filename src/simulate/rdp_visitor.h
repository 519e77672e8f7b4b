// Owns: somebody who guesses at Remote Desktop from one address and gets in at last, as lines of
// Windows events in JSON (as winlogbeat sends them). Promises: pure. Must not know: files, clocks.
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::simulate {

inline constexpr std::string_view rdp_visitor_address = "203.0.113.77";
inline constexpr std::uint64_t rdp_visitor_tries = 8;

// The line of that try, from 1 on: a wrong password (4625), and behind the last try the desktop
// (4624 of type 10).
[[nodiscard]] std::string write_rdp_try(base::Timestamp time, std::uint64_t number);

}  // namespace vedette::simulate
