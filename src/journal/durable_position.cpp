#include "journal/durable_position.h"

#include <algorithm>

namespace vedette::journal {

std::uint64_t DurablePosition::get() const {
  const std::lock_guard lock(mutex_);
  return position_;
}

void DurablePosition::publish(std::uint64_t position) {
  const std::lock_guard lock(mutex_);
  position_ = std::max(position_, position);
  changed_.notify_all();
}

void DurablePosition::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool DurablePosition::wait_past(std::uint64_t position, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return position_ > position || closed_; });
  return position_ > position && !stop.stop_requested();
}

}  // namespace vedette::journal
