// Owns: HTTP requests over libcurl, as the body of ports::HttpClient.
// Promises: those of the port. Connections are kept alive between requests, since a TLS handshake
// costs more than a message. The standard proxy variables (https_proxy, no_proxy ...) are honoured,
// but loopback and link-local addresses are reached directly. Name look-ups count for the deadline.
// Must not know: what is sent. One client a thread; a stop token may be used from any other.
#pragma once

#include <memory>
#include <string>

#include "ports/http_client.h"

namespace vedette::net {

struct CurlSettings {
  std::string ca_file;  // PEM file of trusted certificates; empty: the system's
  std::string user_agent = "vedette";
  // No connection is made to an address that is not public, whatever a name says it means; proxies
  // are not used, since they would be the ones to connect.
  bool public_addresses_only = false;
};

class CurlClient : public ports::HttpClient {
 private:
  struct State;

 public:
  // invalid_argument when `ca_file` cannot be read.
  [[nodiscard]] static base::Result<std::unique_ptr<CurlClient>> create(CurlSettings settings);
  explicit CurlClient(std::unique_ptr<State> state);  // for `create`: only it can make a State
  ~CurlClient() override;

  [[nodiscard]] base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vedette::net
