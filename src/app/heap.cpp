#include "app/heap.h"

#include <malloc.h>

namespace vedette::app {
namespace {

// From here on a piece of memory is the system's again as soon as it is freed. Smaller ones come
// and go with what comes in (an answer has 4 MB): giving those back costs a tenth of the processor
// time.
constexpr int large_piece_bytes = 8 * 1024 * 1024;

}  // namespace

// Without these the C library learns to keep large pieces, and keeps an arena for each thread.
void keep_heap_small() {
  ::mallopt(M_MMAP_THRESHOLD, large_piece_bytes);
  ::mallopt(M_ARENA_MAX, 2);
}

}  // namespace vedette::app
