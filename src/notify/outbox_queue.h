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
// - The rules (delivery_rules.h) are decided anew at each look, from the rows and the time; what
//   they need beyond (which messages a digest tells, that another channel tells one too) is in the
//   rows, written with the mark or the end of an attempt. So a kill anywhere loses and doubles no
//   more than without them.
// Must not know: services (only the channel's name), who commits: a commit of this process wakes
// it, what became due and other processes' commits are looked for every second. The store and the
// clock outlive it.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "notify/delivery_rules.h"
#include "notify/message_queue.h"
#include "ports/clock.h"
#include "ports/incident_store.h"

namespace vedette::notify {

// The link that acknowledges the incident of a message: the same at each attempt, and in no row.
using LinkMaker = std::function<base::Secret(const ports::OutboxMessage& message)>;

class OutboxQueue : public MessageQueue {
 public:
  // `channel`: as the outbox rows name it. `link` may be empty: there are none.
  OutboxQueue(ports::IncidentStore& store, ports::Clock& clock, std::string channel,
              DeliveryRules rules = {}, LinkMaker link = {})
      : store_(store),
        clock_(clock),
        channel_(std::move(channel)),
        rules_(std::move(rules)),
        link_(std::move(link)) {}

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
  base::Duration attend() override;
  void close() override {}
  std::uint64_t waiting() override;
  void add_to(ChannelCounters& counters) override;

 private:
  using Messages = std::vector<ports::OutboxMessage>;

  [[nodiscard]] ports::HoldRules hold(base::Timestamp now) const;
  [[nodiscard]] std::size_t look_at_most() const;
  [[nodiscard]] bool was_quiet(const ports::OutboxMessage& message, base::Timestamp now) const;
  base::Result<Messages> next();
  // What becomes of due messages that later ones stand behind, and of these.
  struct Folded {
    Messages messages;
    std::uint64_t coalesced = 0, unneeded = 0;
  };
  [[nodiscard]] base::Result<Folded> fold(const Messages& due) const;
  base::Result<Messages> choose(Messages due, base::Timestamp now);
  [[nodiscard]] std::size_t digestible(const Messages& due) const;
  base::Result<Job> job_of_one();
  [[nodiscard]] Job job_of_digest() const;
  void fail(const Job& job, base::Duration wait, bool maybe_delivered, const std::string& error,
            const std::string& words);
  void split();
  void add_fallback(ports::OutboxRecord& record, Messages::iterator begin, Messages::iterator end,
                    const std::string& why);
  void record(ports::OutboxRecord record);
  base::Result<void> record_pending();
  [[nodiscard]] model::TimelineEntry receipt(std::uint64_t incident, model::TimelineKind kind,
                                             std::string text) const;

  ports::IncidentStore& store_;
  ports::Clock& clock_;
  const std::string channel_;
  const DeliveryRules rules_;
  const LinkMaker link_;
  std::mutex mutex_;
  std::stop_source nap_;  // ends the sleep under way; guarded by mutex_
  // The worker thread's own.
  Messages out_;                              // the rows of the job that is out; several: a digest
  std::vector<bool> maybe_delivered_before_;  // each, before the attempt that is under way
  std::optional<ports::OutboxRecord> pending_;  // what the store could not take
  std::string gone_;      // the first message that the service does not have any more
  bool is_held_ = false;  // what is due waits for more of it: look again in a while
  bool is_failing_ = false;
  std::atomic<std::uint64_t> coalesced_ = 0, unneeded_ = 0, failed_ = 0, digests_ = 0,
                             fallen_back_ = 0;
  std::atomic<bool> is_resting_ = false;  // nothing may be told now, by the rules
};

}  // namespace vedette::notify
