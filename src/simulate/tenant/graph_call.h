// Owns: one request to Microsoft Graph, taken apart, and the shapes that its answers share.
// Must not know: any single route. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "simulate/tenant/message.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/paging.h"
#include "simulate/tenant/sign_in_document.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

struct GraphCall {
  const TenantRequest& request;
  const TokenClaims& claims;
  base::Timestamp now;
  GraphVersion version = GraphVersion::v1;
  std::vector<std::string> path;  // decoded, after the version
  QueryOptions query;
  std::string request_id;

  // Do the path's first parts read so, in any case? "*" stands for any part.
  [[nodiscard]] bool is(std::initializer_list<std::string_view> parts) const;
  [[nodiscard]] TenantReply error(int status, std::string_view code,
                                  std::string_view message) const;
  // 403 when the app lacks the permission.
  [[nodiscard]] std::optional<TenantReply> require(
      std::initializer_list<std::string_view> permissions) const;
  // $top, within [1, most]; the error is the service's.
  [[nodiscard]] base::Result<std::size_t> rows_max(std::size_t usual, std::size_t most) const;
  // This request again, with another skip token.
  [[nodiscard]] std::string next_link(std::string_view skip_token) const;
};

// {"@odata.context":...,"value":[ and what belongs behind it.
void begin_list(base::JsonWriter& out, const GraphCall& call, std::string_view context);
void end_list(base::JsonWriter& out, const GraphCall& call,
              const std::optional<std::string>& skip_token);

}  // namespace vedette::simulate::tenant
