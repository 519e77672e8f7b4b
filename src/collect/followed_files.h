// Owns: which open file stands behind which name, now and through every rotation: the names that
// were asked for, the files that are open, and those that no name leads to any more but may still
// be written to. Promises: one open file for one inode, however many names lead to it. A new file
// that is a copy of one that was read goes on where that one ended. Bounded by
// limits::tailed_files_max. Must not know: waiting, batches. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "collect/file_events.h"
#include "collect/file_tail.h"
#include "collect/saved_reads.h"
#include "collect/tailed_file.h"
#include "ports/clock.h"

namespace vedette::collect {

struct OpenFile {
  std::unique_ptr<TailedFile> file;
  std::string path;               // the name it was opened by, in this run or an earlier one
  bool is_released = false;       // no name leads to it any more
  bool reads_first = false;       // holds lines older than those of the other files
  bool may_be_copy = false;       // came up while we watched: of a file that we read already?
  bool is_closing = false;        // to be closed once it is read to its end
  base::Duration last_content{};  // when it last had something new, or was released
};

// A FIFO or character device, named by the user.
struct NamedStream {
  std::string path;
  std::uint32_t source = 0;
};

class FollowedFiles {
 public:
  FollowedFiles(const TailOptions& options, const ports::Clock& clock, FileEvents& events,
                std::vector<SourceNotice>& notices);

  // Looks all names up again: opens what is new, releases what no name leads to.
  void look_up_names();
  // New content may be in this file, or in all of them.
  void wake(std::uint64_t number);
  void wake_all();
  // The file that is to be read next, or none. It stays valid until the next call of anything here.
  [[nodiscard]] OpenFile* next_to_read();
  // The file was cut under us: takes what it lost from its copy when there is one, and begins
  // again.
  void begin_again(OpenFile& open, Change change);
  // Lets go of a file for good. Its end is remembered, should its name come back.
  void close(std::uint64_t number);
  // The same, and does not open it again: it is compressed, or the system cannot read it.
  void refuse(const OpenFile& open);
  void fail(const OpenFile& open, const std::string& reason);
  // Marks files for closing that were rotated away and have been idle for long enough.
  void retire_idle();

  [[nodiscard]] const std::vector<OpenFile>& open_files() const { return files_; }
  // How far all files are read that this path stood for (saved_reads.h).
  [[nodiscard]] std::string cursor_of(const std::string& path) const;
  // Changes whenever the cursor does.
  [[nodiscard]] std::uint64_t place_of(const std::string& path) const;
  // Those with a file that is open: what was read to its end and closed keeps its last cursor.
  [[nodiscard]] std::vector<std::string> paths() const;
  // Streams found at the first look, once.
  [[nodiscard]] std::vector<NamedStream> take_streams() { return std::exchange(streams_, {}); }
  // No name can lead to a file: all are refused for good, and none is a pattern.
  [[nodiscard]] bool is_hopeless() const;

 private:
  struct Name {
    std::uint32_t source = 0;
    std::uint64_t file = 0;  // the number of its open file; 0: none
    bool is_explicit = false;
    bool from_start = false;
    bool was_read = false;  // in an earlier run
    bool was_seen = false;
    bool is_refused = false;               // never read, for what it is
    std::optional<NoticeKind> told;        // about its absence, so that it is said once
    std::optional<FileIdentity> rejected;  // the file that is there now is not opened again
  };

  struct NamedPath {
    std::string path;
    bool is_explicit = false;
    bool from_start = false;
  };

  [[nodiscard]] std::vector<NamedPath> walk_targets();
  void meet(const NamedPath& named);
  void look_up(const std::string& path);
  void look_up_special(const std::string& path, Name& name, unsigned mode);
  void open_file(const std::string& path, Name& name);
  void link(const std::string& path, Name& name, const OpenFile& open, bool is_new);
  void tell_absent(const std::string& path, Name& name, int error_number);
  void reject(const OpenFile& open, NoticeKind told);
  void begin_new_files(std::size_t first_new);
  void begin_new_file(OpenFile& open);
  void open_saved(SavedReads::Found found);
  void release_unnamed();
  [[nodiscard]] bool is_ready(OpenFile& open);
  [[nodiscard]] bool is_held_as_copy(OpenFile& open);
  [[nodiscard]] bool take_over_copy(const OpenFile& original);
  [[nodiscard]] OpenFile* find(const FileIdentity& identity);
  [[nodiscard]] OpenFile* find(std::uint64_t number);
  [[nodiscard]] const OpenFile* successor_of(const OpenFile& open);

  const TailOptions& options_;
  const ports::Clock& clock_;
  FileEvents& events_;
  std::vector<SourceNotice>& notices_;
  std::map<std::string, Name> names_;
  std::vector<OpenFile> files_;  // in the order they are read in: oldest first
  std::deque<ReadMark> closed_;
  SavedReads saved_{notices_};
  std::vector<NamedStream> streams_;
  std::uint64_t next_number_ = 1;
  std::uint32_t next_source_;
  std::uint64_t last_read_ = 0;  // whose turn it was
  bool is_first_look_ = true;
  bool told_too_many_ = false;
};

}  // namespace vedette::collect
