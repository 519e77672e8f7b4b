// Owns: what indicators ask of traffic (ports, protocols), held against what an event says of it.
// Promises: what an event does not say is not met: a port that is asked for must be known and the
// same. A connection may be seen from its other end: an indicator's destination that stands in an
// event's source column is compared with the ports turned round. Must not know: rows, patterns.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/indicator.h"

namespace vedette::intel {

// What an event says of its traffic.
struct SeenTraffic {
  model::TrafficEnd end = model::TrafficEnd::either;    // at which the observable stands
  std::uint16_t source_port = 0, destination_port = 0;  // 0: it does not say
  std::vector<std::string> protocols = {};              // in lower case, of all layers
};

// The event that a value stands in. `seen` is asked only when an indicator of that value has terms.
class EventTraffic {
 public:
  virtual ~EventTraffic() = default;
  [[nodiscard]] virtual SeenTraffic seen() const = 0;
};

// `beside`: the port that stands with the value itself (203.0.113.7:443); 0: none.
[[nodiscard]] bool is_met(const model::TrafficTerms& terms, SeenTraffic seen, std::uint16_t beside);

// As bytes of a snapshot; empty: nothing is asked.
[[nodiscard]] std::string packed(const model::TrafficTerms& terms);
[[nodiscard]] model::TrafficTerms unpacked(std::string_view bytes);

// What protocols are called in events: "TCP", "6" and "tcp/https" are tcp, tcp, tcp and https.
void add_protocols(std::string_view text, std::vector<std::string>& protocols);

}  // namespace vedette::intel
