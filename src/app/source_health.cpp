#include "app/source_health.h"

#include <fmt/format.h>

#include <algorithm>

#include "normalise/health_rows.h"

namespace vedette::app {
namespace {

// A source is silent when it says nothing for three times the longest pause it ever made, and at
// least this long.
constexpr base::Duration silence_least = base::Duration::minutes(15);
constexpr int intervals_known = 5;    // before its rhythm counts
constexpr double rhythm_share = 0.1;  // of each new interval
constexpr double parse_rate_bad = 0.8;

}  // namespace

void put_counts(const SourceCounts& count, normalise::SourceHealth& health) {
  health.records = static_cast<std::int64_t>(count.records);
  health.bytes = static_cast<std::int64_t>(count.bytes);
  health.lines = static_cast<std::int64_t>(count.lines);
  health.events = static_cast<std::int64_t>(count.events);
  health.unreadable = static_cast<std::int64_t>(count.unreadable);
  if (count.lines > 0)
    health.parse_rate =
        1 - static_cast<double>(count.unreadable) / static_cast<double>(count.lines);
}

std::string SourceHealthBook::report(const std::map<std::string, SourceCounts>& counts,
                                     const collect::Progress& progress, base::Timestamp now,
                                     base::Duration interval) {
  for (const auto& [source, count] : counts) rhythms_.try_emplace(source);
  const double minutes = interval.as_seconds() / 60;
  const double known_bytes = static_cast<double>(progress.bytes_known_total);
  std::string text;
  for (auto& [source, rhythm] : rhythms_) {
    const auto found = counts.find(source);
    const SourceCounts count = found == counts.end() ? SourceCounts{} : found->second;
    normalise::SourceHealth health;
    health.time = now;
    health.source = source;
    if (!count.format.empty()) rhythm.format = count.format;
    health.format = rhythm.format;
    health.interval_s = interval.whole_seconds();
    put_counts(count, health);
    if (count.timed_records > 0) {
      health.lateness_s = count.lateness_s_sum / static_cast<double>(count.timed_records);
      health.lateness_s_max = count.lateness_s_max;
    }
    if (known_bytes > 0)
      health.completeness = static_cast<double>(progress.bytes_read) / known_bytes;
    if (rhythm.intervals >= intervals_known)
      health.records_expected = rhythm.records_a_minute * minutes;
    if (count.records > 0) {
      if (rhythm.last_received.is_set())
        rhythm.longest_silence =
            std::max(rhythm.longest_silence, count.last_received - rhythm.last_received);
      const double records = static_cast<double>(count.records) / minutes;
      rhythm.records_a_minute +=
          rhythm.intervals == 0 ? records : rhythm_share * (records - rhythm.records_a_minute);
      ++rhythm.intervals;
      rhythm.last_received = count.last_received;
    }
    const base::Duration silence =
        rhythm.last_received.is_set() ? now - rhythm.last_received : base::Duration{};
    health.silence_s = silence.as_seconds();
    const base::Duration usual{std::max(silence_least.ticks, rhythm.longest_silence.ticks * 3)};
    health.state = "ok";
    if (silence > usual) {
      health.state = "silent";
      health.message = fmt::format("nothing came for {}", base::format_duration(silence));
    } else if (health.parse_rate && *health.parse_rate < parse_rate_bad) {
      health.state = "unreadable";
      health.message =
          fmt::format("{} of {} lines could not be read", count.unreadable, count.lines);
    } else if (progress.catching_up) {
      health.state = "behind";
      health.message = "content that was there before is still being read";
    }
    text += normalise::format_health(health);
  }
  return text;
}

}  // namespace vedette::app
