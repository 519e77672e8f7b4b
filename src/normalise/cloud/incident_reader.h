// Owns: an incident of Sentinel with its alerts, entities and comments (the format
// sentinel-incident-details) → model::IncidentReading. Promises: what is not said is empty; lists
// and texts are bounded; an author or a changer with an address to sign in with is a person, one
// with another name is a program. Must not know: our incidents, tables. One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/json_records.h"
#include "base/result.h"
#include "model/incident_origin.h"

namespace vedette::normalise::cloud {

class IncidentReader {
 public:
  // Adds the paths it needs; before the records are read.
  explicit IncidentReader(base::JsonPaths& paths);
  // Empty: it holds no incident.
  [[nodiscard]] std::optional<model::IncidentReading> read(const base::JsonRecord& record) const;

 private:
  const std::size_t record_, alerts_, entities_, comments_;
};

// The same of one record's payload on its own.
[[nodiscard]] base::Result<model::IncidentReading> read_incident_details(std::string_view payload);

}  // namespace vedette::normalise::cloud
