// Owns: Vedette's own records about its sources (rhythm, lateness, parse rate, completeness) as
// text, and as rows of `VedetteSourceHealth`. They go through the journal like what other sources
// say, so that they too are stored once. Promises: what is written is read back whole; a line that
// is no such record is told as unreadable. Must not know: how the numbers come about. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/raw_batch.h"
#include "model/table_batch.h"
#include "normalise/quarantine_rows.h"

namespace vedette::normalise {

inline constexpr std::string_view health_table = "VedetteSourceHealth";
inline constexpr std::string_view health_format = "vedette.health";
inline constexpr std::string_view health_source = "vedette:health";

struct SourceHealth {
  base::Timestamp time;  // the end of the interval
  std::string source, format;
  std::int64_t interval_s = 0;
  std::int64_t records = 0, bytes = 0, lines = 0, events = 0, unreadable = 0;
  std::optional<double> parse_rate;  // understood of what should have been; none: nothing came
  std::optional<double> lateness_s, lateness_s_max;  // from event to receipt, live lines
  double silence_s = 0;                              // since the last record
  std::optional<double> records_expected;            // as the source's rhythm was; none: not known
  std::optional<double> completeness;  // of what is known to be there, how much is here
  std::string state;                   // "ok", "silent", "behind", "unreadable"
  std::string message;                 // for people; empty when all is well
};

// One line, with its end.
[[nodiscard]] std::string format_health(const SourceHealth& health);

class HealthRows {
 public:
  // Lines that are no such record go to the quarantine.
  void add(const model::RawBatch& batch, QuarantineRows& quarantine);
  [[nodiscard]] std::optional<model::TableBatch> take();

 private:
  bool add_line(const model::RawBatch& batch, std::string_view line);

  model::TableBatch rows_{std::string(health_table)};
};

}  // namespace vedette::normalise
