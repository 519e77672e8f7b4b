// Owns: what the tenant's directory says that identity detections need: who is an administrator,
// who is for emergencies only, where and when people work, which places the tenant trusts.
// Promises: plain data; whoever collects the directory fills it, and what is not known stays empty.
// Must not know: where it came from. Passed by value.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace vedette::detect::identity {

struct AccountFacts {
  std::string user_id;             // object id
  std::string user_name;           // user principal name
  std::vector<std::string> roles;  // that it holds or may activate
  bool is_administrator = false;   // one of them is labelled privileged
  bool is_break_glass = false;
  bool is_on_call = false;                           // works at any hour
  std::string zone;                                  // tzdata name; empty: not known
  std::string country;                               // where they work, ISO 3166-1 alpha-2
  int work_start_minute = -1, work_end_minute = -1;  // of the local day; -1: the tenant's
  base::Timestamp last_sign_in;                      // before we watched
};

struct NamedLocation {
  std::string name;
  std::vector<base::IpNetwork> networks;
  std::vector<std::string> countries;
  bool is_trusted = false;
};

struct DirectoryFacts {
  std::vector<AccountFacts> accounts;
  std::vector<NamedLocation> locations;
};

// The same, to be asked.
class KnownDirectory {
 public:
  KnownDirectory() = default;
  explicit KnownDirectory(DirectoryFacts facts);
  // By name or object id, whatever the case; null: not known.
  [[nodiscard]] const AccountFacts* find(std::string_view name_or_id) const;
  [[nodiscard]] const base::TimeZone* zone_of(const AccountFacts& account) const;
  // The trusted location of that address; null: none.
  [[nodiscard]] const NamedLocation* trusted(const base::IpAddress& address) const;

 private:
  DirectoryFacts facts_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::map<std::string, base::TimeZone, std::less<>> zones_;
};

}  // namespace vedette::detect::identity
