// Owns: reading the journal from a place on, bite by bite, for one consumer. Promises: records come
// in order, each once, from the consumer's own watermark on; it waits when there are no more and is
// woken by the next durable group. Must not know: what a consumer does with them. One thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "journal/durable_position.h"
#include "ports/journal.h"

namespace vedette::journal {

class Replay {
 public:
  Replay(ports::Journal& journal, DurablePosition& durable,
         std::size_t bite_bytes = base::limits::journal_bite_bytes)
      : journal_(journal), durable_(durable), bite_bytes_(bite_bytes) {}

  // The records after that position (the consumer's watermark). Empty: a stop was asked for, or the
  // journal is closed and read to its end. After an error the same call may be made again.
  [[nodiscard]] base::Result<std::vector<ports::JournalRecord>> next(std::uint64_t after,
                                                                     const std::stop_token& stop);

 private:
  ports::Journal& journal_;
  DurablePosition& durable_;
  const std::size_t bite_bytes_;
};

}  // namespace vedette::journal
