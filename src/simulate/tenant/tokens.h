// Owns: the access tokens of the simulated authority: what they say, whether they are good.
// Promises: a token is a JWT whose claims tools can read; one that expired, was made for another
// service, another tenant or before `expire_all` is refused with the reason.
// Must not know: how a client proves itself. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/tenant/options.h"

namespace vedette::simulate::tenant {

enum class Service : std::uint8_t {
  graph,
  arm,
  log_analytics,
  management_activity,
  monitor,
  vault,
  outlook,  // SMTP with XOAUTH2; the server is not simulated
};

// The service of a scope ("https://graph.microsoft.com/.default") or resource, with or without the
// trailing slash, in any of the clouds.
[[nodiscard]] std::optional<Service> service_of(std::string_view scope_or_resource);

struct TokenClaims {
  Service service = Service::graph;
  std::vector<std::string> roles;
  base::Timestamp expires;
  bool delegated = false;  // a person signed in (device code)
};

enum class TokenFault : std::uint8_t { none, missing, malformed, expired, wrong_audience };

class Tokens {
 public:
  explicit Tokens(const TenantOptions& options);

  [[nodiscard]] std::string issue(Service service, std::string_view audience, base::Timestamp now,
                                  bool delegated) const;
  // What is wrong with the Authorization header's token for that service; `claims` when nothing is.
  [[nodiscard]] TokenFault verify(std::string_view authorization, Service service,
                                  base::Timestamp now, TokenClaims& claims) const;
  void expire_all() { ++generation_; }
  // The permissions that the app has been given for that service.
  [[nodiscard]] std::vector<std::string> roles_for(Service service) const;

 private:
  const TenantOptions& options_;
  const std::string key_;
  std::int64_t generation_ = 0;
};

// The claims of a JWT's second part, or nothing.
struct WebToken {
  std::string header, payload, signing_input, signature;
};
[[nodiscard]] std::optional<WebToken> split_web_token(std::string_view token);

}  // namespace vedette::simulate::tenant
