// Owns: the simulated tenant as the body of ports::HttpClient: requests reach it in this process.
// Promises: what breaks a real exchange breaks this one (silence and cut connections are
// `unavailable`); no time passes while it waits. Must not know: who asks. Any thread: requests are
// answered one after another.
#pragma once

#include <mutex>

#include "ports/http_client.h"
#include "simulate/tenant/tenant.h"

namespace vedette::simulate::tenant {

class TenantClient : public ports::HttpClient {
 public:
  explicit TenantClient(Tenant& tenant) : tenant_(tenant) {}

  [[nodiscard]] base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override;

 private:
  std::mutex one_at_a_time_;  // clients of several threads share one tenant
  Tenant& tenant_;
};

}  // namespace vedette::simulate::tenant
