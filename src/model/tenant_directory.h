// Owns: who is in a cloud tenant, as detections and responses must know it: roles held and eligible,
// groups, time zone and working hours, and the places that the tenant has named. Promises: bounded
// (limits::tenant_identities_max; who does not fit is counted); asked by object id or by name,
// whatever the case; `version` grows with each change, so that who keeps something made of it knows
// when to make it again; what is written is read back whole. What is not known is empty. Must not
// know: services. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip.h"

namespace vedette::model {

// Of the local day, in the person's own zone.
struct WorkingHours {
  unsigned days = 0;  // a bit each, Monday is 1; 0: not known
  int start_minute = -1, end_minute = -1;
  bool operator==(const WorkingHours&) const = default;
};

struct Identity {
  std::string id;    // object id
  std::string name;  // user principal name, in lower case
  std::string display_name;
  std::string user_type;  // "Member", "Guest"
  bool is_enabled = true;
  std::vector<std::string> roles;           // held, by name; also through a group
  std::vector<std::string> eligible_roles;  // that may be activated (PIM)
  std::vector<std::string> groups;          // by name, through other groups too
  // Holds or may activate a role that the directory calls privileged.
  bool is_administrator = false;
  // An administrator, or in a group that roles can be given to: whom few may change.
  bool is_protected = false;
  std::string zone;     // tzdata's name
  std::string country;  // where the person works, ISO 3166-1 alpha-2
  WorkingHours hours;
  bool operator==(const Identity&) const = default;
};

struct NamedLocation {
  std::string id, name;
  std::vector<base::IpNetwork> networks;
  std::vector<std::string> countries;  // ISO 3166-1 alpha-2
  bool is_trusted = false;
  bool operator==(const NamedLocation&) const = default;
};

class TenantDirectory {
 public:
  using Locations = std::map<std::string, std::vector<NamedLocation>, std::less<>>;  // by source

  void put(Identity identity);
  // All that a source names; what it named before is gone.
  void set_locations(std::string_view source, std::vector<NamedLocation> locations);

  // Null: nobody of that id or name is known.
  [[nodiscard]] const Identity* find(std::string_view id_or_name) const;
  // The named place that has the address, a trusted one first; null: none.
  [[nodiscard]] const NamedLocation* location_of(const base::IpAddress& address) const;
  [[nodiscard]] const std::map<std::string, Identity, std::less<>>& identities() const {
    return identities_;
  }
  [[nodiscard]] const Locations& locations() const { return locations_; }
  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  // Each identity and each source's locations as a text of its own.
  [[nodiscard]] std::vector<std::string> write() const;
  // False: it is none of these texts.
  bool read(std::string_view text);

 private:
  std::map<std::string, Identity, std::less<>> identities_;  // by id
  std::unordered_map<std::string, std::string> ids_;         // by name
  Locations locations_;
  std::uint64_t version_ = 0, left_out_ = 0;
};

}  // namespace vedette::model
