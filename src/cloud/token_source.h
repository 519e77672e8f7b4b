// Owns: what one way of proving who we are (a secret, a certificate, a managed identity ...) gives:
// a token, or why not. Promises: `ask` asks each time; no secret, assertion or token is in an
// error. Must not know: who keeps tokens. One thread at a time.
#pragma once

#include <expected>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace vedette::cloud {

struct IssuedToken {
  base::Secret token;
  base::Duration valid_for;
};

struct TokenFailure {
  base::Error error;                   // unavailable: passes by itself; refused: a person must act
  std::optional<base::Duration> wait;  // what the service asked for
};

using TokenOutcome = std::expected<IssuedToken, TokenFailure>;

class TokenSource {
 public:
  virtual ~TokenSource() = default;
  [[nodiscard]] virtual TokenOutcome ask(std::string_view scope, const std::stop_token& stop) = 0;
};

}  // namespace vedette::cloud
