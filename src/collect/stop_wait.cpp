#include "collect/stop_wait.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace vedette::collect {
namespace {

// Whole milliseconds, rounded up: a wait of 1 tick must not become a busy loop of zero waits.
int poll_milliseconds(base::Duration time) {
  const std::int64_t ms =
      (time.ticks + base::ticks_per_millisecond - 1) / base::ticks_per_millisecond;
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, std::numeric_limits<int>::max()));
}

}  // namespace

StopWait::StopWait() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

base::Result<StopWait::Woke> StopWait::wait(std::span<pollfd> descriptors, base::Duration time,
                                            const std::stop_token& stop) {
  std::array<pollfd, 65> all{};
  assert(descriptors.size() < all.size());
  std::ranges::copy(descriptors, all.begin());
  all[descriptors.size()] = {wake_.get(), POLLIN, 0};

  int ready = 0;
  int error_number = 0;
  {
    const std::stop_callback wake_up(stop, [this] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
    });
    ready = ::poll(all.data(), descriptors.size() + 1, poll_milliseconds(time));
    error_number = errno;
  }
  for (std::size_t i = 0; i < descriptors.size(); ++i) descriptors[i].revents = all[i].revents;
  if (stop.stop_requested()) {
    std::uint64_t drained = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &drained, sizeof drained);
    return Woke::stopped;
  }
  if (ready < 0) {
    // A signal (a window resized, a stop on its way) is no reason to fail: the caller looks again.
    if (error_number == EINTR) return Woke::ready;
    return base::system_failure("cannot wait for new lines", error_number);
  }
  return ready == 0 ? Woke::time_up : Woke::ready;
}

}  // namespace vedette::collect
