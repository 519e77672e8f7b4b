// Owns: whether an incident is one of those a policy is about, and why. Promises: pure; words are
// whole words whatever their case ("Twilio" is not "twill"); what lasts is looked at first (rules
// and labels before the title), so that the reason that is remembered survives a renaming. Must not
// know: clocks, stores. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/incident.h"
#include "respond/policy.h"

namespace vedette::respond {

// "credential  phish*" → its words. An error: it has none, or too many.
[[nodiscard]] base::Result<Phrase> parse_phrase(std::string_view text);
[[nodiscard]] bool contains_phrase(std::string_view text, const Phrase& phrase);

// What is looked through in a field.
[[nodiscard]] std::vector<std::string> texts_of(const model::Incident& incident, MatchField field);
// "its label "twill" holds twill"; empty: it is none of them.
[[nodiscard]] std::optional<std::string> why_matched(const PolicyMatch& match,
                                                     const model::Incident& incident);

// Whether it is about something of that kind ("Host"), whatever its case.
[[nodiscard]] bool has_entity(const model::Incident& incident, std::string_view kind);
// Accounts that the incident names so that one of a directory can be found.
[[nodiscard]] std::vector<model::AccountReference> accounts_of(const model::Incident& incident);
// Who is affected, for people.
[[nodiscard]] std::string affected_of(const model::Incident& incident);

}  // namespace vedette::respond
