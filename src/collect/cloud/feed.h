// Owns: what every feed of a cloud service is to the lane that runs it and to those who watch it.
// Promises: a turn is one bounded piece of work (a page, a detail), so feeds of a lane take turns;
// after a failure a feed wants its next turn later, never at once. Must not know: other feeds.
// One thread but for `status`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"
#include "ports/journal.h"

namespace vedette::collect::cloud {

struct BackFillStatus {
  bool is_wanted = false;               // there is something to read yet
  base::Timestamp reached, goal;        // read down to; as far as it goes
  std::optional<double> requests_left;  // about; empty: nobody can say yet
  std::optional<base::Duration>
      estimate;      // until it is done, beside its lane's others; by the lane
  std::string note;  // why it went less far than asked for
};

// The last whole pull: what the service said there was, and what came.
struct PullStatus {
  base::Timestamp from, to, ended;
  std::uint64_t pages = 0, fetched = 0, fresh = 0;
  std::optional<std::uint64_t> reported;  // by services that count
};

struct FeedStatus {
  std::string source;  // "graph:contoso:sign-ins:interactive"
  std::string title;   // "interactive sign-ins"
  std::string state;   // "starting", "ok", "limited", "waiting", "refused"
  std::string trouble, remedy;
  base::Timestamp trouble_since;
  base::Timestamp read_until;
  base::Duration overlap;
  base::Duration lateness_max;  // of a record, measured since the last sweep
  PullStatus last_pull;
  BackFillStatus back_fill;
  std::uint64_t pulls = 0, pages = 0, records = 0, fresh = 0, failures = 0;
};

// Puts a record into the journal; false only when a stop was asked for and it is not there.
using CommitRecord = std::function<bool(ports::RawRecord record, const std::stop_token& stop)>;
using CursorOf = std::function<base::Result<std::optional<std::string>>(const std::string& source)>;

class Feed {
 public:
  virtual ~Feed() = default;
  // On the monotonic clock: when it wants its next live turn.
  [[nodiscard]] virtual base::Duration due() const = 0;
  virtual void live_turn(const std::stop_token& stop) = 0;
  // When it wants its next turn of back-fill; nothing: there is none to do.
  [[nodiscard]] virtual std::optional<base::Duration> back_fill_due() const = 0;
  virtual void back_fill_turn(const std::stop_token& stop) = 0;
  // A live pull that begins from now on is wanted at once. From any thread.
  virtual void hurry() {}
  // It has pulled everything once since it was made, or cannot.
  [[nodiscard]] virtual bool has_pulled() const = 0;
  // From any thread.
  [[nodiscard]] virtual FeedStatus status() const = 0;
};

}  // namespace vedette::collect::cloud
