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
inline constexpr std::size_t tracked_addresses_max = 262'144;
inline constexpr std::size_t tracked_networks_max = 131'072;
inline constexpr std::size_t tracked_users_max = 65'536;
inline constexpr std::size_t open_episodes_max = 65'536;
inline constexpr std::size_t alert_event_ids_max = 100;
inline constexpr std::size_t alert_users_max = 20;
inline constexpr std::size_t alert_addresses_max = 20;

// Quarantine: how many unreadable lines are kept to be listed, for each reason.
inline constexpr std::size_t quarantine_samples_max = 20;
inline constexpr std::size_t quarantine_reasons_max = 64;

// Outgoing messages.
inline constexpr std::size_t outgoing_messages_max = 1'000;
inline constexpr std::size_t response_bytes_max = 64 * 1024;
inline constexpr int request_timeout_ms = 10'000;

// JSON read from outside.
inline constexpr std::size_t json_depth_max = 64;
inline constexpr std::size_t json_bytes_max = 1024 * 1024;

// KQL (docs/guides/hunt.md, "Limits").
inline constexpr std::size_t query_bytes_max = 1024 * 1024;
inline constexpr std::size_t query_tokens_max = 200'000;
inline constexpr std::size_t query_depth_max = 100;              // nested expressions and pipelines
inline constexpr std::size_t query_nodes_max = 250'000;          // bound expressions, after lets are put in
inline constexpr std::int64_t array_elements_max = 1'048'576;    // range(), make_list, make_set, mv-expand
inline constexpr std::int64_t text_repeat_max = 1'024;           // strrep, repeat
inline constexpr std::size_t dynamic_bytes_max = 1024 * 1024;    // one dynamic value
inline constexpr std::size_t result_rows_max = 500'000;          // Kusto's own default
inline constexpr std::size_t result_bytes_max = 64 * 1024 * 1024;
inline constexpr std::int64_t query_memory_bytes = 1'024LL * 1024 * 1024;
inline constexpr int query_timeout_ms = 240'000;  // Kusto's own default: four minutes

}  // namespace vedette::base::limits
