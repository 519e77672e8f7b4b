// Owns: what the routes of indicators ask for. Promises: what was taken is in the journal; nobody
// asks more often than Sentinel lets him. Must not know: HTTP, roles. Any thread. Body:
// app/indicator_upload.h.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace vedette::server {

class IndicatorDesk {
 public:
  virtual ~IndicatorDesk() = default;
  // How long that caller must wait; zero: not at all, and this is one of his requests.
  [[nodiscard]] virtual base::Duration wait_of(const std::string& caller) = 0;
  // STIX objects of that source system. unavailable: the journal takes nothing now.
  [[nodiscard]] virtual base::Result<void> take(const std::string& source,
                                                const std::vector<const base::Json*>& objects) = 0;
  // The id of an indicator that was given none: the same for the same pattern of the same source.
  [[nodiscard]] virtual std::string id_of(const std::string& source,
                                          const std::string& pattern) = 0;
};

}  // namespace vedette::server
