// Owns: a key that a service's own administrator gave out, as the body of ports::AccessTokens.
// Promises: it is the same for every scope, until the settings say another. Must not know: the
// service. Any thread.
#pragma once

#include <utility>

#include "ports/access_tokens.h"

namespace vedette::cloud {

class FixedKey : public ports::AccessTokens {
 public:
  explicit FixedKey(base::Secret key) : key_(std::move(key)) {}

  [[nodiscard]] base::Result<base::Secret> token(std::string_view /*scope*/,
                                                 const std::stop_token& /*stop*/) override {
    return key_;
  }
  void forget(std::string_view /*scope*/) override {}

 private:
  const base::Secret key_;
};

}  // namespace vedette::cloud
