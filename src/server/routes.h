// Owns: what a running `serve` answers over HTTP: health, metrics, and incidents and alerts to
// read. Promises: everything but health and metrics needs the token, compared in constant time; a
// request whose Host is not ours is refused before anything else, so that no web page reaches us
// through a visitor's browser (DNS rebinding); nothing changes anything; answers are JSON that no
// browser takes for a page; errors tell no insides. Must not know: sockets, where the numbers come
// from. The receiver's thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "net/http_receiver.h"
#include "ports/incident_store.h"

namespace vedette::server {

// Whether a request comes from who may ask.
class Gate {
 public:
  // `hosts`: further names that Host may say, without port.
  Gate(base::Secret token, std::vector<std::string> hosts)
      : token_(std::move(token)), hosts_(std::move(hosts)) {}

  [[nodiscard]] bool is_our_host(const net::ReceivedRequest& request) const;
  [[nodiscard]] bool has_token(const net::ReceivedRequest& request) const;

 private:
  const base::Secret token_;
  const std::vector<std::string> hosts_;
};

// An answer in JSON; its headers are those of every answer.
[[nodiscard]] net::ReceiverReply reply(int status, std::string body);
// {"error": text}
[[nodiscard]] net::ReceiverReply failure_reply(int status, std::string_view text);
// Refused before its route is looked at, or nothing.
[[nodiscard]] std::optional<net::ReceiverReply> refuse_stranger(const Gate& gate,
                                                                const net::ReceivedRequest& request,
                                                                bool needs_token);

struct RouteSources {
  ports::IncidentStore& incidents;
  std::function<std::vector<std::string>()> reasons_not_ready;  // empty: ready
  std::function<std::string()> metrics;                         // Prometheus' text format
};

class Routes {
 public:
  Routes(Gate gate, RouteSources sources) : gate_(std::move(gate)), sources_(std::move(sources)) {}

  [[nodiscard]] net::ReceiverReply answer(const net::ReceivedRequest& request) const;

 private:
  [[nodiscard]] net::ReceiverReply ready() const;
  [[nodiscard]] net::ReceiverReply incidents(std::string_view query) const;
  [[nodiscard]] net::ReceiverReply incident(std::string_view number) const;
  [[nodiscard]] net::ReceiverReply alerts(std::string_view query) const;

  const Gate gate_;
  const RouteSources sources_;
};

}  // namespace vedette::server
