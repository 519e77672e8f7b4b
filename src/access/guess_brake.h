// Owns: how long who guesses passwords must wait. Promises: after a few wrong ones each further one
// doubles the wait, up to its pace's longest, per account and per address; nobody is locked out for
// ever; an attempt that comes too early is not looked at and does not lengthen the wait; a browser
// that the user logged in with before is counted by itself, so that who guesses elsewhere does not
// keep the owner out; memory is bounded. Must not know: passwords. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "access/access_limits.h"
#include "base/time.h"

namespace vedette::access {

// How far the wait grows, and when a story is forgotten.
struct GuessPace {
  base::Duration wait_max = guess_wait_max, forgotten_after = guesses_forgotten_after;
};

class GuessBrake {
 public:
  explicit GuessBrake(GuessPace pace = {}) : pace_(pace) {}

  // The keys of an attempt: the account's or the known browser's, and the address's.
  using Keys = std::vector<std::string>;

  // How long until the next attempt is looked at; zero: now.
  [[nodiscard]] base::Duration wait(const Keys& keys, base::Duration now) const;
  void note_wrong(const Keys& keys, base::Duration now);
  void note_right(const Keys& keys);

 private:
  struct Story {
    int wrong = 0;
    base::Duration last, until;
  };
  void forget_old(base::Duration now);

  GuessPace pace_;
  std::map<std::string, Story> stories_;
};

}  // namespace vedette::access
