#include "notify/channel_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace vedette::notify {
namespace {

using base::Duration;

// A message that the service answered with an error this often lets the others go first.
constexpr int attempts_at_the_front_max = 5;
// The least wait when a service says "slow down" and not for how long.
constexpr Duration slow_down_min = Duration::seconds(1);

std::string plural(std::uint64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "message" : "messages");
}

}  // namespace

ChannelWorker::ChannelWorker(std::unique_ptr<Sender> sender, std::unique_ptr<MessageQueue> queue,
                             const DeliveryWorld& world, const DeliverySettings& settings)
    : sender_(std::move(sender)), queue_(std::move(queue)), world_(world), settings_(settings) {
  counters_.name = sender_->name();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ChannelWorker::~ChannelWorker() {
  stop();
}

void ChannelWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    idle_.notify_all();
  }
  queue_->close();
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void ChannelWorker::notice_queue() {
  const std::lock_guard lock(mutex_);
  idle_.notify_all();
}

void ChannelWorker::run(const std::stop_token& stop) {
  while (auto job = next(stop)) {
    const Outcome outcome = attempt(*job, stop);
    const bool cut_off = stop.stop_requested() && std::holds_alternative<TryAgain>(outcome);
    if (cut_off)
      queue_->put_back(*std::move(job));  // it counts as waiting: nobody knows whether it arrived
    else
      settle(*std::move(job), outcome);
    const std::lock_guard lock(mutex_);
    in_flight_ = false;
    idle_.notify_all();
  }
}

// The next message, when it may be sent and its attempt is noted. Waits; empty when a stop is asked
// for. A message stays in the queue while the channel pauses, so that newer states are folded in.
std::optional<Job> ChannelWorker::next(const std::stop_token& stop) {
  while (queue_->wait(stop)) {
    if (!pause(stop)) break;
    {
      const std::lock_guard lock(mutex_);
      if (resume_at_ > world_.clock.monotonic()) continue;
      in_flight_ = true;  // before it leaves the queue, so that it is always somewhere
    }
    auto taken = queue_->take();
    if (taken && *taken) {
      ++(*taken)->attempts;
      if (const auto begun = queue_->begin(**taken); begun) {
        store_answers();
        return *std::move(taken);
      } else {
        store_failed(begun.error());
        queue_->put_back(**std::move(taken));
      }
    } else if (!taken) {
      store_failed(taken.error());
    }
    const std::lock_guard lock(mutex_);
    in_flight_ = false;
    idle_.notify_all();
  }
  return std::nullopt;
}

// Until the channel may send again. False: a stop was asked for.
bool ChannelWorker::pause(const std::stop_token& stop) {
  for (;;) {
    Duration wait;
    {
      const std::lock_guard lock(mutex_);
      wait = resume_at_ - world_.clock.monotonic();
      if (wait.ticks > 0) idle_.notify_all();
    }
    if (wait.ticks <= 0) return !stop.stop_requested();
    if (!world_.clock.sleep(std::min(wait, queue_->attend()), stop)) return false;
  }
}

Outcome ChannelWorker::attempt(const Job& job, const std::stop_token& stop) {
  count_against_pace();
  return sender_->send(
      {job.change, *job.alert, job.remote_id, world_.clock.now(), job.key, job.incident,
       job.maybe_delivered, job.notice.get(), job.acknowledge.reveal()},
      world_.clock, stop);
}

void ChannelWorker::count_against_pace() {
  const Pace pace = sender_->pace();
  if (pace.interval.ticks <= 0) return;
  const Duration now = world_.clock.monotonic();
  pace_used_until_ = std::max(pace_used_until_, now) + pace.interval;
  pause_until({pace_used_until_.ticks - pace.interval.ticks * pace.burst + pace.interval.ticks});
}

void ChannelWorker::pause_until(Duration moment) {
  const std::lock_guard lock(mutex_);
  resume_at_ = std::max(resume_at_, moment);
}

void ChannelWorker::settle(Job job, const Outcome& outcome) {
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) {
    settle_delivered(job, *delivered);
  } else if (const auto* refused = std::get_if<MessageRefused>(&outcome)) {
    settle_failed(job, *refused);
  } else if (const auto* broken = std::get_if<DestinationBroken>(&outcome)) {
    settle_broken(job, *broken);
  } else if (const auto* again = std::get_if<TryAgain>(&outcome)) {
    settle_again(std::move(job), *again);
  } else {
    queue_->gone(std::move(job));
  }
}

