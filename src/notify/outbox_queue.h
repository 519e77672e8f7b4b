// Owns: the way of one channel's messages out of the store's outbox. Promises:
// - What is to be sent was committed with its incident; here it is only marked. Before an attempt
//   the row is marked as perhaps delivered, durably; after it, its end. A crash before the mark
//   repeats nothing, one between sending and its record repeats the message once, with its key.
// - What could not be recorded after it was sent is recorded before anything else is sent.
// - A message that may have arrived is repeated as it was. One that was never tried is folded with
//   what waits behind it for the same alert, in one transaction.
// - A broken destination keeps its messages: they are tried again every
//   limits::broken_destination_retry_s.
// - Receipts stand on the incident's timeline: sent, refused, and the first failure of a message.
// Must not know: channels (only the name), who commits: a commit of this process wakes it, retries
// that became due and other processes' commits are looked for every second. The
// store and the clock outlive it.
#pragma once

#include <atomic>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "notify/message_queue.h"
#include "ports/clock.h"
#include "ports/incident_store.h"

namespace vedette::notify {

class OutboxQueue : public MessageQueue {
 public:
  // `channel`: as the outbox rows name it.
  OutboxQueue(ports::IncidentStore& store, ports::Clock& clock, std::string channel)
      : store_(store), clock_(clock), channel_(std::move(channel)) {}

  bool wait(const std::stop_token& stop) override;
  void wake() override;
  base::Result<std::optional<Job>> take() override;
  base::Result<void> begin(const Job& job) override;
  void delivered(const Job& job, const std::string& remote_id) override;
  void refused(const Job& job, const std::string& reason) override;
  void again(Job job, const Retry& retry) override;
  void gone(Job job) override;
  BrokenDestination broken(const Job& job, const std::string& reason) override;
  void put_back(Job job) override;
  void close() override {}
  std::uint64_t waiting() override;
  void add_to(ChannelCounters& counters) override;

 private:
  base::Result<std::optional<ports::OutboxMessage>> next();
  base::Result<void> fold(std::vector<ports::OutboxMessage> messages);
  void record(std::optional<model::TimelineEntry> receipt);
  base::Result<void> record_pending();
  [[nodiscard]] model::TimelineEntry receipt(model::TimelineKind kind, std::string text) const;

  ports::IncidentStore& store_;
  ports::Clock& clock_;
  const std::string channel_;
  std::mutex mutex_;
  std::stop_source nap_;  // ends the sleep under way; guarded by mutex_
  // The worker thread's own.
  ports::OutboxMessage out_;             // the row of the job that is out
  bool maybe_delivered_before_ = false;  // before the attempt that is under way
  struct Pending {
    ports::OutboxMessage message;
    std::optional<model::TimelineEntry> receipt;
  };
  std::optional<Pending> pending_;  // what the store could not take
  std::string gone_;                // the first message that the service does not have any more
  std::atomic<std::uint64_t> coalesced_ = 0, unneeded_ = 0, failed_ = 0;
};

}  // namespace vedette::notify
