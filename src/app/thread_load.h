// Owns: what a thread is called for those who watch the process (top -H), and what processor time
// it took, by station of an event's way. Promises: plain numbers, for metrics only: nothing is
// decided by them. Must not know: what the stations do. The thread that is measured.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vedette::app {

// The calling one; at most 15 letters.
void name_thread(const char* name);
// What the calling one took of a processor.
[[nodiscard]] double thread_cpu_seconds();

enum class Station : std::uint8_t { journal, normalise, enrich, rows, store, detect, incident };
inline constexpr std::size_t station_count = 7;
inline constexpr std::array<const char*, station_count> station_names{
    "journal", "normalise", "enrich", "rows", "store", "detect", "incident"};

class StationLoad {
 public:
  // What the calling thread did since the last call was this station's.
  void add(Station station);
  // What another thread did for it.
  void add(Station station, double seconds);
  // Since the last call, but for nobody.
  void skip();
  [[nodiscard]] const std::array<double, station_count>& cpu_seconds() const { return seconds_; }

 private:
  double last_ = 0;
  std::array<double, station_count> seconds_{};
};

}  // namespace vedette::app