void ChannelWorker::settle_delivered(const Job& job, const Delivered& delivered) {
  queue_->delivered(job, delivered.remote_id);
  if (failures_ > 0) world_.notice(sender_->name() + ": messages get through again");
  if (!delivered.notice.empty())
    world_.notice(fmt::format("{}: sent, but {}", sender_->name(), delivered.notice));
  failures_ = 0;
  if (delivered.pause.ticks > 0) pause_until(world_.clock.monotonic() + delivered.pause);
  const std::lock_guard lock(mutex_);
  ++counters_.sent;
  counters_.broken.clear();
}

void ChannelWorker::settle_failed(const Job& job, const MessageRefused& refused) {
  failures_ = 0;
  queue_->refused(job, refused.reason);
  world_.notice(fmt::format("{}: alert {} could not be sent: {}", sender_->name(),
                            model::format_id(job.alert->id), refused.reason));
}

void ChannelWorker::settle_broken(const Job& job, const DestinationBroken& broken) {
  const BrokenDestination left = queue_->broken(job, broken.reason);
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = counters_.broken != broken.reason;
    counters_.broken = broken.reason;
  }
  if (!left.try_again) {
    world_.notice(fmt::format("{}: given up, destination broken: {}; {} not delivered",
                              sender_->name(), broken.reason, plural(left.lost)));
    return;
  }
  ++failures_;
  pause_until(world_.clock.monotonic() + *left.try_again);
  if (news)
    world_.notice(
        fmt::format("{}: destination broken: {}; its messages are kept and tried again "
                    "every {}",
                    sender_->name(), broken.reason, base::format_duration(*left.try_again)));
}

void ChannelWorker::settle_again(Job job, const TryAgain& again) {
  ++failures_;
  const Duration own =
      again.maybe_delivered ? backoff(failures_) : std::max(backoff(failures_), slow_down_min);
  const Duration wait = again.wait.value_or(own);
  pause_until(world_.clock.monotonic() + wait);
  const bool behind_others = job.attempts % attempts_at_the_front_max == 0;
  if (failures_ == 1)
    world_.notice(fmt::format(
        "{}: {}; waiting {} and trying again", sender_->name(), again.reason,
        wait.ticks < base::ticks_per_second ? "less than 1 s" : base::format_duration(wait)));
  {
    const std::lock_guard lock(mutex_);
    ++counters_.retried;
  }
  queue_->again(std::move(job), {wait, behind_others, again.maybe_delivered, again.reason});
}

// The queue's store does not answer (a full disk, a busy file): wait and look again.
void ChannelWorker::store_failed(const base::Error& error) {
  ++store_failures_;
  pause_until(world_.clock.monotonic() + backoff(store_failures_));
  if (store_failures_ == 1)
    world_.notice(fmt::format("{}: nothing is sent while the outbox cannot be used: {}",
                              sender_->name(), error.message));
}

void ChannelWorker::store_answers() {
  if (store_failures_ > 0) world_.notice(sender_->name() + ": the outbox can be used again");
  store_failures_ = 0;
}

// Full jitter: anything from nothing to a bound that doubles, so that many senders that failed
// together do not come back together.
Duration ChannelWorker::backoff(int failures) {
  const int doublings = std::min(failures - 1, 20);
  const std::int64_t bound =
      std::min(settings_.backoff_first.ticks << doublings, settings_.backoff_max.ticks);
  assert(bound > 0);
  return {static_cast<std::int64_t>(world_.random.next() % static_cast<std::uint64_t>(bound)) + 1};
}

void ChannelWorker::wait_drained(Duration deadline) {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] {
    const bool too_late = !in_flight_ && resume_at_ > deadline;
    return too_late || drain_expired_ || stopped_ || (!in_flight_ && queue_->waiting() == 0);
  });
}

void ChannelWorker::expire_drain() {
  const std::lock_guard lock(mutex_);
  drain_expired_ = true;
  idle_.notify_all();
}

ChannelCounters ChannelWorker::counters() const {
  ChannelCounters counters;
  {
    const std::lock_guard lock(mutex_);
    counters = counters_;
  }
  queue_->add_to(counters);
  return counters;
}

}  // namespace vedette::notify
