#include "access/guess_brake.h"

#include <algorithm>

#include "access/access_limits.h"

namespace vedette::access {

using base::Duration;

Duration GuessBrake::wait(const Keys& keys, Duration now) const {
  Duration longest;
  for (const auto& key : keys)
    if (const auto found = stories_.find(key); found != stories_.end())
      longest = std::max(longest, found->second.until - now);
  return longest;
}

void GuessBrake::note_wrong(const Keys& keys, Duration now) {
  forget_old(now);
  for (const auto& key : keys) {
    Story& story = stories_[key];
    story.last = now;
    if (++story.wrong <= guesses_free) continue;
    const int doublings = std::min(story.wrong - guesses_free - 1, 16);
    const Duration pause{guess_wait_first.ticks << doublings};
    story.until = now + std::min(pause, pace_.wait_max);
  }
}

void GuessBrake::note_right(const Keys& keys) {
  for (const auto& key : keys) stories_.erase(key);
}

void GuessBrake::forget_old(Duration now) {
  std::erase_if(stories_,
                [&](const auto& entry) { return entry.second.last + pace_.forgotten_after < now; });
  while (stories_.size() >= guess_keys_max)
    stories_.erase(std::ranges::min_element(stories_, {},
                                            [](const auto& entry) { return entry.second.last; }));
}

}  // namespace vedette::access
