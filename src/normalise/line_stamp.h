// Owns: the time stamp at the head of a log line. RFC 3164 ("Oct 25 10:00:01", local time, no year)
// and RFC 3339 ("2026-06-01T08:15:30.123456+02:00", also "+0200" as the journal writes it).
// Promises: the year of an RFC 3164 stamp is inferred (the file's time of change says when its
// lines end, and lines move forward), the zone is the one given, or inferred from lines that are
// written while we watch. A stamp equal to the line before costs one comparison of 16 bytes. Must
// not know: what follows the stamp. One instance a source; called from one thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "base/time_zone.h"

namespace vedette::normalise {

struct StampOptions {
  base::TimeZone zone;      // of stamps that name none
  std::optional<int> year;  // of the first line's stamp, when it names none; inferred otherwise
  // May lines that are written while we watch show that the source's clock is in another zone? Not
  // when the user named the zone.
  bool learn_zone = true;
};

struct Stamp {
  base::Timestamp time;
  bool has_fraction = false;  // the stamp tells parts of a second
  std::size_t length = 0;     // bytes of the line up to the host name
};

class StampReader {
 public:
  explicit StampReader(StampOptions options);

  // What the lines' years are measured against: the file's time of change, or the present.
  void set_reference(base::Timestamp reference) { reference_ = reference; }
  // False when the line does not begin with a stamp of a known form.
  [[nodiscard]] bool read(std::string_view line, Stamp& stamp) {
    // Nearly every line of a busy log has the stamp of the line before it.
    if (line.size() < rfc3164_bytes) return false;
    if (std::memcmp(line.data(), cached_text_.data(), rfc3164_bytes) != 0)
      return read_anew(line, stamp);
    stamp = {cached_time_, false, rfc3164_bytes};
    last_was_rfc3164_ = true;
    return true;
  }
  // Tells that the line just read was written at `received`, to within seconds. True when this
  // showed (three lines in a row) that the source's clock is in another zone; it is used from now
  // on.
  bool learn_zone(base::Timestamp received);
  [[nodiscard]] const base::TimeZone& zone() const { return options_.zone; }
  void set_zone(base::TimeZone zone);

 private:
  static constexpr std::size_t rfc3164_bytes = 16;  // "Oct 25 10:00:01 " with its blank

  bool read_anew(std::string_view line, Stamp& stamp);
  bool read_rfc3164(std::string_view line, Stamp& stamp);
  bool read_rfc3339(std::string_view line, Stamp& stamp);
  [[nodiscard]] base::Timestamp resolve_year(int month, int day, std::int64_t second_of_day);

  StampOptions options_;
  base::Timestamp reference_;
  base::Timestamp last_;           // of the latest line, for the year
  std::int64_t last_local_s_ = 0;  // the stamp as written, without its zone
  std::array<char, rfc3164_bytes> cached_text_{};
  base::Timestamp cached_time_;
  std::array<char, 19> cached_second_text_{};
  std::int64_t cached_second_ = INT64_MIN;  // of the RFC 3339 text, without its zone
  bool last_was_rfc3164_ = false;
  int zone_votes_ = 0;
  std::int64_t zone_vote_s_ = 0;
};

// The offset east of UTC, one that is in use somewhere, that makes a local stamp (seconds since
// 1970 as written) fall within `tolerance` of the instant it was written; empty when none from
// -12:00 to +14:00 does.
[[nodiscard]] std::optional<base::Duration> infer_offset(std::int64_t local_seconds,
                                                         base::Timestamp written,
                                                         base::Duration tolerance);

}  // namespace vedette::normalise
