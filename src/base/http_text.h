// Owns: the small texts of HTTP that several rooms read or write: dates, percent-encoding, an
// address's origin. Promises: pure; what is not of the form is empty, never half read.
// Source: RFC 9110 section 5.6.7 (IMF-fixdate), RFC 3986. Must not know: services. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::base {

// Retry-After: "120", or "Sun, 06 Nov 1994 08:49:37 GMT" seen from `now`. Never negative and never
// over limits::retry_after_s_max; empty for anything else. Source: RFC 9110 section 10.2.3.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view text, Timestamp now);
// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::optional<Timestamp> parse_http_date(std::string_view text);
// Everything but letters, digits and -._~ as %XX: safe in a path, a query and a form.
[[nodiscard]] std::string percent_encode(std::string_view text);
enum class Plus : bool { stays, is_space };  // forms and queries write a space as +
// Each %XX as its byte, and the rest as it is; the bytes may be any.
[[nodiscard]] std::string percent_decode(std::string_view text, Plus plus);
// "https://host" or "https://host:port" of an http(s) address, in lower case, without the scheme's
// own port. Empty for anything else, and for one with user information, which would make the host
// look like another.
[[nodiscard]] std::string origin_of(std::string_view address);

}  // namespace vedette::base
