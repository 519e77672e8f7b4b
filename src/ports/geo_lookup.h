// Owns: the question "where is this address?". Real body: enrich/geo_database.h (offline files).
// Fake: test/fakes/fake_geo_lookup.h. Contract: test/contract/geo_lookup_contract.h. Promises: no
// network; nothing known is an empty Location, not an error. Called from any thread.
#pragma once

#include "base/ip.h"
#include "model/alert.h"

namespace vedette::ports {

class GeoLookup {
 public:
  virtual ~GeoLookup() = default;
  [[nodiscard]] virtual model::Location locate(const base::IpAddress& address) const = 0;
};

}  // namespace vedette::ports
