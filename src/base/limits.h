// Owns: every bound in the program, in one place. A queue, body, depth, line or table that is not
// bounded here is a bug. Sizes carry their unit in the name.
// Must not know: any room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::base::limits {

// Lines. A line longer than this is cut there: its head is parsed, its tail counted and skipped.
inline constexpr std::size_t line_bytes_max = 1024 * 1024;
// One read from a file or a pipe.
inline constexpr std::size_t chunk_bytes = 1024 * 1024;
// User names longer than this are cut in alerts and messages (sshd itself stops at about 100).
inline constexpr std::size_t user_bytes_max = 256;

// Detector state (docs/guides/watch.md, "Memory"). The oldest idle entry leaves first.
inline constexpr std::size_t tracked_addresses_max = 131'072;
inline constexpr std::size_t tracked_networks_max = 65'536;
inline constexpr std::size_t tracked_users_max = 16'384;
inline constexpr std::size_t tracked_sessions_max = 32'768;
inline constexpr std::size_t open_episodes_max = 8'192;
inline constexpr std::size_t alert_event_ids_max = 100;
inline constexpr std::size_t alert_users_max = 20;
inline constexpr std::size_t alert_addresses_max = 20;
inline constexpr std::size_t source_host_names_max = 4'096;
// Events held back for sources that declare a lateness; beyond it the oldest are settled early.
inline constexpr std::size_t unsettled_events_max = 100'000;
inline constexpr std::size_t allow_list_entries_max = 10'000;

// Quarantine: how many unreadable lines are kept to be listed, for each reason.
inline constexpr std::size_t quarantine_samples_max = 20;
inline constexpr std::size_t quarantine_reasons_max = 64;

// Outgoing messages.
inline constexpr std::size_t outgoing_messages_max = 1'000;
inline constexpr std::size_t response_bytes_max = 64 * 1024;
inline constexpr int request_timeout_ms = 10'000;

// Place databases.
inline constexpr std::size_t place_files_max = 16;
inline constexpr std::size_t place_bytes_max = 256;  // a city's, region's or organisation's name
inline constexpr std::uint32_t place_lookups_between_trims = 1024;  // see enrich/place_file.cpp

// JSON read from outside.
inline constexpr std::size_t json_depth_max = 64;
inline constexpr std::size_t json_bytes_max = 1024 * 1024;

}  // namespace vedette::base::limits
