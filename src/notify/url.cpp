#include "notify/url.h"

#include "base/ip.h"
#include "base/limits.h"
#include "base/loopback.h"
#include "base/text.h"

namespace vedette::notify {
namespace {

std::unexpected<base::Error> wrong(const char* what) {
  return base::failure(base::ErrorCode::invalid_argument, std::string("the address ") + what);
}

bool is_host_name(std::string_view host) {
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '.' && c != '_') return false;
  }
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-';
}

}  // namespace

std::string Url::origin() const {
  const bool v6 = host.find(':') != std::string::npos;
  return scheme + "://" + (v6 ? "[" + host + "]" : host) + (port.empty() ? "" : ":" + port);
}

bool Url::is_loopback() const {
  if (host == "localhost") return true;
  const auto ip = base::parse_ip(host);
  return ip && base::is_loopback(*ip);
}

base::Result<Url> parse_url(std::string_view text) {
  if (text.size() > base::limits::secret_bytes_max) return wrong("is too long");
  for (const char c : text)
    if (c <= ' ' || c > '~')
      return wrong("holds a space or a character that must be percent-encoded");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos)
    return wrong("is not a URL: it must begin with https:// (or http://)");
  Url url;
  url.scheme = base::to_lower_ascii(text.substr(0, colon));
  if (url.scheme != "https" && url.scheme != "http")
    return wrong("must begin with https:// or http://");
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return wrong("has a '#' part, which is never sent");
  const auto path_at = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, path_at);
  rest = path_at == std::string_view::npos ? std::string_view() : rest.substr(path_at);
  if (authority.find('@') != std::string_view::npos)
    return wrong("has a user name or password before its host, which is not supported");

  if (authority.starts_with('[') && authority.find(']') == std::string_view::npos)
    return wrong("has no ']' after its IPv6 address in brackets");
  const auto bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const auto port_at = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (port_at != std::string_view::npos) {
    url.port = authority.substr(port_at + 1);
    const auto port = base::parse_unsigned(url.port);
    if (!port || *port == 0 || *port > 65'535)
      return wrong("has a port that is no number from 1 to 65535");
    authority = authority.substr(0, port_at);
  }
  if (bracket != std::string_view::npos) {
    url.host = base::to_lower_ascii(authority.substr(1, authority.size() - 2));
    const bool closed = authority.ends_with(']');
    if (!closed || url.host.find(':') == std::string::npos || !base::parse_ip(url.host))
      return wrong("has no valid IPv6 address between its brackets");
  } else {
    url.host = base::to_lower_ascii(authority);
    if (!is_host_name(url.host)) return wrong("has no valid host name");
  }
  const auto query_at = rest.find('?');
  url.path = rest.substr(0, query_at);
  if (query_at != std::string_view::npos) url.query = rest.substr(query_at + 1);
  return url;
}

}  // namespace vedette::notify
