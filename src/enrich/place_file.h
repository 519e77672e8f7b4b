// Owns: one MMDB file (MaxMind's format), mapped. Understands DB-IP Lite as ip-location-db lays it
// out (flat: country_code, state1, city, latitude, longitude) and the nested layout of GeoLite2 and
// GeoIP2 City, Country and ASN files; what a file is, is told by what its records hold, not by its
// name. Promises: a damaged file is an error at open or an unknown place at look-up, never a crash;
// text is valid UTF-8 of bounded length; numbers out of range count as unknown. Must not know:
// which files are wanted. Called from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/ip.h"
#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"

namespace vedette::enrich {

class PlaceFile {
 public:
  [[nodiscard]] static base::Result<PlaceFile> open(const std::filesystem::path& file);

  // Fills those parts of `location` that are still unknown and that this file knows.
  void add_to(model::Location& location, const base::IpAddress& address) const;

  // The type the file gives itself ("GeoLite2-City", "city ipv4"), and when it was made (1970 where
  // that is no date).
  [[nodiscard]] std::string type() const;
  [[nodiscard]] base::Timestamp built() const;

 private:
  struct Mapped;
  struct Unmap {
    void operator()(Mapped* mapped) const;
  };
  std::unique_ptr<Mapped, Unmap> mapped_;
};

}  // namespace vedette::enrich
