// Owns: reading what a query names on other hosts (externaldata), as the body of
// ports::ExternalData. Promises: only allowed hosts are asked, in redirects too; a host that is
// allowed by its name alone is asked over https and only at public addresses, since a name may
// point anywhere; bytes and time are bounded. Must not know: what the text means. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/web_address.h"
#include "ports/external_data.h"

namespace vedette::net {

// example.org, *.example.org, example.org:8443: https, public addresses. http://10.0.0.5:8080,
// https://files.local, 127.0.0.1, localhost: exactly this, wherever it is.
struct AllowedHost {
  std::string host;  // in lower case; of *.example.org: .example.org
  bool with_subdomains = false;
  std::optional<std::string> scheme;
  std::optional<std::uint16_t> port;
  bool anywhere = false;  // may be http, and a private address

  [[nodiscard]] bool allows(const WebAddress& address) const;
};
// invalid_argument says how an entry is written.
[[nodiscard]] base::Result<AllowedHost> parse_allowed_host(std::string_view text);

class ExternalReader final : public ports::ExternalData {
 public:
  // `ca_file`: as in CurlSettings.
  explicit ExternalReader(std::vector<AllowedHost> hosts, std::string ca_file = {})
      : hosts_(std::move(hosts)), ca_file_(std::move(ca_file)) {}
  [[nodiscard]] static base::Result<std::vector<AllowedHost>> parse_hosts(
      const std::vector<std::string>& texts);

  [[nodiscard]] base::Result<std::string> read(const std::string& address, int timeout_ms,
                                               const std::stop_token& stop) override;

 private:
  [[nodiscard]] base::Result<const AllowedHost*> allowed(const WebAddress& address) const;

  std::vector<AllowedHost> hosts_;
  std::string ca_file_;
};

}  // namespace vedette::net
