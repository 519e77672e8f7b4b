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
#include "detect/state_blob.h"

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
  // Totals went on by lines that were judged before (they are only read again).
  void skip(const ParseTotals& totals);
  // The window that is under way and the alert that is open, for the next run, whose totals begin
  // anew. The reader is left as not good when they are not there.
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

 private:
  // The next run's totals begin below its window's start: the difference is what counts, and the
  // arithmetic goes round.
  ParseTotals at_window_start_, latest_;
  std::uint64_t judged_ = 0;  // lines, in all runs: no two alerts have the same number
  model::Alert open_;
  bool is_open_ = false;
};

}  // namespace vedette::detect
