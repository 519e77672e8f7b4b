// Owns: signing of webhook requests.
// Source: the Standard Webhooks specification (webhook-id, webhook-timestamp, webhook-signature; v1
// is base64 of HMAC-SHA256 over "id.timestamp.body"). Must not know: what is signed. Called from
// any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::notify {

// Strict base64 (RFC 4648 section 4, with padding); empty for anything else.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

// The key's bytes: base64 behind "whsec_", or the text itself. At least 24 bytes, as the
// specification asks.
[[nodiscard]] base::Result<base::Secret> signing_key(const base::Secret& secret);
// "v1,..." for one key.
[[nodiscard]] std::string sign_webhook(const base::Secret& key, std::string_view id,
                                       std::int64_t timestamp_s, std::string_view body);

}  // namespace vedette::notify
