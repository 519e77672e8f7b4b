// Owns: the bounds of indicators and of what they come in. Must not know: any reader.
#pragma once

#include <cstddef>

namespace vedette::intel::limits {

inline constexpr std::size_t file_bytes_max = 1024UL * 1024 * 1024;
inline constexpr std::size_t object_bytes_max =
    256UL * 1024 * 1024;  // a MISP event with all it holds
inline constexpr std::size_t object_members_max = 10'000'000;
inline constexpr std::size_t indicators_max = 4'000'000;  // in a snapshot
inline constexpr std::size_t observables_max = 64;        // of one indicator
inline constexpr std::size_t protocols_max = 4;           // that one of them asks for
inline constexpr std::size_t protocol_bytes_max = 32;
inline constexpr std::size_t pattern_bytes_max = 16 * 1024;
inline constexpr std::size_t value_bytes_max = 2'048;
inline constexpr std::size_t id_bytes_max = 128;
inline constexpr std::size_t source_bytes_max = 256;  // Sentinel's own bound of a source system
inline constexpr std::size_t sources_max = 10'000;
inline constexpr std::size_t labels_max = 64;
inline constexpr std::size_t kill_chain_max = 16;
inline constexpr std::size_t label_bytes_max = 256;
inline constexpr std::size_t description_bytes_max = 1'024;
inline constexpr std::size_t note_bytes_max = 120;  // of a description, in a snapshot

inline constexpr std::size_t warning_lists_max = 200;
inline constexpr std::size_t warning_entries_max = 4'000'000;  // of all lists together
inline constexpr std::size_t warning_substrings_max = 10'000;  // each is looked for in each hit
inline constexpr std::size_t warning_file_bytes_max = 64UL * 1024 * 1024;
inline constexpr std::size_t observed_text_bytes_max = 64 * 1024;  // of free text, from its start

}  // namespace vedette::intel::limits
