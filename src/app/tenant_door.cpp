#include "app/tenant_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vedette::app {

namespace tenant = simulate::tenant;

net::ReceiverReply answer_as_service(const SimulatedService& service,
                                     const net::ReceivedRequest& request) {
  tenant::TenantRequest asked{request.method, request.target, request.headers, request.body, {}};
  const std::string* host = request.header("host");
  const std::string* protocol = request.header("x-forwarded-proto");
  asked.origin = (protocol != nullptr && *protocol == "https" ? "https://" : "http://") +
                 (host != nullptr ? *host : std::string("127.0.0.1"));
  tenant::TenantReply reply = service(asked);
  net::ReceiverReply out{reply.status, std::move(reply.headers), std::move(reply.body)};
  if (reply.wire) out.raw = net::RawReply{std::move(reply.wire->bytes), reply.wire->then_silent};
  return out;
}

net::ReceiverReply answer_as_tenant(tenant::Tenant& tenant, const net::ReceivedRequest& request) {
  return answer_as_service(
      [&tenant](const tenant::TenantRequest& asked) { return tenant.answer(asked); }, request);
}

std::string tenant_url(std::uint16_t port) {
  return fmt::format("http://127.0.0.1:{}", port);
}

std::string tenant_settings(const tenant::TenantOptions& options, const std::string& url,
                            std::string_view secret) {
  std::string text = "  [cloud]\n";
  for (const char* name :
       {"authority", "graph", "arm", "log_analytics", "management_activity", "threat_intelligence"})
    text += fmt::format("  {} = \"{}\"\n", name, url);
  return text + fmt::format(
                    "\n  [tenant]\n  id = \"{}\"\n  client_id = \"{}\"\n"
                    "  client_secret = \"{}\"   # {}\n"
                    "  subscription = \"{}\"\n  resource_group = \"{}\"\n  workspace = \"{}\"\n"
                    "  workspace_id = \"{}\"\n",
                    options.tenant_id, options.client_id, secret, options.client_secret,
                    tenant::subscription_id, tenant::resource_group, tenant::workspace_name,
                    tenant::workspace_id);
}

base::Result<std::vector<tenant::FaultOrder>> simulated_faults(
    const std::vector<std::string>& words, std::span<const tenant::FaultName> known,
    std::string_view service) {
  std::vector<tenant::FaultOrder> orders;
  for (const std::string& text : words) {
    const auto order = tenant::parse_fault_order(text, known);
    if (!order && order.error().code == base::ErrorCode::not_found)
      return base::failure(base::ErrorCode::invalid_argument,
                           fmt::format("{} (`vedette simulate {} --faults` lists them)",
                                       order.error().message, service));
    orders.push_back(VEDETTE_TRY(order));
  }
  return orders;
}

}  // namespace vedette::app
