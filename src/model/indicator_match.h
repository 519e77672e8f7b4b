// Owns: what passes from the matcher to the detection `indicator_match`: an event that holds what
// an indicator is about. Promises: plain data that owns its text. Must not know: how it was found,
// what becomes of it. Passed by value between threads.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "model/indicator.h"

namespace vedette::model {

// Where in the event it stood: the side that something came from, that it went to, or neither.
enum class ObservedSide : std::uint8_t { source, destination, named };
// How it ended, as far as the event says.
enum class ObservedOutcome : std::uint8_t { unknown, blocked, log_in_failed, log_in_succeeded };

struct IndicatorMatch {
  std::uint64_t event_id = 0;  // _ItemId; 0: it has none
  std::uint64_t event_count = 1;
  base::Timestamp time;      // event time
  base::Timestamp received;  // when it reached us
  std::string table, column;
  Observable observed;  // what the event says, in its canonical form: an address in a network ...
  ObservedSide side = ObservedSide::named;
  ObservedOutcome outcome = ObservedOutcome::unknown;
  std::string account, host, service;  // may be empty, may hold anything
  MatchedIndicator indicator;
};

}  // namespace vedette::model
