// Owns: one large piece of memory for the records of a state table. Huge pages, where the system
// gives them, are for speed: a table is looked at in places that cannot be foreseen, and with small
// pages each look costs a walk through the page tables too. Small pages are for a service that is
// mostly at rest: only what was used is taken from the system.
// Promises: aligned to 64 bytes; not touched, and so not taken from the system, before it is used.
// Must not know: what lies in it. Called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace vedette::detect {

enum class Pages : std::uint8_t { huge, small };

struct FreeBytes {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
using TableMemory = std::unique_ptr<std::byte[], FreeBytes>;

// Ends the program when there is none, as std::bad_alloc would.
[[nodiscard]] TableMemory allocate_table(std::size_t bytes, Pages pages);

}  // namespace vedette::detect
