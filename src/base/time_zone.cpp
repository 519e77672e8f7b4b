#include "base/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"

namespace vedette::base {

struct TimeZone::Rules {
  const date::time_zone* zone = nullptr;
};

namespace {

// "+02:00", "+0200", "-05": seconds east of UTC; INT64_MIN for anything else.
std::int64_t parse_offset(std::string_view text) {
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return INT64_MIN;
  const auto hours = parse_unsigned(text.substr(1, 2));
  std::string_view rest = text.substr(3);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto minutes = rest.empty() ? std::uint64_t{0} : parse_unsigned(rest).value_or(99);
  if (!hours || *hours > 14 || minutes > 59 || (!rest.empty() && rest.size() != 2))
    return INT64_MIN;
  const auto seconds = static_cast<std::int64_t>(*hours * 3600 + minutes * 60);
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

TimeZone TimeZone::fixed(Duration east_of_utc) {
  TimeZone zone;
  zone.fixed_offset_s_ = east_of_utc.whole_seconds();
  const std::int64_t minutes = std::abs(zone.fixed_offset_s_) / 60;
  if (minutes != 0) {
    zone.name_ = fmt::format("{}{:02}:{:02}", zone.fixed_offset_s_ < 0 ? '-' : '+', minutes / 60,
                             minutes % 60);
  }
  return zone;
}

Result<TimeZone> TimeZone::find(std::string_view name) {
  if (name == "UTC" || name == "Z" || name == "utc") return fixed({});
  if (const std::int64_t offset = parse_offset(name); offset != INT64_MIN)
    return fixed(Duration::seconds(offset));
  try {
    TimeZone zone;
    auto rules = std::make_shared<Rules>();
    rules->zone = name == "local" ? date::current_zone() : date::locate_zone(name);
    zone.name_ = rules->zone->name();
    zone.rules_ = std::move(rules);
    return zone;
  } catch (const std::exception&) {
    // A container may have no /etc/localtime: its clocks then show UTC.
    if (name == "local") return fixed({});
    return failure(
        ErrorCode::invalid_argument,
        fmt::format("unknown time zone \"{}\"; use a name such as Europe/Berlin, UTC, or an "
                    "offset such as +02:00",
                    name));
  }
}

Timestamp TimeZone::to_utc(std::int64_t local_seconds) const {
  if (!rules_) return Timestamp::from_unix_seconds(local_seconds - fixed_offset_s_);
  // Offsets change at whole quarter hours at most, so one look-up serves 15 minutes of lines.
  constexpr std::int64_t span_s = 900;
  const std::int64_t span = local_seconds / span_s;
  if (span != cached_span_) {
    const date::local_seconds local{std::chrono::seconds(span * span_s)};
    const auto info = rules_->zone->get_info(local);
    cached_offset_s_ = info.first.offset.count();
    cached_span_ = span;
  }
  return Timestamp::from_unix_seconds(local_seconds - cached_offset_s_);
}

std::int64_t TimeZone::to_local(Timestamp time) const {
  const std::int64_t seconds = time.unix_seconds();
  if (!rules_) return seconds + fixed_offset_s_;
  const date::sys_seconds instant{std::chrono::seconds(seconds)};
  return seconds + rules_->zone->get_info(instant).offset.count();
}

}  // namespace vedette::base
