#include "normalise/cloud/identity_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "kql/native/json_text.h"

namespace vedette::normalise::cloud {
namespace {

using base::JsonKind;
using base::JsonRecord;
namespace native = kql::native;

std::string_view scalar(const JsonRecord& record, std::size_t slot) {
  return record.slots[slot].kind == JsonKind::composite ? std::string_view()
                                                        : record.slots[slot].text;
}

// An empty one where the record has none.
std::string_view list_at(const JsonRecord& record, std::size_t slot) {
  return record.slots[slot].kind == JsonKind::composite ? record.slots[slot].text : "[]";
}

std::string text_in(std::string_view object, std::string_view name) {
  const auto found = native::find_member(object, name);
  return found && found->starts_with('"') ? native::unescaped(*found) : std::string();
}

std::string capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// "08:30:00.0000000" -> 510
int minute_of(std::string_view time) {
  const auto hours = base::parse_unsigned(time.substr(0, std::min<std::size_t>(2, time.size())));
  const auto minutes = time.size() >= 5 && time[2] == ':' ? base::parse_unsigned(time.substr(3, 2))
                                                          : std::nullopt;
  if (!hours || !minutes || *hours > 24 || *minutes > 59) return -1;
  return static_cast<int>(*hours * 60 + *minutes);
}

unsigned days_of(std::string_view list) {
  static constexpr std::array<std::string_view, 7> names{
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  unsigned days = 0;
  for (const auto element : native::elements_of(list)) {
    const auto* named = std::ranges::find_if(names, [&](std::string_view name) {
      return base::equals_ignoring_case(native::unescaped(element), name);
    });
    if (named != names.end()) days |= 1U << (named - names.begin());
  }
  return days;
}

std::map<std::string, std::string, std::less<>> read_zones(std::string_view text) {
  std::map<std::string, std::string, std::less<>> zones;
  for (const auto line : base::split(text, '\n')) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    zones.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return zones;
}

}  // namespace

IdentityReader::IdentityReader(base::JsonPaths& paths, const DirectoryChanges& known)
    : known_(known),
      zones_(read_zones(built_in_windows_zones())),
      id_(paths.slot("user.id")),
      name_(paths.slot("user.userPrincipalName")),
      display_name_(paths.slot("user.displayName")),
      type_(paths.slot("user.userType")),
      enabled_(paths.slot("user.accountEnabled")),
      country_(paths.slot("user.usageLocation")),
      zone_(paths.slot("mailbox.timeZone")),
      days_(paths.slot("mailbox.workingHours.daysOfWeek")),
      start_(paths.slot("mailbox.workingHours.startTime")),
      end_(paths.slot("mailbox.workingHours.endTime")),
      roles_(paths.slot("roles")),
      groups_(paths.slot("groups")) {}

model::Identity IdentityReader::read(const JsonRecord& record) const {
  model::Identity identity;
  identity.id = base::to_lower_ascii(scalar(record, id_));
  identity.name = base::to_lower_ascii(scalar(record, name_));
  identity.display_name = scalar(record, display_name_);
  identity.user_type = scalar(record, type_);
  identity.is_enabled = scalar(record, enabled_) != "false";
  identity.country = capitals(scalar(record, country_));
  const std::string_view zone = scalar(record, zone_);
  if (const auto known = zones_.find(zone); known != zones_.end())
    identity.zone = known->second;
  else if (zone.find('/') != std::string_view::npos)
    identity.zone = zone;
  identity.hours.days = days_of(list_at(record, days_));
  identity.hours.start_minute = minute_of(scalar(record, start_));
  identity.hours.end_minute = minute_of(scalar(record, end_));
  read_roles(list_at(record, roles_), identity);
  const bool takes_roles = read_groups(list_at(record, groups_), identity);
  identity.is_protected = identity.is_administrator || takes_roles;
  return identity;
}

void IdentityReader::read_roles(std::string_view roles, model::Identity& identity) const {
  for (const auto role : native::elements_of(roles)) {
    std::string name = text_in(role, "displayName");
    identity.is_administrator |= known_.privileged_roles.contains(base::to_lower_ascii(name));
    const bool is_eligible = native::find_member(role, "eligible") == "true";
    (is_eligible ? identity.eligible_roles : identity.roles).push_back(std::move(name));
  }
}

// True: roles can be given to one of them.
bool IdentityReader::read_groups(std::string_view groups, model::Identity& identity) {
  bool takes_roles = false;
  for (const auto group : native::elements_of(groups)) {
    identity.groups.push_back(text_in(group, "displayName"));
    takes_roles |= native::find_member(group, "takesRoles") == "true";
  }
  return takes_roles;
}

LocationReader::LocationReader(base::JsonPaths& paths)
    : id_(paths.slot("id")),
      name_(paths.slot("displayName")),
      trusted_(paths.slot("isTrusted")),
      ranges_(paths.slot("ipRanges")),
      countries_(paths.slot("countriesAndRegions")) {}

model::NamedLocation LocationReader::read(const JsonRecord& record) const {
  model::NamedLocation location;
  location.id = scalar(record, id_);
  location.name = scalar(record, name_);
  location.is_trusted = scalar(record, trusted_) == "true";
  for (const auto range : native::elements_of(list_at(record, ranges_)))
    if (const auto network = base::parse_network(text_in(range, "cidrAddress")))
      location.networks.push_back(*network);
  for (const auto country : native::elements_of(list_at(record, countries_)))
    location.countries.push_back(capitals(native::unescaped(country)));
  return location;
}

}  // namespace vedette::normalise::cloud
