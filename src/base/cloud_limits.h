// Owns: the bounds of signing in to clouds and of collecting from them, as base/limits.h has those
// of the rest. Must not know: any room. Called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette::base::limits {

// Signing in to clouds (cloud/). A token; how long one is believed; services that have one; a PEM
// file.
inline constexpr std::size_t token_bytes_max = 64 * 1024;
inline constexpr std::int64_t token_lifetime_s_max = 172'800;
inline constexpr std::size_t token_scopes_max = 32;
inline constexpr std::size_t certificate_bytes_max = 256 * 1024;

// Collecting from clouds (collect/cloud/). An answer's body, unpacked; how deep one may nest and
// how many records a page may hold; what is asked for and waited for.
inline constexpr std::size_t cloud_answer_bytes_max = 15 * 1024 * 1024;
inline constexpr std::size_t cloud_page_records_max = 200'000;
inline constexpr int cloud_request_timeout_ms = 60'000;
inline constexpr std::size_t cloud_link_bytes_max = 32 * 1024;
// Pages of one window: a service that never comes to an end is stopped there.
inline constexpr std::uint64_t cloud_window_pages_max = 20'000;
// Records that a feed remembers to have handed over, to leave them out when they come unchanged.
inline constexpr std::size_t cloud_records_remembered_max = 200'000;
// What people are in and hold (identities), in all; groups whose members are asked for.
inline constexpr std::size_t cloud_directory_objects_max = 500'000;
inline constexpr std::size_t cloud_groups_max = 2'000;
// People whose time zone is asked for, one request each; what their calendars say of it.
inline constexpr std::size_t cloud_zones_max = 10'000;
inline constexpr std::size_t cloud_mailbox_bytes_max = 4'096;
// Identities of all tenants that are held in memory, and kept with the detectors' checkpoint.
inline constexpr std::size_t tenant_identities_max = 50'000;

}  // namespace vedette::base::limits
