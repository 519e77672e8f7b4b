// Places of addresses as a test says. Body of ports::GeoLookup; contract in
// test/contract/geo_lookup_contract.h. `set` is for before the lookup is shared between threads.
#pragma once

#include <map>

#include "ports/geo_lookup.h"

namespace vedette::fakes {

class FakeGeoLookup : public ports::GeoLookup {
 public:
  void set(const base::IpAddress& address, model::Location location) {
    places_[address] = std::move(location);
  }
  [[nodiscard]] model::Location locate(const base::IpAddress& address) const override {
    const auto known = places_.find(address);
    return known == places_.end() || address.is_special() ? model::Location{} : known->second;
  }

 private:
  std::map<base::IpAddress, model::Location> places_;
};

}  // namespace vedette::fakes
