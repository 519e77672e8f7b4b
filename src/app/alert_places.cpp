#include "app/alert_places.h"

#include <algorithm>

#include "base/ip.h"

namespace vedette::app {

void AlertPlaces::locate(model::Alert& alert) {
  const auto [known, is_new] = locations_.try_emplace(alert.id);
  if (is_new) known->second = find(alert);
  alert.location = known->second;
  if (alert.status != model::AlertStatus::open) locations_.erase(known);
}

model::Location AlertPlaces::find(const model::Alert& alert) const {
  const auto entity =
      std::ranges::find(alert.entities, model::EntityType::ip, &model::Entity::type);
  if (entity == alert.entities.end()) return {};
  const auto address = base::parse_ip(entity->value);
  return address ? geo_.locate(*address) : model::Location{};
}

}  // namespace vedette::app
