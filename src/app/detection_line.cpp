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
  settings.seed = seed;
  settings.pages = detect::Pages::small;  // a quiet service holds no memory that it does not use
  return settings;
}

// A door's own; files and journals, and doors that are gone, have that of [detect].
std::function<base::Duration(std::string_view)> lateness_of(const Configuration& configuration) {
  return [&configuration](std::string_view source) {
    const auto door = std::ranges::find(configuration.syslog, source, &SyslogSetting::source);
    return door == configuration.syslog.end()
               ? configuration.detection.lateness
               : std::max(door->lateness, configuration.detection.lateness);
  };
}

}  // namespace

incident::BookSettings book_settings(const Configuration& configuration) {
  incident::BookSettings settings;
  for (const auto& channel : configuration.channels) {
    settings.channels.push_back(channel.name);
    settings.least_severity[channel.name] = channel.least_severity;
  }
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
    : detectors_(login_settings(ground.configuration, ground.seed), ground.allow_list),
      privileges_(ground.configuration.privileges, ground.allow_list),
      book_(ground.incidents, book_settings(ground.configuration)),
      trunk_({ground.journal, ground.store, ground.incidents, book_, detectors_, privileges_,
              ground.geo, ground.clock, stamps, ground.notice, ground.messages_wait,
              lateness_of(ground.configuration), &ground.catalogue}) {}

}  // namespace vedette::app
