// Owns: the one inotify descriptor of a file tail: which followed files have new content, and
// whether a name that matters appeared, went or moved in a watched folder. Promises: an event that
// is not of a followed file or a name that matters wakes nobody twice; a lost event (queue
// overflow) is reported as `overflowed`, and then everything must be looked at again. Where inotify
// cannot be used at all, `problem` says why and the caller polls. Must not know: file content. One
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collect/file_descriptor.h"
#include "collect/path_walk.h"

namespace vedette::collect {

class FileEvents {
 public:
  struct Changes {
    bool names = false;       // look the paths up again
    bool overflowed = false;  // look at everything again
    std::vector<std::uint64_t> files;
  };

  explicit FileEvents(bool enabled);
  // Empty while inotify works.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // To be polled for reading; -1 when inotify cannot be used.
  [[nodiscard]] int descriptor() const { return inotify_.get(); }

  // `file` is our number for it. The watch is on the open file itself, whatever its name becomes.
  void watch_file(int file_descriptor, std::uint64_t file);
  void forget_file(std::uint64_t file);
  // Watches exactly the folders of these lookups. True when one of them was not watched before:
  // what happened in it until now was not seen, so the paths must be looked up once more.
  bool watch_folders(const std::vector<Lookup>& lookups);
  // What happened since the last call. Never waits.
  [[nodiscard]] Changes take();

 private:
  void give_up(const std::string& what, int error_number);
  void note_event(int watch, std::uint32_t mask, const std::string& name, Changes& changes) const;

  FileDescriptor inotify_;
  std::string problem_;
  std::map<int, std::uint64_t> files_;          // by watch
  std::map<int, std::vector<Lookup>> folders_;  // by watch: the names that matter in it
};

}  // namespace vedette::collect
