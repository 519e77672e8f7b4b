// Owns: the real body of ports::GeoLookup: where an address is and whose network it is in, from
// files on this machine. Nobody is asked over the network. Promises: files are mapped, not read;
// they may be replaced by renaming while the program runs (it goes on with the old ones). Special
// addresses and unknown ones give an empty Location. In a folder, any MMDB file counts; for each
// part of a Location the first file (by name) that knows it wins, and an MMDB that knows networks
// wins over asn.table. Must not know: where the data came from (docs/dependencies.md). `locate` is
// called from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "enrich/asn_table.h"
#include "enrich/place_file.h"
#include "ports/geo_lookup.h"

namespace vedette::enrich {

// Where the data lies when no setting names it, in the order of preference: beside this program's
// installation (../share/vedette), its build (share/vedette), and /usr/share/vedette.
[[nodiscard]] std::vector<std::filesystem::path> usual_data_folders();

class GeoDatabase : public ports::GeoLookup {
 public:
  // Knows nothing: every Location is empty. For when there is no data and the user was told so.
  GeoDatabase() = default;

  // Folders (all their *.mmdb files and asn.table) or single files. A file that is named and
  // missing, and any file that is damaged, is an error; an empty folder is not_found.
  [[nodiscard]] static base::Result<std::unique_ptr<GeoDatabase>> open(
      const std::vector<std::filesystem::path>& folders_or_files);
  // The first of these folders that has any data.
  [[nodiscard]] static base::Result<std::unique_ptr<GeoDatabase>> open_first(
      const std::vector<std::filesystem::path>& folders = usual_data_folders());

  [[nodiscard]] model::Location locate(const base::IpAddress& address) const override;

  // What stays unknown with these files, in words for people; empty when nothing does.
  [[nodiscard]] const std::vector<std::string>& unknown() const { return unknown_; }
  // The files in use, each with its type and date, in words for people.
  [[nodiscard]] const std::vector<std::string>& sources() const { return sources_; }
  // Whom to thank where places are shown (the data's licences ask for it); empty without such data.
  [[nodiscard]] const std::vector<std::string>& credits() const { return credits_; }

 private:
  base::Result<void> add(const std::filesystem::path& file);
  void find_unknown();

  std::vector<PlaceFile> places_;
  std::optional<AsnTable> networks_;
  std::vector<std::string> unknown_, sources_, credits_;
};

// The first data of the usual folders, opened when the first address is asked for: opening takes
// longer than most queries. Without data every Location is empty.
class GeoOnDemand : public ports::GeoLookup {
 public:
  [[nodiscard]] model::Location locate(const base::IpAddress& address) const override;

 private:
  mutable std::once_flag opened_;
  mutable std::unique_ptr<GeoDatabase> data_;
};

}  // namespace vedette::enrich
