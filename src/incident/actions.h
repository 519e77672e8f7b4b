// Owns: what people do to an incident: acknowledge, assign, comment, add tasks and do them, set the
// severity, close, reopen. Promises: each is a pure function of the incident, the person and the
// time; who did it is on the timeline; what makes no sense (closing what is closed) is an error in
// words, and nothing changes. The first thing that a person does to an incident counts as its
// acknowledgement. Must not know: where incidents are kept (`act` is given the port). Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/incident.h"
#include "ports/incident_store.h"

namespace vedette::incident {

// The name on the timeline of what nobody but we did; no person may have it.
inline constexpr std::string_view own_name = "vedette";

struct Person {
  std::string name;
  base::Timestamp now;
};

// The incident as it is afterwards, and what the timeline says of it.
struct Changed {
  model::Incident incident;
  std::vector<model::TimelineEntry> entries;
};

[[nodiscard]] base::Result<Changed> acknowledge(const model::Incident& incident,
                                                const Person& person);
// An empty owner: nobody's any more.
[[nodiscard]] base::Result<Changed> assign(const model::Incident& incident, const Person& person,
                                           const std::string& owner);
[[nodiscard]] base::Result<Changed> comment(const model::Incident& incident, const Person& person,
                                            const std::string& text);
// Something that is to be done about it; it is known by its place, from 1.
[[nodiscard]] base::Result<Changed> add_task(const model::Incident& incident, const Person& person,
                                             const std::string& text);
[[nodiscard]] base::Result<Changed> finish_task(const model::Incident& incident,
                                                const Person& person, std::uint64_t number);
// From then on it is the person's and alerts do not change it.
[[nodiscard]] base::Result<Changed> set_severity(const model::Incident& incident,
                                                 const Person& person, model::Severity severity);
// The comment may be empty; the classification not `none`.
[[nodiscard]] base::Result<Changed> close(const model::Incident& incident, const Person& person,
                                          model::Classification classification,
                                          const std::string& comment);
[[nodiscard]] base::Result<Changed> reopen(const model::Incident& incident, const Person& person);

using Action = std::function<base::Result<Changed>(const model::Incident&)>;
// Reads the incident, does it, commits; once more from the start when somebody else came between.
[[nodiscard]] base::Result<model::Incident> act(ports::IncidentStore& store, std::uint64_t number,
                                                const Action& action);

}  // namespace vedette::incident
