// Owns: the reading of Windows event log files (EVTX): their records, each as the XML that Windows
// shows of it.
// Promises: the library that knows the format runs in a process of its own, with bounded memory and
// processor time, so that no file can harm us: what that process died of is said, the records
// before it are given, and the next file has a new process; so has one after many files or bytes,
// whatever the library may have kept of them. A record that cannot be read is counted with its
// reason and costs none of its neighbours; those that a damaged file had given up are looked for
// too. Must not know: what records say. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
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

class EvtxReader {
 public:
  EvtxReader();
  ~EvtxReader();
  EvtxReader(const EvtxReader&) = delete;
  EvtxReader& operator=(const EvtxReader&) = delete;

  // An error: the file cannot be opened, is no event log at all, or `take` failed.
  [[nodiscard]] base::Result<EvtxCounts> read(const std::string& path, const TakeEvtxRecord& take);
  // How many processes it took so far.
  [[nodiscard]] std::uint64_t processes() const { return processes_; }

 private:
  class Process;
  base::Result<void> prepare(const std::string& path);

  std::unique_ptr<Process> process_;  // null: the next file begins one
  std::uint64_t processes_ = 0;
  std::uint64_t files_ = 0, bytes_ = 0;  // that it was given
};

// By its first bytes.
[[nodiscard]] bool is_evtx(std::string_view begin);

}  // namespace vedette::collect
