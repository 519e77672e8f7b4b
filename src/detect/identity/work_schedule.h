// Owns: working hours as an administrator writes them for a group, a person or everybody: a week of
// shifts, by whose clocks, with whose public holidays, and whose evenings are told. Promises: a
// line is read whole or refused with what is wrong in it; of several lines that name somebody the
// first is theirs. Must not know: sign-ins, what is told. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "detect/identity/calendar.h"
#include "model/tenant_directory.h"

namespace vedette::detect::identity {

struct WorkSchedule {
  std::string who;                     // a group, a name or an object id; "*": everybody
  std::string week;                    // the shifts, as they were written
  std::vector<WorkHours> shifts;       // each with its days; never empty
  std::string zone;                    // tzdata's name or an offset; empty: each person's own
  std::optional<std::string> country;  // whose public holidays; empty text: nobody's; none: each
                                       // person's own country's
  bool tells_everybody = true;         // false: administrators' evenings only, as without a line
};

inline constexpr std::string_view schedule_form =
    "WHO; HOURS; ZONE; HOLIDAYS; TOLD, as in Finance; Mon-Fri 08:00-18:00; Europe/Berlin; DE; all";

// "Night watch; Mon-Sun 22:00-06:00; own; none; administrators". HOURS: "Mon-Thu 08:00-17:00, Fri
// 08:00-14:00"; an end before its start is on the next day, 24:00 is midnight. ZONE and HOLIDAYS:
// "own" (the person's; usual), or "none" for holidays. TOLD: "all" (usual) or "administrators".
[[nodiscard]] base::Result<WorkSchedule> parse_schedule(std::string_view text);

// Whether an entry of a list means that account: by name, object id or group, or everybody ("*").
// `account`: null where the directory does not know it.
[[nodiscard]] bool is_meant(std::string_view entry, const model::Identity* account,
                            std::string_view user, std::string_view user_id);

class WorkSchedules {
 public:
  // What cannot be read was refused by `check`, and is left out.
  explicit WorkSchedules(std::span<const std::string> lines);

  // Null: no line names them.
  [[nodiscard]] const WorkSchedule* find(const model::Identity* account, std::string_view user,
                                         std::string_view user_id) const;
  [[nodiscard]] std::span<const WorkSchedule> all() const { return schedules_; }
  // Which of `all` it is; their number for null.
  [[nodiscard]] std::size_t index_of(const WorkSchedule* schedule) const;

 private:
  std::vector<WorkSchedule> schedules_;
};

// Who came in outside of working hours, by whose schedule: what a preview counts. Judged again and
// again, each log-in counts once, as it was judged last.
class HoursTally {
 public:
  struct LogIn {
    base::Timestamp time;
    std::uint64_t person = 0;
    std::size_t schedule = 0;  // WorkSchedules::index_of
    bool is_outside = false;
  };
  void note(std::uint64_t event_id, const LogIn& log_in) { log_ins_[event_id] = log_in; }
  [[nodiscard]] const std::unordered_map<std::uint64_t, LogIn>& log_ins() const { return log_ins_; }

 private:
  std::unordered_map<std::uint64_t, LogIn> log_ins_;
};

}  // namespace vedette::detect::identity
