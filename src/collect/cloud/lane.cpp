#include "collect/cloud/lane.h"

#include <algorithm>
#include <utility>

namespace vedette::collect::cloud {
namespace {

using base::Duration;

constexpr Duration look_at_most = Duration::minutes(1);
constexpr Duration look_least = Duration::milliseconds(20);
// Of the narrowest quota they take longer than live pulls are apart.
constexpr std::size_t paced_turns = 64;

}  // namespace

Duration Lane::turn(const std::stop_token& stop) {
  const Duration now = clock_.monotonic();
  if (feeds_.empty()) return look_at_most;
  const auto live =
      std::ranges::min_element(feeds_, {}, [](const auto& feed) { return feed->due(); });
  if ((*live)->due() <= now) {
    (*live)->live_turn(stop);
    return {};
  }
  Duration wait = (*live)->due() - now;
  Feed* next = nullptr;
  for (const auto& feed : feeds_) {
    const auto due = feed->back_fill_due();
    if (due && (next == nullptr || *due < *next->back_fill_due())) next = feed.get();
  }
  if (next != nullptr) {
    const bool is_live_near = wait < client_.settings().quota.per;
    const Duration until =
        std::max(*next->back_fill_due() - now, client_.wait_for_leisure(is_live_near));
    if (until <= Duration{}) {
      next->back_fill_turn(stop);
      note_pace();
      return {};
    }
    wait = std::min(wait, until);
  } else {
    back_turns_.clear();
  }
  return std::clamp(wait, look_least, look_at_most);
}

// Whatever stands between two turns of back-fill (the quota, live pulls, slow answers, pauses that
// were asked for) will stand between the next ones too.
void Lane::note_pace() {
  back_turns_.push_back(clock_.monotonic());
  if (back_turns_.size() > paced_turns) back_turns_.pop_front();
  const auto turns = static_cast<std::int64_t>(back_turns_.size()) - 1;
  if (turns == 0) return;
  const Quota& quota = client_.settings().quota;
  const std::int64_t usual = quota.per.ticks / static_cast<std::int64_t>(quota.requests);
  pace_ticks_ = std::max(usual, (back_turns_.back() - back_turns_.front()).ticks / turns);
}

bool Lane::is_done() const {
  return std::ranges::all_of(feeds_, [](const auto& feed) {
    if (!feed->has_pulled()) return false;
    return !feed->back_fill_due() || feed->status().state != "ok";
  });
}

void Lane::run(bool once, const std::stop_token& stop) {
  while (!stop.stop_requested() && !(once && is_done())) {
    const Duration wait = turn(stop);
    if (wait > Duration{} && !doze(wait, stop)) return;
  }
}

void Lane::hurry() {
  for (const auto& feed : feeds_) feed->hurry();
  const std::lock_guard lock(mutex_);
  is_hurried_ = true;
  doze_.request_stop();
}

// False: a stop was asked for.
bool Lane::doze(Duration wait, const std::stop_token& stop) {
  std::stop_source until;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_hurried_, false)) return !stop.stop_requested();
    doze_ = until;
  }
  const std::stop_callback stopped(stop, [&until] { until.request_stop(); });
  clock_.sleep(wait, until.get_token());
  const std::lock_guard lock(mutex_);
  is_hurried_ = false;
  return !stop.stop_requested();
}

std::vector<FeedStatus> Lane::status() const {
  std::vector<FeedStatus> all;
  for (const auto& feed : feeds_) all.push_back(feed->status());
  const Duration pace{pace_ticks_};
  const auto is_untold = [](const FeedStatus& feed) {
    return feed.back_fill.is_wanted && feed.state == "ok" && !feed.back_fill.requests_left;
  };
  if (pace == Duration{} || std::ranges::any_of(all, is_untold)) return all;
  for (FeedStatus& feed : all) {
    const auto left = feed.back_fill.requests_left;
    if (!left) continue;
    // They take turns, so the others need no more of them meanwhile than this one.
    double turns = 0;
    for (const FeedStatus& other : all)
      turns += std::min(*left, other.back_fill.requests_left.value_or(0));
    feed.back_fill.estimate =
        Duration::seconds(static_cast<std::int64_t>(turns * pace.as_seconds()));
  }
  return all;
}

}  // namespace vedette::collect::cloud
