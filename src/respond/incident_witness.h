// Owns: the question that is put once more before an account is touched: does the incident still
// want this? Promises: an answer is never older than `read_at` says; what cannot be told is
// `unclear`, and nobody is locked on that. Body: app/incident_witness.h, which knows where the
// incident lives (ours, or Sentinel's, which is asked again). Must not know: actions. Any thread:
// policies and actions each have one.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace vedette::respond {

enum class IncidentStanding : std::uint8_t {
  unattended,  // open, and no person has touched it
  attended,    // a person acknowledged, took, commented or closed it
  over,        // closed, merged into another, or gone
  unclear,     // somebody changed it and it cannot be told whether that was a person
};

struct IncidentTestimony {
  IncidentStanding standing = IncidentStanding::unclear;
  std::string why;          // for people
  base::Timestamp read_at;  // processing time of the reading this rests on
};

class IncidentWitness {
 public:
  virtual ~IncidentWitness() = default;
  // An error: it could not be read now; ask again later, and do nothing meanwhile.
  [[nodiscard]] virtual base::Result<IncidentTestimony> testify(std::uint64_t incident,
                                                                const std::stop_token& stop) = 0;
};

}  // namespace vedette::respond
