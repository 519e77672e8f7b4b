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
// One piece of a file's old content: small enough to stay in a processor's cache.
inline constexpr std::size_t file_piece_bytes = 128 * 1024;
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
// Ids of withdrawn alerts that are not given to another one; the oldest leaves first.
inline constexpr std::size_t withdrawn_alerts_max = 4'096;
inline constexpr std::size_t alert_users_max = 20;
inline constexpr std::size_t alert_addresses_max = 20;
inline constexpr std::size_t source_host_names_max = 4'096;
// Events held back for sources that declare a lateness; beyond it the oldest are settled early.
inline constexpr std::size_t unsettled_events_max = 100'000;
inline constexpr std::size_t undo_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t allow_list_entries_max = 10'000;

// Sign-ins of cloud services whose repetition is known (normalise/cloud/seen_sign_ins.h): a day of
// a tenant of some ten thousand people.
inline constexpr std::size_t seen_sign_ins_max = 250'000;

// Incidents. An alert for which an incident has no room opens another one, as in Sentinel.
inline constexpr std::size_t incident_alerts_max = 100;
inline constexpr std::size_t timeline_entries_max = 10'000;     // shown of one incident, the newest
inline constexpr std::size_t open_incidents_compared_max = 16;  // to find the one an alert joins
inline constexpr std::size_t comment_bytes_max = 30'000;        // Sentinel's own bound
inline constexpr std::size_t person_bytes_max = 256;            // a name of an owner or actor
// An alert as an incident keeps it: each text, and entities, reasons and techniques each.
inline constexpr std::size_t alert_text_bytes_max = 1'024;
inline constexpr std::size_t alert_entities_max = 64;
inline constexpr std::size_t alert_texts_max = 32;

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
// The durable outbox: how much that waits for one alert is told at once, and how long a channel
// that needs repair is left alone.
inline constexpr std::size_t outbox_folds_max = 1'000;
inline constexpr int broken_destination_retry_s = 3'600;
// The longest wait that another side can ask us for (Retry-After); then we try again.
inline constexpr int retry_after_s_max = 3'600;
// A webhook's address, a signing key, a file that holds one of them.
inline constexpr std::size_t secret_bytes_max = 8 * 1024;

// Messages that one digest tells, a line each: in a chat, in a mail.
inline constexpr std::size_t chat_digest_items_max = 20;
inline constexpr std::size_t mail_digest_items_max = 100;
// A template of a message, and files in a folder of them.
inline constexpr std::size_t template_bytes_max = 64 * 1024;
inline constexpr std::size_t template_files_max = 256;

// The HTTP server.
inline constexpr std::size_t http_connections_max = 64;
inline constexpr std::size_t http_header_bytes_max = 16 * 1024;
inline constexpr std::size_t http_body_bytes_max = 1024 * 1024;
inline constexpr int http_idle_timeout_s = 30;

// Syslog over the network (collect/syslog_*.h). A message's bound is a setting up to
// line_bytes_max.
inline constexpr std::size_t syslog_connections_max = 4'096;
inline constexpr std::size_t syslog_read_bytes = 64 * 1024;     // of one connection at a time
inline constexpr std::size_t syslog_batch_bytes = 1024 * 1024;  // of all, for one record
inline constexpr int syslog_unfinished_s = 60;  // a message that has begun must end by then

// Place databases.
inline constexpr std::size_t place_files_max = 16;
inline constexpr std::size_t place_bytes_max = 256;  // a city's, region's or organisation's name
inline constexpr std::uint32_t place_lookups_between_trims = 256;  // see enrich/place_file.cpp

// SQLite files (store/sqlite).
inline constexpr int database_busy_ms = 5'000;             // how long a locked file is waited for
inline constexpr std::size_t cached_statements_max = 256;  // of one connection
// A file up to this size is looked through whole when it is opened (some 0.1 s).
inline constexpr std::int64_t checked_at_open_bytes_max = 64LL * 1024 * 1024;
inline constexpr std::int64_t write_ahead_log_bytes_kept = 64LL * 1024 * 1024;

