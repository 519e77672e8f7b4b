// An alert with everything a detector can fill in, for tests of what people are told.
#pragma once

#include <string>

#include "model/alert.h"

namespace vedette::fakes {

inline model::Alert sample_alert(std::uint64_t id = 0x1234) {
  model::Alert alert;
  alert.id = id;
  alert.rule = "brute_force";
  alert.title = "Brute force from 203.0.113.7";
  alert.severity = model::Severity::high;
  alert.entities = {{model::EntityType::ip, "203.0.113.7"},
                    {model::EntityType::account, "root"},
                    {model::EntityType::account, "deploy"},
                    {model::EntityType::host, "web1"}};
  alert.first_event = *base::parse_iso("2026-06-01T08:15:30Z");
  alert.last_event = *base::parse_iso("2026-06-01T08:18:50Z");
  alert.event_count = 1234;
  alert.event_ids = {1, 2, 3};
  alert.location.country_code = "DE";
  alert.location.country = "Germany";
  alert.location.region = "Hesse";
  alert.location.city = "Frankfurt am Main";
  alert.location.autonomous_system = 64496;
  alert.location.organisation = "Example Net";
  alert.techniques = {"T1110.001"};
  alert.reasons = {"3 failed log-ins within 60 s"};
  alert.created = alert.updated = *base::parse_iso("2026-06-01T08:18:51Z");
  return alert;
}

// The same with one text in every place that an attacker or a stranger can write to.
inline model::Alert hostile_alert(const std::string& text) {
  model::Alert alert = sample_alert();
  alert.title = text;
  alert.entities.clear();
  for (const auto type : {model::EntityType::ip, model::EntityType::network,
                          model::EntityType::account, model::EntityType::host})
    for (int i = 0; i < 3; ++i) alert.entities.push_back({type, text});
  for (int i = 0; i < 20; ++i) alert.entities.push_back({model::EntityType::account, text});
  alert.location.country = alert.location.region = alert.location.city = text;
  alert.location.organisation = text;
  alert.rule = text;
  alert.techniques = {text, text};
  alert.reasons = {text, text, text, text, text, text, text};
  return alert;
}

}  // namespace vedette::fakes
