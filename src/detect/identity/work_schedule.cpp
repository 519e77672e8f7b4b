#include "detect/identity/work_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encode.h"
#include "base/text.h"
#include "base/time_zone.h"
#include "detect/identity/identity_limits.h"

namespace vedette::detect::identity {
namespace {

constexpr std::array<std::string_view, 7> day_names{"monday", "tuesday",  "wednesday", "thursday",
                                                    "friday", "saturday", "sunday"};
constexpr int minutes_a_day = 24 * 60;

std::unexpected<base::Error> refused(std::string_view text, std::string_view advice) {
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("\"{}\" {}", base::encode_terminal(text, 200), advice));
}

// "Mon", "monday"
std::optional<unsigned> day_of_week(std::string_view text) {
  const std::string lower = base::to_lower_ascii(base::trim(text));
  if (lower.size() < 3) return std::nullopt;
  const auto* found = std::ranges::find_if(
      day_names, [&](std::string_view name) { return name.starts_with(lower); });
  if (found == day_names.end()) return std::nullopt;
  return static_cast<unsigned>(found - day_names.begin());
}

// "Sun-Thu" goes over the end of the week.
base::Result<unsigned> parse_days(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = day_of_week(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : day_of_week(text.substr(dash + 1));
  if (!first || !last) return refused(text, "is no day; write Mon, or Mon-Fri");
  unsigned days = 0;
  for (unsigned day = *first;; day = (day + 1) % 7) {
    days |= 1U << day;
    if (day == *last) return days;
  }
}

// "08:30" -> 510; "24:00" is the day's end.
std::optional<int> minute_of(std::string_view text) {
  text = base::trim(text);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.size() - colon != 3) return std::nullopt;
  const auto hour = base::parse_unsigned(text.substr(0, colon));
  const auto minute = base::parse_unsigned(text.substr(colon + 1));
  if (!hour || !minute || *hour > 24 || *minute > 59) return std::nullopt;
  const int of_day = static_cast<int>(*hour * 60 + *minute);
  return of_day > minutes_a_day ? std::nullopt : std::optional(of_day);
}

// "Mon-Fri 08:00-18:00"
base::Result<WorkHours> parse_shift(std::string_view text) {
  constexpr std::string_view form = "is no shift; write Mon-Fri 08:00-18:00";
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos) return refused(text, form);
  WorkHours shift;
  shift.days = VEDETTE_TRY(parse_days(base::trim(text.substr(0, space))));
  const std::string_view hours = text.substr(space + 1);
  const std::size_t dash = hours.find('-');
  if (dash == std::string_view::npos) return refused(text, form);
  const auto start = minute_of(hours.substr(0, dash)), end = minute_of(hours.substr(dash + 1));
  if (!start || !end || *start == minutes_a_day) return refused(text, form);
  shift.start_minute = *start;
  shift.end_minute = *end;
  return shift;
}

base::Result<void> read_zone(std::string_view text, WorkSchedule& schedule) {
  if (base::equals_ignoring_case(text, "own")) return {};
  VEDETTE_TRY(base::TimeZone::find(text));
  schedule.zone = text;
  return {};
}

base::Result<void> read_holidays(std::string_view text, WorkSchedule& schedule) {
  if (base::equals_ignoring_case(text, "own")) return {};
  if (base::equals_ignoring_case(text, "none")) {
    schedule.country.emplace();
    return {};
  }
  if (text.size() != 2 || !std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; }))
    return refused(text, "is no country; write its two capital letters (ISO 3166-1), own or none");
  schedule.country.emplace(text);
  return {};
}

base::Result<void> read_told(std::string_view text, WorkSchedule& schedule) {
  schedule.tells_everybody = base::equals_ignoring_case(text, "all");
  if (schedule.tells_everybody || base::equals_ignoring_case(text, "administrators")) return {};
  return refused(text, "must be all or administrators");
}

}  // namespace

base::Result<WorkSchedule> parse_schedule(std::string_view text) {
  auto parts = base::split(text, ';');
  for (auto& part : parts) part = base::trim(part);
  if (parts.size() < 2 || parts.size() > 5 || std::ranges::any_of(parts, &std::string_view::empty))
    return refused(text, fmt::format("is no line of working hours; write {}", schedule_form));
  WorkSchedule schedule;
  schedule.who = parts[0];
  schedule.week = parts[1];
  for (const auto shift : base::split(parts[1], ','))
    schedule.shifts.push_back(VEDETTE_TRY(parse_shift(base::trim(shift))));
  if (schedule.shifts.size() > shifts_max)
    return refused(schedule.who, fmt::format("has more than {} shifts a week", shifts_max));
  if (parts.size() > 2) VEDETTE_TRY_VOID(read_zone(parts[2], schedule));
  if (parts.size() > 3) VEDETTE_TRY_VOID(read_holidays(parts[3], schedule));
  if (parts.size() > 4) VEDETTE_TRY_VOID(read_told(parts[4], schedule));
  return schedule;
}

bool is_meant(std::string_view entry, const model::Identity* account, std::string_view user,
              std::string_view user_id) {
  if (entry.empty()) return false;
  if (entry == "*" || base::equals_ignoring_case(entry, user) ||
      base::equals_ignoring_case(entry, user_id))
    return true;
  if (account == nullptr) return false;
  return base::equals_ignoring_case(entry, account->name) ||
         base::equals_ignoring_case(entry, account->id) ||
         std::ranges::any_of(account->groups, [&](const std::string& group) {
           return base::equals_ignoring_case(entry, group);
         });
}

WorkSchedules::WorkSchedules(std::span<const std::string> lines) {
  for (const auto& line : lines)
    if (auto schedule = parse_schedule(line)) schedules_.push_back(*std::move(schedule));
}

const WorkSchedule* WorkSchedules::find(const model::Identity* account, std::string_view user,
                                        std::string_view user_id) const {
  const auto found = std::ranges::find_if(schedules_, [&](const WorkSchedule& each) {
    return is_meant(each.who, account, user, user_id);
  });
  return found == schedules_.end() ? nullptr : &*found;
}

std::size_t WorkSchedules::index_of(const WorkSchedule* schedule) const {
  return schedule == nullptr ? schedules_.size()
                             : static_cast<std::size_t>(schedule - schedules_.data());
}

}  // namespace vedette::detect::identity
