// Owns: what is to be done about an incident, one by one, and who did it. Promises: plain data that
// owns its text; kept as a text that reads back as it was. Must not know: incidents. Passed by
// value between threads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::model {

inline constexpr std::size_t incident_tasks_max = 50, task_bytes_max = 500;

// People call them by their place, from 1.
struct IncidentTask {
  std::string text;
  std::string added_by, done_by;
  base::Timestamp added, done;  // processing time; `done` unset: it is still to do
  bool operator==(const IncidentTask&) const = default;
};

// Empty when there is none.
[[nodiscard]] std::string write_tasks(const std::vector<IncidentTask>& tasks);
[[nodiscard]] base::Result<std::vector<IncidentTask>> read_tasks(std::string_view text);

}  // namespace vedette::model
