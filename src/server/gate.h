// Owns: whether a request may be looked at: its Host, where in a browser it comes from, and the
// data folder's own token. Promises: a request whose Host is not ours is refused before anything
// else, so that no web page reaches us through a visitor's browser (DNS rebinding); what a browser
// changes with its cookie comes from our own pages (X-Vedette, Origin, Sec-Fetch-Site); the token
// is compared in constant time. Must not know: routes, users. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "net/http_receiver.h"

namespace vedette::server {

class Gate {
 public:
  // `hosts`: further names that Host may say, without port.
  Gate(base::Secret token, std::vector<std::string> hosts)
      : token_(std::move(token)), hosts_(std::move(hosts)) {}

  [[nodiscard]] bool is_our_host(const net::ReceivedRequest& request) const;
  [[nodiscard]] bool has_token(const net::ReceivedRequest& request) const;

 private:
  const base::Secret token_;
  const std::vector<std::string> hosts_;
};

// Refused before its route is looked at, or nothing: for doors that programs use.
[[nodiscard]] std::optional<net::ReceiverReply> refuse_stranger(const Gate& gate,
                                                                const net::ReceivedRequest& request,
                                                                bool needs_token);

// What "Authorization: Bearer" says; empty: there is none.
[[nodiscard]] std::string_view bearer_of(const net::ReceivedRequest& request);
// False: another site's page may have sent it.
[[nodiscard]] bool is_from_our_pages(const net::ReceivedRequest& request);

// The Origin header is there and names us.
[[nodiscard]] bool is_own_origin(const net::ReceivedRequest& request);

// Cookies. Over plain http on this machine's own names they cannot be Secure; behind a web server
// with TLS they are, and bound to the host (__Host-).
// Whether a browser may be told to come over TLS only: on this machine's own names it would then do
// so for every other program, too.
[[nodiscard]] bool is_only_over_tls(const net::ReceivedRequest& request);

// Cookies. Over plain http on this machine's own names they cannot be Secure; over TLS, ours or
// a web server's in front, they are, and bound to the host (__Host-).
enum class Cookie : std::uint8_t { session, device };
[[nodiscard]] std::string cookie_of(const net::ReceivedRequest& request, Cookie cookie);
// A header's value; an empty `value` takes the cookie away.
[[nodiscard]] std::string set_cookie(const net::ReceivedRequest& request, Cookie cookie,
                                     std::string_view value);

}  // namespace vedette::server
