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
// Files followed at once, and what is remembered of those that were closed (so that one that comes
// back is not read twice).
inline constexpr std::size_t tailed_files_max = 512;
inline constexpr std::size_t released_files_max = 64;
inline constexpr std::size_t closed_files_remembered_max = 64;
// The unfinished last line of a file that is kept in case the file is cut before its newline comes.
inline constexpr std::size_t unfinished_line_bytes_max = 64 * 1024;
// Names looked at in one folder, and symbolic links followed, while looking for log files.
inline constexpr std::size_t folder_entries_max = 65'536;
inline constexpr int symbolic_links_max = 40;
// Notices of a source that wait to be shown.
inline constexpr std::size_t source_notices_max = 256;
// User names longer than this are cut in alerts and messages (sshd itself stops at about 100).
inline constexpr std::size_t user_bytes_max = 256;

// Detector state (docs/guides/watch.md, "Memory"). The oldest idle entry leaves first.
inline constexpr std::size_t tracked_addresses_max = 98'304;
inline constexpr std::size_t tracked_networks_max = 49'152;
inline constexpr std::size_t tracked_users_max = 16'384;
inline constexpr std::size_t tracked_sessions_max = 65'536;
inline constexpr std::size_t open_episodes_max = 8'192;
inline constexpr std::size_t alert_event_ids_max = 100;
inline constexpr std::size_t alert_users_max = 20;
inline constexpr std::size_t alert_addresses_max = 20;
inline constexpr std::size_t source_host_names_max = 4'096;
// Events held back for sources that declare a lateness; beyond it the oldest are settled early.
inline constexpr std::size_t unsettled_events_max = 100'000;
inline constexpr std::size_t allow_list_entries_max = 10'000;

// Alerts that an incident keeps whole; later ones are counted on its timeline.
inline constexpr std::size_t incident_alerts_max = 100;

// Quarantine: how many unreadable lines are kept to be listed, for each reason.
inline constexpr std::size_t quarantine_samples_max = 20;
inline constexpr std::size_t quarantine_reasons_max = 64;

// Outgoing messages.
inline constexpr std::size_t outgoing_messages_max = 1'000;
inline constexpr std::size_t response_bytes_max = 64 * 1024;
inline constexpr int request_timeout_ms = 10'000;
inline constexpr std::size_t response_header_bytes_max = 64 * 1024;
// Addresses of one host name.
inline constexpr std::size_t resolved_addresses_max = 256;
// Alerts whose first message a channel still remembers, to update it; the oldest leaves first.
inline constexpr std::size_t sent_messages_max = 65'536;
// The longest wait that another side can ask us for (Retry-After); then we try again.
inline constexpr int retry_after_s_max = 3'600;
// A webhook's address, a signing key, a file that holds one of them.
inline constexpr std::size_t secret_bytes_max = 8 * 1024;

// The HTTP server.
inline constexpr std::size_t http_connections_max = 64;
inline constexpr std::size_t http_header_bytes_max = 16 * 1024;
inline constexpr std::size_t http_body_bytes_max = 1024 * 1024;
inline constexpr int http_idle_timeout_s = 30;

// Place databases.
inline constexpr std::size_t place_files_max = 16;
inline constexpr std::size_t place_bytes_max = 256;  // a city's, region's or organisation's name
inline constexpr std::uint32_t place_lookups_between_trims = 256;  // see enrich/place_file.cpp

// JSON read from outside.
inline constexpr std::size_t json_depth_max = 64;
inline constexpr std::size_t json_bytes_max = 1024 * 1024;

// Simulated logs (simulate/).
inline constexpr std::uint32_t simulated_lines_per_second_max = 1'000'000;
inline constexpr std::size_t simulated_hosts_max = 16;
// Background visitors that are remembered because they will come back.
inline constexpr std::size_t simulated_revisits_max = 100'000;
// Attacks that are under way, or waiting to come back.
inline constexpr std::size_t simulated_attacks_max = 65'536;

// KQL (docs/guides/hunt.md, "Limits").
inline constexpr std::size_t query_bytes_max = 1024 * 1024;
inline constexpr std::size_t query_tokens_max = 200'000;
inline constexpr std::size_t query_depth_max = 100;      // nested expressions and pipelines
inline constexpr std::size_t query_nodes_max = 250'000;  // bound expressions, after lets are put in
inline constexpr std::int64_t array_elements_max =
    1'048'576;                                          // range(), make_list, make_set, mv-expand
inline constexpr std::int64_t text_repeat_max = 1'024;  // strrep, repeat
inline constexpr std::size_t dynamic_bytes_max = 1024 * 1024;  // one dynamic value
inline constexpr std::size_t result_rows_max = 500'000;        // Kusto's own default
inline constexpr std::size_t result_bytes_max = 64 * 1024 * 1024;
inline constexpr std::int64_t query_memory_bytes = 1'024LL * 1024 * 1024;
inline constexpr int query_timeout_ms = 240'000;  // Kusto's own default: four minutes

// The event store (docs/decisions/0007-segments.md).
inline constexpr std::int64_t store_memory_bytes = 512LL * 1024 * 1024;
// What a segment's write-ahead log may grow to before it is written into the file. As much again
// lies in memory until then.
inline constexpr std::int64_t segment_log_bytes_max = 128'000'000;
// What the engine may put down on the disk when its memory is full.
inline constexpr std::int64_t store_overflow_bytes_max = 2'000'000'000;
// Identities (item id -> content) that are remembered, so that a row that comes again is known.
inline constexpr std::size_t known_rows_max = 1'000'000;
// Columns of one table in one segment; tables in one segment.
inline constexpr std::size_t stored_columns_max = 2'000;
inline constexpr std::size_t stored_tables_max = 2'000;
inline constexpr std::size_t stored_text_bytes_max = 1024 * 1024;  // one value
// Hunts that run at once beside the writer.
inline constexpr int hunts_at_once_max = 4;

}  // namespace vedette::base::limits
