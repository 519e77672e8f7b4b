// Owns: incidents, their timelines, the messages that must go out, and how far detection is: what
// must change together. Real body: store/sqlite/sqlite_incidents.h (state.db). Fake:
// test/fakes/memory_incident_store.h. Contract: test/contract/incident_store_contract.h.
// Promises: `commit` is one durable transaction; an incident's identity is unique, an outbox
// message's key is unique (committing it again changes nothing), the watermark never goes back.
// Must not know: how incidents are grouped, what a message says. Any thread; writers wait for each
// other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/incident.h"
#include "model/notice.h"

namespace vedette::ports {

enum class OutboxState : std::uint8_t { waiting, sent, failed, unneeded };

// One message to one channel about one change of one incident.
struct OutboxMessage {
  std::int64_t id = 0;         // given by the store, in the order of commit
  std::string key;             // idempotency key and stem of a mail's Message-ID; unique
  std::uint64_t incident = 0;  // its number
  std::string channel;         // the configured channel's name
  model::AlertChange change = model::AlertChange::opened;
  model::Alert alert;  // as it was at the change
  OutboxState state = OutboxState::waiting;
  int attempts = 0;
  bool maybe_delivered = false;  // an attempt began whose end is not known
  base::Timestamp created, next_attempt, settled;
  std::string remote_id;   // of the message at the service, once sent
  std::string error;       // the last one, safe to show
  std::string batch;       // the digest that tells it with others, by its key; empty: on its own
  std::string via;         // the channel in whose place this one tells it; empty: it is its own
  bool fell_back = false;  // another channel tells it too
  std::optional<model::Notice> notice;  // a policy tells it; empty: it tells the alert's change
  bool operator==(const OutboxMessage&) const = default;
};

// What holds a message back that no attempt was made of yet; the default holds nothing.
struct HoldRules {
  // Only incidents that have a waiting message of that severity or above (quiet hours).
  model::Severity least_severity = model::Severity::informational;
  // Not when a message about the same subject (model/subject.h), as severe or more, was sent
  // since then, unless one that waits for the incident is more severe or takes it back (cool-down).
  // Unset: whatever was sent.
  base::Timestamp told_since = {};
  bool edits = false;  // nor does that hold a message whose alert has a name at the service
};

// What the outbox's worker changes in one transaction: messages as they are now, messages that are
// added (a key that is there already adds nothing), entries on timelines.
struct OutboxRecord {
  std::vector<OutboxMessage> messages = {};
  std::vector<OutboxMessage> added = {};
  std::vector<model::TimelineEntry> receipts = {};
};

// What one transaction changes. Incidents with number 0 get the next one; a timeline entry or
// message with incident 0 belongs to `incidents[incident_index]`. An incident whose `revision` is
// not the one in the store was changed by somebody else meanwhile, and one with number 0 whose
// identity is there was made by somebody else: nothing is committed, and the error is unavailable
// (read it again). A watermark below the store's leaves the store's; a checkpoint is of the
// commit's watermark and needs one.
struct IncidentCommit {
  std::vector<model::Incident> incidents = {};  // new or changed, whole
  struct Entry {
    std::size_t incident_index = 0;
    model::TimelineEntry entry;
  };
  std::vector<Entry> timeline = {};
  struct Outgoing {
    std::size_t incident_index = 0;
    OutboxMessage message;
  };
  std::vector<Outgoing> messages = {};
  std::optional<std::uint64_t> watermark = {};  // journal position that detection has done
  std::optional<std::string> detector_checkpoint =
      {};  // the detectors' state at that position, bytes
};

struct Checkpoint {
  std::uint64_t position = 0;
  std::string state;
};

// What may be forgotten: incidents that were closed before that moment, with their timelines and
// messages; and messages of incidents that are closed that were settled before that one. What
// still has a message that waits stays. A bite of it, so that writers wait but a moment.
struct IncidentRetention {
  base::Timestamp closed_before, settled_before;
  std::size_t limit = 500;  // of each
};

struct ForgottenIncidents {
  std::uint64_t incidents = 0, messages = 0;
};

struct IncidentFilter {
  std::optional<model::IncidentStatus> status = {};
  bool open_only = false;  // New and Active
  std::optional<model::Severity> least_severity = {};
  std::string owner = {};  // empty: any
  std::size_t limit = 100;
  std::uint64_t before_number = 0;  // for paging, newest first; 0: from the newest
  base::Timestamp updated_since = {};
};

class IncidentStore {
 public:
  virtual ~IncidentStore() = default;
  // The numbers of the commit's incidents, in their order.
  [[nodiscard]] virtual base::Result<std::vector<std::uint64_t>> commit(
      const IncidentCommit& change) = 0;
  [[nodiscard]] virtual base::Result<std::optional<model::Incident>> find(std::uint64_t number) = 0;
  // The incident that holds the alert of that id.
  [[nodiscard]] virtual base::Result<std::optional<model::Incident>> find_by_alert(
      std::uint64_t alert_id) = 0;
  // Incidents that are not closed and hold an alert, not withdrawn, whose first entity is that one:
  // the oldest limits::open_incidents_compared_max, oldest first.
  [[nodiscard]] virtual base::Result<std::vector<model::Incident>> find_open(
      const model::Entity& grouping) = 0;
  [[nodiscard]] virtual base::Result<std::vector<model::Incident>> list(
      const IncidentFilter& filter) = 0;
  // In the order of commit; the newest limits::timeline_entries_max.
  [[nodiscard]] virtual base::Result<std::vector<model::TimelineEntry>> timeline(
      std::uint64_t number) = 0;
  // Call again while it forgets something.
  [[nodiscard]] virtual base::Result<ForgottenIncidents> forget(
      const IncidentRetention& retention) = 0;
  // 0 at the beginning.
  [[nodiscard]] virtual base::Result<std::uint64_t> watermark() = 0;
  [[nodiscard]] virtual base::Result<std::optional<Checkpoint>> detector_checkpoint() = 0;

