#include "net/web_address.h"

#include <curl/curl.h>

#include <memory>

#include "base/encode.h"
#include "base/ip.h"
#include "base/loopback.h"
#include "base/text.h"

namespace vedette::net {

namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Url parsed(const std::string& address) {
  Url url(curl_url(), &curl_url_cleanup);
  if (address.empty() || address.find('\0') != std::string::npos || !url ||
      curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK)
    url.reset();
  return url;
}

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

}  // namespace

std::string WebAddress::shown() const {
  const std::string name = base::encode_terminal(host, 300);
  const bool is_v6 = name.find(':') != std::string::npos;
  return scheme + "://" + (is_v6 ? "[" + name + "]" : name) +
         (has_port ? ":" + std::to_string(port) : "");
}

bool WebAddress::is_loopback() const {
  if (host == "localhost") return true;
  const auto ip = base::parse_ip(host);
  return ip && base::is_loopback(*ip);
}

bool WebAddress::is_here() const {
  if (is_loopback()) return true;
  const auto ip = base::parse_ip(host);
  return ip && (ip->is_v4() ? ip->v4() >> 16 == 0xA9FE : ip->high >> 54 == 0x3FA);
}

std::optional<WebAddress> parse_web_address(std::string_view address) {
  const Url url = parsed(std::string(address));
  if (!url) return std::nullopt;
  WebAddress result;
  result.scheme = part(url.get(), CURLUPART_SCHEME);
  result.host = base::to_lower_ascii(part(url.get(), CURLUPART_HOST));
  if ((result.scheme != "http" && result.scheme != "https") || result.host.empty())
    return std::nullopt;
  if (result.host.starts_with('[') && result.host.ends_with(']'))
    result.host = result.host.substr(1, result.host.size() - 2);
  result.has_port = !part(url.get(), CURLUPART_PORT).empty();
  const auto port = base::parse_unsigned(part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
  if (!port || *port > 65'535) return std::nullopt;
  result.port = static_cast<std::uint16_t>(*port);
  result.has_user_name = !part(url.get(), CURLUPART_USER).empty();
  return result;
}

bool may_carry_secrets(std::string_view address) {
  const auto parts = parse_web_address(address);
  return parts && !parts->has_user_name && (parts->scheme == "https" || parts->is_loopback());
}

std::optional<std::string> follow_reference(const std::string& from, const std::string& location) {
  const Url url = parsed(from);
  if (!url || location.find('\0') != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK)
    return std::nullopt;
  return part(url.get(), CURLUPART_URL);
}

}  // namespace vedette::net
