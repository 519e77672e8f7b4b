// Owns: a TAXII 2.1 envelope taken apart: its objects as they came, whether there is more, and
// where that is. Promises: nothing is copied but `next`, which is bounded; a cut answer is never
// taken for a whole one. Source: TAXII 2.1 (OASIS), section 3.7. Must not know: STIX, servers.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collect/cloud/trouble.h"

namespace vedette::collect::cloud {

struct TaxiiEnvelope {
  std::string_view list;                  // the objects with all that is between them; may be empty
  std::vector<std::string_view> objects;  // views of what was read
  bool has_more = false;
  std::string next;  // empty: it does not say
};

[[nodiscard]] Answered<TaxiiEnvelope> read_taxii_envelope(std::string_view text);

}  // namespace vedette::collect::cloud
