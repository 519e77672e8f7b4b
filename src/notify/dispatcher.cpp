#include "notify/dispatcher.h"

#include <thread>
#include <utility>

#include "notify/http_sender.h"

namespace vedette::notify {

Dispatcher::Dispatcher(DeliveryWorld world, DeliverySettings settings)
    : world_(std::move(world)), settings_(settings) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::add(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client) {
  auto queue = std::make_unique<MemoryQueue>(settings_.queue_messages_max);
  MemoryQueue* memory = queue.get();
  add(std::move(channel), std::move(client), std::move(queue));
  lanes_.back().memory = memory;
}

void Dispatcher::add(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client,
                     std::unique_ptr<MessageQueue> queue) {
  add(std::make_unique<HttpSender>(std::move(channel), std::move(client)), std::move(queue));
}

void Dispatcher::add(std::unique_ptr<Sender> sender, std::unique_ptr<MessageQueue> queue) {
  lanes_.push_back({nullptr, std::make_unique<ChannelWorker>(std::move(sender), std::move(queue),
                                                             world_, settings_)});
}

void Dispatcher::submit(model::AlertChange change, const model::Alert& alert) {
  if (lanes_.empty()) return;
  // One copy for all channels; nobody changes it any more.
  const auto shared = std::make_shared<const model::Alert>(alert);
  std::vector<Lane*> full;
  for (Lane& lane : lanes_) {
    if (lane.memory == nullptr) continue;
    if (lane.memory->try_put(change, shared))
      lane.worker->notice_queue();
    else
      full.push_back(&lane);
  }
  for (Lane* lane : full) {
    lane->memory->put(change, shared);
    lane->worker->notice_queue();
  }
}

void Dispatcher::wake() {
  for (const Lane& lane : lanes_) lane.worker->wake();
}

std::vector<ChannelCounters> Dispatcher::counters() const {
  std::vector<ChannelCounters> all;
  for (const Lane& lane : lanes_) all.push_back(lane.worker->counters());
  return all;
}

std::vector<ChannelCounters> Dispatcher::drain(base::Duration at_most) {
  const base::Duration deadline = world_.clock.monotonic() + at_most;
  {
    // Time passes on its own thread, since the wait below is for messages or for time, whichever is
    // first.
    const std::jthread timer([&](const std::stop_token& stop) {
      if (!world_.clock.sleep(at_most, stop)) return;
      for (const Lane& lane : lanes_) lane.worker->expire_drain();
    });
    for (const Lane& lane : lanes_) lane.worker->wait_drained(deadline);
  }
  for (const Lane& lane : lanes_) lane.worker->stop();
  return counters();
}

}  // namespace vedette::notify
