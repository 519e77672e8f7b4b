// Owns: how a running service is, in numbers and words, for health pages, metrics and the log.
// Must not know: where the numbers come from. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/ingest_door.h"
#include "app/intake.h"
#include "app/syslog_intake.h"
#include "app/trunk.h"
#include "collect/cloud/feed.h"
#include "journal/group_commit.h"
#include "notify/dispatcher.h"

namespace vedette::app {

struct ServiceStatus {
  TrunkCounts trunk;
  IntakeCounts intake;
  std::vector<NamedDoorCounts> doors;
  std::vector<collect::cloud::FeedStatus> feeds;
  IngestCounts ingest;
  journal::GroupCommitStatus commit;
  std::uint64_t journal_position = 0;  // of the last record
  std::string shortage;                // of room on the disk; empty: there is enough
  std::string reserve_trouble;         // why the reserve of room is not there; empty: it is
  std::vector<notify::ChannelCounters> channels;
  std::size_t indicators = 0;                                     // that hold
  std::map<std::string, std::uint64_t, std::less<>> passed_over;  // matches, by the warning list

  // Why it is not ready, each in a sentence; empty: it is.
  [[nodiscard]] std::vector<std::string> reasons() const;
};

}  // namespace vedette::app
