#include "server/gate.h"

#include <algorithm>
#include <array>

#include "access/key.h"
#include "base/text.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceivedRequest;

constexpr std::array<std::string_view, 3> own_hosts{"localhost", "127.0.0.1", "[::1]"};
constexpr std::string_view device_age_s = "15552000";  // 180 days

// In lower case, without the port.
std::string host_of(const ReceivedRequest& request) {
  const std::string* header = request.header("host");
  std::string name = header == nullptr ? std::string() : base::to_lower_ascii(*header);
  const std::size_t colon = name.rfind(':');
  const bool has_port = colon != std::string::npos && name.find(']', colon) == std::string::npos;
  if (has_port) name.resize(colon);
  return name;
}

bool is_own_name(std::string_view host) {
  return std::ranges::find(own_hosts, host) != own_hosts.end();
}

// Over plain http on this machine's own names some browsers refuse Secure cookies.
bool is_secure(const ReceivedRequest& request) {
  return request.is_tls || !is_own_name(host_of(request));
}

std::string name_of(const ReceivedRequest& request, Cookie cookie) {
  const std::string name = cookie == Cookie::session ? "vedette_session" : "vedette_device";
  return is_secure(request) ? "__Host-" + name : name;
}

}  // namespace

bool Gate::is_our_host(const ReceivedRequest& request) const {
  const auto is_host = [](const auto& field) { return field.first == "host"; };
  if (std::ranges::count_if(request.headers, is_host) != 1) return false;
  const std::string name = host_of(request);
  return is_own_name(name) || std::ranges::any_of(hosts_, [&](const std::string& host) {
           return base::equals_ignoring_case(host, name);
         });
}

bool is_only_over_tls(const ReceivedRequest& request) {
  return request.is_tls && !is_own_name(host_of(request));
}

// The time it takes depends on nothing but the length of what was sent.
bool Gate::has_token(const ReceivedRequest& request) const {
  const std::string_view given = bearer_of(request);
  const std::string_view token = token_.reveal();
  return !token.empty() && access::are_equal(given, token);
}

std::optional<net::ReceiverReply> refuse_stranger(const Gate& gate, const ReceivedRequest& request,
                                                  bool needs_token) {
  if (!gate.is_our_host(request))
    return failure_reply(421, "the Host of this request is not one of this server's names");
  if (!needs_token || gate.has_token(request)) return std::nullopt;
  auto refused =
      failure_reply(401, "this needs the token of the data folder: Authorization: Bearer TOKEN");
  refused.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

std::string_view bearer_of(const ReceivedRequest& request) {
  constexpr std::string_view scheme = "bearer ";
  const std::string* header = request.header("authorization");
  if (header == nullptr || header->size() <= scheme.size() ||
      base::to_lower_ascii(std::string_view(*header).substr(0, scheme.size())) != scheme)
    return {};
  return std::string_view(*header).substr(scheme.size());
}

bool is_from_our_pages(const ReceivedRequest& request) {
  // No form and no page of another site can set this header without asking first.
  if (request.header("x-vedette") == nullptr) return false;
  if (const auto* site = request.header("sec-fetch-site");
      site != nullptr && *site != "same-origin" && *site != "none")
    return false;
  return request.header("origin") == nullptr || is_own_origin(request);
}

bool is_own_origin(const ReceivedRequest& request) {
  const auto* origin = request.header("origin");
  const auto* host = request.header("host");
  return origin != nullptr && host != nullptr &&
         (*origin == "http://" + *host || *origin == "https://" + *host);
}

std::string cookie_of(const ReceivedRequest& request, Cookie cookie) {
  const std::string* header = request.header("cookie");
  if (header == nullptr) return {};
  const std::string wanted = name_of(request, cookie);
  for (const auto part : base::split(*header, ';')) {
    const std::string_view pair = base::trim(part);
    const std::size_t equal = pair.find('=');
    if (equal != std::string_view::npos && pair.substr(0, equal) == wanted)
      return std::string(pair.substr(equal + 1));
  }
  return {};
}

std::string set_cookie(const ReceivedRequest& request, Cookie cookie, std::string_view value) {
  std::string text = name_of(request, cookie) + "=" + std::string(value);
  text += "; Path=/; HttpOnly; SameSite=Strict";
  if (is_secure(request)) text += "; Secure";
  if (value.empty())
    text += "; Max-Age=0";
  else if (cookie == Cookie::device)
    text += "; Max-Age=" + std::string(device_age_s);
  return text;
}

}  // namespace vedette::server
