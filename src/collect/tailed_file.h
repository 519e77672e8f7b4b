// Owns: one open regular file and how far it has been read. It is the file, not its name: it goes
// on being read after it was renamed or deleted. Promises: whole lines in order, each once; nothing
// of the file is kept in memory but its first kilobyte, the last bytes read, and an unfinished last
// line of at most limits::unfinished_line_bytes_max. A file that was cut and written anew is
// noticed by its size or by its first bytes. Must not know: other files, names that come and go,
// inotify. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "collect/file_descriptor.h"

namespace vedette::collect {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

// What is known of the part of a file that was read: enough to know it again under another name, or
// to know that its inode now holds something else.
struct ReadMark {
  FileIdentity identity;
  std::uint64_t offset = 0;    // everything before it was delivered
  std::string first_bytes;     // of the file
  std::string last_bytes;      // before offset
  bool skipping_line = false;  // offset lies in the rest of a line that was cut
};

enum class Change : std::uint8_t {
  none,
  cut,        // begun anew: shorter than what was read, or its first bytes are others
  shortened,  // only its end was taken away: its beginning is still what was read
};

class TailedFile {
 public:
  struct Lines {
    std::size_t bytes = 0;  // whole lines at the front of the buffer; 0: none now
    std::uint64_t position = 0;
    std::uint64_t cut_lines = 0;
    bool live = false;
  };

  // `number` is this file's own in this run; `source` and `name` are those of the path it was
  // opened by.
  TailedFile(FileDescriptor descriptor, FileIdentity identity, std::uint64_t number,
             std::uint32_t source, std::string name);

  // Where to begin. Content up to the file's present end counts as there before us only when
  // `existing`. At the end means: behind the last newline, so that a line being written comes
  // whole.
  void begin_at_start(bool existing);
  void begin_at_end();
  void begin_at(const ReadMark& mark);
  // Content up to the file's present end was there before us.
  void count_as_existing() { existing_until_ = size_; }

  // Looks at size, time and first bytes. To be called before reading.
  [[nodiscard]] base::Result<Change> look();
  // The file was cut: begins again at its start. An unfinished line that was cut away is delivered
  // first, with a newline, unless `forget_unfinished` (somebody found it elsewhere).
  void begin_again(bool forget_unfinished);
  // Reads the next whole lines into `buffer` (limits::line_bytes_max + 1 bytes). Without lines,
  // `at_end` tells whether there is more to read.
  [[nodiscard]] base::Result<Lines> read(std::span<char> buffer);
  // The last line, which has no newline, with one added. For a file that will not be written any
  // more.
  [[nodiscard]] base::Result<Lines> read_unfinished(std::span<char> buffer);

  // True when what this file begins with was read from `other` before: it may be a copy.
  [[nodiscard]] bool begins_like(const TailedFile& other) const;
  // True when `other` begins with the bytes that were read here and, at this file's offset,
  // continues from them: a copy, or the same file under another inode.
  [[nodiscard]] bool is_copied_in(int other_descriptor) const;
  // True when the end of this file stands at the same place in `other`: an older copy of it.
  [[nodiscard]] bool is_part_of(const TailedFile& other) const;
  // True when this file, which has the mark's inode, still holds what the mark says: not a new file
  // that was given the inode of a deleted one.
  [[nodiscard]] bool continues(const ReadMark& mark) const;
  // True when what the mark says was read stands in this file, however little that is; for a file
  // of the mark's inode.
  [[nodiscard]] bool holds(const ReadMark& mark) const;
  [[nodiscard]] ReadMark mark() const {
    return {identity_, consumed_, first_bytes_, last_bytes_, skipping_line_};
  }

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] const FileIdentity& identity() const { return identity_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint32_t source() const { return source_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] base::Timestamp modified() const { return modified_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_; }
  [[nodiscard]] std::uint64_t consumed_bytes() const { return consumed_; }
  [[nodiscard]] const std::string& first_bytes() const { return first_bytes_; }
  [[nodiscard]] std::uint64_t pending_bytes() const {
    return size_ > consumed_ ? size_ - consumed_ : 0;
  }
  // Its size at the last look is not the size up to which it was read.
  [[nodiscard]] bool has_unseen() const { return size_ != read_until_; }
  [[nodiscard]] std::uint64_t hole_bytes() const { return hole_bytes_; }
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] bool is_deleted() const { return links_ == 0; }
  [[nodiscard]] bool is_catching_up() const { return !at_end_ && consumed_ < existing_until_; }
  [[nodiscard]] bool looks_binary() const { return looks_binary_; }
  // New content may be there.
  void wake() { at_end_ = false; }

 private:
  [[nodiscard]] base::Result<Lines> read_piece(std::span<char> buffer);
  [[nodiscard]] Lines take_orphan(std::span<char> buffer);
  [[nodiscard]] Lines hand_out(std::span<const char> lines, std::uint64_t cut_lines);
  [[nodiscard]] std::size_t skip(std::span<const char> bytes);

  FileDescriptor descriptor_;
  FileIdentity identity_;
  std::uint64_t number_;
  std::uint32_t source_;
  std::string name_;
  std::uint64_t consumed_ = 0;        // the next line starts here
  std::uint64_t read_until_ = 0;      // where the last read ended: behind an unfinished line
  std::uint64_t size_ = 0;            // when last looked at
  std::uint64_t existing_until_ = 0;  // content before this was there before us
  std::uint64_t hole_bytes_ = 0;
  std::uint64_t links_ = 1;
  base::Timestamp modified_;
  std::string first_bytes_;
  std::string last_bytes_;
  std::string unfinished_;  // the last line so far, when short enough to be kept
  std::string orphan_;      // an unfinished line whose file was cut
  bool at_end_ = false;
  bool skipping_line_ = false;  // inside the rest of a line that was cut
  bool skipping_hole_ = false;  // in NUL bytes at the start of a file that was cut under its writer
  bool looks_binary_ = false;
};

}  // namespace vedette::collect
