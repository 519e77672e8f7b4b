// Indicators in a running service: read back from the store when it starts and when some were
// stored, on a thread of their own.
#include "app/service.h"
#include "app/thread_load.h"

namespace vedette::app {
namespace {

using base::Duration;

// After a failure, and while another process has the store.
constexpr Duration look_interval = Duration::seconds(5);

}  // namespace

IntelSourceRooms Service::intel_sources() {
  return {
      world_.clock,
      [this] { return clouds_ ? clouds_->status() : std::vector<collect::cloud::FeedStatus>(); },
      [this] { return intel_.tallies(); },
      [this] {
        if (clouds_) clouds_->pull_now(is_of_indicators);
      },
      [this] { return journal_->last_position(); }};
}

base::Result<void> Service::start_intel() {
  const auto refresh = [this](const std::stop_token& stop) {
    auto* store = this->store();
    if (store == nullptr || !intel_.is_due()) return;
    const auto done = intel_.refresh(*store, world_.clock.now(), stop);
    if (!done) return tell(true, "indicators cannot be read back: " + done.error().message);
    world_.log.info("intel", {{"indicators", done->indicators},
                              {"observables", done->observables},
                              {"unreadable", done->unreadable},
                              {"left_out", done->left_out}});
  };
  refresh({});  // log-ins that wait are held against what is known
  if (world_.once) return {};
  intel_thread_ = std::jthread([this, refresh](const std::stop_token& stop) {
    name_thread("intel");
    while (!stop.stop_requested()) {
      intel_changed_.wait(look_interval, stop);
      refresh(stop);
    }
  });
  return {};
}

void Service::stop_intel() {
  intel_thread_.request_stop();
  if (intel_thread_.joinable()) intel_thread_.join();
}

}  // namespace vedette::app
