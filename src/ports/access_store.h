// Owns: users, second factors, sessions, devices, API tokens and the audit log: what must be kept
// of access. Real body: store/sqlite/sqlite_access.h (state.db). Promises: each change is one
// durable transaction with the audit entry that tells of it, so that neither is there without the
// other; an audit entry's number is one more than the last one's, and its hash is made from the
// last one's. Must not know: passwords, who may do what. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/access.h"

namespace vedette::ports {

class AccessStore {
 public:
  virtual ~AccessStore() = default;

  [[nodiscard]] virtual base::Result<std::vector<model::User>> users() = 0;
  [[nodiscard]] virtual base::Result<std::optional<model::User>> find_user(std::int64_t id) = 0;
  // Whatever the case of its ASCII letters.
  [[nodiscard]] virtual base::Result<std::optional<model::User>> find_user_named(
      std::string_view name) = 0;
  // With id 0 a new one, whose id is returned; a name that is taken is refused. `audit` has no
  // number and no hash yet; so it is everywhere here.
  [[nodiscard]] virtual base::Result<std::int64_t> put_user(const model::User& user,
                                                            const model::AuditEntry& audit) = 0;
  // With everything that is the user's: sessions, devices, API tokens, the second factor.
  [[nodiscard]] virtual base::Result<void> remove_user(std::int64_t id,
                                                       const model::AuditEntry& audit) = 0;
  // Ends the user's sessions and forgets the devices, but for the session of that hash.
  [[nodiscard]] virtual base::Result<void> end_sessions(std::int64_t user, std::string_view but,
                                                        const model::AuditEntry& audit) = 0;

  // Notes the log-in at its user, too, and forgets sessions last used before that moment.
  [[nodiscard]] virtual base::Result<void> add_session(const model::Session& session,
                                                       const std::optional<model::Device>& device,
                                                       base::Timestamp forget_before,
                                                       const model::AuditEntry& audit) = 0;
  [[nodiscard]] virtual base::Result<std::optional<model::Session>> find_session(
      std::string_view key_hash) = 0;
  [[nodiscard]] virtual base::Result<void> note_session_use(std::string_view key_hash,
                                                            base::Timestamp used) = 0;
  [[nodiscard]] virtual base::Result<void> end_session(std::string_view key_hash,
                                                       const model::AuditEntry& audit) = 0;
  [[nodiscard]] virtual base::Result<bool> knows_device(std::string_view key_hash,
                                                        std::int64_t user) = 0;

  [[nodiscard]] virtual base::Result<std::optional<model::SecondFactor>> find_second_factor(
      std::int64_t user) = 0;
  // In place of the one that is there.
  [[nodiscard]] virtual base::Result<void> put_second_factor(const model::SecondFactor& factor,
                                                             const model::AuditEntry& audit) = 0;
  // False: a code of that step or a later one was taken already.
  [[nodiscard]] virtual base::Result<bool> take_step(std::int64_t user, std::uint64_t step) = 0;
  [[nodiscard]] virtual base::Result<void> remove_second_factor(std::int64_t user,
                                                                const model::AuditEntry& audit) = 0;

  [[nodiscard]] virtual base::Result<std::vector<model::ApiToken>> tokens() = 0;
  [[nodiscard]] virtual base::Result<std::optional<model::ApiToken>> find_token(
      std::string_view key_hash) = 0;
  [[nodiscard]] virtual base::Result<std::int64_t> add_token(const model::ApiToken& token,
                                                             const model::AuditEntry& audit) = 0;
  [[nodiscard]] virtual base::Result<void> note_token_use(std::int64_t id,
                                                          base::Timestamp used) = 0;
  [[nodiscard]] virtual base::Result<void> revoke_token(std::int64_t id,
                                                        const model::AuditEntry& audit) = 0;

  [[nodiscard]] virtual base::Result<void> add_audit(const model::AuditEntry& audit) = 0;
  // Those after that number, the oldest first; before that number (0: from the end), the newest
  // first.
  [[nodiscard]] virtual base::Result<std::vector<model::AuditEntry>> audit_after(
      std::uint64_t number, std::size_t limit) = 0;
  [[nodiscard]] virtual base::Result<std::vector<model::AuditEntry>> audit_before(
      std::uint64_t number, std::size_t limit) = 0;

  // A number that changes whenever anybody else changed what state.db holds.
  [[nodiscard]] virtual base::Result<std::int64_t> state_version() = 0;
};

}  // namespace vedette::ports
