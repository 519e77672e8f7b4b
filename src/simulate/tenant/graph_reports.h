// Owns: Graph's reports: sign-ins, directory audits, risk detections, risky users.
// Promises: filters, order and paging as documented; what the licence does not pay for is refused
// in the service's words; a record is shown from the moment on when it is visible. Must not know:
// quotas, faults. One thread.
#pragma once

#include <optional>

#include "simulate/tenant/accounts.h"
#include "simulate/tenant/audit_document.h"
#include "simulate/tenant/graph_call.h"
#include "simulate/tenant/risk.h"
#include "simulate/tenant/sign_in_document.h"
#include "simulate/tenant/timeline.h"

namespace vedette::simulate::tenant {

class GraphReports {
 public:
  GraphReports(const TenantOptions& options, Timeline& timeline, Accounts& accounts)
      : options_(options),
        timeline_(timeline),
        accounts_(accounts),
        sign_ins_(options, timeline.directory()),
        audits_(options, timeline.directory()),
        risks_(timeline, accounts) {}

  // Nothing when the path is not a report's.
  [[nodiscard]] std::optional<TenantReply> answer(const GraphCall& call);

 private:
  [[nodiscard]] TenantReply list_sign_ins(const GraphCall& call);
  [[nodiscard]] TenantReply get_sign_in(const GraphCall& call);
  [[nodiscard]] TenantReply list_audits(const GraphCall& call);
  [[nodiscard]] TenantReply get_audit(const GraphCall& call);
  [[nodiscard]] TenantReply list_detections(const GraphCall& call);
  [[nodiscard]] TenantReply get_detection(const GraphCall& call);
  [[nodiscard]] TenantReply list_risky_users(const GraphCall& call);
  [[nodiscard]] TenantReply get_risky_user(const GraphCall& call);
  [[nodiscard]] TenantReply judge_risky_users(const GraphCall& call, bool compromised);
  [[nodiscard]] std::optional<TenantReply> refuse_sign_ins(const GraphCall& call) const;
  [[nodiscard]] std::optional<TenantReply> refuse_risk(const GraphCall& call,
                                                       std::string_view permission) const;
  [[nodiscard]] base::Result<Walk> walk_of(const GraphCall& call, const Filter& filter,
                                           std::string_view time_property, std::size_t rows) const;
  // Day slices of changes, those made through the API among them.
  [[nodiscard]] Slice<Change> changes_on(std::int64_t day);

  const TenantOptions& options_;
  Timeline& timeline_;
  Accounts& accounts_;
  const SignInDocuments sign_ins_;
  const AuditDocuments audits_;
  Risks risks_;
};

}  // namespace vedette::simulate::tenant
