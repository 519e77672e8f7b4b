#include "simulate/live.h"

#include <cassert>
#include <string>

namespace vedette::simulate {

base::Result<void> write_live(AuthlogGenerator& generator, base::Timestamp start, int speed,
                              const TextSink& sink, ports::Clock& clock,
                              const std::stop_token& stop) {
  assert(speed >= 1);
  const base::Duration began = clock.monotonic();
  std::string line;
  while (const auto time = generator.append_line(line)) {
    const base::Duration due{began.ticks + (*time - start).ticks / speed};
    const base::Duration wait{due.ticks - clock.monotonic().ticks};
    if (stop.stop_requested() || (wait.ticks > 0 && !clock.sleep(wait, stop))) break;
    VEDETTE_TRY_VOID(sink(line));
    line.clear();
  }
  generator.finish();
  return {};
}

}  // namespace vedette::simulate
