// Owns: how much a back-fill has yet to read, told from what was read so far. Promises: days of the
// week have their own density (weekends are quieter); a weekday that was not seen yet counts as the
// busiest that was, so that an early word is too long rather than too short; nothing is told before
// three days were read, so that who goes on after a kill on a Sunday does not take all days for
// quiet ones. Must not know: pages, services. A value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "collect/cloud/listing.h"

namespace vedette::collect::cloud {

class BackFillForecast {
 public:
  // That many records were in it.
  void note(const Window& window, std::uint64_t records);
  // About how many will be in these; empty: nobody can say yet.
  [[nodiscard]] std::optional<double> records_in(const std::vector<Window>& windows) const;

 private:
  struct Weekday {
    double records = 0, seconds = 0;
  };
  std::array<Weekday, 7> days_{};
  double seconds_ = 0;
};

}  // namespace vedette::collect::cloud
