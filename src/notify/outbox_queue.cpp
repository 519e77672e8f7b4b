#include "notify/outbox_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "notify/digest.h"

namespace vedette::notify {
namespace {

using base::Duration;
using base::Result;
using base::Timestamp;
using model::AlertChange;
using model::Severity;
using model::TimelineKind;
using ports::OutboxMessage;
using ports::OutboxState;
namespace limits = base::limits;

// Commits of this process wake us; retries that became due and other processes' commits do not.
constexpr Duration poll_interval = Duration::seconds(1);
// How long a message that fails again and again leaves the channel to the others.
constexpr Duration behind_others_wait = Duration::minutes(2);
// How often a channel that fails looks for messages that another one must tell.
constexpr Duration fallback_interval = Duration::seconds(30);
constexpr Duration never = {INT64_MAX};
constexpr std::size_t folds_at_once = 100;

// Messages about one alert, in their order, become their last one. False: none of them has to be
// told.
bool fold_into_last(std::vector<OutboxMessage>& messages, Timestamp now) {
  std::optional<AlertChange> change = messages.front().change;
  for (std::size_t i = 1; i < messages.size(); ++i)
    change = fold_change(change, messages[i].change);
  for (OutboxMessage& message : messages) {
    if (change && &message == &messages.back()) {
      message.change = *change;
      continue;
    }
    message.state = OutboxState::unneeded;
    message.settled = now;
    message.error = change ? "told together with a later change" : "taken back before it was told";
  }
  return change.has_value();
}

bool is_urgent(const OutboxMessage& message) {
  return message.alert.severity == Severity::high && message.change == AlertChange::opened;
}

}  // namespace

bool OutboxQueue::wait(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::stop_source nap;  // begins before the look, so that nothing comes unseen in between
    {
      const std::lock_guard lock(mutex_);
      nap_ = nap;
    }
    if (!std::exchange(is_held_, false)) {
      const Timestamp now = clock_.now();
      const auto due = store_.due(channel_, now, 1, hold(now));
      if (!due || !due->empty() || pending_) return true;  // an error is told by `take`
      const auto held = store_.due(channel_, now, 1, {});
      is_resting_ = held && !held->empty();
    }
    const std::stop_callback at_the_end(stop, [&nap] { nap.request_stop(); });
    clock_.sleep(poll_interval, nap.get_token());
  }
  return false;
}

void OutboxQueue::wake() {
  is_resting_ = false;
  const std::lock_guard lock(mutex_);
  nap_.request_stop();
}

// --- what is told next ---------------------------------------------------------------------------

ports::HoldRules OutboxQueue::hold(Timestamp now) const {
  ports::HoldRules held;
  if (rules_.quiet && rules_.quiet->contains(now)) held.least_severity = rules_.quiet->through;
  if (rules_.cool_down.ticks > 0) held.told_since = now - rules_.cool_down;
  held.edits = rules_.edits;
  return held;
}

std::size_t OutboxQueue::look_at_most() const {
  return rules_.digest_after > 0 ? rules_.digest_items_max : 1;
}

// It was held by quiet hours that are over.
bool OutboxQueue::was_quiet(const OutboxMessage& message, Timestamp now) const {
  return rules_.quiet && message.alert.severity < rules_.quiet->through &&
         rules_.quiet->contains(message.created) && !rules_.quiet->contains(now);
}

Result<std::optional<Job>> OutboxQueue::take() {
  VEDETTE_TRY_VOID(record_pending());
  out_ = VEDETTE_TRY(next());
  maybe_delivered_before_.clear();
  for (const OutboxMessage& message : out_)
    maybe_delivered_before_.push_back(message.maybe_delivered);
  if (out_.empty()) return std::nullopt;
  is_resting_ = false;
  if (out_.size() > 1) return job_of_digest();
  return VEDETTE_TRY(job_of_one());
}

