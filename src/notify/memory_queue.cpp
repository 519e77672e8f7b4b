#include "notify/memory_queue.h"

#include <algorithm>
#include <utility>

namespace vedette::notify {

using model::AlertChange;

bool MemoryQueue::try_put(AlertChange change, const std::shared_ptr<const model::Alert>& alert) {
  const std::lock_guard lock(mutex_);
  return take_in(change, alert);
}

void MemoryQueue::put(AlertChange change, const std::shared_ptr<const model::Alert>& alert) {
  Lock lock(mutex_);
  while (!take_in(change, alert)) space_.wait(lock);
}

// Takes the message if that needs no waiting.
bool MemoryQueue::take_in(AlertChange change, const std::shared_ptr<const model::Alert>& alert) {
  const auto waiting = closed_ ? queue_.end() : find(alert->id);
  const bool known = waiting != queue_.end();
  if (!closed_ && !known && queue_.size() >= messages_max_) return false;
  ++submitted_;
  Job job;
  job.change = change;
  job.alert = alert;
  if (closed_) {
    ++failed_;
  } else if (known) {
    fold(waiting, job);
  } else {
    queue_.push_back(std::move(job));
    ready_.notify_one();
  }
  return true;
}

std::deque<Job>::iterator MemoryQueue::find(std::uint64_t alert_id) {
  return std::find_if(queue_.begin(), queue_.end(),
                      [alert_id](const Job& job) { return job.alert->id == alert_id; });
}

void MemoryQueue::fold(std::deque<Job>::iterator waiting, const Job& newer) {
  ++coalesced_;
  auto change = fold_change(waiting->change, newer.change);
  if (!change && waiting->maybe_delivered) change = newer.change;  // somebody may know
  if (!change) {
    ++unneeded_;
    queue_.erase(waiting);
    space_.notify_one();
    return;
  }
  waiting->change = *change;
  waiting->alert = newer.alert;
}

bool MemoryQueue::wait(const std::stop_token& stop) {
  Lock lock(mutex_);
  return ready_.wait(lock, stop, [this] { return !queue_.empty(); }) && !stop.stop_requested();
}

base::Result<std::optional<Job>> MemoryQueue::take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  Job job = std::move(queue_.front());
  queue_.pop_front();
  out_ = true;
  space_.notify_one();
  const auto sent = sent_by_alert_.find(job.alert->id);
  job.remote_id = sent == sent_by_alert_.end() ? std::string() : sent->second->remote_id;
  return job;
}

base::Result<void> MemoryQueue::begin(const Job&) {
  return {};
}

void MemoryQueue::delivered(const Job& job, const std::string& remote_id) {
  const std::lock_guard lock(mutex_);
  out_ = false;
  const bool over = job.change == AlertChange::closed || job.change == AlertChange::withdrawn;
  if (over)
    forget(job.alert->id);
  else if (!remote_id.empty())
    remember(job.alert->id, remote_id);
}

void MemoryQueue::refused(const Job&, const std::string&) {
  const std::lock_guard lock(mutex_);
  out_ = false;
  ++failed_;
}

void MemoryQueue::again(Job job, const Retry& retry) {
  const std::lock_guard lock(mutex_);
  job.maybe_delivered = job.maybe_delivered || retry.maybe_delivered;
  return_to_queue(std::move(job), retry.behind_others);
}

void MemoryQueue::gone(Job job) {
  const std::lock_guard lock(mutex_);
  forget(job.alert->id);
  return_to_queue(std::move(job), false);
}

void MemoryQueue::put_back(Job job) {
  const std::lock_guard lock(mutex_);
  return_to_queue(std::move(job), false);
}

// What came for the same alert in the meantime is folded into it.
void MemoryQueue::return_to_queue(Job job, bool behind_others) {
  out_ = false;
  const auto waiting = find(job.alert->id);
  std::optional<Job> newer;
  if (waiting != queue_.end()) {
    newer = std::move(*waiting);
    queue_.erase(waiting);
  }
  const auto place = queue_.insert(behind_others ? queue_.end() : queue_.begin(), std::move(job));
  if (newer) fold(place, *newer);
  ready_.notify_one();
}

BrokenDestination MemoryQueue::broken(const Job&, const std::string&) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t lost = queue_.size() + 1;
  out_ = false;
  failed_ += lost;
  queue_.clear();
  closed_ = true;
  space_.notify_all();
  return {lost, std::nullopt};
}

void MemoryQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  space_.notify_all();
}

std::uint64_t MemoryQueue::waiting() {
  const std::lock_guard lock(mutex_);
  return queue_.size() + (out_ ? 1 : 0);
}

void MemoryQueue::add_to(ChannelCounters& counters) {
  const std::lock_guard lock(mutex_);
  counters.submitted += submitted_;
  counters.coalesced += coalesced_;
  counters.unneeded += unneeded_;
  counters.failed += failed_;
  counters.waiting += queue_.size() + (out_ ? 1 : 0);
}

void MemoryQueue::remember(std::uint64_t alert_id, const std::string& remote_id) {
  forget(alert_id);
  if (sent_.size() >= base::limits::sent_messages_max) forget(sent_.front().alert_id);
  sent_.push_back({alert_id, remote_id});
  sent_by_alert_[alert_id] = std::prev(sent_.end());
}

void MemoryQueue::forget(std::uint64_t alert_id) {
  const auto known = sent_by_alert_.find(alert_id);
  if (known == sent_by_alert_.end()) return;
  sent_.erase(known->second);
  sent_by_alert_.erase(known);
}

}  // namespace vedette::notify
