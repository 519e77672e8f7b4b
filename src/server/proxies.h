// Owns: what the web servers in front of us say of a browser: its address and whether its way is
// encrypted. Promises: only addresses that an administrator named are believed; of a chain the last
// address that is none of theirs counts, so that a browser cannot say who it is; from everybody
// else X-Forwarded-* is taken off before anything reads it. Must not know: routes. Any thread.
#pragma once

#include <vector>

#include "base/ip.h"
#include "net/http_receiver.h"

namespace vedette::server {

class Proxies {
 public:
  explicit Proxies(std::vector<base::IpNetwork> trusted) : trusted_(std::move(trusted)) {}

  void settle(net::ReceivedRequest& request) const;

 private:
  [[nodiscard]] bool is_trusted(std::string_view address) const;

  const std::vector<base::IpNetwork> trusted_;
};

}  // namespace vedette::server
