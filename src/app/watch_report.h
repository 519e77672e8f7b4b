// Owns: what a person sees beside the alerts, on standard error: notices, progress while old
// content is read, live counters, the summary at the end. Promises: the status line appears only on
// a terminal and never mixes with other lines; every text from outside is encoded. Must not know:
// how alerts look. Its methods are called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.h"
#include "collect/line_source.h"
#include "detect/login_detectors.h"
#include "normalise/authlog_normaliser.h"
#include "notify/dispatcher.h"

namespace vedette::app {

// The numbers of a run so far.
struct WatchTotals {
  const normalise::AuthlogCounts& counts;
  const detect::LoginDetectors& detectors;
  std::uint64_t alerts_opened = 0;
  std::uint64_t alerts_withdrawn = 0;
  std::uint64_t alerts_closed = 0;
  std::uint64_t cut_lines = 0;
  base::Duration elapsed;  // since the start

  [[nodiscard]] std::uint64_t alerts_open() const {
    return alerts_opened - alerts_withdrawn - alerts_closed;
  }
};

class WatchReport {
 public:
  // `status_line`: standard error is a terminal and the user did not ask for quiet.
  WatchReport(bool quiet, bool status_line) : quiet_(quiet), status_line_(status_line) {}

  // Always shown: the user must act or know.
  void warn(const std::string& text);
  // The same for several lines of our own words.
  void advise(std::string_view text);
  // Shown unless quiet.
  void note(const std::string& text);
  // Alerts for standard output, from one thread; they wait for each other until `flush_alerts` (or
  // until they are many), and the status line gives way.
  void write_alert(std::string_view text);
  void flush_alerts();
  [[nodiscard]] bool output_failed() const { return output_error_ != 0; }
  // Why alerts can no longer be written; empty when they can, or when a reader simply went away.
  [[nodiscard]] std::string output_error() const;
  void show_status(const collect::Progress& progress, const WatchTotals& totals);
  void summarise(const WatchTotals& totals, const normalise::Quarantine& quarantine,
                 const std::vector<notify::ChannelCounters>& channels);
  void list_unreadable(const normalise::Quarantine& quarantine);

 private:
  void clear_status();
  void line(const std::string& text);

  const bool quiet_;
  const bool status_line_;
  std::mutex mutex_;  // channels' threads bring notices of their own
  bool status_shown_ = false;
  std::string alerts_;                 // not written yet
  std::atomic<int> output_error_ = 0;  // errno of the write that failed
};

}  // namespace vedette::app
