// Owns: what is known of each source's rhythm, and the records about it: how much came, how late,
// how much of it could be read, whether it fell silent. Promises: a source that was seen once is
// told of in each report from then on. Must not know: how the records are kept. One thread.
#pragma once

#include <map>
#include <string>

#include "app/trunk.h"
#include "base/time.h"
#include "collect/line_source.h"
#include "normalise/health_rows.h"

namespace vedette::app {

// How much came and how much of it could be read.
void put_counts(const SourceCounts& count, normalise::SourceHealth& health);

class SourceHealthBook {
 public:
  // One record a source, as text of the format normalise::health_format; empty when none is known.
  // `counts`: of the `interval` since the last report, at least a second.
  [[nodiscard]] std::string report(const std::map<std::string, SourceCounts>& counts,
                                   const collect::Progress& progress, base::Timestamp now,
                                   base::Duration interval);

 private:
  struct Rhythm {
    std::string format;
    double records_a_minute = 0;  // in a usual interval, of those with any
    int intervals = 0;            // that brought something
    base::Timestamp last_received;
    base::Duration longest_silence;  // that was broken
  };
  std::map<std::string, Rhythm> rhythms_;
};

}  // namespace vedette::app
