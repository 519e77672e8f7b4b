#include "normalise/line_stamp.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "normalise/stamp_parts.h"

namespace vedette::normalise {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::size_t rfc3339_second_bytes = 19;  // "2026-06-01T08:15:30"
constexpr Duration year_slack = Duration::hours(48);
constexpr int zone_votes_needed = 3;

}  // namespace

StampReader::StampReader(StampOptions options) : options_(std::move(options)) {
  cached_text_.fill('\n');  // which no line holds
}

void StampReader::set_zone(base::TimeZone zone) {
  options_.zone = std::move(zone);
  cached_text_.fill('\n');  // the cached instant was made with the old zone
}

bool StampReader::read_anew(std::string_view line, Stamp& stamp) {
  if (is_digit(line[0])) return read_rfc3339(line, stamp);
  return read_rfc3164(line, stamp);
}

bool StampReader::read_rfc3164(std::string_view line, Stamp& stamp) {
  stamp.length = rfc3164_bytes;
  stamp.has_fraction = false;
  const char* p = line.data();
  if (p[3] != ' ' || p[6] != ' ' || p[15] != ' ') return false;
  const int month = month_of(p);
  const int day = two_digits(p + 4);
  const std::int64_t second_of_day = time_of_day(p + 7);
  if (month == 0 || day < 1 || day > 31 || second_of_day < 0) return false;
  stamp.time = resolve_year(month, day, second_of_day);
  std::memcpy(cached_text_.data(), line.data(), rfc3164_bytes);
  cached_time_ = stamp.time;
  last_ = stamp.time;
  last_was_rfc3164_ = true;
  return true;
}

// Lines move forward: the year is the first that does not put the line (much) before the one above
// it. The first line's year is the last that does not put it after the file's time of change.
Timestamp StampReader::resolve_year(int month, int day, std::int64_t second_of_day) {
  const auto at_year = [&](int year) {
    while (month == 2 && day == 29 && !base::is_leap_year(year)) --year;
    last_local_s_ = base::days_from_civil(year, month, day) * 86400 + second_of_day;
    return options_.zone.to_utc(last_local_s_);
  };
  const auto year_of = [](Timestamp t) {
    return base::civil_from_days(t.unix_seconds() / 86400).year;
  };
  if (!last_.is_set()) {
    if (options_.year) return at_year(*options_.year);
    const int year = year_of(reference_);
    const Timestamp candidate = at_year(year);
    return candidate > reference_ + Duration::hours(24) ? at_year(year - 1) : candidate;
  }
  int year = year_of(last_) - 1;
  Timestamp candidate = at_year(year);
  while (candidate < last_ - year_slack && year <= year_of(last_)) candidate = at_year(++year);
  // Past the file's last change: the line is an older one out of order, not one of the next year.
  const bool beyond = !options_.year && candidate > reference_ + Duration::hours(24);
  return beyond && candidate > last_ + year_slack ? at_year(year - 1) : candidate;
}

bool StampReader::read_rfc3339(std::string_view line, Stamp& stamp) {
  if (line.size() < rfc3339_second_bytes + 2) return false;
  const char* p = line.data();
  if (std::memcmp(p, cached_second_text_.data(), rfc3339_second_bytes) != 0) {
    if (p[4] != '-' || p[7] != '-' || (p[10] != 'T' && p[10] != ' ')) return false;
    const int century = two_digits(p), of_century = two_digits(p + 2);
    const int month = two_digits(p + 5), day = two_digits(p + 8);
    const std::int64_t second_of_day = time_of_day(p + 11);
    if (century < 0 || of_century < 0 || month < 1 || month > 12 || day < 1 || day > 31)
      return false;
    if (century * 100 + of_century < 1 || second_of_day < 0) return false;
    cached_second_ =
        base::days_from_civil(century * 100 + of_century, month, day) * 86400 + second_of_day;
    std::memcpy(cached_second_text_.data(), p, rfc3339_second_bytes);
  }
  std::size_t at = rfc3339_second_bytes;
  std::int64_t fraction_ticks = 0;
  stamp.has_fraction = line[at] == '.' || line[at] == ',';
  if (stamp.has_fraction) {
    std::int64_t unit = base::ticks_per_second / 10;
    for (++at; at < line.size() && is_digit(line[at]); ++at, unit /= 10)
      fraction_ticks += (line[at] - '0') * unit;
  }
  const auto offset = read_offset(line, at);
  if (at >= line.size() || line[at] != ' ') return false;
  Timestamp second = offset ? Timestamp::from_unix_seconds(cached_second_ - *offset)
                            : options_.zone.to_utc(cached_second_);
  stamp.time = {second.ticks + fraction_ticks};
  stamp.length = at + 1;
  last_ = stamp.time;
  last_was_rfc3164_ = !offset;
  last_local_s_ = cached_second_;
  return true;
}

bool StampReader::learn_zone(Timestamp received) {
  if (!last_was_rfc3164_ || !options_.learn_zone) return false;
  const auto offset = infer_offset(last_local_s_, received, Duration::seconds(90));
  const std::int64_t current_s = last_local_s_ - options_.zone.to_utc(last_local_s_).unix_seconds();
  if (!offset || offset->whole_seconds() == current_s) {
    zone_votes_ = 0;
    return false;
  }
  zone_votes_ = offset->whole_seconds() == zone_vote_s_ ? zone_votes_ + 1 : 1;
  zone_vote_s_ = offset->whole_seconds();
  if (zone_votes_ < zone_votes_needed) return false;
  set_zone(base::TimeZone::fixed(*offset));
  zone_votes_ = 0;
  return true;
}

std::optional<Duration> infer_offset(std::int64_t local_seconds, Timestamp written,
                                     Duration tolerance) {
  constexpr std::int64_t quarter_s = 900;
  const std::int64_t difference_s = local_seconds - written.unix_seconds();
  const std::int64_t half = difference_s < 0 ? -quarter_s / 2 : quarter_s / 2;
  const std::int64_t offset_s = (difference_s + half) / quarter_s * quarter_s;
  if (std::abs(difference_s - offset_s) > tolerance.whole_seconds()) return std::nullopt;
  if (offset_s < -12 * 3600 || offset_s > 14 * 3600) return std::nullopt;
  // Offsets in use are whole half hours, but for Nepal, Eucla and Chatham (tzdata 2024).
  const bool in_use = offset_s % 1800 == 0 || offset_s == 20'700 || offset_s == 31'500 ||
                      offset_s == 45'900 || offset_s == 49'500;
  if (!in_use) return std::nullopt;
  return Duration::seconds(offset_s);
}

}  // namespace vedette::normalise
