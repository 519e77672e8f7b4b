#include "collect/cloud/repeated_feed.h"

#include <algorithm>
#include <utility>

#include "collect/cloud/back_off.h"

namespace vedette::collect::cloud {

using base::Duration;

RepeatedFeed::RepeatedFeed(ports::Clock& clock, std::string source, std::string title)
    : clock_(clock), due_(clock.monotonic()), report_(std::move(source), std::move(title)) {}

void RepeatedFeed::take_hurry() {
  if (is_hurried_.exchange(false)) due_ = std::min(due_, clock_.monotonic());
}

void RepeatedFeed::wait_for(Duration wait) {
  is_hurried_ = false;
  due_ = clock_.monotonic() + wait;
}

void RepeatedFeed::rest(Duration interval) {
  due_ = clock_.monotonic() + interval;
}

bool RepeatedFeed::postpone(const Trouble& trouble, ServiceClient& client, ports::Random& random) {
  ++failures_;
  const bool passes = trouble.passes();
  const Duration wait = wait_after(trouble, passes, failures_, random);
  if (trouble.kind == TroubleKind::throttled) client.pause(wait);
  wait_for(wait);
  return passes;
}

}  // namespace vedette::collect::cloud