// The messages that go out together, folded; none when nothing is ready.
Result<OutboxQueue::Messages> OutboxQueue::next() {
  for (std::size_t i = 0; i < limits::outbox_folds_max; ++i) {
    const Timestamp now = clock_.now();
    auto due = VEDETTE_TRY(store_.due(channel_, now, look_at_most(), hold(now)));
    if (due.empty()) return due;
    // A digest that was begun is repeated as it was.
    if (!due.front().batch.empty()) return store_.batch(channel_, due.front().batch);
    if (VEDETTE_TRY(fold(due)).messages.empty()) return choose(std::move(due), now);
    // Whatever can be folded is, in one transaction: one for each would keep a slow disk, and who
    // waits for us to stop, busy for as long as many alerts have news.
    due = VEDETTE_TRY(store_.due(channel_, now, folds_at_once, hold(now)));
    Folded folded = VEDETTE_TRY(fold(due));
    VEDETTE_TRY_VOID(store_.record({.messages = std::move(folded.messages)}));
    coalesced_ += folded.coalesced;
    unneeded_ += folded.unneeded;
  }
  return Messages();
}

// Those of the due ones that have later ones about the same alert, and these, as they are when they
// are told at once; nothing is kept yet.
Result<OutboxQueue::Folded> OutboxQueue::fold(const Messages& due) const {
  Folded all;
  for (const OutboxMessage& message : due) {
    if (message.maybe_delivered || !message.batch.empty()) continue;
    auto later = VEDETTE_TRY(store_.behind(message, limits::outbox_folds_max));
    if (later.empty()) continue;
    later.insert(later.begin(), message);
    all.coalesced += later.size() - 1;
    if (!fold_into_last(later, clock_.now())) ++all.unneeded;
    std::ranges::move(later, std::back_inserter(all.messages));
  }
  return all;
}

// How many from the front on may be told together.
std::size_t OutboxQueue::digestible(const Messages& due) const {
  const auto end = std::ranges::find_if(due, [&](const OutboxMessage& message) {
    return !message.batch.empty() || (message.maybe_delivered && rules_.repeats_are_known);
  });
  return static_cast<std::size_t>(end - due.begin());
}

// The first of them, several as a digest, or none yet.
Result<OutboxQueue::Messages> OutboxQueue::choose(Messages due, Timestamp now) {
  const std::size_t together = digestible(due);
  if (rules_.digest_after == 0 || together == 0) {
    due.resize(1);
    return due;
  }
  const std::uint64_t told = VEDETTE_TRY(store_.sent_since(channel_, now - rules_.digest_window));
  const bool after_quiet = std::ranges::any_of(
      due, [&](const OutboxMessage& message) { return was_quiet(message, now); });
  const bool too_many = told + together > rules_.digest_after;
  const bool may_wait =
      told >= rules_.digest_after && !after_quiet && due.size() < rules_.digest_items_max &&
      std::ranges::none_of(due, &is_urgent) && now < due.front().created + rules_.digest_wait() &&
      due.front().created <= now;
  if (may_wait) {
    is_held_ = true;
    return Messages();
  }
  due.resize(too_many || after_quiet ? together : 1);
  if (due.size() == 1) return due;
  const std::string key = digest_key(due);
  for (OutboxMessage& message : due) message.batch = key;
  return due;
}

Result<Job> OutboxQueue::job_of_one() {
  const OutboxMessage& message = out_.front();
  Job job;
  job.change = message.change;
  model::Alert alert = message.alert;
  if (const std::string note = in_place_of(message); !note.empty())
    alert.reasons.insert(alert.reasons.begin(), note);
  job.alert = std::make_shared<const model::Alert>(std::move(alert));
  job.key = message.key;
  job.incident = message.incident;
  job.attempts = message.attempts;
  job.maybe_delivered = message.maybe_delivered;
  if (message.notice) job.notice = std::make_shared<const model::Notice>(*message.notice);
  if (link_ && message.notice && message.notice->can_acknowledge) job.acknowledge = link_(message);
  job.remote_id =
      VEDETTE_TRY(rules_.names_incidents ? store_.ticket(channel_, message.incident)
                                         : store_.remote_id(channel_, message.alert.id));
  if (job.remote_id == gone_) job.remote_id.clear();
  return job;
}

