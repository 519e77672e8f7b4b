// Owns: the bounds of hunts as files. Must not know: what they are for.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace vedette::hunt {

// Of a hunt's file, and files in a folder.
inline constexpr std::size_t hunt_bytes_max = 256UL * 1024;
inline constexpr std::size_t hunt_depth_max = 16;
inline constexpr std::size_t hunt_nodes_max = 40'000;
inline constexpr std::size_t hunts_max = 1'000;
inline constexpr std::size_t hunt_name_bytes_max = 80;
inline constexpr std::size_t hunt_text_bytes_max = 4'096;  // a description, a parameter's value
inline constexpr std::size_t hunt_parameters_max = 32;
inline constexpr std::size_t hunt_list_max = 64;  // tactics, techniques, entities, tests ...
// What a test's row may be repeated, and rows of a test in all.
inline constexpr std::size_t test_row_times_max = 10'000;
inline constexpr std::size_t test_rows_max = 20'000;
// Rows that are remembered to say what is new the next time.
inline constexpr std::size_t remembered_rows_max = 10'000;
// A scheduled hunt.
inline constexpr base::Duration least_interval = base::Duration::minutes(1);
inline constexpr base::Duration greatest_interval = base::Duration::hours(24 * 31);

}  // namespace vedette::hunt
