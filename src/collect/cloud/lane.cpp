#include "collect/cloud/lane.h"

#include <algorithm>

namespace vedette::collect::cloud {
namespace {

using base::Duration;

constexpr Duration look_at_most = Duration::minutes(1);
constexpr Duration look_least = Duration::milliseconds(20);

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
    const Duration until = std::max(*next->back_fill_due() - now, client_.wait_for_leisure());
    if (until <= Duration{}) {
      next->back_fill_turn(stop);
      return {};
    }
    wait = std::min(wait, until);
  }
  return std::clamp(wait, look_least, look_at_most);
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
    if (wait > Duration{} && !clock_.sleep(wait, stop)) return;
  }
}

std::vector<FeedStatus> Lane::status() const {
  std::vector<FeedStatus> all;
  for (const auto& feed : feeds_) all.push_back(feed->status());
  return all;
}

}  // namespace vedette::collect::cloud
