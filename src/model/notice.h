// Owns: what a policy tells people about an incident, beside the alert that carries it: the parts
// of the mail of job S1. Promises: plain data that owns its text; read_notice(write_notice(x)) is
// x; its texts came from outside and leave only through a sink's encoder. Must not know: policies,
// channels. Passed by value between threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::model {

struct Notice {
  std::string policy;
  std::string subject;             // "🚨 Credential Phishing Incident Detected"
  std::string incident_id;         // as people look for it: of the origin where it has one
  std::string incident_type;       // "Credential Phishing"
  std::string affected;            // who, separated by commas
  base::Timestamp detected;        // event time
  base::Timestamp deadline;        // when accounts are locked; unset: never, or it is done
  std::string action;              // what people must do
  std::vector<std::string> notes;  // why, how to stop it, what became of it
  bool can_acknowledge = false;    // a link that acknowledges the incident stops the clock
  bool operator==(const Notice&) const = default;
};

[[nodiscard]] std::string write_notice(const Notice& notice);
// malformed: not what write_notice wrote.
[[nodiscard]] base::Result<Notice> read_notice(std::string_view text);

}  // namespace vedette::model
