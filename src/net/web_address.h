// Owns: the parts of an http(s) address, read by the same library that will follow it, so that what
// is checked is what is asked. Promises: an address with a zero byte, without a host or of another
// scheme is none. Must not know: what the address is for. Called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::net {

struct WebAddress {
  std::string scheme;  // http or https
  std::string host;    // in lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;
  bool has_port = false;       // it is written, not the scheme's own
  bool has_user_name = false;  // user information stands in front of the host

  // Scheme, host, and the port where it is written: nothing that could be a secret.
  [[nodiscard]] std::string shown() const;
  // This machine itself.
  [[nodiscard]] bool is_loopback() const;
  // An address that means something to this machine alone, or to its network card: loopback, and
  // link-local ones (169.254.0.0/16, fe80::/10), where clouds have their metadata services. A proxy
  // elsewhere would ask another's. Sources: RFC 3927, RFC 4291.
  [[nodiscard]] bool is_here() const;
};

[[nodiscard]] std::optional<WebAddress> parse_web_address(std::string_view address);
// A key or a token may travel there: https, or http to this machine itself.
[[nodiscard]] bool may_carry_secrets(std::string_view address);
// What a redirect's Location means, seen from the address that answered.
[[nodiscard]] std::optional<std::string> follow_reference(const std::string& from,
                                                          const std::string& location);

}  // namespace vedette::net
