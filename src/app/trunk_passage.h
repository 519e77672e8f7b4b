// Owns: one record of the journal on its way through the trunk, between its stations. Must not
// know: what the stations do. The trunk's thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/trunk.h"

namespace vedette::app {

struct Trunk::Passage {
  const ports::JournalRecord& record;
  model::RawBatch batch;
  std::vector<model::AuthEvent> events;
  std::vector<ReadRun> runs;
  std::vector<const model::Location*> places;  // of the events
  // Of cloud directories.
  std::span<const model::SignIn* const> sign_ins;
  std::span<const model::ChangeEvent> directory_changes;
  std::span<const model::WindowsLogOn> windows;
  std::uint64_t lines = 0, unreadable = 0;
};

}  // namespace vedette::app
