// Owns: a listing read window by window, page by page, into the journal.
// Promises: each page is in the journal as it comes; the cursor moves only in the append of a
// window's last record, after its details, so after a kill at any moment nothing is lost (some of
// it comes again, and is known by its id). A live window goes back over what may have come late: an
// hour to begin with, as long as lateness was measured (up to a day), and once a day all of the
// last two. What was not read for long (the first start, an outage) is read newest first, between
// live windows. Records that were handed over unchanged are left out. Links are followed as they
// were given, on the service's own host, none twice, no more than limits::cloud_window_pages_max.
// Must not know: services. One thread but for `status`
// and `hurry`.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "collect/cloud/back_fill_forecast.h"
#include "collect/cloud/feed.h"
#include "collect/cloud/feed_report.h"
#include "collect/cloud/handed_over.h"
#include "collect/cloud/listing.h"
#include "collect/cloud/window_cursor.h"
#include "ports/clock.h"
#include "ports/random.h"

namespace vedette::collect::cloud {

struct WindowFeedSettings {
  std::string source;  // "graph:contoso:sign-ins:interactive"
  base::Duration interval = base::Duration::minutes(2);
  base::Duration overlap = base::Duration::hours(1);  // to begin with, and at least
  base::Duration back_fill = base::Duration::hours(24 * 30);
};

// All outlive the feed.
struct FeedRooms {
  ServiceClient& client;
  ports::Clock& clock;
  ports::Random& random;
  const CommitRecord& commit;
  const CursorOf& cursor_of;
};

class WindowFeed : public Feed {
 public:
  WindowFeed(WindowFeedSettings settings, std::unique_ptr<Listing> listing, FeedRooms rooms);
  ~WindowFeed() override;

  [[nodiscard]] base::Duration due() const override {
    return is_hurried_ ? base::Duration{} : live_due_;
  }
  void hurry() override { is_hurried_ = true; }
  void live_turn(const std::stop_token& stop) override;
  [[nodiscard]] std::optional<base::Duration> back_fill_due() const override;
  void back_fill_turn(const std::stop_token& stop) override;
  [[nodiscard]] bool has_pulled() const override { return report_.has_pulled(); }
  [[nodiscard]] FeedStatus status() const override { return report_.status(); }

 private:
  struct Pull;

  [[nodiscard]] bool load_cursor();
  void begin_live();
  void turn(std::unique_ptr<Pull>& pull, const std::stop_token& stop);
  [[nodiscard]] Answered<void> prepare(const std::stop_token& stop);
  [[nodiscard]] Answered<void> read_page(Pull& pull, const std::stop_token& stop);
  [[nodiscard]] Answered<void> read_detail(Pull& pull, const std::stop_token& stop);
  [[nodiscard]] Answered<void> check_link(Pull& pull, const std::string& link) const;
  [[nodiscard]] Answered<void> take_page(Pull& pull, const ServiceAnswer& answer,
                                         const ListedPage& page, const std::stop_token& stop);
  void note_record(const Pull& pull, std::string_view record);
  [[nodiscard]] bool is_recent(std::string_view record) const;
  [[nodiscard]] WindowCursor cursor_after(const Pull& pull) const;
  [[nodiscard]] bool commit(const Pull& pull, std::string format, std::string payload,
                            bool moves_cursor, const std::stop_token& stop);
  void finish(std::unique_ptr<Pull>& pull);
  void adapt_back_window(const Pull& pull);
  [[nodiscard]] std::optional<double> back_requests_left() const;
  [[nodiscard]] double back_records_wanted() const;
  void fail(std::unique_ptr<Pull>& pull, const Trouble& trouble, const std::stop_token& stop);
  void tell_refusal(const Trouble& trouble, const std::stop_token& stop);
  [[nodiscard]] bool clamp_back_fill(const Pull& pull, const Trouble& trouble);
  void begin_again(Pull& pull) const;
  static void halve(Pull& pull);
  [[nodiscard]] bool try_fall_back(const Trouble& trouble);
  void tell_status();

  const WindowFeedSettings settings_;
  const std::unique_ptr<Listing> listing_;
  const FeedRooms rooms_;
  HandedOver handed_over_, ids_;
  WindowCursor cursor_;
  bool is_loaded_ = false, is_prepared_ = false;
  std::unique_ptr<Pull> live_, back_;
  std::atomic<bool> is_hurried_ = false;  // until a live pull begins, or fails
  base::Duration live_due_, back_due_;
  base::Duration back_length_;
  std::size_t page_size_;
  int live_failures_ = 0, back_failures_ = 0;  // in a row
  bool is_refused_ = false;                    // for want of a licence; it is in the journal
  bool is_fallen_back_ = false;
  int fall_backs_ = 0;  // in a row
  base::Duration fall_back_until_;
  base::Timestamp learned_from_;  // everything since then that came was seen
  base::Duration lateness_max_;
  BackFillForecast forecast_;

  FeedReport report_;
};

}  // namespace vedette::collect::cloud
