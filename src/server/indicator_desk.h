// Owns: what the routes of indicators ask for. Promises: what was taken is in the journal, and can
// be found a little later; nobody uploads more often than Sentinel lets him. Must not know: HTTP,
// roles. Any thread. Body: app/indicator_upload.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/indicator.h"

namespace vedette::server {

// Which of the stored indicators; empty: all.
struct IndicatorQuestion {
  std::string id = {};                                // that one, of whatever source
  std::string keyword = {};                           // that its pattern holds
  std::vector<std::string> sources = {}, kinds = {};  // "ipv4-addr"
  std::int64_t least_confidence = 0, most_confidence = 100;
  bool with_ended = false;  // those whose time is over, too
  std::size_t skip = 0, most = 100;
};

class IndicatorDesk {
 public:
  virtual ~IndicatorDesk() = default;
  // The latest version of each, the latest first; what is withdrawn is not there. unavailable: the
  // store cannot be asked now.
  [[nodiscard]] virtual base::Result<std::vector<model::Indicator>> find(
      const IndicatorQuestion& question, const std::stop_token& gone) = 0;
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
