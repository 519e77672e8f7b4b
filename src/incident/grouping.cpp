#include "incident/grouping.h"

#include <algorithm>
#include <cassert>

#include "base/encode.h"
#include "base/limits.h"

namespace vedette::incident {
namespace {

using model::Alert;
using model::AlertStatus;
using model::EntityType;
namespace limits = base::limits;

constexpr std::string_view login_rule = "success_after_failures";
constexpr std::string_view account_rule = "brute_force_user";
constexpr std::string_view administrator_rule = "new_administrator";
constexpr std::string_view new_user_rule = "new_user";

bool has_key(const Alert& alert, const GroupingKey& key) {
  return alert.status != AlertStatus::withdrawn && !alert.entities.empty() &&
         alert.entities.front() == key.entity && (key.rule.empty() || key.rule == alert.rule);
}

void bound(std::string& text) {
  if (text.size() > limits::alert_text_bytes_max)
    text = base::clean_utf8(text, limits::alert_text_bytes_max);
}

void bound(std::vector<std::string>& texts) {
  if (texts.size() > limits::alert_texts_max) texts.resize(limits::alert_texts_max);
  for (auto& text : texts) bound(text);
}

}  // namespace

std::vector<GroupingKey> grouping_keys(const Alert& alert) {
  std::vector<GroupingKey> keys;
  if (alert.entities.empty()) return keys;
  const bool address = alert.entities.front().type == EntityType::ip;
  keys.push_back({alert.entities.front(), address ? std::string_view() : alert.rule});
  if (alert.rule == login_rule)
    for (const auto& entity : alert.entities)
      if (entity.type == EntityType::account) keys.push_back({entity, account_rule});
  if (alert.rule == administrator_rule) keys.push_back({alert.entities.front(), new_user_rule});
  return keys;
}

bool accepts(const model::Incident& incident, const Alert& alert, const GroupingKey& key,
             base::Duration window) {
  if (incident.status == model::IncidentStatus::closed || incident.origin) return false;
  if (incident.alerts.size() >= limits::incident_alerts_max) return false;
  if (alert.first_event - incident.last_event > window) return false;
  if (incident.first_event - alert.last_event > window) return false;
  return std::ranges::any_of(incident.alerts,
                             [&](const Alert& other) { return has_key(other, key); });
}

Part part_of(std::span<const Alert> alerts, std::size_t index) {
  assert(index < alerts.size());
  Part part;
  model::Severity highest = alerts.front().severity;
  for (part.end = 1; part.end < alerts.size(); ++part.end) {
    if (alerts[part.end].severity <= highest) continue;
    highest = alerts[part.end].severity;
    if (part.end > index) break;
    part.begin = part.end;
  }
  return part;
}

bool is_news(const Alert& known, const Alert& told) {
  if (known.status != AlertStatus::open) return false;  // that was its end
  if (told.status != AlertStatus::open) return true;
  return told.event_count > known.event_count || told.last_event > known.last_event ||
         told.first_event < known.first_event || told.severity > known.severity ||
         told.techniques.size() > known.techniques.size() ||
         told.entities.size() > known.entities.size();
}

Alert bounded(Alert alert) {
  for (std::string* text :
       {&alert.rule, &alert.title, &alert.location.country_code, &alert.location.country,
        &alert.location.region, &alert.location.city, &alert.location.organisation})
    bound(*text);
  if (alert.entities.size() > limits::alert_entities_max)
    alert.entities.resize(limits::alert_entities_max);
  for (auto& entity : alert.entities) bound(entity.value);
  if (alert.event_ids.size() > limits::alert_event_ids_max)
    alert.event_ids.resize(limits::alert_event_ids_max);
  bound(alert.techniques);
  bound(alert.reasons);
  return alert;
}

}  // namespace vedette::incident
