// Owns: how a table of autonomous systems lies in its file (made on and for this machine, so
// little-endian throughout). Everything after the header is covered by the checksum.
//
//   0  magic          8 bytes         32  checksum of the rest (base/hash.h, seeded with the
//   version) 8  version        u32             40  zero, up to 64
//  12  IPv4 ranges    u32             64  IPv6 ranges: first, last (two u64 each), number, name
//  (u32) 16  IPv6 ranges    u32              …  IPv4 ranges: first, last, number, name (u32) 20
//  names          u32              …  name offsets: names + 1 of u32; a name ends where the next
//  begins 24  name bytes     u32              …  the names, UTF-8, one after the other
//
// Both kinds of range are sorted and do not overlap. Must not know: any room. Called from any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vedette::enrich::asn_format {

inline constexpr std::string_view magic{"VDTASN\r\n", 8};
inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t v4_record_bytes = 16;
inline constexpr std::size_t v6_record_bytes = 40;

}  // namespace vedette::enrich::asn_format
