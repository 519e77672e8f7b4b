// Owns: gzip streams made by hand: one that is right, and one that unpacks to 159 times its size.
// Source: RFC 1951, RFC 1952. Promises: no library, so that wrong bytes can be made too.
// Must not know: what is packed. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::simulate::tenant {

// The text in stored blocks: right gzip, though no smaller.
[[nodiscard]] std::string gzip_stored(std::string_view text);
// Zeros, that many bytes once unpacked (a multiple of 258 and one more), in 1/159 of the size.
[[nodiscard]] std::string gzip_zeros(std::uint64_t unpacked_bytes);

}  // namespace vedette::simulate::tenant
