// Owns: one large piece of memory for the records of a state table, in huge pages where the system
// gives them (a table is looked at in places that cannot be foreseen; with small pages each look
// costs a walk through the page tables too).
// Promises: aligned to 64 bytes; not touched, and so not taken from the system, before it is used.
// Must not know: what lies in it. Called from any thread.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace vedette::detect {

struct FreeBytes {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
using TableMemory = std::unique_ptr<std::byte[], FreeBytes>;

// Ends the program when there is none, as std::bad_alloc would.
[[nodiscard]] TableMemory allocate_table(std::size_t bytes);

}  // namespace vedette::detect
