// Owns: reading what a token endpoint answers, and saying its refusals in words with a remedy.
// Promises: pure; the service's own description is cut and encoded, and holds no secret of ours.
// Source: RFC 6749 section 5; Microsoft's list of AADSTS codes. Must not know: how it was asked.
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/token_source.h"
#include "ports/http_client.h"

namespace vedette::cloud {

// An answer of /token, v1 or v2, or of a managed identity's endpoint (numbers may be strings).
[[nodiscard]] TokenOutcome read_token_answer(const ports::HttpResponse& response,
                                             base::Timestamp now);
// The `error` member of a refusal: "authorization_pending", "invalid_client" ...
[[nodiscard]] std::string error_word(std::string_view body);
// What that AADSTS code means and what to do about it; empty for one that we do not know.
[[nodiscard]] std::string_view explain_code(std::int64_t code);
// No answer at all.
[[nodiscard]] TokenFailure no_answer(base::Error error);

}  // namespace vedette::cloud
