// Owns: the beginning of every line (stamp, host, program, process id) in the chosen format, and
// its end. Promises: no allocation beyond the caller's string; whole seconds are formatted once.
// Must not know: what the lines say. One thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "simulate/authlog_options.h"

namespace vedette::simulate {

// Decimal text of a number, appended.
inline void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

class LineWriter {
 public:
  explicit LineWriter(const AuthlogOptions& options)
      : format_(options.format), zone_us_(std::int64_t{options.zone_minutes} * 60'000'000) {}

  // "Jun  1 08:15:30 host program[pid]: "; no brackets when pid is 0.
  void begin(std::string& out, std::int64_t time_us, std::string_view host,
             std::string_view program, std::uint32_t pid);
  // Ends the line. The journal cuts blanks at the end of a message, syslog keeps them.
  void end(std::string& out) const {
    if (format_ == AuthlogFormat::journal)
      while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  // Syslog daemons write "message repeated N times"; the journal never does.
  [[nodiscard]] bool compresses_repeats() const { return format_ != AuthlogFormat::journal; }

 private:
  void format_second(std::int64_t local_second);

  AuthlogFormat format_;
  std::int64_t zone_us_;
  std::int64_t second_ = -1;  // the second that head_ is for, local time
  char head_[32] = {};        // the stamp up to the seconds
  std::size_t head_size_ = 0;
};

}  // namespace vedette::simulate
