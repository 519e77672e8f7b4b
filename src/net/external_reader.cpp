#include "net/external_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/curl_client.h"

namespace vedette::net {

namespace {

using base::ErrorCode;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_special_name(const std::string& host) {
  return host == "localhost" || base::parse_ip(host).has_value();
}

// What an answer that is neither the text nor a redirect means.
base::Result<std::string> text_of(ports::HttpResponse response, const std::string& from) {
  if (response.body_truncated)
    return base::failure(ErrorCode::limit_exceeded,
                         fmt::format("what {} has there is larger than {} MB", from,
                                     base::limits::external_bytes_max >> 20));
  if (response.status == 200) return std::move(response.body);
  return base::failure(response.status == 404 ? ErrorCode::not_found : ErrorCode::unavailable,
                       fmt::format("{} answered {}", from, response.status));
}

}  // namespace

base::Result<AllowedHost> parse_allowed_host(std::string_view text) {
  const auto invalid = [&] {
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("{} is no host; write raw.example.org, *.example.org, or "
                                     "http://10.0.0.5:8080 for one that is not public",
                                     base::encode_terminal(text, 200)));
  };
  AllowedHost entry;
  std::string_view rest = text;
  const bool has_scheme = rest.find("://") != std::string_view::npos;
  if (rest.starts_with("*.")) {
    entry.with_subdomains = true;
    rest.remove_prefix(2);
  }
  if (rest.find_first_of("*@?# ") != std::string_view::npos) return invalid();
  std::string written(rest);
  const auto bare_ip = has_scheme ? std::nullopt : base::parse_ip(rest);
  if (bare_ip && !bare_ip->is_v4()) written = fmt::format("[{}]", rest);
  const auto address = parse_web_address(has_scheme ? written : "https://" + written);
  if (!address || address->has_user_name) return invalid();
  const std::size_t path = rest.find('/', has_scheme ? rest.find("://") + 3 : 0);
  if (path != std::string_view::npos && path + 1 != rest.size()) return invalid();
  if (entry.with_subdomains && (has_scheme || is_special_name(address->host))) return invalid();
  entry.host = address->host;
  if (has_scheme) entry.scheme = address->scheme;
  if (has_scheme || address->has_port) entry.port = address->port;
  entry.anywhere = has_scheme || is_special_name(address->host);
  return entry;
}

base::Result<std::vector<AllowedHost>> ExternalReader::parse_hosts(
    const std::vector<std::string>& texts) {
  std::vector<AllowedHost> hosts;
  for (const std::string& text : texts) hosts.push_back(VEDETTE_TRY(parse_allowed_host(text)));
  return hosts;
}

bool AllowedHost::allows(const WebAddress& address) const {
  const bool same_host =
      address.host == host ||
      (with_subdomains && address.host.size() > host.size() && address.host.ends_with(host) &&
       address.host[address.host.size() - host.size() - 1] == '.');
  if (!same_host || address.has_user_name) return false;
  if (port && *port != address.port) return false;
  if (scheme) return *scheme == address.scheme;
  return anywhere || address.scheme == "https";
}

base::Result<const AllowedHost*> ExternalReader::allowed(const WebAddress& address) const {
  const AllowedHost* found = nullptr;
  for (const AllowedHost& host : hosts_)
    if (host.allows(address) && (found == nullptr || host.anywhere)) found = &host;
  if (found != nullptr) return found;
  return base::failure(
      ErrorCode::refused,
      fmt::format("{} is not allowed; an administrator allows it with --allow-host {}, or in "
                  "hosts = [...] of [hunt] in serve's settings",
                  address.shown(), address.scheme == "http" ? address.shown() : address.host));
}

base::Result<std::string> ExternalReader::read(const std::string& address, int timeout_ms,
                                               const std::stop_token& stop) {
  std::string at = address;
  for (int i = 0; i <= base::limits::external_redirects_max; ++i) {
    const auto parts = parse_web_address(at);
    if (!parts) return base::failure(ErrorCode::refused, "the address is not an http(s) URL");
    const AllowedHost* host = VEDETTE_TRY(allowed(*parts));
    const auto client = VEDETTE_TRY(
        CurlClient::create({.ca_file = ca_file_, .public_addresses_only = !host->anywhere}));
    ports::HttpRequest request;
    request.method = "GET";
    request.url = base::Secret(at);
    request.timeout_ms = timeout_ms;
    request.response_bytes_max = base::limits::external_bytes_max;
    request.stop = stop;
    auto response = client->send(request);
    if (!response && !host->anywhere && response.error().code == ErrorCode::unavailable)
      return base::failure(
          ErrorCode::unavailable,
          fmt::format("{} (a private address is only reached when the host is allowed as {})",
                      response.error().message, parts->shown()));
    if (!response) return std::unexpected(std::move(response).error());
    const std::string* location = response->header("location");
    if (!is_redirect(response->status) || location == nullptr)
      return text_of(std::move(*response), parts->shown());
    const auto next = follow_reference(at, *location);
    if (!next)
      return base::failure(ErrorCode::refused, parts->shown() + " redirects to no address");
    at = *next;
  }
  return base::failure(ErrorCode::refused, "there are too many redirects");
}

}  // namespace vedette::net
