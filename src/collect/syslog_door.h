// Owns: what every way of syslog over the network has in common for who takes its messages.
// Promises: `next` gives messages in the form of model/sent_messages.h, each with the address that
// it came from. Nothing more is read before `next` is called again, so who calls it only after what
// it gave is safe makes the senders wait (as far as their transport can). Must not know: what
// messages say, the journal. One thread, but `counts`: any.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "base/time.h"
#include "collect/line_source.h"

namespace vedette::collect {

struct SyslogDoorCounts {
  std::uint64_t messages = 0, bytes = 0;  // taken
  std::uint64_t cut = 0;                  // of these: too long, or not whole
  std::uint64_t refused = 0;  // connections and datagrams of senders that may not, or are too many
  std::uint64_t connections = 0;  // open
  std::uint64_t dropped = 0;      // datagrams that came faster than they could be taken
};

class SyslogDoor {
 public:
  virtual ~SyslogDoor() = default;
  // What came. Waits for it at most that long; may return sooner, with nothing.
  [[nodiscard]] virtual base::Result<std::string> next(base::Duration wait,
                                                       const std::stop_token& stop) = 0;
  // Lets nobody in any more. What was sent until now is given by `next` with no wait.
  virtual void close() = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::vector<SourceNotice> take_notices() = 0;
  [[nodiscard]] virtual SyslogDoorCounts counts() const = 0;
};

}  // namespace vedette::collect
