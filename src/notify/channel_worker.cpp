#include "notify/channel_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace vedette::notify {
namespace {

using base::Duration;
using model::AlertChange;

// A message that the service answered with an error this often lets the others go first.
constexpr int attempts_at_the_front_max = 5;
// The least wait when a service says "slow down" and not for how long.
constexpr Duration slow_down_min = Duration::seconds(1);

std::string plural(std::uint64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "message" : "messages");
}

}  // namespace

ChannelWorker::ChannelWorker(std::unique_ptr<Channel> channel,
                             std::unique_ptr<ports::HttpClient> client, const DeliveryWorld& world,
                             const DeliverySettings& settings)
    : channel_(std::move(channel)), client_(std::move(client)), world_(world), settings_(settings) {
  counters_.name = channel_->name();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ChannelWorker::~ChannelWorker() {
  stop();
}

void ChannelWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    space_.notify_all();
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

bool ChannelWorker::try_submit(AlertChange change,
                               const std::shared_ptr<const model::Alert>& alert) {
  Lock lock(mutex_);
  return take_in(lock, change, alert);
}

void ChannelWorker::submit(AlertChange change, const std::shared_ptr<const model::Alert>& alert) {
  Lock lock(mutex_);
  while (!take_in(lock, change, alert)) space_.wait(lock);
}

// Takes the message if that needs no waiting.
bool ChannelWorker::take_in(Lock& lock, AlertChange change,
                            const std::shared_ptr<const model::Alert>& alert) {
  assert(lock.owns_lock());
  const bool refused = stopped_ || !counters_.broken.empty();
  const auto waiting = refused ? queue_.end() : find(alert->id);
  const bool known = waiting != queue_.end();
  if (!refused && !known && queue_.size() >= settings_.queue_messages_max) return false;
  ++counters_.submitted;
  if (refused) {
    ++counters_.failed;
  } else if (known) {
    fold(waiting, Job{change, alert});
  } else {
    queue_.push_back(Job{change, alert});
    ready_.notify_one();
  }
  return true;
}

std::deque<ChannelWorker::Job>::iterator ChannelWorker::find(std::uint64_t alert_id) {
  return std::find_if(queue_.begin(), queue_.end(),
                      [alert_id](const Job& job) { return job.alert->id == alert_id; });
}

void ChannelWorker::fold(std::deque<Job>::iterator waiting, const Job& newer) {
  ++counters_.coalesced;
  const bool opening = waiting->change == AlertChange::opened;
  if (newer.change == AlertChange::withdrawn && opening && !waiting->maybe_delivered) {
    // Nobody was told that there is something, so nobody has to be told that there is nothing.
    ++counters_.unneeded;
    queue_.erase(waiting);
    space_.notify_one();
    idle_.notify_all();
    return;
  }
  const bool stays_opening = opening && newer.change == AlertChange::updated;
  waiting->change = stays_opening ? AlertChange::opened : newer.change;
  waiting->alert = newer.alert;
}

void ChannelWorker::run(const std::stop_token& stop) {
  while (auto job = next(stop)) {
    const Outcome outcome = attempt(*job, stop);
    const bool cut_off = stop.stop_requested() && std::holds_alternative<TryAgain>(outcome);
    if (cut_off)
      put_back(*std::move(job), false);  // it counts as waiting: nobody knows whether it arrived
    else
      settle(*std::move(job), outcome);
    const std::lock_guard lock(mutex_);
    in_flight_ = false;
    idle_.notify_all();
  }
}

// The next message, when it may be sent. Waits; empty when a stop is asked for.
std::optional<ChannelWorker::Job> ChannelWorker::next(const std::stop_token& stop) {
  Lock lock(mutex_);
  while (ready_.wait(lock, stop, [this] { return !queue_.empty(); })) {
    if (stop.stop_requested()) break;
    const Duration wait = resume_at_ - world_.clock.monotonic();
    if (wait.ticks <= 0) {
      Job job = std::move(queue_.front());
      queue_.pop_front();
      in_flight_ = true;
      space_.notify_one();
      return job;
    }
    // The message stays in the queue meanwhile, so that newer states are folded into it.
    idle_.notify_all();
    lock.unlock();
    const bool slept = world_.clock.sleep(wait, stop);
    lock.lock();
    if (!slept) break;
  }
  return std::nullopt;
}

Outcome ChannelWorker::attempt(const Job& job, const std::stop_token& stop) {
  const auto sent = sent_by_alert_.find(job.alert->id);
  const std::string_view remote_id =
      sent == sent_by_alert_.end() ? std::string_view() : sent->second->remote_id;
  const Message message{job.change, *job.alert, remote_id, world_.clock.now()};
  ports::HttpRequest request = channel_->compose(message);
  request.stop = stop;
  count_against_pace();
  const auto response = client_->send(request);
  if (response)
    return channel_->read({job.change, *job.alert, remote_id, world_.clock.now()}, *response);
  if (response.error().code == base::ErrorCode::refused)
    return DestinationBroken{response.error().message};
  return TryAgain{std::nullopt, true, response.error().message};
}

void ChannelWorker::count_against_pace() {
  const Pace pace = channel_->pace();
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
  ++job.attempts;
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) {
    settle_delivered(job, *delivered);
  } else if (const auto* refused = std::get_if<MessageRefused>(&outcome)) {
    settle_failed(job, *refused);
  } else if (const auto* broken = std::get_if<DestinationBroken>(&outcome)) {
    settle_broken(*broken);
  } else if (const auto* again = std::get_if<TryAgain>(&outcome)) {
    settle_again(std::move(job), *again);
  } else {
    // The next attempt finds no first message and makes a new one.
    forget(job.alert->id);
    put_back(std::move(job), false);
  }
}

