// Owns: how the C library's heap behaves in a service. Promises: what was freed does not stay with
// a process that is at rest. Must not know: what is allocated. Called once, before other threads.
#pragma once

namespace vedette::app {

void keep_heap_small();

}  // namespace vedette::app
