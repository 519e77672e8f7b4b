// Owns: a sign-in's record → model::SignIn. Promises: what the record does not say is empty; only
// codes of schema/sign_in_errors.txt make a failed log-in; names of users are compared in lower
// case. Must not know: tables. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "base/json_records.h"
#include "model/sign_in.h"
#include "model/table_batch.h"
#include "normalise/cloud/sign_in_errors.h"

namespace vedette::normalise::cloud {

class SignInReader {
 public:
  // Adds the paths it needs; before the records are read. The errors outlive it.
  SignInReader(base::JsonPaths& paths, const SignInErrors& errors);
  // The views live as long as the record's scalars, until the next `begin`.
  [[nodiscard]] model::SignIn read(const base::JsonRecord& record, const model::RowHead& head);
  // A new batch: what was read before is let go.
  void begin() { kept_.clear(); }

 private:
  struct Slots {
    explicit Slots(base::JsonPaths& paths);
    std::size_t kinds, error_code, failure_reason, resource_tenant, home_tenant, user_id, upn,
        identifier, display_name, user_type, app_id, app, resource_id, resource, client_app,
        protocol, principal_id, principal_name, address, user_agent, device_id, device_name, system,
        browser, trust, compliant, managed, country, state, city, latitude, longitude, asn,
        requirement, details, access, risk, risk_aggregated, risk_state, risk_detail, risk_types,
        session, token, token_type, correlation, id;
  };
  std::string_view keep(std::string_view text);
  void read_event(const base::JsonRecord& record, const model::RowHead& head, model::SignIn& read);

  const SignInErrors& errors_;
  const Slots slots_;
  std::deque<std::string> kept_;
};

}  // namespace vedette::normalise::cloud
