// Owns: the bounds of what comes in through doors, and of who gained power: a part of
// base/limits.h. Must not know: any room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::base::limits {

// Accounts and root's addresses that people were told of (detect/privilege_watch.h), what waits for
// its lateness to pass, and groups that make an administrator.
inline constexpr std::size_t privilege_keys_max = 4'096;
inline constexpr std::size_t privilege_alerts_held_max = 10'000;
inline constexpr std::size_t administrator_groups_max = 100;
// JSON rows over HTTP (server/ingest_door.h): a request's body, unpacked; what waits for the disk,
// in requests and bytes; the threads that wait with it; what a sender that is turned away should
// wait.
inline constexpr std::size_t ingest_body_bytes_max = 8 * 1024 * 1024;
inline constexpr std::size_t ingest_waiting_max = 256;
inline constexpr std::size_t ingest_waiting_bytes_max = 32 * 1024 * 1024;
inline constexpr std::size_t ingest_workers = 4;
inline constexpr int ingest_retry_after_s = 2;

// Rotated logs on first read (collect/rotated_logs.h): how many of one log, and what a packed one
// may unpack to; the rest of it is left.
inline constexpr std::size_t rotated_logs_max = 128;
inline constexpr std::uint64_t unpacked_log_bytes_max = 8ULL * 1024 * 1024 * 1024;

}  // namespace vedette::base::limits
