#include "detect/table_memory.h"

#include <sys/mman.h>

#include <cassert>

namespace vedette::detect {

TableMemory allocate_table(std::size_t bytes, Pages pages) {
  constexpr std::size_t huge_page_bytes = std::size_t{2} * 1024 * 1024;
  constexpr std::size_t line_bytes = 64;
  const bool large = bytes >= 2 * huge_page_bytes;
  const std::size_t alignment = large ? huge_page_bytes : line_bytes;
  const std::size_t size = (bytes + alignment - 1) / alignment * alignment;
  TableMemory memory(static_cast<std::byte*>(std::aligned_alloc(alignment, size)));
  assert(memory != nullptr);
  // Advice; where it is not taken the table works as well. Some systems give huge pages unasked.
  if (large) ::madvise(memory.get(), size, pages == Pages::huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  return memory;
}

}  // namespace vedette::detect
