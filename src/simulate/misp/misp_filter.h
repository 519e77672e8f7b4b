// Owns: what a body of MISP's restSearch asks for, and whether an attribute is it. Source: MISP's
// OpenAPI document, AttributeRestSearchFilter. Promises: numbers may be texts, as clients send
// both. Must not know: how it is answered. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "simulate/misp/misp_events.h"

namespace vedette::simulate::misp {

// Closed; unset: open.
struct TimeSpan {
  base::Timestamp from, to;
  [[nodiscard]] bool has(base::Timestamp time) const {
    return (!from.is_set() || time >= from) && (!to.is_set() || time <= to);
  }
};

struct MispFilter {
  std::uint64_t page = 1, limit = 0;  // 0: all
  std::optional<bool> published, to_ids;
  bool with_deleted = false, only_deleted = false;
  bool enforces_warning_lists = false;  // of pages that are cut already, as MISP does it
  bool includes_event_tags = false;
  std::vector<std::string> types, tags_any, tags_none;
  std::string value, uuid, event;
  TimeSpan changed, event_changed, published_at;

  [[nodiscard]] bool has(const MispAttribute& attribute, const MispEvent& event) const;
};

[[nodiscard]] MispFilter read_filter(const base::Json& body, base::Timestamp now);

}  // namespace vedette::simulate::misp
