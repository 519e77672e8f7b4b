// Owns: the rooms that know what detection knows, made together and made anew together: detectors,
// incident book, trunk. Promises: what they must know is brought back when they are made: from the
// detectors' checkpoint, and from the journal by the trunk's first steps. Must not know: threads.
// One thread.
#pragma once

#include "app/configuration.h"
#include "app/detection_settings.h"
#include "app/trunk.h"
#include "base/result.h"
#include "detect/allow_list.h"
#include "ports/random.h"
#include "ports/resolver.h"

namespace vedette::app {

// What it stands on; all of it outlives it.
struct DetectionGround {
  ports::Journal& journal;
  ports::EventStore& store;
  ports::IncidentStore& incidents;
  const ports::GeoLookup& geo;
  ports::Clock& clock;
  const detect::AllowList& allow_list;
  std::shared_ptr<const detect::identity::PublicHolidays> holidays;  // may be null
  const Configuration& configuration;
  const DetectionSettings& settings;  // of the identity detections
  const kql::Catalogue& catalogue;
  IntelDesk& intel;
  std::uint64_t seed = 0;
  std::function<void(bool is_problem, const std::string& text)> notice;
  std::function<void()> messages_wait;
};

// Where an address is, for what a service did not say; each its own, for one thread.
[[nodiscard]] detect::identity::PlaceOf make_place_of(const ports::GeoLookup& geo);

// Who is told of what, for every incident book.
[[nodiscard]] incident::BookSettings book_settings(const Configuration& configuration);

class DetectionLine {
 public:
  [[nodiscard]] static base::Result<std::shared_ptr<DetectionLine>> make(
      const DetectionGround& ground);
  DetectionLine(const DetectionGround& ground, const normalise::StampOptions& stamps);

  [[nodiscard]] Trunk& trunk() { return trunk_; }

 private:
  std::uint64_t settings_version_;
  detect::LoginDetectors detectors_;
  detect::PrivilegeWatch privileges_;
  detect::identity::IdentityWatch identities_;
  detect::windows::WindowsWatch windows_;
  detect::IndicatorWatch indicators_;
  incident::IncidentBook book_;
  Trunk trunk_;
};

}  // namespace vedette::app