void ChannelWorker::settle_delivered(const Job& job, const Delivered& delivered) {
  const bool over = job.change == AlertChange::closed || job.change == AlertChange::withdrawn;
  if (over)
    forget(job.alert->id);
  else if (!delivered.remote_id.empty())
    remember(job.alert->id, delivered.remote_id);
  if (failures_ > 0) world_.notice(channel_->name() + ": messages get through again");
  failures_ = 0;
  if (delivered.pause.ticks > 0) pause_until(world_.clock.monotonic() + delivered.pause);
  const std::lock_guard lock(mutex_);
  ++counters_.sent;
}

void ChannelWorker::settle_failed(const Job& job, const MessageRefused& refused) {
  failures_ = 0;
  {
    const std::lock_guard lock(mutex_);
    ++counters_.failed;
  }
  world_.notice(fmt::format("{}: alert {} could not be sent: {}", channel_->name(),
                            model::format_id(job.alert->id), refused.reason));
}

void ChannelWorker::settle_broken(const DestinationBroken& broken) {
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    lost = queue_.size() + 1;
    counters_.failed += lost;
    counters_.broken = broken.reason;
    queue_.clear();
    space_.notify_all();
  }
  world_.notice(fmt::format("{}: given up, destination broken: {}; {} not delivered",
                            channel_->name(), broken.reason, plural(lost)));
}

void ChannelWorker::settle_again(Job job, const TryAgain& again) {
  ++failures_;
  const Duration own =
      again.maybe_delivered ? backoff(failures_) : std::max(backoff(failures_), slow_down_min);
  const Duration wait = again.wait.value_or(own);
  pause_until(world_.clock.monotonic() + wait);
  job.maybe_delivered = job.maybe_delivered || again.maybe_delivered;
  const bool behind_others = job.attempts % attempts_at_the_front_max == 0;
  if (failures_ == 1)
    world_.notice(fmt::format(
        "{}: {}; waiting {} and trying again", channel_->name(), again.reason,
        wait.ticks < base::ticks_per_second ? "less than 1 s" : base::format_duration(wait)));
  {
    const std::lock_guard lock(mutex_);
    ++counters_.retried;
  }
  put_back(std::move(job), behind_others);
}

// Back into the queue; what came for the same alert in the meantime is folded into it.
void ChannelWorker::put_back(Job job, bool behind_others) {
  const std::lock_guard lock(mutex_);
  const auto waiting = find(job.alert->id);
  std::optional<Job> newer;
  if (waiting != queue_.end()) {
    newer = std::move(*waiting);
    queue_.erase(waiting);
  }
  const auto place = queue_.insert(behind_others ? queue_.end() : queue_.begin(), std::move(job));
  if (newer) fold(place, *newer);
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

void ChannelWorker::remember(std::uint64_t alert_id, const std::string& remote_id) {
  forget(alert_id);
  if (sent_.size() >= base::limits::sent_messages_max) forget(sent_.front().alert_id);
  sent_.push_back({alert_id, remote_id});
  sent_by_alert_[alert_id] = std::prev(sent_.end());
}

void ChannelWorker::forget(std::uint64_t alert_id) {
  const auto known = sent_by_alert_.find(alert_id);
  if (known == sent_by_alert_.end()) return;
  sent_.erase(known->second);
  sent_by_alert_.erase(known);
}

void ChannelWorker::wait_drained(Duration deadline) {
  Lock lock(mutex_);
  idle_.wait(lock, [&] {
    const bool empty = queue_.empty() && !in_flight_;
    const bool too_late = !in_flight_ && resume_at_ > deadline;
    return empty || too_late || drain_expired_ || stopped_;
  });
}

void ChannelWorker::expire_drain() {
  const std::lock_guard lock(mutex_);
  drain_expired_ = true;
  idle_.notify_all();
}

ChannelCounters ChannelWorker::counters() const {
  const std::lock_guard lock(mutex_);
  ChannelCounters counters = counters_;
  counters.waiting = queue_.size() + (in_flight_ ? 1 : 0);
  return counters;
}

}  // namespace vedette::notify
