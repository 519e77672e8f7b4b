#include "detect/identity/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encode.h"
#include "base/text.h"

namespace vedette::detect::identity {
namespace {

constexpr unsigned thursday = 1U << 3, friday = 1U << 4, saturday = 1U << 5, sunday = 1U << 6;
constexpr std::int64_t minutes_a_day = 24 * 60;

// Where it is not Saturday and Sunday. The Emirates changed in 2022.
constexpr auto other_weekends = std::to_array<std::pair<std::string_view, unsigned>>({
    {"AF", thursday | friday},
    {"BD", friday | saturday},
    {"BH", friday | saturday},
    {"BN", friday | sunday},
    {"DJ", friday},
    {"DZ", friday | saturday},
    {"EG", friday | saturday},
    {"IL", friday | saturday},
    {"IQ", friday | saturday},
    {"IR", thursday | friday},
    {"JO", friday | saturday},
    {"KW", friday | saturday},
    {"LY", friday | saturday},
    {"MV", friday | saturday},
    {"NP", saturday},
    {"OM", friday | saturday},
    {"PS", friday | saturday},
    {"QA", friday | saturday},
    {"SA", friday | saturday},
    {"SD", friday | saturday},
    {"SY", friday | saturday},
    {"YE", friday | saturday},
});

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::uint64_t key_of(std::string_view country, std::int64_t day) {
  const auto letter = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(country[i]));
  };
  return letter(0) << 56U | letter(1) << 48U | (static_cast<std::uint64_t>(day) & 0xFFFF'FFFFU);
}

}  // namespace

base::Result<Holiday> parse_holiday(std::string_view text) {
  const bool has_country = text.size() > 3 && text[2] == ':';
  const std::string date(has_country ? text.substr(3) : text);
  const auto time = base::parse_iso(date + "T00:00:00Z");
  if (!time)
    return base::failure(base::ErrorCode::invalid_argument,
                         fmt::format("\"{}\" is no day; write 2026-12-25 or DE:2026-12-25",
                                     base::encode_terminal(text, 100)));
  return Holiday{std::string(has_country ? text.substr(0, 2) : std::string_view()),
                 floor_divide(time->unix_seconds(), 86'400)};
}

base::Result<PublicHolidays> PublicHolidays::read(std::string_view text) {
  PublicHolidays read;
  for (const auto line : base::split(text, '\n')) {
    if (line.empty()) continue;
    const Holiday holiday = VEDETTE_TRY(parse_holiday(line));
    if (holiday.country.size() != 2)
      return base::failure(base::ErrorCode::malformed, "a public holiday without a country");
    read.days_.push_back(key_of(holiday.country, holiday.day));
  }
  std::ranges::sort(read.days_);
  return read;
}

bool PublicHolidays::has(std::string_view country, std::int64_t day) const {
  return country.size() == 2 && std::ranges::binary_search(days_, key_of(country, day));
}

unsigned weekend_of(std::string_view country) {
  const auto* other =
      std::ranges::find(other_weekends, country, &std::pair<std::string_view, unsigned>::first);
  return other == other_weekends.end() ? saturday | sunday : other->second;
}

const base::TimeZone* ZoneBook::find(std::string_view name) {
  if (name.empty()) return nullptr;
  if (const auto known = zones_.find(name); known != zones_.end()) return known->second.get();
  // Names come from a directory; there are some six hundred zones.
  constexpr std::size_t zones_max = 2'000;
  if (zones_.size() >= zones_max) return nullptr;
  auto zone = base::TimeZone::find(name);
  auto kept = zone ? std::make_unique<base::TimeZone>(*std::move(zone)) : nullptr;
  return zones_.emplace(name, std::move(kept)).first->second.get();
}

// What cannot be read was refused by `check`.
Calendar::Calendar(std::span<const std::string> holidays,
                   std::shared_ptr<const PublicHolidays> publicly)
    : publicly_(std::move(publicly)) {
  for (const auto& text : holidays)
    if (auto holiday = parse_holiday(text)) holidays_.push_back(*std::move(holiday));
}

bool Calendar::works_on(std::int64_t day, std::string_view country, unsigned days) const {
  // 1970-01-01 was a Thursday.
  const auto weekday = static_cast<unsigned>(((day + 3) % 7 + 7) % 7);
  const unsigned off = days != 0 ? ~days : weekend_of(country);
  if ((off >> weekday & 1U) != 0) return false;
  if (publicly_ != nullptr && publicly_->has(country, day)) return false;
  return std::ranges::none_of(holidays_, [&](const Holiday& each) {
    return each.day == day && (each.country.empty() || each.country == country);
  });
}

bool Calendar::is_work(base::Timestamp time, const base::TimeZone& zone, std::string_view country,
                       const WorkHours& hours) const {
  const std::int64_t minute = floor_divide(zone.to_local(time), 60);
  const std::int64_t today = floor_divide(minute, minutes_a_day);
  const std::int64_t length = hours.end_minute - hours.start_minute +
                              (hours.end_minute <= hours.start_minute ? minutes_a_day : 0);
  // A shift that began yesterday may still last; grace may reach back from tomorrow's.
  for (const std::int64_t day : {today - 1, today, today + 1}) {
    const std::int64_t begin = day * minutes_a_day + hours.start_minute - hours.grace_minutes;
    const std::int64_t end = begin + length + 2LL * hours.grace_minutes;
    if (minute >= begin && minute < end && works_on(day, country, hours.days)) return true;
  }
  return false;
}

}  // namespace vedette::detect::identity
