// Owns: running another program for what it prints. Promises: no shell; what it prints is bounded,
// and so is its time; after a stop or the time it is killed; its errors go nowhere, unless they are
// wanted. Must not know: what programs there are. Blocks the calling thread.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::app {

struct RunWishes {
  base::Duration silent_at_most = base::Duration::minutes(1);  // in all
  bool tells_errors = false;  // what it prints is also its errors, and the message when it fails
};
// Standard output. refused: it is not there, or ended with an error.
[[nodiscard]] base::Result<std::string> run_for_output(const std::vector<std::string>& words,
                                                       const std::stop_token& stop,
                                                       const RunWishes& wishes = {});
// The same without wishes, for those who take a function of words.
[[nodiscard]] inline auto plain_runner() {
  return [](const std::vector<std::string>& words, const std::stop_token& stop) {
    return run_for_output(words, stop);
  };
}

}  // namespace vedette::app
