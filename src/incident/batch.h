// Owns: the working copy of the incidents that one batch of news touches, until it is committed.
// Promises: reads the store only for what the batch needs; writes nothing. Must not know: threads,
// transactions. One batch, one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "incident/grouping.h"
#include "incident/incident_book.h"

namespace vedette::incident {

class Batch {
 public:
  Batch(ports::IncidentStore& store, const BookSettings& settings, base::Timestamp now)
      : store_(store), settings_(settings), now_(now) {}

  [[nodiscard]] base::Result<void> take(const AlertNews& news);
  [[nodiscard]] base::Result<void> take(const model::IncidentReading& reading);
  // What all of it comes to.
  [[nodiscard]] ports::IncidentCommit commit() const;
  [[nodiscard]] const Recorded& counts() const { return counts_; }

 private:
  struct Draft {
    model::Incident incident;
    std::size_t order = 0;  // in which the batch came to it
    bool changed = false;
    std::vector<model::TimelineEntry> entries;
    std::set<std::uint64_t> joined;  // alerts that joined in this batch
    std::set<std::uint64_t> told;    // alerts of which people must hear

    // The smaller, the older: kept ones by number, then this batch's.
    [[nodiscard]] std::pair<bool, std::uint64_t> age() const {
      return {incident.number == 0, incident.number == 0 ? order : incident.number};
    }
  };

  base::Result<Draft*> holder_of(std::uint64_t alert_id);
  base::Result<Draft*> incident_to_join(const model::Alert& alert);
  Draft& load(model::Incident incident);
  void remember(Draft& draft, const model::Alert& alert);

  void open(const model::Alert& alert);
  void join(Draft& draft, const model::Alert& alert);
  base::Result<void> apply(Draft& draft, model::Alert& known, const model::Alert& alert);
  void go_on_after_closing(Draft& draft, const model::Alert& alert);
  base::Result<void> settle_withdrawal(Draft& draft, const model::Alert& alert);
  base::Result<Draft*> survivor_of(const model::Alert& withdrawn);
  void close(Draft& draft, model::Classification classification, const std::string& comment);
  void refresh(Draft& draft);
  void note(Draft& draft, model::TimelineKind kind, base::Timestamp event, std::string text);
  void append_messages(const Draft& draft, std::size_t index, ports::IncidentCommit& commit) const;

  ports::IncidentStore& store_;
  const BookSettings& settings_;
  const base::Timestamp now_;
  std::deque<Draft> drafts_;  // addresses stay
  std::unordered_map<std::uint64_t, Draft*> by_alert_, by_number_;
  std::unordered_multimap<std::string, Draft*> by_entity_;
  Recorded counts_;
};

}  // namespace vedette::incident
