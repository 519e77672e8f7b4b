#include "notify/dispatcher.h"

#include <thread>
#include <utility>

namespace vedette::notify {

Dispatcher::Dispatcher(DeliveryWorld world, DeliverySettings settings)
    : world_(std::move(world)), settings_(settings) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::add(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client) {
  workers_.push_back(
      std::make_unique<ChannelWorker>(std::move(channel), std::move(client), world_, settings_));
}

void Dispatcher::submit(model::AlertChange change, const model::Alert& alert) {
  if (workers_.empty()) return;
  // One copy for all channels; nobody changes it any more.
  const auto shared = std::make_shared<const model::Alert>(alert);
  std::vector<ChannelWorker*> full;
  for (const auto& worker : workers_)
    if (!worker->try_submit(change, shared)) full.push_back(worker.get());
  for (ChannelWorker* worker : full) worker->submit(change, shared);
}

std::vector<ChannelCounters> Dispatcher::counters() const {
  std::vector<ChannelCounters> all;
  for (const auto& worker : workers_) all.push_back(worker->counters());
  return all;
}

std::vector<ChannelCounters> Dispatcher::drain(base::Duration at_most) {
  const base::Duration deadline = world_.clock.monotonic() + at_most;
  {
    // Time passes on its own thread, since the wait below is for messages or for time, whichever is
    // first.
    const std::jthread timer([&](const std::stop_token& stop) {
      if (!world_.clock.sleep(at_most, stop)) return;
      for (const auto& worker : workers_) worker->expire_drain();
    });
    for (const auto& worker : workers_) worker->wait_drained(deadline);
  }
  for (const auto& worker : workers_) worker->stop();
  return counters();
}

}  // namespace vedette::notify
