// Owns: which alerts belong together: what a new alert joins, which alerts of an incident are told
// in one message, what of a change is news. Promises: pure; by facts of the alerts alone, so that a
// replay groups as live did. Must not know: where incidents are kept. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/time.h"
#include "model/incident.h"

namespace vedette::incident {

// Something that two alerts may have in common.
struct GroupingKey {
  model::Entity entity;   // the other alert's first
  std::string_view rule;  // the other alert's; empty: whatever it is
};

// What an alert joins others by, the strongest first: its address, whatever the rules; any other
// first entity with the same rule; a log-in after failures joins the guessing of its account, and
// an account that becomes an administrator joins its own creation.
[[nodiscard]] std::vector<GroupingKey> grouping_keys(const model::Alert& alert);

// Whether an alert may join: the incident is not closed, has room and an alert (not withdrawn) with
// that key, and `alert` lies at most `window` before its first event or behind its last.
[[nodiscard]] bool accepts(const model::Incident& incident, const model::Alert& alert,
                           const GroupingKey& key, base::Duration window);

// People follow an incident in one message until an alert raises the stakes: such an alert begins a
// new one, which takes over. Begin and end in `alerts` of the part that alert `index` belongs to.
struct Part {
  std::size_t begin = 0, end = 0;
};
[[nodiscard]] Part part_of(std::span<const model::Alert> alerts, std::size_t index);

// False for what is known (a replay), or older than it.
[[nodiscard]] bool is_news(const model::Alert& known, const model::Alert& told);

// Texts and lists within base/limits.h.
[[nodiscard]] model::Alert bounded(model::Alert alert);

}  // namespace vedette::incident
