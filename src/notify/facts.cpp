#include "notify/facts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "notify/chat_text.h"

namespace vedette::notify {
namespace {

using model::AlertChange;
using model::EntityType;

void add_entities(std::vector<Fact>& out, const model::Alert& alert, EntityType type,
                  std::string_view one, std::string_view many) {
  auto values = entity_values(alert, type);
  if (values.empty()) return;
  const std::string_view label = values.size() == 1 ? one : many;
  out.push_back({label, std::move(values), type == EntityType::account});
}

void add_text(std::vector<Fact>& out, std::string_view label, std::string text) {
  if (!text.empty()) out.push_back({label, {std::move(text)}, false});
}

std::string time_text(base::Timestamp t) {
  return t.is_set() ? base::format_seconds(t) : std::string();
}

}  // namespace

std::vector<std::string> entity_values(const model::Alert& alert, EntityType type) {
  std::vector<std::string> values;
  for (const auto& entity : alert.entities)
    if (entity.type == type)
      values.push_back(type == EntityType::ip || type == EntityType::network
                           ? entity.value
                           : quote_name(entity.value));
  return values;
}

std::string headline(AlertChange change, const model::Alert& alert) {
  std::string_view prefix;
  if (change == AlertChange::closed) prefix = "Closed: ";
  if (change == AlertChange::withdrawn) prefix = "Withdrawn: ";
  return fmt::format("{}{}: {}", prefix, model::name_of(alert.severity), alert.title);
}

std::string footer_text(std::uint64_t incident, const model::Alert& alert) {
  std::string text = "Vedette, rule " + alert.rule;
  // A message about several alerts (a digest) has no id of its own.
  if (alert.id != 0) text += ", alert " + model::format_id(alert.id);
  if (incident != 0) text += fmt::format(", incident {}", incident);
  return text;
}

std::string place_text(const model::Location& location) {
  std::string out;
  const std::string& country = location.country.empty() ? location.country_code : location.country;
  for (const std::string* part : {&location.city, &location.region, &country}) {
    if (part->empty() || (part == &location.region && *part == location.city)) continue;
    if (!out.empty()) out += ", ";
    out += *part;
  }
  return out;
}

std::string operator_text(const model::Location& location) {
  if (location.autonomous_system == 0) return location.organisation;
  std::string out = fmt::format("AS{}", location.autonomous_system);
  if (!location.organisation.empty()) out += " " + location.organisation;
  return out;
}

std::string status_text(AlertChange change, const model::Alert& alert) {
  const base::Duration lasted = alert.last_event - alert.first_event;
  const std::string span =
      lasted.ticks >= base::ticks_per_second ? base::format_duration(lasted) : "less than 1 s";
  if (alert.momentary && change != AlertChange::withdrawn) return "it has happened";
  switch (change) {
    case AlertChange::opened:
      return "open, so far " + span;
    case AlertChange::updated:
      return "still going on, so far " + span;
    case AlertChange::withdrawn:
      return "withdrawn: events that came late showed that it was none";
    case AlertChange::closed:
      break;
  }
  return "closed, it lasted " + span;
}

std::vector<Fact> facts(AlertChange change, const model::Alert& alert) {
  std::vector<Fact> out;
  if (is_digest(alert)) {
    add_text(out, "Messages", base::group_thousands(alert.event_count));
    return out;
  }
  add_entities(out, alert, EntityType::ip, "Address", "Addresses");
  add_entities(out, alert, EntityType::network, "Network", "Networks");
  add_text(out, "Place", place_text(alert.location));
  add_text(out, "Network operator", operator_text(alert.location));
  add_entities(out, alert, EntityType::account, alert.momentary ? "Account" : "User tried",
               alert.momentary ? "Accounts" : "Users tried");
  add_entities(out, alert, EntityType::host, "Host", "Hosts");
  add_text(out, alert.momentary ? "Events" : "Attempts", base::group_thousands(alert.event_count));
  const std::string first = time_text(alert.first_event), last = time_text(alert.last_event);
  add_text(out, "First and last (UTC)",
           first == last || last.empty() ? first : first + " to " + last);
  add_text(out, "Status", status_text(change, alert));
  if (!alert.techniques.empty()) out.push_back({"ATT&CK", alert.techniques, false});
  return out;
}

}  // namespace vedette::notify
