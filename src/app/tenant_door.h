// Owns: the simulated tenant's place on this machine's network: what a receiver was asked → the
// tenant → what it answers; and the settings that lead there. Promises: links begin as the client
// knows the origin, also behind somebody's TLS. Must not know: who listens. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "net/http_receiver.h"
#include "simulate/tenant/tenant.h"

namespace vedette::app {

using SimulatedService =
    std::function<simulate::tenant::TenantReply(const simulate::tenant::TenantRequest&)>;
[[nodiscard]] net::ReceiverReply answer_as_service(const SimulatedService& service,
                                                   const net::ReceivedRequest& request);
[[nodiscard]] net::ReceiverReply answer_as_tenant(simulate::tenant::Tenant& tenant,
                                                  const net::ReceivedRequest& request);
[[nodiscard]] std::string tenant_url(std::uint16_t port);
// [cloud] and [tenant] as TOML, the latter open at its end for more. `secret` is a reference.
[[nodiscard]] std::string tenant_settings(const simulate::tenant::TenantOptions& options,
                                          const std::string& url, std::string_view secret);

// The orders of a command line, each of a fault that the service can have.
[[nodiscard]] base::Result<std::vector<simulate::tenant::FaultOrder>> simulated_faults(
    const std::vector<std::string>& words, std::span<const simulate::tenant::FaultName> known,
    std::string_view service);

}  // namespace vedette::app
