// Owns: records about who is in a tenant, and about the places that it names → model::Identity,
// model::NamedLocation; Windows' names of time zones → tzdata's (schema/windows_zones.txt).
// Promises: what a record does not say is empty; a zone that nobody knows is left empty, since a
// wrong one would be worse. Must not know: tables, who asks. One thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/json_records.h"
#include "model/tenant_directory.h"
#include "normalise/cloud/change_reader.h"

namespace vedette::normalise::cloud {

class IdentityReader {
 public:
  // Adds the paths it needs; before the records are read. What is known outlives it.
  IdentityReader(base::JsonPaths& paths, const DirectoryChanges& known);
  [[nodiscard]] model::Identity read(const base::JsonRecord& record) const;

 private:
  void read_roles(std::string_view roles, model::Identity& identity) const;
  static bool read_groups(std::string_view groups, model::Identity& identity);

  const DirectoryChanges& known_;
  const std::map<std::string, std::string, std::less<>> zones_;  // by Windows' name
  const std::size_t id_, name_, display_name_, type_, enabled_, country_, zone_, days_, start_,
      end_, roles_, groups_;
};

class LocationReader {
 public:
  explicit LocationReader(base::JsonPaths& paths);
  [[nodiscard]] model::NamedLocation read(const base::JsonRecord& record) const;

 private:
  const std::size_t id_, name_, trusted_, ranges_, countries_;
};

// The text of schema/windows_zones.txt, as it was when the program was built.
[[nodiscard]] std::string_view built_in_windows_zones();

}  // namespace vedette::normalise::cloud
