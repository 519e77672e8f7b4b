// Owns: what is said of cloud feeds over time: troubles when they begin and end, the first pull,
// how far a back-fill is; and their minute's health records. Promises: a trouble is said once,
// again when its words change. Must not know: how feeds work. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/trunk.h"
#include "base/time.h"
#include "collect/cloud/feed.h"

namespace vedette::app {

struct CloudNotice {
  bool is_problem = false;
  std::string text;
};

class CloudStory {
 public:
  // What there is to say since the last call.
  [[nodiscard]] std::vector<CloudNotice> take(const std::vector<collect::cloud::FeedStatus>& feeds,
                                              base::Duration monotonic);

 private:
  struct Told {
    std::string trouble;
    bool was_pulled = false, was_behind = false;
    base::Duration progress_due;
  };
  std::map<std::string, Told> told_;
};

// "service reported 83, fetched 83", or pages and records where it does not count.
[[nodiscard]] std::string describe_completeness(const collect::cloud::PullStatus& pull);
// "read back to 2026-..., 3 d 4 h to go, about 12 min"
[[nodiscard]] std::string describe_back_fill(const collect::cloud::BackFillStatus& back);
// One record a feed, as text of normalise::health_format: what it says itself, with what was
// counted of it behind the journal. That is taken out of `counts`, so that nobody tells of it
// again.
[[nodiscard]] std::string feed_health(const std::vector<collect::cloud::FeedStatus>& feeds,
                                      std::map<std::string, SourceCounts>& counts,
                                      base::Timestamp now, base::Duration interval);

}  // namespace vedette::app
