// Indicators in a running service: read back from the store when it starts and when some were
// stored, on a thread of their own.
#include <algorithm>

#include "app/indicator_hits.h"
#include "app/service.h"
#include "app/thread_load.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using collect::cloud::PushForecast;

// After a failure, and while another process has the store.
constexpr Duration look_interval = Duration::seconds(5);

}  // namespace

IntelSourceRooms Service::intel_sources() {
  return {
      world_.clock,
      [this] { return clouds_ ? clouds_->status() : std::vector<collect::cloud::FeedStatus>(); },
      [this] { return intel_.tallies(); },
      [this] {
        if (clouds_) clouds_->pull_now(gives_indicators);
      },
      [this] { return journal_->last_position(); },
      [this] {
        if (clouds_) clouds_->pull_now(takes_indicators);
      },
      [this](const std::stop_token& stop) {
        return clouds_ ? clouds_->forecast_pushes(stop)
                       : Result<std::vector<std::pair<std::string, PushForecast>>>();
      }};
}

Result<PushGround> Service::push_ground() {
  const bool tells_sightings =
      std::ranges::any_of(configuration_.misps, [](const auto& misp) { return misp.sightings; });
  if (world_.once || (configuration_.pushes.empty() && !tells_sightings)) return PushGround{};
  pushes_ = VEDETTE_TRY(store::sqlite::SqlitePushes::open(world_.data.state()));
  pushes_->when_full([this] { return keeper_->make_room(); });
  return PushGround{
      pushes_.get(),
      [this](const collect::cloud::PushPlace& behind, std::size_t most,
             const std::stop_token& stop) -> Result<std::vector<collect::cloud::StoredIndicator>> {
        if (auto* store = this->store())
          return read_stored_indicators(*store, behind, most, world_.clock.now(), stop);
        return base::failure(base::ErrorCode::unavailable, "another process has the store");
      },
      [this](const std::string& source, std::uint64_t held, std::uint64_t withdrawn,
             const std::vector<std::string>& reasons) {
        IntelDesk::Tally tally;
        tally.taken = held;
        tally.withdrawn = withdrawn;
        for (const auto& reason : reasons) tally.refusals.add(reason);
        intel_.count(source, tally);
      },
      [this](const std::string& source, base::Timestamp since) {
        return read_indicator_hits(*incidents_, source, since);
      }};
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
