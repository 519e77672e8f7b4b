// Owns: the signed proof that an app shows in place of a secret (a JWT, RFC 7523), made with its
// certificate. Promises: valid for ten minutes, signed PS256 (or RS256) with x5t#S256; the key's
// bytes are read for each proof and cleared after; an error names the file and the remedy, never
// what is in it. Must not know: HTTP. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace vedette::cloud {

enum class AssertionAlgorithm : std::uint8_t { ps256, rs256 };

struct AssertionClaims {
  std::string client_id;
  std::string audience;  // the token endpoint
  std::string id;        // another for each
  base::Timestamp now;
};

// Both PEM; they may be one file.
[[nodiscard]] base::Result<base::Secret> sign_assertion(const std::string& certificate_file,
                                                        const std::string& key_file,
                                                        AssertionAlgorithm algorithm,
                                                        const AssertionClaims& claims);
// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);

}  // namespace vedette::cloud
