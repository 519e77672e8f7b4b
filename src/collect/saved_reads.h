// Owns: how far files had been read when Vedette stopped: cursors as text (they lie in the journal,
// durable with the lines), and finding each file again at the next start, whatever its name has
// become. Promises: a file is known again by its inode and its bytes, or by its bytes alone (a
// copy, a restored log); files that a name was rotated through while nobody looked are found beside
// it, oldest first; what cannot be found, or is compressed, is told. Must not know: who reads on.
// One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "collect/line_source.h"
#include "collect/tailed_file.h"

namespace vedette::collect {

// How far one file was read.
struct SavedRead {
  ReadMark mark;
  bool is_current = false;   // the name led to it
  base::Timestamp modified;  // when it was written last, as far as we saw
};

// A cursor: all files that one name stood for. Its text is JSON of a few hundred bytes a file.
[[nodiscard]] std::string encode_cursor(const std::vector<SavedRead>& reads);
// Nothing when it is no cursor.
[[nodiscard]] std::optional<std::vector<SavedRead>> decode_cursor(std::string_view text);

class SavedReads {
 public:
  explicit SavedReads(std::vector<SourceNotice>& notices) : notices_(notices) {}

  void load(const std::string& path, std::string_view cursor);
  struct Known {
    ReadMark mark;
    std::string path;  // the name whose cursor it stood in
  };
  // Where this open file, at which somebody has looked, goes on; nothing when it is not known.
  [[nodiscard]] std::optional<Known> take(const TailedFile& file, const std::string& path);

  // A file that no name leads to and that still has to be read.
  struct Found {
    FileDescriptor descriptor;
    FileIdentity identity;
    std::string path;              // the name that it had
    std::optional<ReadMark> mark;  // none: from its start
  };
  // What is left after all named files were taken; nothing is left afterwards.
  [[nodiscard]] std::vector<Found> find_rest(
      const std::function<bool(const FileIdentity&)>& is_open);

 private:
  struct Waiting {
    SavedRead read;
    std::string path;
  };
  struct Beside;

  static std::vector<Beside> look_beside(const std::string& path,
                                         const std::function<bool(const FileIdentity&)>& is_open);
  void find_rest_of(const std::string& path, std::vector<SavedRead> reads,
                    const std::function<bool(const FileIdentity&)>& is_open,
                    std::vector<Found>& found);

  std::vector<SourceNotice>& notices_;
  std::vector<Waiting> waiting_;
};

}  // namespace vedette::collect
