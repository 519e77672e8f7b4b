// Owns: a request to the simulated tenant and its answer, free of any socket.
// Promises: plain data. Must not know: who carries them. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vedette::simulate::tenant {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct TenantRequest {
  std::string method = "GET";
  std::string target;  // path and query, as sent
  Headers headers;     // names in lower case
  std::string body;
  // Scheme, host and port as the caller knows them: next links begin with it.
  std::string origin = "http://127.0.0.1";

  [[nodiscard]] const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return &value;
    return nullptr;
  }
};

// An answer that breaks HTTP: these bytes and no others, and then the connection is closed, or left
// open in silence.
struct Wire {
  std::string bytes;
  bool then_silent = false;
};

struct TenantReply {
  int status = 200;
  Headers headers;
  std::string body;
  std::optional<Wire> wire;

  void set(std::string_view name, std::string value) {
    for (auto& [key, old] : headers)
      if (key == name) {
        old = std::move(value);
        return;
      }
    headers.emplace_back(name, std::move(value));
  }
};

[[nodiscard]] TenantReply json_reply(int status, std::string body);
// {"error":{"code","message","innerError":{"date","request-id","client-request-id"}}}
[[nodiscard]] TenantReply graph_error(int status, std::string_view code, std::string_view message,
                                      base::Timestamp now, std::string_view request_id);
// {"error":{"code","message"}}: Azure Resource Manager, Log Analytics, Management Activity.
[[nodiscard]] TenantReply service_error(int status, std::string_view code,
                                        std::string_view message);
// Thu, 01 Jan 1970 00:00:00 GMT
[[nodiscard]] std::string http_date(base::Timestamp time);

}  // namespace vedette::simulate::tenant
