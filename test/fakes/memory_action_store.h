// Actions in memory, with the audit entries that came with them. Body of ports::ActionStore;
// contract in test/contract/action_store_contract.h.
#pragma once

#include <algorithm>
#include <set>
#include <unordered_map>

#include "ports/action_store.h"

namespace vedette::fakes {

class MemoryActionStore : public ports::ActionStore {
 public:
  template <typename T>
  using Result = base::Result<T>;
  using Record = ports::ActionRecord;

  Result<Record> request(const model::ActionRequest& request) override {
    std::string key = model::action_key(request);
    const auto [at, is_new] = by_key_.try_emplace(key, records_.size());
    if (!is_new) return records_[at->second];
    Record& record = records_.emplace_back();
    record.id = std::ssize(records_);
    record.key = std::move(key);
    record.request = request;
    record.changed = request.requested;
    audit_.push_back(ports::asked_entry(record));
    return record;
  }
  Result<std::optional<Record>> find(std::int64_t id) override {
    if (id < 1 || id > std::ssize(records_)) return std::optional<Record>();
    return std::optional<Record>(records_[static_cast<std::size_t>(id - 1)]);
  }
  Result<std::optional<Record>> keyed(std::string_view key) override {
    const auto found = by_key_.find(std::string(key));
    if (found == by_key_.end()) return std::optional<Record>();
    return std::optional<Record>(records_[found->second]);
  }
  Result<std::vector<Record>> list(std::uint64_t incident, std::size_t limit) override {
    std::vector<Record> found;
    for (auto at = records_.rbegin(); at != records_.rend() && found.size() < limit; ++at)
      if (incident == 0 || at->request.incident == incident) found.push_back(*at);
    return found;
  }
  Result<std::vector<Record>> due(base::Timestamp now, std::size_t limit) override {
    std::vector<Record> found;
    for (const Record& record : records_) {
      const bool is_open = record.state == model::ActionState::requested ||
                           record.state == model::ActionState::approved ||
                           record.state == model::ActionState::sending;
      if (record.next_look <= now && (is_open || record.next_look.is_set()) && found.size() < limit)
        found.push_back(record);
    }
    return found;
  }
  Result<void> change(std::span<Record> records,
                      const std::optional<model::AuditEntry>& audit) override {
    for (const Record& record : records)
      if (record.id < 1 || record.id > std::ssize(records_) ||
          records_[static_cast<std::size_t>(record.id - 1)].revision != record.revision)
        return base::failure(base::ErrorCode::unavailable, "somebody else changed the action");
    for (Record& record : records) {
      ++record.revision;
      records_[static_cast<std::size_t>(record.id - 1)] = record;
    }
    if (audit) audit_.push_back(*audit);
    return {};
  }
  Result<std::uint64_t> accounts_since(base::Timestamp since, std::string_view but) override {
    std::set<std::string_view> targets;
    for (const Record& record : records_)
      if (record.started.is_set() && record.started >= since && record.target != but &&
          record.request.kind != model::ActionKind::enable_account &&
          !model::is_about_address(record.request.kind))
        targets.insert(record.target);
    return targets.size();
  }
  Result<std::uint64_t> blocks_since(base::Timestamp since, std::string_view but) override {
    std::set<std::string_view> targets;
    for (const Record& record : records_)
      if (record.started.is_set() && record.started >= since && record.target != but &&
          record.request.kind == model::ActionKind::block_address)
        targets.insert(record.target);
    return targets.size();
  }
  Result<std::vector<Record>> locks_of(std::string_view target) override {
    std::vector<Record> found;
    for (auto at = records_.rbegin(); at != records_.rend(); ++at)
      if (at->target == target && at->is_ours && at->state != model::ActionState::undone &&
          (at->request.kind == model::ActionKind::disable_account ||
           at->request.kind == model::ActionKind::block_address))
        found.push_back(*at);
    return found;
  }
  Result<ports::TripWire> trip_wire() override { return wire_; }
  Result<void> set_trip_wire(const ports::TripWire& wire, const model::AuditEntry& audit) override {
    wire_ = wire;
    audit_.push_back(audit);
    return {};
  }

  [[nodiscard]] const std::vector<model::AuditEntry>& audit() const { return audit_; }

 protected:
  std::vector<Record> records_;

 private:
  std::unordered_map<std::string, std::size_t> by_key_;
  std::vector<model::AuditEntry> audit_;
  ports::TripWire wire_;
};

}  // namespace vedette::fakes
