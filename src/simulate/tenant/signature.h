// Owns: the signatures of JSON Web Tokens: those the simulated authority makes (a keyed hash) and
// those that clients sign with their key. OpenSSL is fenced in signature.cpp.
// Promises: no error is mistaken for a right signature. Must not know: what a token says. Any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::simulate::tenant {

[[nodiscard]] std::string encode_base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);
// HMAC-SHA256, 32 bytes.
[[nodiscard]] std::string keyed_hash(std::string_view key, std::string_view text);

// Who may sign: a certificate or a bare public key in PEM.
struct Signer {
  std::string public_key_pem;
  std::string sha1_thumbprint, sha256_thumbprint;  // base64url; empty for a bare key
};
[[nodiscard]] base::Result<Signer> read_signer(std::string_view pem);
// `algorithm` is a JWT's: RS256, PS256 or ES256; anything else is never right.
[[nodiscard]] bool is_signed_by(const Signer& signer, std::string_view algorithm,
                                std::string_view text, std::string_view signature);

}  // namespace vedette::simulate::tenant
