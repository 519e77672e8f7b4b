// Owns: second factors: enrolment in two steps, the taking of codes, recovery codes. Promises: a
// key counts only after a code of it was shown; a code is taken once, and none from before it
// after it; a recovery code is kept as a hash and taken once; keys are sealed (seal.h); each change
// is in the audit log. Must not know: passwords, sessions, who may do what. Any thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <vector>

#include "access/seal.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/access.h"
#include "ports/access_store.h"
#include "ports/clock.h"

namespace vedette::access {

struct SecondFactorRules {
  base::Secret seal_key;
  std::vector<model::Role> required_of;  // who gets no further than enrolment without one
};

class SecondFactors {
 public:
  SecondFactors(ports::AccessStore& store, ports::Clock& clock, SecondFactorRules rules)
      : store_(store),
        clock_(clock),
        seal_(std::move(rules.seal_key)),
        required_of_(std::move(rules.required_of)) {}

  struct State {
    bool is_on = false;
    std::size_t recovery_codes = 0;  // that are left
  };
  [[nodiscard]] bool is_required_of(model::Role role) const;
  [[nodiscard]] base::Result<State> state_of(std::int64_t user);

  struct Enrolment {
    base::Secret key, address;  // to be typed, and as a QR code
  };
  // A new key, which counts for nothing until it is confirmed. Refused while one is on.
  [[nodiscard]] base::Result<Enrolment> begin(const model::User& user,
                                              const model::AuditEntry& audit);
  // The recovery codes, which are told this once.
  [[nodiscard]] base::Result<std::vector<base::Secret>> confirm(const model::User& user,
                                                                std::string_view code,
                                                                const model::AuditEntry& audit);
  // Whether that code is good, which it is no more afterwards. `audit` is written for a recovery
  // code.
  [[nodiscard]] base::Result<bool> take(const model::User& user, std::string_view code,
                                        model::AuditEntry audit);
  [[nodiscard]] base::Result<std::vector<base::Secret>> renew_recovery_codes(
      const model::User& user, const model::AuditEntry& audit);
  [[nodiscard]] base::Result<void> remove(const model::User& user, const model::AuditEntry& audit);

 private:
  [[nodiscard]] base::Result<model::SecondFactor> known(const model::User& user);
  [[nodiscard]] base::Result<base::Secret> key_of(const model::SecondFactor& factor) const;

  ports::AccessStore& store_;
  ports::Clock& clock_;
  const Seal seal_;
  const std::vector<model::Role> required_of_;
  std::mutex change_mutex_;  // one change at a time: each looks, then writes
};

}  // namespace vedette::access
