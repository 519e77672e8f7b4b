// Owns: the detection indicator_match: an event that holds an indicator of compromise, or what one
// is about. One alert an indicator and value (an address, a name ...) within a window, with its
// count. Promises: pure but for its state: the same matches give the same alerts, live or replayed;
// a record that comes again is counted once, as long as it is among those that an alert names.
// Below the confidence that people want to be told of, the alert is informational. State is
// bounded; the match that has been quiet for longest is closed first. An alert whose opening was
// not heard is opened by what follows: its doubling, its end. Beside it `past_alert`: what an
// indicator was found in that came later than the events. Must not know: where indicators come
// from. The pipeline's thread; `past_alert` any.
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
#include "model/indicator_match.h"

namespace vedette::detect {

inline constexpr std::string_view indicator_match = "indicator_match";
// Found by looking back.
inline constexpr std::string_view indicator_past = "indicator_past";

struct IndicatorSettings {
  int alert_confidence = 100;                         // 0..100; from it on people are told
  base::Duration window = base::Duration::hours(24);  // 1 minute to 30 days
  // Of single sources, in place of alert_confidence.
  std::map<std::string, int, std::less<>> confidence_of = {};

  [[nodiscard]] bool is_told(const model::MatchedIndicator& indicator) const;
};
[[nodiscard]] base::Result<void> check(const IndicatorSettings& settings);

class IndicatorWatch {
 public:
  // The settings must have passed `check`; the allow list must outlive this.
  IndicatorWatch(IndicatorSettings settings, const AllowList& allow_list)
      : settings_(std::move(settings)), allow_list_(allow_list) {}

  // `now` is processing time, for the alerts' own stamps.
  void run(std::span<const model::IndicatorMatch> matches, base::Timestamp now,
           std::vector<ChangedAlert>& out);
  // Event time has passed, or ours since an alert was opened: windows that are over are closed.
  void advance(base::Timestamp event_time, base::Timestamp now, std::vector<ChangedAlert>& out);
  void finish(base::Timestamp now, std::vector<ChangedAlert>& out);

  [[nodiscard]] std::size_t open_alerts() const { return open_.size(); }
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

  // Events by how they ended. What was kept out is what everybody on the internet sees all day;
  // what was held back came from inside.
  struct Counts {
    std::uint64_t log_ins = 0, failures = 0, kept_out = 0, held_back = 0, others = 0;
    [[nodiscard]] std::uint64_t all() const {
      return log_ins + failures + kept_out + held_back + others;
    }
  };

 private:
  struct Told {
    Counts counts;
    std::uint64_t told_count = 0;  // of events, when it was last told
    model::Alert alert;
  };

  void take(const model::IndicatorMatch& match, base::Timestamp now,
            std::vector<ChangedAlert>& out);
  void open(Told& told, std::uint64_t key, const model::IndicatorMatch& match) const;
  void close(Told& told, base::Timestamp now, std::vector<ChangedAlert>& out);
  void close_quietest(base::Timestamp now, std::vector<ChangedAlert>& out);

  const IndicatorSettings settings_;
  const AllowList& allow_list_;
  std::map<std::uint64_t, Told> open_;  // by indicator and value
};

// Whether what was found is on the allow list at the event's time.
[[nodiscard]] bool is_allowed(const AllowList& allow_list, const model::IndicatorMatch& match);

// Stored events that an indicator was found in which reached us after them: one alert an indicator
// and value, however often it is looked for; over when it is told. `matches` are of the same two,
// one for each table and column, with their counts; not empty. `time` of each is its first event.
struct PastMatch {
  model::IndicatorMatch match;
  base::Timestamp last;  // event
};
[[nodiscard]] model::Alert past_alert(const IndicatorSettings& settings,
                                      std::span<const PastMatch> matches, base::Timestamp now);

}  // namespace vedette::detect
