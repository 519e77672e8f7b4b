#include "simulate/tenant/tenant_client.h"

#include "base/text.h"

namespace vedette::simulate::tenant {

base::Result<ports::HttpResponse> TenantClient::send(const ports::HttpRequest& request) {
  const std::string url(request.url.reveal());
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return base::failure(base::ErrorCode::refused, "that is no URL");
  if (request.stop.stop_requested()) return base::failure(base::ErrorCode::cancelled, "stopped");
  const auto slash = url.find('/', scheme + 3);
  TenantRequest asked;
  asked.method = request.method;
  asked.origin = url.substr(0, slash);
  asked.target = slash == std::string::npos ? "/" : url.substr(slash);
  asked.body = request.body;
  for (const auto& [name, value] : request.headers)
    asked.headers.emplace_back(base::to_lower_ascii(name), value);
  TenantReply reply;
  {
    const std::scoped_lock lock(one_at_a_time_);
    reply = tenant_.answer(asked);
  }
  if (reply.wire)
    return base::failure(base::ErrorCode::unavailable,
                         reply.wire->then_silent ? "no (whole) answer in time"
                                                 : "the connection was closed before the end");
  ports::HttpResponse response{reply.status, {}, std::move(reply.body), false};
  for (auto& [name, value] : reply.headers) {
    if (name == "content-encoding")
      return base::failure(base::ErrorCode::unavailable, "the answer cannot be unpacked");
    response.headers.emplace_back(base::to_lower_ascii(name), std::move(value));
  }
  if (response.body.size() > request.response_bytes_max) {
    response.body.resize(request.response_bytes_max);
    response.body_truncated = true;
  }
  return response;
}

}  // namespace vedette::simulate::tenant
