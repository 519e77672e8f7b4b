// Owns: a query over rows that are given with it, in place of those of the store: a hunt's test, a
// simulated workspace. Promises: the engine is the one that hunts of the store run on; tables that
// are not given are empty; nothing is read from the disk or from other hosts; a diagnostic's place
// is that in the query's own text. Must not know: where the rows come from. Any thread.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "kql/catalogue/catalogue.h"
#include "kql/compile.h"
#include "kql/result/sink.h"
#include "ports/geo_lookup.h"

namespace vedette::app {

struct GivenTable {
  const kql::CatalogueTable* table = nullptr;
  std::string records;  // JSON objects, one a line; members are columns
};

struct GivenHunt {
  std::string_view text;
  kql::Inputs inputs;
  std::vector<GivenTable> tables;
  const ports::GeoLookup* places = nullptr;
  int timeout_ms = base::limits::query_timeout_ms;
  std::stop_token stop = {};
};

[[nodiscard]] kql::Checked<void> run_over_given(const GivenHunt& hunt,
                                                const kql::Catalogue& catalogue,
                                                kql::result::Sink& sink);

}  // namespace vedette::app
