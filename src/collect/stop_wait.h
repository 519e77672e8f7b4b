// Owns: waiting for descriptors, for some time, or for a stop, whichever comes first.
// Promises: a stop asked for by another thread ends the wait at once; a time of zero only looks.
// Must not know: what the descriptors are. One thread waits.
#pragma once

#include <poll.h>

#include <span>
#include <stop_token>

#include "base/result.h"
#include "base/time.h"
#include "collect/file_descriptor.h"

namespace vedette::collect {

class StopWait {
 public:
  enum class Woke { ready, time_up, stopped };

  StopWait();
  // The answers (revents) stand in `descriptors` afterwards. At most 64 descriptors.
  [[nodiscard]] base::Result<Woke> wait(std::span<pollfd> descriptors, base::Duration time,
                                        const std::stop_token& stop);

 private:
  FileDescriptor wake_;  // an eventfd that the stop callback writes to
};

}  // namespace vedette::collect
