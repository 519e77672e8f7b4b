// A record as a tailed file would hand it to the journal.
#pragma once

#include <string>

#include "ports/journal.h"

namespace vedette::fakes {

[[nodiscard]] inline ports::RawRecord raw_record(const std::string& payload,
                                                 const std::string& cursor = "",
                                                 std::int64_t received_s = 1'780'000'000) {
  ports::RawRecord record;
  record.source = "file:/var/log/auth.log";
  record.format = "authlog";
  record.cursor = cursor;
  record.received = base::Timestamp::from_unix_seconds(received_s);
  record.payload = payload;
  return record;
}

}  // namespace vedette::fakes
