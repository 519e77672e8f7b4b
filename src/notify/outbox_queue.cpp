#include "notify/outbox_queue.h"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "base/limits.h"

namespace vedette::notify {
namespace {

using base::Duration;
using base::Result;
using model::AlertChange;
using model::TimelineKind;
using ports::OutboxMessage;
using ports::OutboxState;
namespace limits = base::limits;

// Commits of this process wake us; retries that became due and other processes' commits do not.
constexpr Duration poll_interval = Duration::seconds(1);
// How long a message that fails again and again leaves the channel to the others.
constexpr Duration behind_others_wait = Duration::minutes(2);

}  // namespace

bool OutboxQueue::wait(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::stop_source nap;  // begins before the look, so that nothing comes unseen in between
    {
      const std::lock_guard lock(mutex_);
      nap_ = nap;
    }
    const auto due = store_.due(channel_, clock_.now(), 1);
    if (!due || !due->empty() || pending_) return true;  // an error is told by `take`
    const std::stop_callback at_the_end(stop, [&nap] { nap.request_stop(); });
    clock_.sleep(poll_interval, nap.get_token());
  }
  return false;
}

void OutboxQueue::wake() {
  const std::lock_guard lock(mutex_);
  nap_.request_stop();
}

Result<std::optional<Job>> OutboxQueue::take() {
  VEDETTE_TRY_VOID(record_pending());
  auto message = VEDETTE_TRY(next());
  if (!message) return std::nullopt;
  Job job;
  job.change = message->change;
  job.alert = std::make_shared<const model::Alert>(message->alert);
  job.key = message->key;
  job.incident = message->incident;
  job.attempts = message->attempts;
  job.maybe_delivered = message->maybe_delivered;
  job.remote_id = VEDETTE_TRY(store_.remote_id(channel_, message->alert.id));
  if (job.remote_id == gone_) job.remote_id.clear();
  out_ = *std::move(message);
  maybe_delivered_before_ = out_.maybe_delivered;
  return job;
}

// The first message that nothing waits behind, or that may have arrived as it is.
Result<std::optional<OutboxMessage>> OutboxQueue::next() {
  for (std::size_t i = 0; i < limits::outbox_folds_max; ++i) {
    auto due = VEDETTE_TRY(store_.due(channel_, clock_.now(), 1));
    if (due.empty()) return std::nullopt;
    if (due.front().maybe_delivered) return std::move(due.front());
    auto later = VEDETTE_TRY(store_.behind(due.front(), limits::outbox_folds_max));
    if (later.empty()) return std::move(due.front());
    later.insert(later.begin(), std::move(due.front()));
    VEDETTE_TRY_VOID(fold(std::move(later)));
  }
  return std::nullopt;
}

// Messages about one alert, in their order, become their last one.
Result<void> OutboxQueue::fold(std::vector<OutboxMessage> messages) {
  std::optional<AlertChange> change = messages.front().change;
  for (std::size_t i = 1; i < messages.size(); ++i)
    change = fold_change(change, messages[i].change);
  const base::Timestamp now = clock_.now();
  for (OutboxMessage& message : messages) {
    if (change && &message == &messages.back()) {
      message.change = *change;
      continue;
    }
    message.state = OutboxState::unneeded;
    message.settled = now;
    message.error = change ? "told together with a later change" : "taken back before it was told";
  }
  VEDETTE_TRY_VOID(store_.record_fold(messages));
  coalesced_ += messages.size() - 1;
  if (!change) ++unneeded_;
  return {};
}

Result<void> OutboxQueue::begin(const Job& job) {
  OutboxMessage marked = out_;
  marked.attempts = job.attempts;
  marked.maybe_delivered = true;
  VEDETTE_TRY_VOID(store_.record_attempt(marked, std::nullopt));
  out_ = std::move(marked);
  return {};
}

// --- the end of an attempt -----------------------------------------------------------------------

model::TimelineEntry OutboxQueue::receipt(TimelineKind kind, std::string text) const {
  return {out_.incident, kind, clock_.now(), {}, "vedette", std::move(text)};
}

void OutboxQueue::record(std::optional<model::TimelineEntry> receipt) {
  pending_ = Pending{out_, std::move(receipt)};
  // A failure is told by the next `take`, which tries again first.
  std::ignore = record_pending();
}

Result<void> OutboxQueue::record_pending() {
  if (!pending_) return {};
  VEDETTE_TRY_VOID(store_.record_attempt(pending_->message, pending_->receipt));
  pending_.reset();
  return {};
}

void OutboxQueue::delivered(const Job& job, const std::string& remote_id) {
  out_.state = OutboxState::sent;
  out_.settled = clock_.now();
  out_.remote_id = remote_id;
  out_.error.clear();
  record(receipt(TimelineKind::message_sent,
                 fmt::format("{} was told: {}", channel_, model::name_of(job.change))));
}

void OutboxQueue::refused(const Job&, const std::string& reason) {
  ++failed_;
  out_.state = OutboxState::failed;
  out_.settled = clock_.now();
  out_.error = reason;
  record(receipt(TimelineKind::message_failed,
                 fmt::format("{} refuses this message for good: {}", channel_, reason)));
}

void OutboxQueue::again(Job job, const Retry& retry) {
  out_.maybe_delivered = maybe_delivered_before_ || retry.maybe_delivered;
  out_.next_attempt =
      clock_.now() + retry.wait + (retry.behind_others ? behind_others_wait : Duration());
  out_.error = retry.reason;
  if (job.attempts > 1) return record(std::nullopt);
  record(receipt(TimelineKind::message_failed,
                 fmt::format("{} is not told yet: {}; it is tried again", channel_, retry.reason)));
}

void OutboxQueue::gone(Job job) {
  gone_ = job.remote_id;
  out_.maybe_delivered = maybe_delivered_before_;
  record(std::nullopt);
}

BrokenDestination OutboxQueue::broken(const Job&, const std::string& reason) {
  const bool news = out_.error != reason;
  const Duration wait = Duration::seconds(limits::broken_destination_retry_s);
  out_.maybe_delivered = maybe_delivered_before_;
  out_.next_attempt = clock_.now() + wait;
  out_.error = reason;
  std::optional<model::TimelineEntry> entry;
  if (news)
    entry = receipt(TimelineKind::message_failed,
                    fmt::format("{} cannot be told until it is repaired: {}", channel_, reason));
  record(std::move(entry));
  return {0, wait};
}

void OutboxQueue::put_back(Job) {
  // The row waits, marked or not: it is what the next start finds.
}

std::uint64_t OutboxQueue::waiting() {
  return store_.waiting(channel_).value_or(0);
}

void OutboxQueue::add_to(ChannelCounters& counters) {
  counters.coalesced += coalesced_;
  counters.unneeded += unneeded_;
  counters.failed += failed_;
  counters.waiting += waiting();
}

}  // namespace vedette::notify
