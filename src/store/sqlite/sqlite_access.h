// Owns: the body of ports::AccessStore in state.db, on a connection of its own. Promises: what the
// port promises; another process may have the same file open. Must not know: how an audit entry is
// hashed (it is given the function). Any thread; calls wait for each other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "ports/access_store.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

class SqliteAccess : public ports::AccessStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  [[nodiscard]] static Result<std::unique_ptr<SqliteAccess>> open(const std::string& path,
                                                                  AuditHash hash,
                                                                  bool read_only = false);
  SqliteAccess(std::unique_ptr<Database> database, AuditHash hash)
      : database_(std::move(database)), hash_(hash) {}

  Result<std::vector<model::User>> users() override;
  Result<std::optional<model::User>> find_user(std::int64_t id) override;
  Result<std::optional<model::User>> find_user_named(std::string_view name) override;
  Result<std::int64_t> put_user(const model::User& user, const model::AuditEntry& audit) override;
  Result<void> remove_user(std::int64_t id, const model::AuditEntry& audit) override;
  Result<std::optional<model::SecondFactor>> find_second_factor(std::int64_t user) override;
  Result<void> put_second_factor(const model::SecondFactor& factor,
                                 const model::AuditEntry& audit) override;
  Result<bool> take_step(std::int64_t user, std::uint64_t step) override;
  Result<void> remove_second_factor(std::int64_t user, const model::AuditEntry& audit) override;
  Result<void> end_sessions(std::int64_t user, std::string_view but,
                            const model::AuditEntry& audit) override;
  Result<void> add_session(const model::Session& session,
                           const std::optional<model::Device>& device,
                           base::Timestamp forget_before, const model::AuditEntry& audit) override;
  Result<std::optional<model::Session>> find_session(std::string_view key_hash) override;
  Result<void> note_session_use(std::string_view key_hash, base::Timestamp used) override;
  Result<void> end_session(std::string_view key_hash, const model::AuditEntry& audit) override;
  Result<bool> knows_device(std::string_view key_hash, std::int64_t user) override;
  Result<std::vector<model::ApiToken>> tokens() override;
  Result<std::optional<model::ApiToken>> find_token(std::string_view key_hash) override;
  Result<std::int64_t> add_token(const model::ApiToken& token,
                                 const model::AuditEntry& audit) override;
  Result<void> note_token_use(std::int64_t id, base::Timestamp used) override;
  Result<void> revoke_token(std::int64_t id, const model::AuditEntry& audit) override;
  Result<void> add_audit(const model::AuditEntry& audit) override;
  Result<std::vector<model::AuditEntry>> audit_after(std::uint64_t number,
                                                     std::size_t limit) override;
  Result<std::vector<model::AuditEntry>> audit_before(std::uint64_t number,
                                                      std::size_t limit) override;
  Result<std::int64_t> state_version() override;

 private:
  // The work and the entry in one transaction, with mutex_ held.
  Result<void> change(const model::AuditEntry& audit, const std::function<Result<void>()>& work);
  Result<std::int64_t> write_user(const model::User& user);
  Result<std::vector<model::AuditEntry>> read_audit(Statement& rows);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
  const AuditHash hash_;
};

}  // namespace vedette::store::sqlite
