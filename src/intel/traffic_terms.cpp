#include "intel/traffic_terms.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "intel/intel_limits.h"

namespace vedette::intel {
namespace {

using model::TrafficEnd;
using model::TrafficTerms;

// End, two ports; behind them the protocols, divided by blanks.
constexpr std::size_t head_bytes = 1 + 2 * sizeof(std::uint16_t);

// Source: IANA's registry of protocol numbers.
struct NumberedProtocol {
  std::string_view number, name;
};
constexpr std::array numbered{NumberedProtocol{"1", "icmp"}, NumberedProtocol{"6", "tcp"},
                              NumberedProtocol{"17", "udp"}, NumberedProtocol{"58", "ipv6-icmp"},
                              NumberedProtocol{"132", "sctp"}};

}  // namespace

bool is_met(const TrafficTerms& terms, SeenTraffic seen, std::uint16_t beside) {
  if (seen.end == TrafficEnd::either) seen.end = terms.end;
  if (beside != 0 && seen.end != TrafficEnd::either)
    (seen.end == TrafficEnd::source ? seen.source_port : seen.destination_port) = beside;
  const bool is_turned = terms.end != TrafficEnd::either && terms.end != seen.end;
  if (is_turned) std::swap(seen.source_port, seen.destination_port);
  if (terms.source_port != 0 && terms.source_port != seen.source_port) return false;
  if (terms.destination_port != 0 && terms.destination_port != seen.destination_port) return false;
  return std::ranges::all_of(terms.protocols, [&](const std::string& each) {
    return std::ranges::find(seen.protocols, each) != seen.protocols.end();
  });
}

std::string packed(const TrafficTerms& terms) {
  if (!terms.any()) return {};
  std::string bytes(head_bytes, '\0');
  bytes[0] = static_cast<char>(terms.end);
  std::memcpy(bytes.data() + 1, &terms.source_port, sizeof(std::uint16_t));
  std::memcpy(bytes.data() + 1 + sizeof(std::uint16_t), &terms.destination_port,
              sizeof(std::uint16_t));
  for (const auto& each : terms.protocols) bytes += each + " ";
  return bytes;
}

TrafficTerms unpacked(std::string_view bytes) {
  TrafficTerms terms;
  if (bytes.size() < head_bytes) return terms;
  terms.end = static_cast<TrafficEnd>(bytes[0]);
  std::memcpy(&terms.source_port, bytes.data() + 1, sizeof(std::uint16_t));
  std::memcpy(&terms.destination_port, bytes.data() + 1 + sizeof(std::uint16_t),
              sizeof(std::uint16_t));
  for (const auto each : base::split(bytes.substr(head_bytes), ' '))
    if (!each.empty()) terms.protocols.emplace_back(each);
  return terms;
}

void add_protocols(std::string_view text, std::vector<std::string>& protocols) {
  constexpr std::string_view between = " /,;";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(between), text.size());
    std::string name = base::to_lower_ascii(text.substr(0, end));
    const auto* number = std::ranges::find(numbered, name, &NumberedProtocol::number);
    if (number != numbered.end()) name = number->name;
    if (!name.empty() && name.size() <= limits::protocol_bytes_max)
      protocols.push_back(std::move(name));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace vedette::intel
