// Owns: the systemd journal's export format (systemd.io/JOURNAL_EXPORT_FORMATS), as `journalctl -o
// export` writes it → the line that syslog would have written of each entry, with what is needed to
// go on after it.
// Promises: bytes may come in any pieces; memory is bounded: a field longer than
// limits::line_bytes_max is cut there, fields that are not needed are skipped without being kept.
// A message of several lines becomes one line (#012 stands for the line's end, as rsyslog writes
// it), so no entry can pass for two. What breaks the format is skipped up to the next entry, and
// counted. Must not know: processes, files. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::collect {

struct JournalEntry {
  std::string cursor;
  base::Timestamp time;  // unset: the entry names none, and can become no line
  std::string priority, facility, host, identifier, process_id, message;
};

// "<38>2026-06-01T08:15:30.123456Z web1 sshd[42]: text\n"; empty when the entry has no time.
[[nodiscard]] std::string line_of(const JournalEntry& entry);

class JournalExport {
 public:
  // Takes the bytes in; what `next` gives comes out of them.
  void feed(std::string_view bytes);
  // The next whole entry; false when more bytes are needed.
  [[nodiscard]] bool next(JournalEntry& entry);
  // The input is over: an entry that lacks the blank line at its end is whole now.
  void finish() { is_over_ = true; }
  [[nodiscard]] std::uint64_t broken() const { return broken_; }  // entries that were skipped
  [[nodiscard]] std::uint64_t cut() const { return cut_; }        // fields that were too long

 private:
  enum class Step : std::uint8_t { entry_ended, went_on, needs_more };

  Step take_line();
  Step take_size();
  Step take_value();
  void set_field(std::string_view name, std::string_view value);
  [[nodiscard]] std::string_view rest() const { return std::string_view(bytes_).substr(at_); }

  std::string bytes_;  // fed and not yet taken, from at_ on
  std::size_t at_ = 0;
  JournalEntry entry_;            // in the making
  std::string name_;              // of a field whose binary value is being read
  std::string value_;             // its kept part
  std::uint64_t value_left_ = 0;  // bytes of it that are still to come, its newline included
  bool in_size_ = false, in_value_ = false;
  bool skips_line_ = false;  // the rest of a line that was too long
  bool is_broken_ = false;   // skipping up to the blank line
  bool has_fields_ = false;
  bool is_over_ = false;
  std::uint64_t broken_ = 0, cut_ = 0;
};

}  // namespace vedette::collect
