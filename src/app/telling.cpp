#include "app/telling.h"

#include <utility>

namespace vedette::app {

Telling::Telling(std::function<void(const detect::ChangedAlert&)> tell, std::function<void()> told)
    : tell_(std::move(tell)), told_(std::move(told)) {
  thread_ = std::jthread([this] { work(); });
}

Telling::~Telling() {
  finish();
}

void Telling::add(detect::ChangedAlert&& changed) {
  filling_.push_back(std::move(changed));
  if (filling_.size() >= batch_alerts_max) hand_over();
}

void Telling::hand_over() {
  if (filling_.empty()) return;
  if (!waiting_.push(std::exchange(filling_, used_.try_pop().value_or(Batch())))) return;
  filling_.clear();
}

void Telling::finish() {
  hand_over();
  waiting_.close();
  if (thread_.joinable()) thread_.join();
}

void Telling::work() {
  while (auto batch = waiting_.pop()) {
    for (const auto& changed : *batch) tell_(changed);
    told_();
    // The queue holds as many as there are, so this never waits.
    [[maybe_unused]] const bool kept = used_.push(std::move(*batch));
  }
}

}  // namespace vedette::app
