// Owns: what sources of indicators send, read into indicators: STIX 2.0 and 2.1 objects, MISP
// attributes, lines of lists. Promises: one bad object costs none of its neighbours and is refused
// with a reason that can be counted; numbers may come as texts; a withdrawal (revoked, deleted, no
// longer for detection) is an indicator that is revoked. The same line of a list is the same
// indicator. Must not know: files, rows. Pure, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

// What is said of indicators that do not say it themselves.
struct IndicatorDefaults {
  std::string source;
  int confidence = 50;  // Sentinel's connectors have the same
  // Of MISP: what is not for detection (to_ids) is withdrawn; false: it is an indicator, too.
  bool for_detection_only = true;
  std::string columns = {};     // of CSV, counted from 1: "3,4"; empty: all that can be read
  std::string delimiter = ",";  // of CSV: one character
};

// A STIX object of type indicator. not_found: it is of another type, which is no refusal.
[[nodiscard]] base::Result<model::Indicator> read_stix_indicator(const base::Json& object,
                                                                 const IndicatorDefaults& defaults);
// An attribute; `event_tags` are those of its event. not_found: it is withdrawn, and was never
// anything that events can be held against.
[[nodiscard]] base::Result<model::Indicator> read_misp_attribute(const base::Json& attribute,
                                                                 const base::Json& event_tags,
                                                                 const IndicatorDefaults& defaults);
// MISP's names of the attribute types that can be read.
[[nodiscard]] std::span<const std::string_view> misp_types();
// One value, and what follows a blank, a comma, a semicolon or '#' is a comment. not_found: the
// line says nothing.
[[nodiscard]] base::Result<model::Indicator> read_list_line(std::string_view line,
                                                            const IndicatorDefaults& defaults);

// The values of a line's columns; those that cannot be read are refused, but where all columns are
// meant: then a line is refused that holds none.
void read_csv_line(std::string_view line, const IndicatorDefaults& defaults,
                   const std::function<void(base::Result<model::Indicator>)>& take);

// Refusals by their reason; of reasons that quote there may be many, so the rarer ones become one.
class Refusals {
 public:
  void add(std::string_view reason, std::uint64_t times = 1);
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& by_reason() const {
    return by_reason_;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> by_reason_;
};

}  // namespace vedette::intel
