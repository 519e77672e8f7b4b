// Owns: an indicator of compromise as every source's reader makes it and the store keeps it: what
// it is about, how sure its source is, how long it holds. Promises: plain data that owns its text;
// an observable's value is in the one canonical form of its type. Must not know: where indicators
// come from, what they are held against. Passed by value between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/time.h"

namespace vedette::model {

enum class ObservableType : std::uint8_t {
  ipv4,
  ipv6,
  network,
  domain,    // a name and all below it
  hostname,  // that name alone
  url,
  email,
  md5,
  sha1,
  sha256,
  sha512
};

// The ends of a connection.
enum class TrafficEnd : std::uint8_t { either, source, destination };

// What an indicator asks of the traffic beside an address or a name.
struct TrafficTerms {
  TrafficEnd end = TrafficEnd::either;                  // that the address or name stands at
  std::uint16_t source_port = 0, destination_port = 0;  // 0: any
  std::vector<std::string> protocols = {};              // all of them, in lower case

  [[nodiscard]] bool any() const {
    return source_port != 0 || destination_port != 0 || !protocols.empty();
  }
  bool operator==(const TrafficTerms&) const = default;
};

struct Observable {
  ObservableType type = ObservableType::ipv4;
  std::string value;
  TrafficTerms traffic = {};  // of indicators alone: events say theirs in columns of their own
  bool operator==(const Observable&) const = default;
};

// The traffic light protocol: who may be told.
enum class Tlp : std::uint8_t { unmarked, clear, green, amber, amber_strict, red };

// A step of an attack, in the words of that model of attacks: "lockheed-martin-cyber-kill-chain",
// "delivery".
struct KillChainPhase {
  std::string chain, phase;
  bool operator==(const KillChainPhase&) const = default;
};

struct Indicator {
  std::string id;                       // as STIX has it: "indicator--" and a UUID
  std::string source;                   // who says so
  std::vector<Observable> observables;  // any of them is meant
  std::string pattern;                  // the same as a STIX pattern
  int confidence = 0;                   // 0..100
  base::Timestamp created, modified;    // as the source says; unset: it does not
  base::Timestamp valid_from;           // unset: always
  base::Timestamp valid_until;          // unset: without an end
  bool is_revoked = false;
  std::vector<std::string> labels;
  std::vector<KillChainPhase> kill_chain;
  Tlp tlp = Tlp::unmarked;
  std::string description;
};

// What an event's observable was found in.
struct MatchedIndicator {
  std::string id, source, value, description;
  int confidence = 0;
};

[[nodiscard]] std::string_view name_of(ObservableType type);
// "white" is clear, its name before 2022.
[[nodiscard]] std::string_view name_of(Tlp tlp);
[[nodiscard]] std::optional<Tlp> tlp_named(std::string_view name);

}  // namespace vedette::model
