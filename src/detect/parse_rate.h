// Owns: the rule parse_rate: nothing goes blind quietly. When the share of log-in records that
// cannot be read rises (a new sshd writes other words; a file is not what it seems), that is itself
// an alert; it is closed when lines can be read again. Promises: pure: judged by counts of lines,
// not by time. Must not know: parsers. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "detect/alert_book.h"

namespace vedette::detect {

// Running totals of one run.
struct ParseTotals {
  std::uint64_t readable = 0;    // lines that could be read, of those that may be log-in records
  std::uint64_t unreadable = 0;  // lines that could not
  base::Timestamp last_time;     // event time of the latest line that has one
};

class ParseRateMonitor {
 public:
  // Of this many lines, a fifth unreadable opens the alert and a twentieth or less closes it.
  static constexpr std::uint64_t window_lines = 100;

  // `why` is the most frequent reason with an example, `source` what is read.
  void judge(const ParseTotals& totals, std::string_view source, std::string_view why,
             base::Timestamp now, std::vector<ChangedAlert>& out);

 private:
  ParseTotals at_window_start_;
  model::Alert open_;
  bool is_open_ = false;
};

}  // namespace vedette::detect
