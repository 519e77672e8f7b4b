// Owns: the striking of faults: which order a request meets, and what becomes of its answer.
// Promises: orders are worked off in their sequence, one a request, each as often as it says; a
// fault of pages waits for a page that it fits. Must not know: what the answers are about. One
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulate/tenant/fault.h"
#include "simulate/tenant/message.h"

namespace vedette::simulate::tenant {

class FaultInjector {
 public:
  explicit FaultInjector(std::vector<FaultOrder> orders) : orders_(std::move(orders)) {}

  void add(FaultOrder order) { orders_.push_back(std::move(order)); }
  // Orders that have not yet been worked off.
  [[nodiscard]] std::size_t waiting() const;

  // The answer in place of any other, for faults that need none.
  [[nodiscard]] std::optional<TenantReply> instead(const TenantRequest& request,
                                                   base::Timestamp now);
  // What becomes of an answer. True when every token is to be worthless from now on.
  bool apply(const TenantRequest& request, TenantReply& reply, base::Timestamp now);

 private:
  [[nodiscard]] FaultOrder* next_order(const TenantRequest& request);

  std::vector<FaultOrder> orders_;
};

}  // namespace vedette::simulate::tenant
