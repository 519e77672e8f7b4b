// Owns: what a message about an alert says, whatever the channel: headline, reasons, and labelled
// facts in their order.
// Promises: labels and headline prefixes are ours; every value is text from outside and still has
// to go through the channel's encoder. Must not know: channels and their markup. Called from any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/alert.h"

namespace vedette::notify {

// The rule of a message that tells several: its reasons are those messages, a line each.
inline constexpr std::string_view digest_rule = "digest";
[[nodiscard]] inline bool is_digest(const model::Alert& alert) {
  return alert.rule == digest_rule;
}

struct Fact {
  std::string_view label;
  std::vector<std::string> values;  // never empty; not encoded
  bool about_users = false;         // the one that may be long
};

// "High: Brute force from 203.0.113.7", with "Closed: " or "Withdrawn: " before it when it is over.
[[nodiscard]] std::string headline(model::AlertChange change, const model::Alert& alert);
// Address, place, network operator, users, host, attempts, first, last, status, techniques: those
// that are known. At most ten (Slack's bound for one section).
[[nodiscard]] std::vector<Fact> facts(model::AlertChange change, const model::Alert& alert);
// "open for 3 min 20 s", "closed after 3 min 20 s" ...
[[nodiscard]] std::string status_text(model::AlertChange change, const model::Alert& alert);
// "Vedette, rule brute_force, alert 0000000000001234, incident 7".
[[nodiscard]] std::string footer_text(std::uint64_t incident, const model::Alert& alert);
// "Frankfurt am Main, Hesse, Germany": empty when nothing is known.
[[nodiscard]] std::string place_text(const model::Location& location);
// "AS64496 Example Net": empty when nothing is known.
[[nodiscard]] std::string operator_text(const model::Location& location);
// The values of the entities of that type, names in quotes where needed.
[[nodiscard]] std::vector<std::string> entity_values(const model::Alert& alert,
                                                     model::EntityType type);

}  // namespace vedette::notify
