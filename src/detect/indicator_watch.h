// Owns: the detection indicator_match: a log-in whose address is an indicator of compromise. One
// alert an indicator and address within a window, with its count. Promises: pure but for its state:
// the same matches give the same alerts, live or replayed; a record that comes again is counted
// once, as long as it is among those that an alert names. Below the confidence that people want to
// be told of, the alert is informational. State is bounded; the match that has been quiet for
// longest is closed first. An alert whose opening was not heard is opened by what follows: its
// doubling, its end. Must not know: where indicators come from. The pipeline's thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "detect/alert_book.h"
#include "detect/allow_list.h"
#include "detect/state_blob.h"
#include "model/auth_event.h"
#include "model/indicator.h"

namespace vedette::detect {

inline constexpr std::string_view indicator_match = "indicator_match";

struct IndicatorSettings {
  int alert_confidence = 100;                         // 0..100; from it on people are told
  base::Duration window = base::Duration::hours(24);  // 1 minute to 30 days
};
[[nodiscard]] base::Result<void> check(const IndicatorSettings& settings);

// A log-in, and the indicator that one of its two sides was found in.
struct IndicatorMatch {
  const model::AuthEvent* event = nullptr;
  base::IpAddress address;  // the one that was found
  bool is_source = true;    // the other side came from it; false: it is what was logged in to
  model::MatchedIndicator indicator;
};

class IndicatorWatch {
 public:
  // The settings must have passed `check`; the allow list must outlive this.
  IndicatorWatch(IndicatorSettings settings, const AllowList& allow_list)
      : settings_(settings), allow_list_(allow_list) {}

  // `now` is processing time, for the alerts' own stamps.
  void run(std::span<const IndicatorMatch> matches, base::Timestamp now,
           std::vector<ChangedAlert>& out);
  // Event time has passed: windows that are over are closed.
  void advance(base::Timestamp event_time, base::Timestamp now, std::vector<ChangedAlert>& out);
  void finish(base::Timestamp now, std::vector<ChangedAlert>& out);

  [[nodiscard]] std::size_t open_alerts() const { return open_.size(); }
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

 private:
  struct Told {
    std::uint64_t successes = 0, failures = 0;
    std::uint64_t told_count = 0;  // of events, when it was last told
    model::Alert alert;
  };

  void take(const IndicatorMatch& match, base::Timestamp now, std::vector<ChangedAlert>& out);
  void open(Told& told, std::uint64_t key, const IndicatorMatch& match);
  void describe(Told& told, const IndicatorMatch& match) const;
  void close(Told& told, base::Timestamp now, std::vector<ChangedAlert>& out);
  void close_quietest(base::Timestamp now, std::vector<ChangedAlert>& out);

  const IndicatorSettings settings_;
  const AllowList& allow_list_;
  std::map<std::uint64_t, Told> open_;  // by indicator and address
};

}  // namespace vedette::detect
