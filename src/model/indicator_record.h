// Owns: how indicators lie in the journal: what a source sent, byte for byte, behind one line that
// says whose it is and how it is to be read. Promises: what is written is read back the same; the
// line holds all that the reading needs, so that a replay comes to the same rows whatever the
// settings say by then. Must not know: sources, readers. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::model {

inline constexpr std::string_view indicator_format = "indicators";

struct IndicatorRecord {
  std::string source;              // who says so, as alerts name it
  std::string form;                // "stix", "misp", "list" or "csv"
  int confidence = 50;             // of indicators that do not say theirs
  bool for_detection_only = true;  // of MISP: what is not (to_ids) is withdrawn
  int hold_hours = 0;              // after it came, what has no end of its own; 0: for ever
  std::string columns = {};        // of CSV: "3,4"; empty: all that can be read
  std::string delimiter = ",";     // of CSV
};

[[nodiscard]] std::string indicator_payload(const IndicatorRecord& record,
                                            std::string_view document);

struct IndicatorPayload {
  IndicatorRecord record;
  std::string_view document;  // of the payload that was read
};
[[nodiscard]] base::Result<IndicatorPayload> read_indicator_payload(std::string_view payload);

}  // namespace vedette::model
