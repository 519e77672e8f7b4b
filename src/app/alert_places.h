// Owns: where the sources of open alerts are: an alert's first address, looked up once and kept
// until the alert is not open any more. Must not know: why there is an alert, who is told. Called
// from one thread: the one that hands alerts on.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "model/alert.h"
#include "ports/geo_lookup.h"

namespace vedette::app {

class AlertPlaces {
 public:
  // The places outlive it.
  explicit AlertPlaces(const ports::GeoLookup& geo) : geo_(geo) {}

  // Fills the alert's location; an alert without an address stays without one.
  void locate(model::Alert& alert);

 private:
  [[nodiscard]] model::Location find(const model::Alert& alert) const;

  const ports::GeoLookup& geo_;
  std::unordered_map<std::uint64_t, model::Location> locations_;  // of open alerts, by their ids
};

}  // namespace vedette::app
