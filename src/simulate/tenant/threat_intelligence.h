// Owns: the simulated Microsoft Sentinel's threat intelligence: the upload of STIX objects, and
// what it came to as ARM lists it. Source: securityinsights, 2024-02-01-preview (upload) and
// 2024-03-01 (indicators). Promises: by id and source system the later time of change wins; what is
// revoked stays so; 100 objects a request and 100 requests a minute, then the documented 429.
// Memory is bounded. Must not know: Graph. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "simulate/tenant/message.h"
#include "simulate/tenant/quota.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

class ThreatIntelligence {
 public:
  ThreatIntelligence(const TenantOptions& options, const Tokens& tokens)
      : options_(options), tokens_(tokens) {}

  [[nodiscard]] static bool owns(std::string_view path);
  // `path` without the query.
  [[nodiscard]] TenantReply answer(const TenantRequest& request, std::string_view path,
                                   base::Timestamp now);

  // Its objects as rows of ThreatIntelIndicators, JSON objects, one a line.
  [[nodiscard]] std::string rows() const;

 private:
  struct Held {
    std::string object;
    std::string received;
    std::string modified;
    bool is_revoked = false;
  };

  [[nodiscard]] TenantReply upload(const TenantRequest& request, base::Timestamp now);
  [[nodiscard]] TenantReply list(const TenantRequest& request, std::string_view path) const;
  [[nodiscard]] std::string take(const base::Json& object, const std::string& source,
                                 base::Timestamp now);

  const TenantOptions& options_;
  const Tokens& tokens_;
  Quota quota_{100, base::Duration::minutes(1)};
  std::map<std::pair<std::string, std::string>, Held> held_;  // by source system and id
};

}  // namespace vedette::simulate::tenant
