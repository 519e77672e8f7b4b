// Owns: when a feed that reads all there is, and again after an interval, works next: its interval,
// its wish to be hurried, its failures in a row and the waits behind them; and its report.
// Promises: as feed.h; there is nothing to back-fill. Must not know: what is read or sent. One
// thread but for `status`, `has_pulled` and `hurry`.
#pragma once

#include <atomic>
#include <string>

#include "collect/cloud/feed.h"
#include "collect/cloud/feed_report.h"
#include "collect/cloud/service_client.h"
#include "ports/clock.h"
#include "ports/random.h"

namespace vedette::collect::cloud {

class RepeatedFeed : public Feed {
 public:
  [[nodiscard]] base::Duration due() const override {
    return is_hurried_ ? base::Duration{} : due_;
  }
  [[nodiscard]] std::optional<base::Duration> back_fill_due() const override { return {}; }
  void back_fill_turn(const std::stop_token&) override {}
  void hurry() override { is_hurried_ = true; }
  [[nodiscard]] bool has_pulled() const override { return report_.has_pulled(); }
  [[nodiscard]] FeedStatus status() const override { return report_.status(); }

 protected:
  // Due at once. The clock outlives it.
  RepeatedFeed(ports::Clock& clock, std::string source, std::string title);

  [[nodiscard]] FeedReport& report() { return report_; }
  [[nodiscard]] int failures() const { return failures_; }  // in a row

  // A pull begins, hurried or not.
  void take_hurry();
  void went_well() { failures_ = 0; }
  // Not before that, and whoever hurries us does so anew.
  void wait_for(base::Duration wait);
  // A pull ended.
  void rest(base::Duration interval);
  // One more failure: waits as the trouble asks, all of the service's feeds with it when it is
  // throttled. True: it passes by itself.
  [[nodiscard]] bool postpone(const Trouble& trouble, ServiceClient& client, ports::Random& random);

 private:
  ports::Clock& clock_;
  base::Duration due_;
  std::atomic<bool> is_hurried_ = false;
  int failures_ = 0;
  FeedReport report_;
};

}  // namespace vedette::collect::cloud
