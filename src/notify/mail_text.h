// Owns: the encoders of mail: header values, HTML, plain text, and the form of a body. A user name,
// host name, city or organisation was written by an attacker or by strangers; it reaches a mail
// only through one of these. Promises: a header value is one header, whatever the text holds; HTML
// is text and nothing else; nothing begins as a link does (a scheme, www.); invisible and control
// characters are shown as escapes. Source: RFC 5322, RFC 2045, RFC 2047. Must not know: messages.
// Called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::notify {

// "NAME: value\r\n", folded where it is long. Text that is not plain ASCII, or that a reader could
// take for an encoded word, becomes encoded words.
[[nodiscard]] std::string mail_header(std::string_view name, std::string_view value,
                                      std::size_t value_bytes_max = 400);
// Visible text without the beginning of a link: "http[://]example.org", "www[.]example.org".
[[nodiscard]] std::string encode_mail_text(std::string_view text, std::size_t bytes_max);
// The same for HTML, as text between tags or as a value in quotes.
[[nodiscard]] std::string encode_mail_html(std::string_view text, std::size_t bytes_max);
// Text of lines ended by "\n" as quoted-printable lines ended by CR LF.
[[nodiscard]] std::string quoted_printable(std::string_view text);
// "Mon, 01 Jun 2026 08:15:30 +0000"
[[nodiscard]] std::string mail_date(base::Timestamp time);
// "name@example.org": letters, digits and what stands in names without quotes; no display name.
[[nodiscard]] bool is_mail_address(std::string_view text);

}  // namespace vedette::notify
