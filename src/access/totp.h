// Owns: one-time codes by time (RFC 6238 over HMAC-SHA-1, six digits, 30 seconds: what every
// authenticator speaks), their keys (base32, RFC 4648) and how an authenticator is told of one.
// Promises: 160 random bits a key; codes are compared in constant time; what is no key has no code.
// Must not know: users, which codes were used. Pure, but for new keys. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/time.h"

namespace vedette::access {

// 32 characters of A-Z 2-7.
[[nodiscard]] base::Secret new_totp_key();
// Of five bits each; for recovery codes, too.
[[nodiscard]] std::string encode_base32(std::string_view bytes);
[[nodiscard]] std::optional<std::string> decode_base32(std::string_view text);

[[nodiscard]] std::uint64_t totp_step(base::Timestamp time);
// Six digits; empty for what is no key.
[[nodiscard]] std::string totp_code(const base::Secret& key, std::uint64_t step);
// Of which step that is the code: this one, the one before or the one after. Blanks do not count.
[[nodiscard]] std::optional<std::uint64_t> step_of_code(const base::Secret& key,
                                                        std::string_view code, base::Timestamp now);
// "otpauth://totp/Vedette:anna?secret=...": what a QR code tells an authenticator.
[[nodiscard]] base::Secret totp_address(const base::Secret& key, std::string_view user);

}  // namespace vedette::access
