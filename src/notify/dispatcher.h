// Owns: the channels of this run: each message goes to all of them, each on its own thread.
// Promises: a slow, limited or broken channel does not delay another one's messages while its own
// queue (limits::outgoing_messages_max alerts) has room; when that is full the submitter waits,
// after everybody else has been served. See channel_worker.h for order, folding and retries. There
// is no database yet: what `drain` reports as undelivered is lost when the process ends. Must not
// know: detectors, the terminal. `add` before the first `submit`; `submit`, `counters` and `drain`
// from any thread, but `drain` once, and nothing is taken afterwards.
#pragma once

#include <memory>
#include <vector>

#include "notify/channel_worker.h"

namespace vedette::notify {

class Dispatcher {
 public:
  // The clock, the random source and what the notice sink uses must outlive the dispatcher.
  explicit Dispatcher(DeliveryWorld world, DeliverySettings settings = {});
  ~Dispatcher();

  void add(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client);
  [[nodiscard]] bool empty() const { return workers_.empty(); }
  void submit(model::AlertChange change, const model::Alert& alert);
  [[nodiscard]] std::vector<ChannelCounters> counters() const;

  // Waits at most that long for what is under way, then stops. The counters' `waiting` is what was
  // left undelivered. Ends early for a channel whose next attempt would come too late anyway.
  [[nodiscard]] std::vector<ChannelCounters> drain(base::Duration at_most);

 private:
  const DeliveryWorld world_;
  const DeliverySettings settings_;
  std::vector<std::unique_ptr<ChannelWorker>> workers_;
};

}  // namespace vedette::notify
