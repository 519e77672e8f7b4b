// Owns: the outside directory of accounts: what `respond` must know of one before it is touched,
// and the few things that may be done to it. Real body: cloud/graph_directory.h. Fake:
// test/fakes/fake_directory.h. Contract: test/contract/directory_contract.h. Promises: everything
// is asked anew, nothing is remembered; every change sets a state, so that doing it twice is as
// doing it once; an error of a change may come after it was made (read back). Must not know: who
// may be touched, why. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/action.h"

namespace vedette::ports {

enum class AccountKind : std::uint8_t {
  member,
  guest,
  service_principal,
  shared_mailbox,  // rooms and equipment too
  unknown,         // it may be a person's or a shared mailbox: we may not look
};

struct DirectoryAccount {
  std::string object_id;  // lower case
  std::string principal_name, mail;
  std::string application_id;  // of a service principal
  AccountKind kind = AccountKind::unknown;
  bool is_synchronised = false;  // from a directory on premises, which may change it back
  bool is_enabled = true;
  base::Timestamp sessions_from;  // sessions that began before are over; unset: not known
  bool operator==(const DirectoryAccount&) const = default;
};

struct FoundAccounts {
  std::size_t count = 0;
  std::optional<DirectoryAccount> account;  // there when `count` is 1
};

struct HeldRole {
  std::string name;
  bool is_eligible = false;  // may be activated (PIM), else held; also through a group
  bool operator==(const HeldRole&) const = default;
};

class Directory {
 public:
  virtual ~Directory() = default;
  // By object id where there is one; else by UPN, else by mail, which are compared as they are but
  // for the case of ASCII letters. A name that only looks the same is another one.
  [[nodiscard]] virtual base::Result<FoundAccounts> find(const model::AccountReference& account,
                                                         const std::stop_token& stop) = 0;
  // Every directory role of that account. An error: it cannot be told (all of) them.
  [[nodiscard]] virtual base::Result<std::vector<HeldRole>> roles(std::string_view object_id,
                                                                  const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<std::uint64_t> count_users(const std::stop_token& stop) = 0;

  // Errors: not_found (no such account), permission_denied (we may not, with what is missing),
  // rate_limited, unavailable (perhaps it was done), refused.
  [[nodiscard]] virtual base::Result<void> set_enabled(std::string_view object_id, bool enabled,
                                                       const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<void> revoke_sessions(std::string_view object_id,
                                                           const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<void> confirm_compromised(std::string_view object_id,
                                                               const std::stop_token& stop) = 0;
  // Removes every second factor that it has now, and sees that none is left; the password stays.
  [[nodiscard]] virtual base::Result<void> reset_second_factors(std::string_view object_id,
                                                                const std::stop_token& stop) = 0;
};

}  // namespace vedette::ports
