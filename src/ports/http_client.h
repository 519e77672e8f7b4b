// Owns: one HTTP request to a service we call. Real body: net/curl_client.h. Fake:
// test/fakes/fake_http_client.h. Contract: test/contract/http_client_contract.h.
// Promises: no redirect is followed; the certificate is checked; the answer's body is capped at
// the request's response_bytes_max (the rest is not read); the whole exchange ends by the deadline.
// Errors and logs never hold the URL's path or query, since a webhook's URL is its secret. Blocks
// the calling thread; one client a thread.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"

namespace vedette::ports {

struct HttpRequest {
  std::string method = "POST";
  base::Secret url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int timeout_ms = base::limits::request_timeout_ms;
  std::size_t response_bytes_max = base::limits::response_bytes_max;  // of the body, unpacked
  bool takes_compressed = false;  // gzip and deflate; what the caller gets is unpacked
  std::stop_token stop = {};      // a stop ends the exchange at once, with `cancelled`
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool body_truncated = false;

  // The first header of that (lower-case) name, or null.
  [[nodiscard]] const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return &value;
    return nullptr;
  }
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // unavailable: no connection, cut off, or out of time (worth another try); refused: a certificate
  // or URL that will not become right by itself; an HTTP error status is a response, not an error.
  [[nodiscard]] virtual base::Result<HttpResponse> send(const HttpRequest& request) = 0;
};

}  // namespace vedette::ports