Job OutboxQueue::job_of_digest() const {
  const bool after_quiet = std::ranges::any_of(
      out_, [&](const OutboxMessage& message) { return was_quiet(message, clock_.now()); });
  Job job;
  job.alert = std::make_shared<const model::Alert>(
      digest_alert(out_, after_quiet ? ", held back in quiet hours" : ""));
  job.key = out_.front().batch;
  job.attempts = out_.front().attempts;
  job.maybe_delivered = out_.front().maybe_delivered;
  return job;
}

// --- an attempt and its end ----------------------------------------------------------------------

Result<void> OutboxQueue::begin(const Job& job) {
  ports::OutboxRecord marks{.messages = out_};
  for (OutboxMessage& message : marks.messages) {
    message.attempts = job.attempts;
    message.maybe_delivered = true;
  }
  VEDETTE_TRY_VOID(store_.record(marks));
  out_ = std::move(marks.messages);
  return {};
}

model::TimelineEntry OutboxQueue::receipt(std::uint64_t incident, TimelineKind kind,
                                          std::string text) const {
  return {incident, kind, clock_.now(), {}, "vedette", std::move(text)};
}

void OutboxQueue::record(ports::OutboxRecord record) {
  pending_ = std::move(record);
  // A failure is told by the next `take`, which tries again first.
  std::ignore = record_pending();
}

Result<void> OutboxQueue::record_pending() {
  if (!pending_) return {};
  VEDETTE_TRY_VOID(store_.record(*pending_));
  pending_.reset();
  return {};
}

void OutboxQueue::delivered(const Job&, const std::string& remote_id) {
  is_failing_ = false;
  const bool is_digest = out_.size() > 1;
  if (is_digest) ++digests_;
  ports::OutboxRecord done;
  for (OutboxMessage& message : out_) {
    message.state = OutboxState::sent;
    message.settled = clock_.now();
    if (!is_digest) message.remote_id = remote_id;
    message.error.clear();
    std::string text = fmt::format("{} was told: {}", channel_, model::name_of(message.change));
    if (is_digest) text += fmt::format(", in a digest of {}", out_.size());
    if (!message.via.empty()) text += fmt::format(", in place of {}", message.via);
    done.receipts.push_back(receipt(message.incident, TimelineKind::message_sent, std::move(text)));
  }
  done.messages = out_;
  record(std::move(done));
}

// A digest that is refused is told in halves, until the message is found that nobody takes.
void OutboxQueue::split() {
  const std::size_t half = out_.size() / 2;
  const std::span<OutboxMessage> all(out_);
  for (const std::span<OutboxMessage> part : {all.first(half), all.subspan(half)}) {
    const std::string key = digest_key(part);
    for (OutboxMessage& message : part) {
      message.batch = key;
      message.maybe_delivered = false;
    }
  }
  record({.messages = out_});
}

void OutboxQueue::refused(const Job&, const std::string& reason) {
  if (out_.size() > 1) return split();
  ++failed_;
  OutboxMessage& message = out_.front();
  message.state = OutboxState::failed;
  message.settled = clock_.now();
  message.error = reason;
  ports::OutboxRecord end;
  end.receipts.push_back(
      receipt(message.incident, TimelineKind::message_failed,
              fmt::format("{} refuses this message for good: {}", channel_, reason)));
  add_fallback(end, out_.begin(), out_.end(), "refused it for good");
  end.messages = out_;
  record(std::move(end));
}

// The attempt came to nothing: the messages wait, with what is known of them now.
void OutboxQueue::fail(const Job& job, Duration wait, bool maybe_delivered,
                       const std::string& error, const std::string& words) {
  is_failing_ = true;
  ports::OutboxRecord end;
  const Timestamp next_attempt = clock_.now() + wait;
  for (std::size_t i = 0; i < out_.size(); ++i) {
    OutboxMessage& message = out_[i];
    message.maybe_delivered = maybe_delivered_before_[i] || maybe_delivered;
    // Nobody has the digest: the next one may be another.
    if (!message.maybe_delivered && out_.size() > 1) message.batch.clear();
    message.next_attempt = next_attempt;
    message.error = error;
    if (!words.empty())
      end.receipts.push_back(receipt(message.incident, TimelineKind::message_failed, words));
  }
  if (job.attempts >= rules_.fallback_failures)
    add_fallback(end, out_.begin(), out_.end(), fmt::format("failed {} times", job.attempts));
  end.messages = out_;
  record(std::move(end));
}

