// Owns: what sources of indicators send, read into indicators: STIX 2.0 and 2.1 objects, MISP
// attributes, lines of lists. Promises: one bad object costs none of its neighbours and is refused
// with a reason that can be counted; numbers may come as texts; a withdrawal (revoked, deleted, no
// longer for detection) is an indicator that is revoked. The same line of a list is the same
// indicator. Must not know: files, rows. Pure, any thread.
#pragma once

#include <cstdint>
#include <map>
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
};

// A STIX object of type indicator. not_found: it is of another type, which is no refusal.
[[nodiscard]] base::Result<model::Indicator> read_stix_indicator(const base::Json& object,
                                                                 const IndicatorDefaults& defaults);
// An attribute; `event_tags` are those of its event.
[[nodiscard]] base::Result<model::Indicator> read_misp_attribute(const base::Json& attribute,
                                                                 const base::Json& event_tags,
                                                                 const IndicatorDefaults& defaults);
// One value, and what follows a blank, a comma, a semicolon or '#' is a comment. not_found: the
// line says nothing.
[[nodiscard]] base::Result<model::Indicator> read_list_line(std::string_view line,
                                                            const IndicatorDefaults& defaults);

// Refusals by their reason; of reasons that quote there may be many, so the rarer ones become one.
class Refusals {
 public:
  void add(std::string_view reason);
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& by_reason() const {
    return by_reason_;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> by_reason_;
};

}  // namespace vedette::intel