// The journal. A record is one bite of one source; a group is what one fsync makes durable.
inline constexpr std::size_t journal_record_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t journal_name_bytes_max = 64 * 1024;  // source, format, cursor: each
inline constexpr std::size_t journal_group_bytes_max = 1024 * 1024;
inline constexpr std::size_t journal_queue_bytes_max = 8 * 1024 * 1024;  // waiting for their group
inline constexpr std::size_t journal_bite_bytes = 4 * 1024 * 1024;       // one read of a consumer
// Broken records that are reported one by one; the same one is reported once.
inline constexpr std::size_t journal_broken_positions_max = 65'536;
// What one call of `trim` does at most, so that writers wait but a moment for it.
inline constexpr std::uint64_t journal_trim_bytes_max = 16 * 1024 * 1024;
inline constexpr int journal_trim_records_max = 20'000;
inline constexpr int journal_vacuum_pages_max = 512;
// Free pages that the journal keeps for its next records before it gives any back to the disk.
inline constexpr std::int64_t journal_free_bytes_kept = 16LL * 1024 * 1024;

// Room on the disk: below the larger of the two, sources wait (journal/room_guard.h).
inline constexpr std::uint64_t reserve_bytes = 512ULL * 1024 * 1024;
inline constexpr unsigned reserve_percent = 5;
inline constexpr int room_asked_every_ms = 200;
inline constexpr std::uint64_t reserve_file_bytes = 64ULL * 1024 * 1024;

// JSON read from outside.
inline constexpr std::size_t json_depth_max = 64;
inline constexpr std::size_t json_bytes_max = 1024 * 1024;
// Members of one record of a document that holds many (base/json_records.h), at all depths.
inline constexpr std::size_t json_members_max = 1'000;

// Simulated logs (simulate/).
inline constexpr std::uint32_t simulated_lines_per_second_max = 1'000'000;
inline constexpr std::size_t simulated_hosts_max = 16;
// Background visitors that are remembered because they will come back.
inline constexpr std::size_t simulated_revisits_max = 100'000;
// Attacks that are under way, or waiting to come back.
inline constexpr std::size_t simulated_attacks_max = 65'536;

// The simulated tenant (simulate/tenant).
inline constexpr std::uint32_t simulated_people_max = 3'000;
inline constexpr std::uint32_t simulated_days_max = 365;
inline constexpr std::size_t simulated_victims_max = 200;        // named in a spray's truth
inline constexpr std::size_t simulated_cycles_kept = 16;         // of attacks, in memory
inline constexpr std::size_t simulated_slices_kept = 6;          // days of records, in memory
inline constexpr std::size_t simulated_page_scan_max = 200'000;  // records looked at for a page
inline constexpr std::size_t simulated_changes_max = 100'000;    // made through the API, remembered
inline constexpr std::size_t simulated_device_codes_max = 1'000;
inline constexpr std::size_t simulated_incidents_max = 10'000;
inline constexpr std::size_t odata_filter_bytes_max = 16 * 1024;
inline constexpr int odata_depth_max = 32;

// KQL (docs/guides/hunt.md, "Limits").
inline constexpr std::size_t query_bytes_max = 1024 * 1024;
inline constexpr std::size_t query_tokens_max = 200'000;
inline constexpr std::size_t query_depth_max = 100;      // nested expressions and pipelines
inline constexpr std::size_t query_nodes_max = 250'000;  // bound expressions, after lets are put in
inline constexpr std::int64_t array_elements_max =
    1'048'576;                                          // range(), make_list, make_set, mv-expand
inline constexpr std::int64_t text_repeat_max = 1'024;  // strrep, repeat
inline constexpr std::size_t dynamic_bytes_max = 1024 * 1024;  // one dynamic value
// externaldata: a file as it comes, and unpacked; a value in it; an exchange; files of a query.
inline constexpr std::size_t external_bytes_max = 128 * 1024 * 1024;
inline constexpr std::size_t external_value_bytes_max = 16 * 1024 * 1024;
inline constexpr int external_timeout_ms = 60'000;
inline constexpr std::size_t external_files_max = 32;
inline constexpr int external_redirects_max = 5;
inline constexpr std::size_t result_rows_max = 500'000;  // Kusto's own default
inline constexpr std::size_t result_bytes_max = 64 * 1024 * 1024;
inline constexpr std::int64_t query_memory_bytes = 1'024LL * 1024 * 1024;
inline constexpr int query_timeout_ms = 240'000;  // Kusto's own default: four minutes

// The event store (docs/decisions/0007-segments.md).
// What the store may hold: its engine's memory, and rows that wait for it.
inline constexpr std::int64_t store_memory_bytes = 384LL * 1024 * 1024;
// What a segment's write-ahead log may grow to before it is written into the file. As much again
// lies in memory until then, and a start after a crash reads it: 0.02 s a megabyte.
inline constexpr std::int64_t segment_log_bytes_max = 32'000'000;
// Rows that whoever has many brings at once (import): a multiple of the 2,048 with which an append
// goes past that log, straight into the file.
inline constexpr std::size_t bulk_append_rows = 10'240;
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
