// Owns: the pace of a simulated log that is written while somebody watches: each line when its own
// stamp is due, or `speed` times faster.
// Promises: a line is never early; when the writer was held up, it catches up without skipping.
// Must not know: files. Blocks the calling thread until the log ends or stop is asked for.
#pragma once

#include <stop_token>

#include "base/result.h"
#include "ports/clock.h"
#include "simulate/authlog.h"

namespace vedette::simulate {

// `start` is the options' start: the line with that stamp is due at once. `speed` is at least 1.
// Each call of `sink` is one whole line. When stopped early, the generator is finished there.
[[nodiscard]] base::Result<void> write_live(AuthlogGenerator& generator, base::Timestamp start,
                                            int speed, const TextSink& sink, ports::Clock& clock,
                                            const std::stop_token& stop);

}  // namespace vedette::simulate
