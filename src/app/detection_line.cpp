#include "app/detection_line.h"

#include <utility>

namespace vedette::app {
namespace {

detect::LoginSettings seeded(detect::LoginSettings settings, std::uint64_t seed) {
  settings.seed = seed;
  return settings;
}

incident::BookSettings book_settings(const Configuration& configuration) {
  incident::BookSettings settings;
  for (const auto& channel : configuration.channels) {
    settings.channels.push_back(channel.name);
    settings.least_severity[channel.name] = channel.least_severity;
  }
  return settings;
}

}  // namespace

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
    : detectors_(seeded(ground.configuration.detection, ground.seed), ground.allow_list),
      book_(ground.incidents, book_settings(ground.configuration)),
      trunk_({ground.journal, ground.store, ground.incidents, book_, detectors_, ground.geo,
              ground.clock, stamps, ground.notice, ground.messages_wait}) {}

}  // namespace vedette::app
