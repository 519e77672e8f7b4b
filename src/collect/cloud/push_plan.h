// Owns: what of our indicators another system is to have, and from what it was told already, what
// it must be told next: an indicator, its withdrawal, or nothing. Promises: an older version never
// takes a newer one's place; what was never sent is never withdrawn; what ended by itself needs no
// telling; what was withdrawn and holds again comes under another id, since a withdrawal there is
// for good. Must not know: how it is sent. Pure but for the ledger; any thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/indicator.h"
#include "ports/push_ledger.h"

namespace vedette::collect::cloud {

// Which indicators; what is empty or zero asks for nothing.
struct PushFilter {
  std::vector<std::string> sources;       // whose, as tables name them
  std::set<model::ObservableType> types;  // that it speaks of one of these
  int confidence = 0;                     // at least

  [[nodiscard]] bool has(const model::Indicator& indicator) const;
  // Another text for another filter.
  [[nodiscard]] std::string text() const;
};

struct StoredIndicator {
  model::Indicator indicator;
  base::Timestamp received;
};

// An indicator as the other system takes it, under that id. `modified`: the time of change it is
// told; what has no times of its own gets that one. Unset: both are left out, for comparisons.
using WriteIndicator = std::function<std::string(const model::Indicator& indicator,
                                                 const std::string& id, base::Timestamp modified)>;
// The id of a later generation: the same for the same.
using RenewId =
    std::function<std::string(const std::string& source, const std::string& id, std::uint32_t)>;

struct PlannedPush {
  std::string object;  // as it is sent
  bool is_withdrawal = false;
  bool is_new = false;         // nothing of it is there yet
  ports::PushedIndicator row;  // as it is once it was sent
};

class PushPlan {
 public:
  // All outlive it.
  PushPlan(std::string push, PushFilter filter, ports::PushLedger& ledger, WriteIndicator write,
           RenewId renew)
      : push_(std::move(push)),
        filter_(std::move(filter)),
        ledger_(ledger),
        write_(std::move(write)),
        renew_(std::move(renew)) {}

  // In the order in which they were received; of several versions the one that holds.
  [[nodiscard]] base::Result<std::vector<PlannedPush>> plan(
      const std::vector<StoredIndicator>& stored, base::Timestamp now) const;

 private:
  [[nodiscard]] std::optional<PlannedPush> plan_one(
      const StoredIndicator& stored, const std::optional<ports::PushedIndicator>& known,
      base::Timestamp now) const;

  const std::string push_;
  const PushFilter filter_;
  ports::PushLedger& ledger_;
  const WriteIndicator write_;
  const RenewId renew_;
};

}  // namespace vedette::collect::cloud
