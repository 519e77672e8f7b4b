// What comes round in a running service: sealing, retention, trimming.
#include <algorithm>

#include "app/service.h"

namespace vedette::app {

using base::Duration;

// Days that are over are sealed, days that are due go, and the journal lets go of what everybody
// has done.
void Service::keep_up() {
  const base::Timestamp now = world_.clock.now();
  const auto problem = [this](const char* what, const base::Error& error) {
    world_.log.warning("upkeep", {{"what", what}, {"error", error.message}});
  };
  auto* store = this->store();
  if (store == nullptr) return;
  if (const auto sealed = store->seal_finished_days(now); !sealed)
    problem("sealing days", sealed.error());
  const Retention kept = retention_.take();
  const auto retained = store->apply_retention(policy_of(kept), now);
  if (!retained)
    problem("retention", retained.error());
  else if (retained->segments_deleted + retained->tables_deleted > 0)
    world_.log.info("retention", {{"days", retained->segments_deleted},
                                  {"tables", retained->tables_deleted},
                                  {"bytes", retained->bytes_freed}});
  forget_incidents(kept, now);
  const auto stored = store->watermark();
  const auto recorded = incidents_->watermark();
  if (!stored || !recorded) return;
  ports::TrimPolicy policy;
  policy.consumed = std::min(*stored, *recorded);
  // What detection would have to read again from its checkpoint on stays.
  if (const auto checkpoint = incidents_->detector_checkpoint(); checkpoint && *checkpoint)
    policy.consumed = std::min(policy.consumed, (*checkpoint)->position);
  policy.received_before = now - Duration::hours(24 * kept.journal_days);
  policy.bytes_max = kept.journal_bytes;
  for (bool more = true; more;) {
    const auto trimmed = journal_->trim(policy);
    if (!trimmed) return problem("trimming the journal", trimmed.error());
    more = trimmed->records > 0;
  }
}

// Never what the journal could still tell again: it would be opened once more.
void Service::forget_incidents(const Retention& kept, base::Timestamp now) {
  const auto before = [&](int days) {
    return now - Duration::hours(24 * std::max(days, kept.journal_days + 1));
  };
  const ports::IncidentRetention retention{before(kept.incidents_days), before(kept.messages_days)};
  ports::ForgottenIncidents all;
  for (bool more = true; more;) {
    const auto forgotten = incidents_->forget(retention);
    if (!forgotten)
      return world_.log.warning(
          "upkeep", {{"what", "forgetting incidents"}, {"error", forgotten.error().message}});
    all.incidents += forgotten->incidents;
    all.messages += forgotten->messages;
    more = forgotten->incidents + forgotten->messages > 0;
  }
  if (all.incidents + all.messages > 0)
    world_.log.info("retention", {{"incidents", all.incidents}, {"messages", all.messages}});
}

}  // namespace vedette::app
