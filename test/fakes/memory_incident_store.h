// Incidents, timelines and outbox in memory. Body of ports::IncidentStore; contract in
// test/contract/incident_store_contract.h. `fail_with` makes every call fail until it is lifted.
// Any thread.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "model/subject.h"
#include "ports/incident_store.h"

namespace vedette::fakes {

class MemoryIncidentStore : public ports::IncidentStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  void fail_with(std::optional<base::Error> error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
  }

  Result<std::vector<std::uint64_t>> commit(const ports::IncidentCommit& change) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    VEDETTE_TRY_VOID(check(change));  // all of it or nothing
    std::vector<std::uint64_t> numbers;
    for (const auto& incident : change.incidents) numbers.push_back(put(incident));
    for (const auto& [index, entry] : change.timeline) {
      auto& kept = state_.timeline.emplace_back(entry);
      if (kept.incident == 0) kept.incident = numbers[index];
    }
    for (const auto& [index, message] : change.messages) {
      if (!state_.keys.insert(message.key).second) continue;
      auto& kept = state_.outbox[++state_.last_message] = message;
      kept.id = state_.last_message;
      if (kept.incident == 0) kept.incident = numbers[index];
    }
    if (change.watermark) state_.watermark = std::max(state_.watermark, *change.watermark);
    if (change.detector_checkpoint &&
        (!state_.checkpoint || state_.checkpoint->position <= *change.watermark))
      state_.checkpoint = ports::Checkpoint{*change.watermark, *change.detector_checkpoint};
    return numbers;
  }

  Result<std::optional<model::Incident>> find(std::uint64_t number) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    const auto found = state_.incidents.find(number);
    if (found == state_.incidents.end()) return std::nullopt;
    return found->second;
  }

  Result<std::optional<model::Incident>> find_by_alert(std::uint64_t alert_id) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    for (const auto& [number, incident] : state_.incidents)
      for (const auto& alert : incident.alerts)
        if (alert.id == alert_id) return incident;
    return std::nullopt;
  }

  Result<std::vector<model::Incident>> find_open(const model::Entity& grouping) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<model::Incident> found;
    for (const auto& [number, incident] : state_.incidents) {
      const bool holds = std::ranges::any_of(incident.alerts, [&](const model::Alert& alert) {
        return alert.status != model::AlertStatus::withdrawn && !alert.entities.empty() &&
               alert.entities.front() == grouping;
      });
      if (!holds || incident.status == model::IncidentStatus::closed) continue;
      if (found.size() == base::limits::open_incidents_compared_max) break;
      found.push_back(incident);
    }
    return found;
  }

  Result<std::vector<model::Incident>> list(const ports::IncidentFilter& filter) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<model::Incident> found;
    for (auto at = state_.incidents.rbegin(); at != state_.incidents.rend(); ++at) {
      const model::Incident& incident = at->second;
      if (found.size() >= filter.limit) break;
      if (incident.updated < filter.updated_since) continue;
      if (filter.before_number != 0 && incident.number >= filter.before_number) continue;
      if (filter.status && incident.status != *filter.status) continue;
      if (filter.open_only && incident.status == model::IncidentStatus::closed) continue;
      if (filter.least_severity && incident.severity < *filter.least_severity) continue;
      if (!filter.owner.empty() && incident.owner != filter.owner) continue;
      found.push_back(incident);
    }
    return found;
  }

  Result<std::vector<model::TimelineEntry>> timeline(std::uint64_t number) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<model::TimelineEntry> found;
    for (const auto& entry : state_.timeline)
      if (entry.incident == number) found.push_back(entry);
    if (found.size() > base::limits::timeline_entries_max)
      found.erase(found.begin(), found.end() - base::limits::timeline_entries_max);
    return found;
  }

  Result<ports::ForgottenIncidents> forget(const ports::IncidentRetention& retention) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    ports::ForgottenIncidents forgotten;
    std::set<std::uint64_t> waiting, gone, closed;
    for (const auto& [id, message] : state_.outbox)
      if (message.state == ports::OutboxState::waiting) waiting.insert(message.incident);
    for (const auto& [number, incident] : state_.incidents) {
      if (incident.status != model::IncidentStatus::closed) continue;
      closed.insert(number);
      if (incident.closed < retention.closed_before && !waiting.contains(number) &&
          gone.size() < retention.limit)
        gone.insert(number);
    }
    forgotten.incidents = gone.size();
    for (const auto number : gone) {
      state_.identities.erase(state_.incidents.at(number).identity);
      state_.incidents.erase(number);
    }
    std::erase_if(state_.timeline, [&](const auto& each) { return gone.contains(each.incident); });
    std::erase_if(state_.outbox, [&](const auto& entry) {
      const ports::OutboxMessage& message = entry.second;
      const bool is_old = message.state != ports::OutboxState::waiting &&
                          message.settled < retention.settled_before &&
                          closed.contains(message.incident) && !gone.contains(message.incident) &&
                          forgotten.messages < retention.limit;
      if (is_old) ++forgotten.messages;
      if (is_old || gone.contains(message.incident)) state_.keys.erase(message.key);
      return is_old || gone.contains(message.incident);
    });
    return forgotten;
  }

  Result<std::uint64_t> watermark() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    return state_.watermark;
  }

  Result<std::optional<ports::Checkpoint>> detector_checkpoint() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    return state_.checkpoint;
  }

  Result<std::vector<ports::OutboxMessage>> due(std::string_view channel, base::Timestamp now,
                                                std::size_t limit,
                                                const ports::HoldRules& hold) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    const auto too_far = now + base::Duration::seconds(base::limits::retry_after_s_max);
    std::vector<ports::OutboxMessage> found;
    std::set<std::uint64_t> incidents;  // whose first waiting message was seen
    for (const auto& [id, message] : state_.outbox) {
      if (found.size() >= limit) break;
      if (message.state != ports::OutboxState::waiting || message.channel != channel) continue;
      if (!incidents.insert(message.incident).second) continue;
      if (message.next_attempt > now && message.next_attempt <= too_far) continue;
      if (message.attempts == 0 && is_held(message, hold)) continue;
      found.push_back(message);
    }
    return found;
  }

  Result<std::vector<ports::OutboxMessage>> batch(std::string_view channel,
                                                  std::string_view key) override {
    return waiting_where([&](const ports::OutboxMessage& message) {
      return message.channel == channel && message.batch == key && !key.empty();
    });
  }

  Result<std::vector<ports::OutboxMessage>> overdue(std::string_view channel,
                                                    base::Timestamp created_before,
                                                    std::size_t limit) override {
    auto found = VEDETTE_TRY(waiting_where([&](const ports::OutboxMessage& message) {
      return message.channel == channel && message.created <= created_before &&
             message.via.empty() && !message.fell_back;
    }));
    if (found.size() > limit) found.resize(limit);
    return found;
  }

  Result<std::uint64_t> sent_since(std::string_view channel, base::Timestamp since) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::set<std::string> names;
    for (const auto& [id, message] : state_.outbox)
      if (message.state == ports::OutboxState::sent && message.channel == channel &&
          message.settled > since)
        names.insert(message.batch.empty() ? message.key : message.batch);
    return names.size();
  }

  Result<std::vector<ports::OutboxMessage>> behind(const ports::OutboxMessage& message,
                                                   std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<ports::OutboxMessage> found;
    for (auto at = state_.outbox.upper_bound(message.id); at != state_.outbox.end(); ++at) {
      const auto& later = at->second;
      if (found.size() >= limit) break;
      if (later.state == ports::OutboxState::waiting && later.channel == message.channel &&
          later.alert.id == message.alert.id)
        found.push_back(later);
    }
    return found;
  }

  Result<std::string> remote_id(std::string_view channel, std::uint64_t alert_id) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    for (auto at = state_.outbox.rbegin(); at != state_.outbox.rend(); ++at) {
      const auto& message = at->second;
      if (message.channel == channel && message.alert.id == alert_id && !message.remote_id.empty())
        return message.remote_id;
    }
    return std::string();
  }

  Result<std::string> ticket(std::string_view channel, std::uint64_t incident) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    for (auto at = state_.outbox.rbegin(); at != state_.outbox.rend(); ++at) {
      const auto& message = at->second;
      if (message.channel == channel && message.incident == incident && !message.remote_id.empty())
        return message.remote_id;
    }
    return std::string();
  }

  Result<void> record(const ports::OutboxRecord& record) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    for (const auto& message : record.messages)
      if (!state_.outbox.contains(message.id)) return no_message(message.id);
    for (const auto& message : record.added)
      if (!state_.incidents.contains(message.incident)) return no_such(message.incident);
    for (const auto& entry : record.receipts)
      if (!state_.incidents.contains(entry.incident)) return no_such(entry.incident);
    for (const auto& message : record.messages) settle(message);
    for (const auto& message : record.added) {
      if (!state_.keys.insert(message.key).second) continue;
      state_.outbox[++state_.last_message] = message;
      state_.outbox[state_.last_message].id = state_.last_message;
    }
    for (const auto& entry : record.receipts) state_.timeline.push_back(entry);
    return {};
  }

  Result<std::uint64_t> waiting(std::string_view channel) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    return static_cast<std::uint64_t>(std::ranges::count_if(state_.outbox, [&](const auto& entry) {
      return entry.second.state == ports::OutboxState::waiting && entry.second.channel == channel;
    }));
  }

  Result<std::vector<ports::OutboxMessage>> outbox(std::optional<ports::OutboxState> state,
                                                   std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<ports::OutboxMessage> found;
    for (auto at = state_.outbox.rbegin(); at != state_.outbox.rend(); ++at) {
      if (found.size() >= limit) break;
      if (!state || at->second.state == *state) found.push_back(at->second);
    }
    return found;
  }

 private:
  struct State {
    std::map<std::uint64_t, model::Incident> incidents;
    std::vector<model::TimelineEntry> timeline;
    std::map<std::int64_t, ports::OutboxMessage> outbox;
    std::set<std::string> keys;
    std::set<std::uint64_t> identities;
    std::uint64_t last_number = 0;
    std::int64_t last_message = 0;
    std::uint64_t watermark = 0;
    std::optional<ports::Checkpoint> checkpoint;
  };

  static std::unexpected<base::Error> no_such(std::uint64_t number) {
    return base::failure(base::ErrorCode::not_found,
                         "there is no incident " + std::to_string(number));
  }
  static std::unexpected<base::Error> no_message(std::int64_t id) {
    return base::failure(base::ErrorCode::not_found, "there is no message " + std::to_string(id));
  }
  static std::unexpected<base::Error> changed_meanwhile() {
    return base::failure(base::ErrorCode::unavailable,
                         "the incident was changed by somebody else meanwhile");
  }
  [[nodiscard]] Result<void> check(const ports::IncidentCommit& change) const {
    std::set<std::uint64_t> identities;
    for (const auto& incident : change.incidents) {
      const auto found = state_.incidents.find(incident.number);
      if (incident.number == 0) {
        const bool known = state_.identities.contains(incident.identity);
        if (known || !identities.insert(incident.identity).second) return changed_meanwhile();
      } else if (found == state_.incidents.end()) {
        return no_such(incident.number);
      } else if (found->second.revision != incident.revision) {
        return changed_meanwhile();
      }
    }
    for (const auto& [index, entry] : change.timeline)
      VEDETTE_TRY_VOID(check_owner(entry.incident, index, change));
    for (const auto& [index, message] : change.messages)
      VEDETTE_TRY_VOID(check_owner(message.incident, index, change));
    if (change.detector_checkpoint && !change.watermark)
      return base::failure(base::ErrorCode::invalid_argument, "a checkpoint needs a watermark");
    return {};
  }
  [[nodiscard]] Result<void> check_owner(std::uint64_t number, std::size_t index,
                                         const ports::IncidentCommit& change) const {
    if (number == 0 && index >= change.incidents.size())
      return base::failure(base::ErrorCode::invalid_argument, "an entry belongs to no incident");
    if (number != 0 && !state_.incidents.contains(number)) return no_such(number);
    return {};
  }

  std::uint64_t put(model::Incident incident) {
    if (incident.number == 0) {
      incident.number = ++state_.last_number;
      incident.revision = 0;
    }
    ++incident.revision;
    state_.identities.insert(incident.identity);
    const std::uint64_t number = incident.number;
    state_.incidents[number] = std::move(incident);
    return number;
  }

  template <typename Wanted>
  Result<std::vector<ports::OutboxMessage>> waiting_where(const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    std::vector<ports::OutboxMessage> found;
    for (const auto& [id, message] : state_.outbox)
      if (message.state == ports::OutboxState::waiting && wanted(message)) found.push_back(message);
    return found;
  }

  [[nodiscard]] bool is_held(const ports::OutboxMessage& message,
                             const ports::HoldRules& hold) const {
    bool is_loud = false, is_urgent = false, is_named = false, was_told = false;
    for (const auto& [id, other] : state_.outbox) {
      if (other.channel != message.channel) continue;
      is_named = is_named || (other.alert.id == message.alert.id && !other.remote_id.empty());
      was_told = was_told || (other.state == ports::OutboxState::sent &&
                              model::subject_of(other.alert) == model::subject_of(message.alert) &&
                              other.settled > hold.told_since &&
                              other.alert.severity >= message.alert.severity);
      if (other.state != ports::OutboxState::waiting || other.incident != message.incident)
        continue;
      is_loud = is_loud || other.alert.severity >= hold.least_severity;
      is_urgent = is_urgent || other.change == model::AlertChange::withdrawn ||
                  other.alert.severity > message.alert.severity;
    }
    const bool cools = hold.told_since.is_set() && was_told && !is_urgent;
    return !is_loud || (cools && !(hold.edits && is_named));
  }

  void settle(const ports::OutboxMessage& message) {
    auto& kept = state_.outbox.at(message.id);
    kept.change = message.change;
    kept.state = message.state;
    kept.attempts = message.attempts;
    kept.maybe_delivered = message.maybe_delivered;
    kept.next_attempt = message.next_attempt;
    kept.settled = message.settled;
    kept.remote_id = message.remote_id;
    kept.error = message.error;
    kept.batch = message.batch;
    kept.fell_back = message.fell_back;
  }

  std::mutex mutex_;
  std::optional<base::Error> failure_;
  State state_;
};

}  // namespace vedette::fakes
