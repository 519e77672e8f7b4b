// Users, sessions, tokens and the audit log in memory. Body of ports::AccessStore; contract in
// test/contract/access_store_contract.h.
#pragma once

#include <algorithm>
#include <mutex>

#include "base/text.h"
#include "ports/access_store.h"

namespace vedette::fakes {

class MemoryAccessStore : public ports::AccessStore {
 public:
  using Hash = std::string (*)(std::string_view before, const model::AuditEntry& entry);
  explicit MemoryAccessStore(Hash hash) : hash_(hash) {}

  template <typename T>
  using Result = base::Result<T>;

  Result<std::vector<model::User>> users() override {
    const std::lock_guard lock(mutex_);
    return users_;
  }
  Result<std::optional<model::User>> find_user(std::int64_t id) override {
    return first(users_, [&](const auto& user) { return user.id == id; });
  }
  Result<std::optional<model::User>> find_user_named(std::string_view name) override {
    return first(users_,
                 [&](const auto& user) { return base::equals_ignoring_case(user.name, name); });
  }
  Result<std::int64_t> put_user(const model::User& user, const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    for (const auto& other : users_)
      if (other.id != user.id && base::equals_ignoring_case(other.name, user.name))
        return base::failure(base::ErrorCode::invalid_argument, "the name is taken");
    append(audit);
    if (user.id != 0) {
      *std::ranges::find(users_, user.id, &model::User::id) = user;
      return user.id;
    }
    users_.push_back(user);
    return users_.back().id = ++last_user_;
  }
  Result<void> remove_user(std::int64_t id, const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    const auto is_theirs = [&](const auto& each) { return each.user == id; };
    if (std::erase_if(users_, [&](const auto& each) { return each.id == id; }) == 0)
      return base::failure(base::ErrorCode::not_found, "there is no such user");
    std::erase_if(sessions_, is_theirs);
    std::erase_if(devices_, is_theirs);
    std::erase_if(tokens_, is_theirs);
    std::erase_if(factors_, is_theirs);
    append(audit);
    return {};
  }
  Result<std::optional<model::SecondFactor>> find_second_factor(std::int64_t user) override {
    return first(factors_, [&](const auto& each) { return each.user == user; });
  }
  Result<void> put_second_factor(const model::SecondFactor& factor,
                                 const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(factors_, [&](const auto& each) { return each.user == factor.user; });
    factors_.push_back(factor);
    append(audit);
    return {};
  }
  Result<bool> take_step(std::int64_t user, std::uint64_t step) override {
    const std::lock_guard lock(mutex_);
    for (auto& each : factors_)
      if (each.user == user && each.last_step < step) {
        each.last_step = step;
        return true;
      }
    return false;
  }
  Result<void> remove_second_factor(std::int64_t user, const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(factors_, [&](const auto& each) { return each.user == user; });
    append(audit);
    return {};
  }
  Result<void> end_sessions(std::int64_t user, std::string_view but,
                            const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_,
                  [&](const auto& each) { return each.user == user && each.key_hash != but; });
    std::erase_if(devices_, [&](const auto& each) { return each.user == user; });
    append(audit);
    return {};
  }
  Result<void> add_session(const model::Session& session,
                           const std::optional<model::Device>& device,
                           base::Timestamp forget_before, const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [&](const auto& each) { return each.used < forget_before; });
    sessions_.push_back(session);
    if (device) devices_.push_back(*device);
    for (auto& user : users_)
      if (user.id == session.user) user.last_log_in = session.created;
    append(audit);
    return {};
  }
  Result<std::optional<model::Session>> find_session(std::string_view key_hash) override {
    return first(sessions_, [&](const auto& each) { return each.key_hash == key_hash; });
  }
  Result<void> note_session_use(std::string_view key_hash, base::Timestamp used) override {
    const std::lock_guard lock(mutex_);
    for (auto& each : sessions_)
      if (each.key_hash == key_hash) each.used = used;
    return {};
  }
  Result<void> end_session(std::string_view key_hash, const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [&](const auto& each) { return each.key_hash == key_hash; });
    append(audit);
    return {};
  }
  Result<bool> knows_device(std::string_view key_hash, std::int64_t user) override {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(
        devices_, [&](const auto& each) { return each.key_hash == key_hash && each.user == user; });
  }
  Result<std::vector<model::ApiToken>> tokens() override {
    const std::lock_guard lock(mutex_);
    return std::vector<model::ApiToken>(tokens_.rbegin(), tokens_.rend());
  }
  Result<std::optional<model::ApiToken>> find_token(std::string_view key_hash) override {
    return first(tokens_, [&](const auto& each) { return each.key_hash == key_hash; });
  }
  Result<std::int64_t> add_token(const model::ApiToken& token,
                                 const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    tokens_.push_back(token);
    append(audit);
    return tokens_.back().id = std::ssize(tokens_);
  }
  Result<void> note_token_use(std::int64_t id, base::Timestamp used) override {
    const std::lock_guard lock(mutex_);
    for (auto& each : tokens_)
      if (each.id == id) each.last_used = used;
    return {};
  }
  Result<void> revoke_token(std::int64_t id, const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(tokens_, id, &model::ApiToken::id);
    if (found == tokens_.end())
      return base::failure(base::ErrorCode::not_found, "there is no such token");
    found->revoked = true;
    append(audit);
    return {};
  }
  Result<void> add_audit(const model::AuditEntry& audit) override {
    const std::lock_guard lock(mutex_);
    append(audit);
    return {};
  }
  Result<std::vector<model::AuditEntry>> audit_after(std::uint64_t number,
                                                     std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<model::AuditEntry> found;
    for (const auto& entry : audit_)
      if (entry.number > number && found.size() < limit) found.push_back(entry);
    return found;
  }
  Result<std::vector<model::AuditEntry>> audit_before(std::uint64_t number,
                                                      std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<model::AuditEntry> found;
    for (auto entry = audit_.rbegin(); entry != audit_.rend() && found.size() < limit; ++entry)
      if (number == 0 || entry->number < number) found.push_back(*entry);
    return found;
  }
  Result<std::int64_t> state_version() override {
    const std::lock_guard lock(mutex_);
    return version_;
  }

  // For tests: somebody else changed the file; somebody changed the past.
  void change_from_outside() {
    const std::lock_guard lock(mutex_);
    ++version_;
  }
  std::vector<model::AuditEntry>& past() { return audit_; }

 private:
  template <typename T, typename Wanted>
  std::optional<T> first(const std::vector<T>& all, Wanted wanted) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(all, wanted);
    return found == all.end() ? std::nullopt : std::optional<T>(*found);
  }
  void append(model::AuditEntry entry) {
    const std::string before = audit_.empty() ? "" : audit_.back().hash;
    entry.number = audit_.empty() ? 1 : audit_.back().number + 1;
    entry.hash = hash_(before, entry);
    audit_.push_back(std::move(entry));
  }

  std::mutex mutex_;
  const Hash hash_;
  std::vector<model::User> users_;
  std::vector<model::Session> sessions_;
  std::vector<model::Device> devices_;
  std::vector<model::ApiToken> tokens_;
  std::vector<model::SecondFactor> factors_;
  std::int64_t last_user_ = 0;
  std::vector<model::AuditEntry> audit_;
  std::int64_t version_ = 1;
};

}  // namespace vedette::fakes
