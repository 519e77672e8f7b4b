// Owns: whether somebody set this machine's clock: the wall clock against the steady one, since the
// last look. Promises: each jump is seen once. Must not know: what follows from it. One thread.
#pragma once

#include "base/time.h"
#include "ports/clock.h"

namespace vedette::respond {

// How far the wall clock may leave the steady one before nobody trusts it.
inline constexpr base::Duration clock_jump_max = base::Duration::hours(1);

class ClockWatch {
 public:
  struct Look {
    base::Timestamp now, before;  // of the wall clock; `before` is unset at the first look
    base::Duration drift;         // of the wall clock since then; below zero: it was set back
    base::Duration took;          // the look itself

    [[nodiscard]] bool is_jump(base::Duration slack = {}) const {
      const base::Duration most = clock_jump_max + slack;
      return drift > most || drift < base::Duration{-most.ticks};
    }
  };

  [[nodiscard]] Look look(const ports::Clock& clock) {
    const base::Duration begun = clock.monotonic();
    Look seen{clock.now(), wall_, {}, {}};
    const base::Duration steady = clock.monotonic();
    if (wall_.is_set()) seen.drift = (seen.now - wall_) - (steady - steady_);
    seen.took = steady - begun;
    wall_ = seen.now;
    steady_ = steady;
    return seen;
  }

 private:
  base::Timestamp wall_;
  base::Duration steady_;
};

}  // namespace vedette::respond
