#include "respond/policy.h"

#include <algorithm>

namespace vedette::respond {
namespace {

constexpr std::int64_t day_s = 86'400;

std::int64_t floor_day(std::int64_t local_s) {
  return local_s >= 0 ? local_s / day_s : -((-local_s + day_s - 1) / day_s);
}

}  // namespace

std::string_view name_of(MatchField field) {
  switch (field) {
    case MatchField::rules:
      return "rules";
    case MatchField::labels:
      return "labels";
    case MatchField::alerts:
      return "alerts";
    case MatchField::products:
      return "products";
    case MatchField::entities:
      return "entities";
    case MatchField::title:
      return "title";
  }
  return "";
}

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::notify:
      return "notify";
    case StepKind::warn:
      return "warn";
    case StepKind::escalate:
      return "escalate";
    case StepKind::webhook:
      return "webhook";
    case StepKind::assign:
      return "assign";
    case StepKind::comment:
      return "comment";
    case StepKind::lock:
      return "lock";
    case StepKind::revoke:
      return "revoke";
  }
  return "";
}

bool WorkingCalendar::is_working(std::int64_t day) const {
  constexpr std::int64_t thursday = 3;  // 1970-01-01, counted from Monday
  const std::int64_t of_week = ((day + thursday) % 7 + 7) % 7;
  return (days >> of_week & 1U) != 0 && !holidays.contains(day);
}

base::Timestamp WorkingCalendar::add(base::Timestamp from, base::Duration span) const {
  if (counts_all()) return from + span;
  base::Timestamp at = from;
  // At least one day a week works, holidays are few, and delays are bounded.
  constexpr int days_looked_at_max = 4'000;
  for (int i = 0; i < days_looked_at_max; ++i) {
    const std::int64_t day = floor_day(zone.to_local(at));
    const base::Timestamp next = zone.to_utc((day + 1) * day_s);
    if (is_working(day)) {
      const base::Duration left = next - at;
      if (span <= left) return at + span;
      span = span - left;
    }
    at = std::max(next, at + base::Duration::seconds(1));
  }
  return at + span;
}

std::set<std::string> Policy::all_channels() const {
  std::set<std::string> all(channels.begin(), channels.end());
  for (const PolicyStep& step : steps) all.insert(step.channels.begin(), step.channels.end());
  return all;
}

std::optional<std::size_t> Policy::first_act() const {
  const auto found = std::ranges::find_if(steps, &PolicyStep::acts);
  if (found == steps.end()) return std::nullopt;
  return static_cast<std::size_t>(found - steps.begin());
}

}  // namespace vedette::respond
