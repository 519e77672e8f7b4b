#include "server/proxies.h"

#include <algorithm>

#include "base/text.h"

namespace vedette::server {
namespace {

// All headers of that name as one list (RFC 9110 section 5.3), in order.
std::string list_of(const net::ReceivedRequest& request, std::string_view name) {
  std::string all;
  for (const auto& [key, value] : request.headers)
    if (key == name) all += (all.empty() ? "" : ",") + value;
  return all;
}

}  // namespace

bool Proxies::is_trusted(std::string_view address) const {
  const auto parsed = base::parse_ip(address);
  return parsed && std::ranges::any_of(
                       trusted_, [&](const auto& network) { return network.contains(*parsed); });
}

void Proxies::settle(net::ReceivedRequest& request) const {
  const std::string chain = list_of(request, "x-forwarded-for");
  const std::string scheme = list_of(request, "x-forwarded-proto");
  std::erase_if(request.headers, [](const auto& header) {
    return header.first.starts_with("x-forwarded-") || header.first == "forwarded";
  });
  if (!is_trusted(request.peer)) return;
  // Each proxy adds at the end whom it spoke with; from there to the front as far as they are ours.
  auto hops = base::split(chain, ',');
  for (; !hops.empty() && is_trusted(request.peer); hops.pop_back()) {
    const auto address = base::parse_ip(base::trim(hops.back()));
    if (!address) break;
    request.peer = base::format_ip(*address);
  }
  if (!scheme.empty())
    request.is_tls =
        base::equals_ignoring_case(base::trim(base::split(scheme, ',').back()), "https");
}

}  // namespace vedette::server
