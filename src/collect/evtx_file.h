// Owns: the reading of a Windows event log file (EVTX): its records, each as the XML that Windows
// shows of it.
// Promises: the library that knows the format runs in a process of its own, with bounded memory and
// processor time, so that no file can harm us: what that process died of is said, and the records
// before it are given. A record that cannot be read is counted with its reason and costs none of
// its neighbours; those that a damaged file had given up are looked for too. Must not know: what
// records say. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::collect {

struct EvtxCounts {
  std::uint64_t records = 0;     // given
  std::uint64_t recovered = 0;   // of these: found beside the file's own index
  std::uint64_t unreadable = 0;  // records, and parts that may have held some
  bool is_damaged = false;
  std::map<std::string, std::uint64_t> reasons;  // of what was unreadable
};

// A record's XML, until the call returns; an error ends the reading.
using TakeEvtxRecord = std::function<base::Result<void>(std::string_view xml)>;

// An error: the file cannot be opened, is no event log at all, or `take` failed.
[[nodiscard]] base::Result<EvtxCounts> read_evtx(const std::string& path,
                                                 const TakeEvtxRecord& take);
// By its first bytes.
[[nodiscard]] bool is_evtx(std::string_view begin);

}  // namespace vedette::collect
