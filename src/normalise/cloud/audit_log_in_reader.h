// Owns: log-ins as the unified audit log tells of them (UserLoggedIn, UserLoginFailed) →
// model::SignIn, for tenants that are not given sign-ins (no P1). Promises: what the record does not
// say is empty (risk, device, place, how it was proved); a token that was only refreshed gave no
// credential. Must not know: whether the tenant has better. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_records.h"
#include "model/sign_in.h"
#include "model/table_batch.h"
#include "normalise/cloud/sign_in_errors.h"

namespace vedette::normalise::cloud {

class AuditLogInReader {
 public:
  // Adds the paths it needs; before the records are read. The errors outlive it.
  AuditLogInReader(base::JsonPaths& paths, const SignInErrors& errors);
  // Nothing: the record tells of something else. The views live until the next `begin`.
  [[nodiscard]] std::optional<model::SignIn> read(const base::JsonRecord& record,
                                                  const model::RowHead& head);
  void begin() { kept_.clear(); }

 private:
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  const SignInErrors& errors_;
  const std::size_t workload_, operation_, result_, user_, user_key_, address_, client_address_,
      error_, reason_, application_, tenant_, properties_, id_;
  std::deque<std::string> kept_;
};

}  // namespace vedette::normalise::cloud
