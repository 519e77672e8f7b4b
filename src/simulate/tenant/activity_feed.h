// Owns: the Office 365 Management Activity API: subscriptions, the listing of content blobs, the
// blobs. Promises: a blob holds what became visible in ten minutes, never changes and can be had
// for seven days; a listing covers at most 24 hours. Must not know: Graph. One thread.
#pragma once

#include <array>
#include <string_view>

#include "base/json.h"
#include "simulate/tenant/accounts.h"
#include "simulate/tenant/message.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/quota.h"
#include "simulate/tenant/timeline.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

class ActivityFeed {
 public:
  ActivityFeed(const TenantOptions& options, Timeline& timeline, const Accounts& accounts,
               const Tokens& tokens)
      : options_(options), timeline_(timeline), accounts_(accounts), tokens_(tokens) {}

  // Is this path the feed's?
  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] TenantReply answer(const TenantRequest& request, base::Timestamp now);
  // One record of a blob.
  static void write(base::JsonWriter& out, const Operation& operation, const Person& person,
                    std::string_view tenant_id);

 private:
  static constexpr std::size_t content_types = 5;

  [[nodiscard]] TenantReply list_subscriptions() const;
  [[nodiscard]] TenantReply list_content(const TenantRequest& request, const QueryOptions& query,
                                         std::size_t type, base::Timestamp now);
  [[nodiscard]] TenantReply get_blob(std::string_view id, base::Timestamp now);
  [[nodiscard]] std::vector<Operation> operations_in(std::size_t type, std::int64_t slot);
  const TenantOptions& options_;
  Timeline& timeline_;
  const Accounts& accounts_;
  const Tokens& tokens_;
  std::array<bool, content_types> subscribed_{};
  Quota quota_{2'000, base::Duration::minutes(1)};
};

}  // namespace vedette::simulate::tenant
