// Owns: when people work: hours in their own zone, shifts over midnight, weekends and public
// holidays by country, holidays of one's own. Promises: clocks that are set forward or back are
// followed; a shift belongs to the day on which it begins. Must not know: who is asked about,
// sign-ins. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace vedette::detect::identity {

struct Holiday {
  std::string country;   // ISO 3166-1 alpha-2; empty: everywhere
  std::int64_t day = 0;  // since 1970-01-01, of the local calendar
};
// "2026-12-25" or "DE:2026-12-25".
[[nodiscard]] base::Result<Holiday> parse_holiday(std::string_view text);

// Days on which whole countries do not work.
class PublicHolidays {
 public:
  // A line a day: "DE:2026-12-25".
  [[nodiscard]] static base::Result<PublicHolidays> read(std::string_view text);
  // `day`: since 1970-01-01, of the local calendar.
  [[nodiscard]] bool has(std::string_view country, std::int64_t day) const;
  [[nodiscard]] std::size_t size() const { return days_.size(); }

 private:
  std::vector<std::uint64_t> days_;  // country and day, in order
};

// 0 Monday .. 6 Sunday: a bit for each day on which that country does not work.
[[nodiscard]] unsigned weekend_of(std::string_view country);

struct WorkHours {
  int start_minute = 8 * 60;  // of the local day
  int end_minute = 18 * 60;   // before start_minute: on the next day
  int grace_minutes = 0;      // before and after
  unsigned days = 0;          // of work, Monday is 1; 0: all but the country's weekend
};

// Time zones by their names, found once.
class ZoneBook {
 public:
  // Null: there is none of that name.
  [[nodiscard]] const base::TimeZone* find(std::string_view name);

 private:
  std::map<std::string, std::unique_ptr<base::TimeZone>, std::less<>> zones_;
};

class Calendar {
 public:
  // `publicly`: null where nobody has a list of them.
  explicit Calendar(std::span<const std::string> holidays,
                    std::shared_ptr<const PublicHolidays> publicly = nullptr);
  // Whether somebody with these hours works at that moment, as clocks east of UTC by the zone show.
  [[nodiscard]] bool is_work(base::Timestamp time, const base::TimeZone& zone,
                             std::string_view country, const WorkHours& hours) const;

 private:
  [[nodiscard]] bool works_on(std::int64_t day, std::string_view country, unsigned days) const;

  std::vector<Holiday> holidays_;
  std::shared_ptr<const PublicHolidays> publicly_;
};

}  // namespace vedette::detect::identity
