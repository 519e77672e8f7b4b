#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <string_view>
#include <vector>

#include "app/command_hunt.h"

namespace {

// Stands in until net/system_clock.h is there.
class ProcessClock final : public vedette::ports::Clock {
 public:
  [[nodiscard]] vedette::base::Timestamp now() const override {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return {vedette::base::unix_epoch_ticks + time.tv_sec * vedette::base::ticks_per_second +
            time.tv_nsec / 100};
  }
  [[nodiscard]] vedette::base::Duration monotonic() const override {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return {time.tv_sec * vedette::base::ticks_per_second + time.tv_nsec / 100};
  }
  bool sleep(vedette::base::Duration duration, const std::stop_token& stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any woken;
    return !woken.wait_for(lock, stop, std::chrono::microseconds(duration.ticks / 10), [] {
      return false;
    }) && !stop.stop_requested();
  }
};

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string_view> arguments(words + 1, words + count);
  if (!arguments.empty() && arguments.front() == "hunt") {
    const ProcessClock clock;
    return vedette::app::run_hunt(std::span(arguments).subspan(1),
                                  {clock, std::cin, std::cout, std::cerr});
  }
  std::cerr << "usage: vedette hunt ...\n";
  return 2;
}