void OutboxQueue::again(Job job, const Retry& retry) {
  const std::string words =
      job.attempts > 1
          ? ""
          : fmt::format("{} is not told yet: {}; it is tried again", channel_, retry.reason);
  fail(job, retry.wait + (retry.behind_others ? behind_others_wait : Duration()),
       retry.maybe_delivered, retry.reason, words);
}

void OutboxQueue::gone(Job job) {
  gone_ = job.remote_id;
  out_.front().maybe_delivered = maybe_delivered_before_.front();
  record({.messages = out_});
}

BrokenDestination OutboxQueue::broken(const Job& job, const std::string& reason) {
  const Duration wait = Duration::seconds(limits::broken_destination_retry_s);
  const bool news = out_.front().error != reason;
  fail(job, wait, false, reason,
       news ? fmt::format("{} cannot be told until it is repaired: {}", channel_, reason) : "");
  return {0, wait};
}

void OutboxQueue::put_back(Job) {
  // The rows wait, marked or not: they are what the next start finds.
}

// --- the fall-back channel -----------------------------------------------------------------------

// Each at most once: the row says that it was done, and the added row's key is made of its own.
void OutboxQueue::add_fallback(ports::OutboxRecord& record, Messages::iterator begin,
                               Messages::iterator end, const std::string& why) {
  if (rules_.fallback.empty()) return;
  for (auto at = begin; at != end; ++at) {
    if (at->fell_back || !at->via.empty()) continue;
    at->fell_back = true;
    OutboxMessage other;
    other.key = fmt::format("{}_{}", at->key, model::format_id(base::hash_bytes(rules_.fallback)));
    other.incident = at->incident;
    other.channel = rules_.fallback;
    other.change = at->change;
    other.alert = at->alert;
    other.notice = at->notice;
    other.created = clock_.now();
    other.via = channel_;
    record.added.push_back(std::move(other));
    record.receipts.push_back(
        receipt(at->incident, TimelineKind::message_failed,
                fmt::format("{} is told too, since {} {}", rules_.fallback, channel_, why)));
    ++fallen_back_;
  }
}

// While the channel fails, what has waited too long goes to the other one.
Duration OutboxQueue::attend() {
  if (rules_.fallback.empty() || !is_failing_) return never;
  if (!record_pending()) return fallback_interval;
  const Timestamp now = clock_.now();
  auto late = store_.overdue(channel_, now - rules_.fallback_after, limits::outbox_folds_max);
  if (!late) return fallback_interval;  // told by the next `take`
  // Quiet hours are no failure: from their end on it counts.
  std::erase_if(*late, [&](const OutboxMessage& message) {
    if (!rules_.quiet || message.alert.severity >= rules_.quiet->through) return false;
    const Timestamp since = rules_.quiet->end_after(message.created);
    return since + rules_.fallback_after > now;
  });
  if (late->empty()) return fallback_interval;
  ports::OutboxRecord both;
  add_fallback(
      both, late->begin(), late->end(),
      fmt::format("could not be told for {}", base::format_duration(rules_.fallback_after)));
  both.messages = *std::move(late);
  record(std::move(both));
  return fallback_interval;
}

std::uint64_t OutboxQueue::waiting() {
  return store_.waiting(channel_).value_or(0);
}

void OutboxQueue::add_to(ChannelCounters& counters) {
  counters.coalesced += coalesced_;
  counters.unneeded += unneeded_;
  counters.failed += failed_;
  counters.digests += digests_;
  counters.fallen_back += fallen_back_;
  counters.waiting += waiting();
  counters.is_resting = is_resting_;
}

}  // namespace vedette::notify
