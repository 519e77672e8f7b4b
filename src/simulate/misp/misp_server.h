// Owns: a MISP server that does not exist, as a pure class: a request and the clock in, an answer
// out. Source: MISP's OpenAPI document: /attributes/restSearch, /events/restSearch,
// /servers/getVersion, /users/view/me, and what changes indicators: /attributes/add, edit, delete,
// /events/publish. Promises: pages by number over the order of ids; X-Result-Count is what the page
// holds; 403 without the key; faults strike as they were ordered. Must not know: sockets. One
// thread.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "ports/clock.h"
#include "simulate/misp/misp_events.h"
#include "simulate/tenant/fault.h"
#include "simulate/tenant/message.h"

namespace vedette::simulate::misp {

// What the options must hold.
[[nodiscard]] base::Result<void> check(const MispOptions& options);
// Those of the simulated tenant's faults that a MISP can have.
[[nodiscard]] std::vector<tenant::FaultName> misp_faults();

class MispServer {
 public:
  MispServer(const MispOptions& options, const std::vector<tenant::FaultOrder>& faults,
             const ports::Clock& clock);
  ~MispServer();

  [[nodiscard]] tenant::TenantReply answer(const tenant::TenantRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::simulate::misp
