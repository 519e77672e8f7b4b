// Owns: a feed of indicators that anybody may fetch: a list (a value a line, or columns), or a MISP
// feed (a manifest, and a file for each event). Promises: what has not changed is not fetched again
// (ETag, Last-Modified); lines and events that were handed over are left out, and all of a list
// comes again before what is known of it ends; the cursor moves with the last record of what it
// speaks of, so that after a kill nothing is lost. Must not know: what values mean. One thread but
// for `status` and `hurry`.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "collect/cloud/handed_over.h"
#include "collect/cloud/repeated_feed.h"
#include "collect/cloud/window_feed.h"
#include "model/indicator_record.h"

namespace vedette::collect::cloud {

struct IndicatorFeedSettings {
  std::string source;  // "feed:botvrij"
  std::string url;     // of the list, or of the folder that holds manifest.json
  bool is_misp = false;
  model::IndicatorRecord record;  // of what comes
  base::Duration interval = base::Duration::hours(1);
  base::Duration back_fill = base::Duration::hours(24 * 30);  // of a MISP feed's events
  bool is_public_only = false;  // its client reaches public addresses alone
};

class IndicatorFeed : public RepeatedFeed {
 public:
  IndicatorFeed(IndicatorFeedSettings settings, FeedRooms rooms);

  void live_turn(const std::stop_token& stop) override;

 private:
  // Of a manifest; in the order of time, so that one place says what was read.
  struct Event {
    std::int64_t changed_s = 0;
    std::string uuid;
    auto operator<=>(const Event&) const = default;
  };
  struct Cursor {
    std::string etag, modified;  // of the list or the manifest that was read to its end
    Event read;                  // up to there
    base::Timestamp full;        // when all of a list was handed over
  };

  [[nodiscard]] bool load_cursor();
  void begin();
  [[nodiscard]] Answered<void> fetch(const std::stop_token& stop);
  [[nodiscard]] Answered<void> take_list(const ServiceAnswer& answer, const std::stop_token& stop);
  [[nodiscard]] Answered<void> take_manifest(const ServiceAnswer& answer);
  [[nodiscard]] Answered<void> fetch_event(const std::stop_token& stop);
  [[nodiscard]] bool commit(std::string_view document, const Cursor& after,
                            const std::stop_token& stop);
  void finish();
  void fail(const Trouble& trouble);

  const IndicatorFeedSettings settings_;
  const FeedRooms rooms_;
  std::optional<HandedOver> handed_over_;  // lines, since all were
  bool is_loaded_ = false, is_begun_ = false;
  bool is_full_ = false;  // the next list that comes is handed over whole
  Cursor cursor_, goal_;  // of the pull that runs: where it ends
  std::deque<Event> events_;
  PullStatus pull_;
};

}  // namespace vedette::collect::cloud