  // The outbox. Messages of one channel that are due, in the order of commit; a message of an
  // incident whose earlier one to the same channel still waits is not due. A next attempt further
  // away than limits::retry_after_s_max was noted before the clock was set back, and is due.
  [[nodiscard]] virtual base::Result<std::vector<OutboxMessage>> due(std::string_view channel,
                                                                     base::Timestamp now,
                                                                     std::size_t limit,
                                                                     const HoldRules& hold) = 0;
  // Those that wait and are told together under that key, in the order of commit.
  [[nodiscard]] virtual base::Result<std::vector<OutboxMessage>> batch(std::string_view channel,
                                                                       std::string_view key) = 0;
  // Those that wait since before that moment, tell of no other channel's, and are told by no other.
  [[nodiscard]] virtual base::Result<std::vector<OutboxMessage>> overdue(
      std::string_view channel, base::Timestamp created_before, std::size_t limit) = 0;
  // How often something was sent there since then; a digest counts once.
  [[nodiscard]] virtual base::Result<std::uint64_t> sent_since(std::string_view channel,
                                                               base::Timestamp since) = 0;
  // The messages that wait behind this one: later, about the same alert, to the same channel, in
  // the order of commit.
  [[nodiscard]] virtual base::Result<std::vector<OutboxMessage>> behind(
      const OutboxMessage& message, std::size_t limit) = 0;
  // What the newest message about that alert to that channel that has a name at the service is
  // called there; empty when there is none.
  [[nodiscard]] virtual base::Result<std::string> remote_id(std::string_view channel,
                                                            std::uint64_t alert_id) = 0;
  // The same of any message about that incident: what its ticket is called.
  [[nodiscard]] virtual base::Result<std::string> ticket(std::string_view channel,
                                                         std::uint64_t incident) = 0;
  // State, change, attempts, times, remote id, error, batch and fell_back as they are now. An
  // unknown message or incident: nothing is changed.
  [[nodiscard]] virtual base::Result<void> record(const OutboxRecord& record) = 0;
  [[nodiscard]] virtual base::Result<std::uint64_t> waiting(std::string_view channel) = 0;
  // The newest first.
  [[nodiscard]] virtual base::Result<std::vector<OutboxMessage>> outbox(
      std::optional<OutboxState> state, std::size_t limit) = 0;
};

[[nodiscard]] constexpr std::string_view name_of(OutboxState state) {
  switch (state) {
    case OutboxState::waiting:
      return "waiting";
    case OutboxState::sent:
      return "sent";
    case OutboxState::failed:
      return "failed";
    case OutboxState::unneeded:
      return "unneeded";
  }
  return "waiting";
}

}  // namespace vedette::ports
