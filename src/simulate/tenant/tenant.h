// Owns: a simulated Microsoft 365 tenant: one door for the sign-in authority, Microsoft Graph,
// Azure Resource Manager (Sentinel), Log Analytics, the Management Activity API and the upload of
// threat intelligence.
// Promises: pure: an answer depends on the options, the clock and the requests so far; the paths of
// the services do not overlap, so one origin serves them all. Memory is bounded by base/limits.h.
// Must not know: sockets, threads. One thread (tenant_client.h and the command serialise).
//
//   Tenant tenant(options, clock);
//   const TenantReply reply = tenant.answer({"GET", "/v1.0/users", headers, "", origin});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "simulate/tenant/message.h"
#include "simulate/tenant/options.h"

namespace vedette::simulate::tenant {

class QueryEngine;

class Tenant {
 public:
  // `options` have passed check(); `clock` outlives the tenant. options.start is the clock's time
  // when it is not set. `engine` runs what the workspace itself does not understand, may be null,
  // and outlives the tenant.
  Tenant(const TenantOptions& options, const ports::Clock& clock, QueryEngine* engine = nullptr);
  ~Tenant();
  Tenant(const Tenant&) = delete;
  Tenant& operator=(const Tenant&) = delete;

  [[nodiscard]] TenantReply answer(const TenantRequest& request);
  // The truth about the attacks of that span, one JSON object a line: those of every cycle that
  // begins in [from, to), as planned.
  [[nodiscard]] std::string truth(base::Timestamp from, base::Timestamp to) const;
  // The start of the cycle of attacks that `time` lies in.
  [[nodiscard]] base::Timestamp cycle_start(base::Timestamp time) const;
  // A fault for the requests to come.
  void add_fault(FaultOrder order);
  [[nodiscard]] std::size_t faults_waiting() const;
  [[nodiscard]] const TenantOptions& options() const;
  [[nodiscard]] std::uint64_t requests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::simulate::tenant
