// Indicators in a running service: read back from the store when it starts and when some were
// stored, on a thread of their own.
#include <algorithm>

#include "app/hunt_outcome.h"
#include "app/indicator_hits.h"
#include "app/retro_hunt.h"
#include "app/service.h"
#include "app/thread_load.h"
#include "app/warning_list_files.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using collect::cloud::PushForecast;

// In the data folder: up to when indicators came that what is stored was looked through for.
constexpr std::string_view looked_back_file = "intel.looked-back";
// After a failure, and while another process has the store.
constexpr Duration look_interval = Duration::seconds(5);
// Sources that send a few indicators again and again make us look back this often at most.
constexpr Duration looking_back_interval = Duration::minutes(1);

}  // namespace

IntelSourceRooms Service::intel_sources() {
  return {
      world_.clock,
      [this] { return clouds_ ? clouds_->status() : std::vector<collect::cloud::FeedStatus>(); },
      [this] { return intel_.tallies(); },
      [this] { return intel_.passed_over(); },
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

// False: nothing was to be done, or it could not be.
bool Service::refresh_intel(const std::stop_token& stop) {
  auto* store = this->store();
  if (store == nullptr || !intel_.is_due()) return false;
  const auto done = intel_.refresh(*store, world_.clock.now(), stop);
  if (!done) {
    tell(true, "indicators cannot be read back: " + done.error().message);
    return false;
  }
  world_.log.info("intel", {{"indicators", done->indicators},
                            {"observables", done->observables},
                            {"unreadable", done->unreadable},
                            {"left_out", done->left_out}});
  return true;
}

// Stored rows, held against the indicators that came since the last time.
void Service::look_back(RetroHunt& hunt, base::Timestamp loaded, const std::stop_token& stop) {
  auto* store = this->store();
  if (store == nullptr) return;
  const auto looked = hunt.run(*store, loaded, stop);
  if (!looked)
    return tell(true, "what is stored cannot be looked through: " + looked.error().message);
  world_.log.info(
      "intel looked back",
      {{"columns", looked->columns}, {"alerts", looked->alerts}, {"left_out", looked->left_out}});
  for (const auto& trouble : looked->troubles) tell(true, "looking back: " + trouble);
}

base::Result<void> Service::start_intel() {
  std::vector<std::string> problems;
  intel_.set_warning_lists(load_warning_lists(configuration_.intel.warning_lists, problems));
  for (const auto& problem : problems) tell(true, "warning list " + problem);
  refresh_intel({});  // log-ins that wait are held against what is known
  if (world_.once) return {};
  intel_thread_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("intel");
    RetroHunt hunt({intel_, configuration_.intel, allow_list_,
                    (world_.data.folder / looked_back_file).string(),
                    [this](const model::Alert& alert) -> base::Result<void> {
                      const auto recorded = VEDETTE_TRY(record_alert(
                          alert, world_.data.state(), configuration_, world_.clock.now()));
                      if (recorded.messages > 0 && dispatcher_) dispatcher_->wake();
                      return {};
                    }});
    base::Timestamp loaded = world_.clock.now();
    Duration looked;
    bool has_looked = false;
    while (!stop.stop_requested()) {
      intel_changed_.wait(look_interval, stop);
      if (refresh_intel(stop)) loaded = world_.clock.now();
      const Duration now = world_.clock.monotonic();
      if (!hunt.is_due() || (has_looked && now - looked < looking_back_interval)) continue;
      look_back(hunt, loaded, stop);
      looked = world_.clock.monotonic();
      has_looked = true;
    }
  });
  return {};
}

void Service::stop_intel() {
  intel_thread_.request_stop();
  if (intel_thread_.joinable()) intel_thread_.join();
}

}  // namespace vedette::app
