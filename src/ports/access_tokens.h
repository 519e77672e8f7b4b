// Owns: tokens that a cloud service takes (OAuth 2.0). Body: see docs/ARCHITECTURE.md, "Cloud".
// Promises: a token is asked for once and used until shortly before it expires; it is in no log and
// no error. Must not know: what it is used for. Any thread; threads that need the same token wait
// for one request. Blocks for at most the request's deadline.
#pragma once

#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::ports {

class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  // For a resource's default scope, such as "https://graph.microsoft.com/.default".
  // unavailable: worth another try; refused: the service said no, in its words and with what to do
  // about it (a wrong secret, a missing consent, an unknown tenant).
  [[nodiscard]] virtual base::Result<base::Secret> token(std::string_view scope,
                                                         const std::stop_token& stop) = 0;
  // The service did not take it (401): the next call asks for a new one.
  virtual void forget(std::string_view scope) = 0;
};

}  // namespace vedette::ports
