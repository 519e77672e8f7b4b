#include "net/system_clock.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace vedette::net {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, base::ticks_per_second>>;

}  // namespace

base::Timestamp SystemClock::now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {base::unix_epoch_ticks + std::chrono::duration_cast<Ticks>(since_epoch).count()};
}

base::Duration SystemClock::monotonic() const {
  const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Ticks>(since_boot).count()};
}

bool SystemClock::sleep(base::Duration duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  // Waits on the stop token itself: nobody notifies, only the time or a stop ends it.
  stopped.wait_for(lock, stop, Ticks(std::max<std::int64_t>(duration.ticks, 0)),
                   [] { return false; });
  return !stop.stop_requested();
}

ScaledClock::ScaledClock(base::Timestamp start, double factor)
    : start_(start), started_(system_.monotonic()), factor_(factor) {}

base::Timestamp ScaledClock::now() const {
  return start_ + monotonic();
}

base::Duration ScaledClock::monotonic() const {
  const auto elapsed = static_cast<double>(system_.monotonic().ticks - started_.ticks);
  return {static_cast<std::int64_t>(elapsed * factor_)};
}

bool ScaledClock::sleep(base::Duration duration, const std::stop_token& stop) {
  // Rounded up, so that the scaled time has really passed afterwards.
  return system_.sleep(
      {static_cast<std::int64_t>(static_cast<double>(duration.ticks) / factor_) + 1}, stop);
}

base::Result<std::unique_ptr<ports::Clock>> parse_test_clock(std::string_view setting) {
  const auto wrong = [] {
    return base::failure(base::ErrorCode::invalid_argument,
                         "VEDETTE_TEST_CLOCK must be START,FACTOR as in 2026-06-01T08:00:00Z,60");
  };
  const auto comma = setting.find(',');
  if (comma == std::string_view::npos) return wrong();
  const auto start = base::parse_iso(setting.substr(0, comma));
  const auto factor_text = setting.substr(comma + 1);
  double factor = 0;
  const auto [end, error] =
      std::from_chars(factor_text.data(), factor_text.data() + factor_text.size(), factor);
  const bool whole = error == std::errc() && end == factor_text.data() + factor_text.size();
  if (!start || !whole || !(factor > 0 && factor <= 1e6)) return wrong();
  return std::make_unique<ScaledClock>(*start, factor);
}

base::Result<std::unique_ptr<ports::Clock>> make_clock(std::string_view test_setting) {
#if VEDETTE_TEST_HOOKS
  if (!test_setting.empty()) return parse_test_clock(test_setting);
#else
  static_cast<void>(test_setting);
#endif
  return std::make_unique<SystemClock>();
}

}  // namespace vedette::net
