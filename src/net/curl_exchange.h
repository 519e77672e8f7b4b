// Owns: libcurl's handles for one exchange at a time, whatever the protocol. Promises: a stop ends
// the exchange at once; libcurl is started once for the process; no SIGPIPE of its sockets reaches
// the program. Must not know: what is exchanged. The header shows nothing of libcurl: a handle is
// its CURL*, a result its CURLcode. One thread; a stop token may be used from any other.
#pragma once

#include <memory>
#include <stop_token>

#include "base/result.h"

namespace vedette::net {

class CurlExchange {
 private:
  struct Handles;

 public:
  [[nodiscard]] static base::Result<std::unique_ptr<CurlExchange>> create();
  explicit CurlExchange(std::unique_ptr<Handles> handles);  // for `create`
  ~CurlExchange();

  [[nodiscard]] void* handle() const;
  // What was set on the handle; CURLE_ABORTED_BY_CALLBACK after a stop.
  [[nodiscard]] int perform(const std::stop_token& stop) const;
  // An address or a certificate is wrong: another try will fail as this one did.
  [[nodiscard]] static bool will_not_become_right(int code);

 private:
  std::unique_ptr<Handles> handles_;
};

}  // namespace vedette::net
