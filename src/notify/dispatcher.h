// Owns: the channels of this run: each message goes to all of them, each on its own thread.
// Promises: a slow, limited or broken channel does not delay another one's messages while its own
// queue (limits::outgoing_messages_max alerts) has room; when that is full the submitter waits,
// after everybody else has been served. What waits in a queue in memory when `drain` ends is
// reported and lost; what waits in a store's outbox is sent by the next start. A channel whose
// queue was given is fed by its store's commits, not by `submit`. Must not know: detectors, the
// terminal. `add` before the first `submit`; `submit`, `counters` and `drain` from any thread, but
// `drain` once, and nothing is taken afterwards.
#pragma once

#include <memory>
#include <vector>

#include "notify/channel_worker.h"
#include "notify/memory_queue.h"

namespace vedette::notify {

class Dispatcher {
 public:
  // The clock, the random source and what the notice sink uses must outlive the dispatcher.
  explicit Dispatcher(DeliveryWorld world, DeliverySettings settings = {});
  ~Dispatcher();

  // With a queue in memory.
  void add(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client);
  void add(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client,
           std::unique_ptr<MessageQueue> queue);
  void add(std::unique_ptr<Sender> sender, std::unique_ptr<MessageQueue> queue);
  [[nodiscard]] bool empty() const { return lanes_.empty(); }
  void submit(model::AlertChange change, const model::Alert& alert);
  // Messages were committed to the store that given queues read. Any thread.
  void wake();
  [[nodiscard]] std::vector<ChannelCounters> counters() const;

  // Waits at most that long for what is under way, then stops. The counters' `waiting` is what was
  // left undelivered. Ends early for a channel whose next attempt would come too late anyway.
  [[nodiscard]] std::vector<ChannelCounters> drain(base::Duration at_most);

 private:
  const DeliveryWorld world_;
  const DeliverySettings settings_;
  struct Lane {
    MemoryQueue* memory = nullptr;  // the worker's queue, when it is one in memory
    std::unique_ptr<ChannelWorker> worker;
  };
  std::vector<Lane> lanes_;
};

}  // namespace vedette::notify
