#include "net/curl_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <optional>

#include "base/ip.h"
#include "base/text.h"
#include "net/curl_exchange.h"
#include "net/web_address.h"

namespace vedette::net {
namespace {

using base::ErrorCode;
namespace limits = base::limits;

// libcurl wants a C string. A Secret is a std::string inside, so a zero byte follows its view; one
// within would cut the address short and is refused.
const char* c_string(const base::Secret& url) {
  return url.reveal().data();
}

// The response while it comes in.
struct Incoming {
  ports::HttpResponse response;
  std::size_t header_bytes = 0;
  std::size_t body_bytes_max = 0;
};

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* target) {
  auto& incoming = *static_cast<Incoming*>(target);
  ports::HttpResponse& response = incoming.response;
  const std::size_t size = one * count;
  const std::size_t space = incoming.body_bytes_max - response.body.size();
  response.body.append(bytes, std::min(size, space));
  if (size <= space) return size;
  response.body_truncated = true;
  return 0;  // not `size`: libcurl ends the exchange here, the rest is never read
}

std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* target) {
  auto& incoming = *static_cast<Incoming*>(target);
  const std::string_view line(bytes, one * count);
  if (line.starts_with("HTTP/")) {  // a new answer begins: what a 1xx or a proxy said is over
    incoming.response.headers.clear();
    return line.size();
  }
  incoming.header_bytes += line.size();
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && incoming.header_bytes <= limits::response_header_bytes_max)
    incoming.response.headers.emplace_back(base::to_lower_ascii(base::trim(line.substr(0, colon))),
                                           std::string(base::trim(line.substr(colon + 1))));
  return line.size();
}

// Asked with the very address that is about to be connected to, so a name cannot mean another one a
// moment later.
curl_socket_t open_public_socket(void*, curlsocktype, curl_sockaddr* target) {
  std::optional<base::IpAddress> address;
  if (target->family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &target->addr, sizeof v4);
    address = base::IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
  } else if (target->family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &target->addr, sizeof v6);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size()) != nullptr)
      address = base::parse_ip(text.data());
  }
  if (!address || address->is_special()) return CURL_SOCKET_BAD;
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

CurlTexts header_list(const ports::HttpRequest& request) {
  CurlTexts list;
  for (const auto& [name, value] : request.headers) {
    // A header's value is made by us; one that could start another header is a bug.
    assert(name.find_first_of("\r\n:") == std::string::npos);
    assert(value.find_first_of("\r\n") == std::string::npos);
    std::string line = name;
    line += value.empty() ? ";" : ": ";
    line += value;
    list.add(line);
  }
  list.add("Expect:");  // no "100-continue" pause before bodies over 1 MB
  return list;
}

}  // namespace

struct CurlClient::State {
  CurlSettings settings;
  std::unique_ptr<CurlExchange> exchange;

  void prepare(const ports::HttpRequest& request, const base::Secret& url, const WebAddress& origin,
               curl_slist* headers, Incoming& incoming) const;
};

void CurlClient::State::prepare(const ports::HttpRequest& request, const base::Secret& url,
                                const WebAddress& origin, curl_slist* headers,
                                Incoming& incoming) const {
  CURL* const handle = exchange->handle();
  const auto set = [handle](CURLoption option, auto value) {
    [[maybe_unused]] const CURLcode code = curl_easy_setopt(handle, option, value);
    assert(code == CURLE_OK);  // an option that libcurl 7.88 does not know is our fault
  };
  exchange->begin(request.timeout_ms);
  set(CURLOPT_URL, c_string(url));
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  if (origin.is_here() || settings.public_addresses_only) set(CURLOPT_NOPROXY, "*");
  if (settings.public_addresses_only) set(CURLOPT_OPENSOCKETFUNCTION, &open_public_socket);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  if (request.method == "POST" || !request.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
  }
  // libcurl unpacks as it comes in, so that the cap of `take_body` holds for a bomb too.
  if (request.takes_compressed) set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &incoming);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, &incoming);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

CurlClient::CurlClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
CurlClient::~CurlClient() = default;

base::Result<std::unique_ptr<CurlClient>> CurlClient::create(CurlSettings settings) {
  auto state = std::make_unique<State>();
  state->exchange = VEDETTE_TRY(CurlExchange::create(settings.ca_file));
  state->settings = std::move(settings);
  return std::make_unique<CurlClient>(std::move(state));
}

base::Result<ports::HttpResponse> CurlClient::send(const ports::HttpRequest& request) {
  const base::Secret url = request.url;
  const auto origin = parse_web_address(url.reveal());
  if (!origin)
    return base::failure(ErrorCode::refused,
                         request.method + ": the address is not an http(s) URL");
  const CurlTexts headers = header_list(request);
  Incoming incoming;
  incoming.body_bytes_max = request.response_bytes_max;
  state_->prepare(request, url, *origin, headers.get(), incoming);
  const auto code = static_cast<CURLcode>(state_->exchange->perform(request.stop));
  long status = 0;
  curl_easy_getinfo(state_->exchange->handle(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_reset(
      state_->exchange->handle());  // no pointer into this call's frame is left in the handle

  const std::string what = request.method + " to " + origin->shown();
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && incoming.response.body_truncated)) {
    incoming.response.status = static_cast<int>(status);
    return std::move(incoming.response);
  }
  if (request.stop.stop_requested()) return base::failure(ErrorCode::cancelled, what + ": stopped");
  if (code == CURLE_OPERATION_TIMEDOUT)
    return base::failure(ErrorCode::unavailable, what + ": no whole answer within " +
                                                     std::to_string(request.timeout_ms) + " ms");
  // The URL's scheme was checked above, so this is what libcurl calls bytes that are no HTTP.
  if (code == CURLE_UNSUPPORTED_PROTOCOL)
    return base::failure(ErrorCode::unavailable, what + ": the answer is not HTTP");
  if (code == CURLE_BAD_CONTENT_ENCODING)
    return base::failure(ErrorCode::unavailable, what + ": the compressed answer is damaged");
  if (code == CURLE_PARTIAL_FILE)
    return base::failure(ErrorCode::unavailable, what + ": the answer was cut off");
  return std::unexpected(state_->exchange->error(code, what));
}

}  // namespace vedette::net
