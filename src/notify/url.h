// Owns: taking an http(s) URL apart, strictly.
// Promises: printable ASCII only, no user information, no fragment, a host that could be one; the
// errors say what is wrong and never repeat the URL, whose path may be a secret.
// Source: RFC 3986.
// Must not know: channels. Called from any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::notify {

struct Url {
  std::string scheme;  // http or https
  std::string host;    // lower case; an IPv6 address without brackets
  std::string port;    // empty when the scheme's own
  std::string path;    // begins with '/', or is empty
  std::string query;   // without '?'

  // scheme://host:port: what may be shown.
  [[nodiscard]] std::string origin() const;
  [[nodiscard]] bool is_loopback() const;
};

[[nodiscard]] base::Result<Url> parse_url(std::string_view text);

}  // namespace vedette::notify
