// A directory of accounts whose troubles a test chooses. Body of ports::Directory; contract in
// test/contract/directory_contract.h.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ports/clock.h"
#include "ports/directory.h"

namespace vedette::fakes {

class FakeDirectory : public ports::Directory {
 public:
  template <typename T>
  using Result = base::Result<T>;

  explicit FakeDirectory(const ports::Clock& clock) : clock_(clock) {}

  struct Account {
    ports::DirectoryAccount account;
    std::vector<ports::HeldRole> roles;
  };
  struct Change {
    std::string object_id;
    model::ActionKind kind = model::ActionKind::disable_account;
    bool has_effect = true;  // it was not so before
  };
  std::vector<Account> accounts;
  std::uint64_t people = 1'000;
  std::vector<Change> changes;  // all that were made
  // The next calls end so: reads, changes; after a change it may have been made.
  std::optional<base::Error> read_trouble, role_trouble, change_trouble, answer_trouble;

  Account& add(const std::string& id, const std::string& name) {
    Account& made = accounts.emplace_back();
    made.account.object_id = id;
    made.account.principal_name = made.account.mail = name;
    made.account.kind = ports::AccountKind::member;
    return made;
  }
  Account* at(std::string_view id) {
    const auto found =
        std::ranges::find_if(accounts, [&](auto& each) { return each.account.object_id == id; });
    return found == accounts.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::size_t effects(model::ActionKind kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        changes, [&](const Change& each) { return each.kind == kind && each.has_effect; }));
  }

  Result<ports::FoundAccounts> find(const model::AccountReference& wanted,
                                    const std::stop_token&) override {
    if (read_trouble) return std::unexpected(*read_trouble);
    ports::FoundAccounts found;
    for (const Account& each : accounts) {
      const auto& account = each.account;
      const bool is_meant =
          !wanted.object_id.empty()
              ? base::equals_ignoring_case(account.object_id, wanted.object_id)
          : !wanted.principal_name.empty()
              ? base::equals_ignoring_case(account.principal_name, wanted.principal_name)
              : !wanted.mail.empty() && base::equals_ignoring_case(account.mail, wanted.mail);
      if (!is_meant) continue;
      found.account = ++found.count == 1 ? std::optional(account) : std::nullopt;
    }
    return found;
  }
  Result<std::vector<ports::HeldRole>> roles(std::string_view id, const std::stop_token&) override {
    if (role_trouble) return std::unexpected(*role_trouble);
    const Account* found = at(id);
    return found == nullptr ? std::vector<ports::HeldRole>{} : found->roles;
  }
  Result<std::uint64_t> count_users(const std::stop_token&) override { return people; }

  Result<void> set_enabled(std::string_view id, bool enabled, const std::stop_token&) override {
    return change(id,
                  enabled ? model::ActionKind::enable_account : model::ActionKind::disable_account,
                  [enabled](ports::DirectoryAccount& account) {
                    return std::exchange(account.is_enabled, enabled) != enabled;
                  });
  }
  Result<void> revoke_sessions(std::string_view id, const std::stop_token&) override {
    return change(id, model::ActionKind::revoke_sessions, [this](ports::DirectoryAccount& account) {
      account.sessions_from = clock_.now();
      return true;
    });
  }
  Result<void> confirm_compromised(std::string_view id, const std::stop_token&) override {
    return change(id, model::ActionKind::confirm_compromised,
                  [](ports::DirectoryAccount&) { return true; });
  }
  Result<void> reset_second_factors(std::string_view id, const std::stop_token&) override {
    return change(id, model::ActionKind::reset_mfa, [](ports::DirectoryAccount&) { return true; });
  }

 private:
  template <typename Work>
  Result<void> change(std::string_view id, model::ActionKind kind, Work work) {
    if (change_trouble) return std::unexpected(*change_trouble);
    Account* found = at(id);
    if (found == nullptr)
      return base::failure(base::ErrorCode::not_found, "there is no such account");
    changes.push_back({std::string(id), kind, work(found->account)});
    if (answer_trouble) return std::unexpected(*std::exchange(answer_trouble, std::nullopt));
    return {};
  }

  const ports::Clock& clock_;
};

}  // namespace vedette::fakes
