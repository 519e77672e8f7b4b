#include "app/detection_line.h"

#include <algorithm>
#include <utility>

namespace vedette::app {
namespace {

// The detectors put in order whatever the latest of the sources may bring.
detect::LoginSettings login_settings(const Configuration& configuration, std::uint64_t seed) {
  detect::LoginSettings settings = configuration.detection;
  for (const auto& door : configuration.syslog)
    settings.lateness = std::max(settings.lateness, door.lateness);
  for (const auto& tenant : configuration.tenants)
    settings.lateness = std::max(settings.lateness, tenant.overlap);
  settings.seed = seed;
  settings.pages = detect::Pages::small;  // a quiet service holds no memory that it does not use
  return settings;
}

// A door's own; a tenant's is what its feeds read again to begin with. Files and journals, and
// doors and tenants that are gone, have that of [detect].
std::function<base::Duration(std::string_view)> lateness_of(const Configuration& configuration) {
  return [&configuration](std::string_view source) {
    base::Duration lateness = configuration.detection.lateness;
    for (const auto& door : configuration.syslog)
      if (door.source() == source) lateness = std::max(lateness, door.lateness);
    for (const auto& tenant : configuration.tenants)
      if (tenant.owns(source)) lateness = std::max(lateness, tenant.overlap);
    return lateness;
  };
}

// The tenant that a feed belongs to, for records that do not say it themselves.
normalise::cloud::TenantOf tenant_of(const Configuration& configuration) {
  return [&configuration](std::string_view source) -> normalise::cloud::SourceTenant {
    for (const auto& tenant : configuration.tenants)
      if (tenant.owns(source)) return {tenant.id, tenant.has(CloudPart::sign_ins)};
    return {};
  };
}

}  // namespace

detect::identity::PlaceOf make_place_of(const ports::GeoLookup& geo) {
  return [&geo, place = std::make_shared<model::Location>()](
             const base::IpAddress& address) -> const model::Location& {
    *place = geo.locate(address);
    return *place;
  };
}

incident::BookSettings book_settings(const Configuration& configuration) {
  incident::BookSettings settings;
  for (const auto& channel : configuration.channels) {
    settings.channels.push_back(channel.name);
    settings.least_severity[channel.name] = channel.least_severity;
  }
  for (const auto rule : detect::identity::rule_names) settings.only_recorded.emplace(rule);
  settings.only_recorded.emplace(detect::indicator_match);
  settings.only_recorded.emplace(detect::indicator_past);
  return settings;
}

base::Result<std::shared_ptr<DetectionLine>> DetectionLine::make(const DetectionGround& ground) {
  normalise::StampOptions stamps;
  stamps.zone = VEDETTE_TRY(base::TimeZone::find(ground.configuration.zone));
  stamps.learn_zone = ground.configuration.zone == "local";
  auto line = std::make_shared<DetectionLine>(ground, stamps);
  if (VEDETTE_TRY(line->trunk().recover())) return line;
  line = std::make_shared<DetectionLine>(ground, stamps);
  VEDETTE_TRY(line->trunk().recover(false));
  return line;
}

DetectionLine::DetectionLine(const DetectionGround& ground, const normalise::StampOptions& stamps)
    : settings_version_(ground.settings.version()),
      detectors_(login_settings(ground.configuration, ground.seed), ground.allow_list),
      privileges_(ground.configuration.privileges, ground.allow_list),
      identities_(ground.settings.now(), make_place_of(ground.geo), ground.holidays),
      windows_(ground.configuration.windows, ground.allow_list),
      indicators_(ground.configuration.intel, ground.allow_list),
      book_(ground.incidents, book_settings(ground.configuration)),
      trunk_({ground.journal, ground.store, ground.incidents, book_, detectors_, privileges_,
              ground.geo, ground.clock, stamps, ground.notice, ground.messages_wait,
              lateness_of(ground.configuration), tenant_of(ground.configuration), &ground.catalogue,
              &identities_,
              [this, &settings = ground.settings] { return settings.news(settings_version_); },
              &windows_, &indicators_, &ground.intel}) {}

}  // namespace vedette::app
