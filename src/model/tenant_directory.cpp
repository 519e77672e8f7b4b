#include "model/tenant_directory.h"

#include <utility>

#include "base/cloud_limits.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::model {
namespace {

using base::Json;
using base::JsonWriter;

void write_texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const auto& text : texts) out.string(text);
  out.end_array();
}

bool truth_of(const Json& value, bool otherwise) {
  const auto* truth = value.as_bool();
  return truth == nullptr ? otherwise : *truth;
}

std::vector<std::string> texts_of(const Json& value) {
  std::vector<std::string> texts;
  if (const auto* elements = value.as_array())
    for (const Json& each : *elements) texts.push_back(each.text());
  return texts;
}

std::string write_identity(const Identity& identity) {
  JsonWriter out;
  out.begin_object().member("id", identity.id).member("name", identity.name);
  out.member("display_name", identity.display_name).member("user_type", identity.user_type);
  out.key("enabled").boolean(identity.is_enabled);
  write_texts(out, "roles", identity.roles);
  write_texts(out, "eligible_roles", identity.eligible_roles);
  write_texts(out, "groups", identity.groups);
  out.key("administrator").boolean(identity.is_administrator);
  out.key("protected").boolean(identity.is_protected);
  out.member("zone", identity.zone).member("country", identity.country);
  out.key("days").number(std::int64_t{identity.hours.days});
  out.key("start").number(std::int64_t{identity.hours.start_minute});
  out.key("end").number(std::int64_t{identity.hours.end_minute}).end_object();
  return out.take();
}

Identity read_identity(const Json& json) {
  Identity identity;
  identity.id = json["id"].text();
  identity.name = json["name"].text();
  identity.display_name = json["display_name"].text();
  identity.user_type = json["user_type"].text();
  identity.is_enabled = truth_of(json["enabled"], true);
  identity.roles = texts_of(json["roles"]);
  identity.eligible_roles = texts_of(json["eligible_roles"]);
  identity.groups = texts_of(json["groups"]);
  identity.is_administrator = truth_of(json["administrator"], false);
  identity.is_protected = truth_of(json["protected"], false);
  identity.zone = json["zone"].text();
  identity.country = json["country"].text();
  identity.hours.days = static_cast<unsigned>(json["days"].number_or(0));
  identity.hours.start_minute = static_cast<int>(json["start"].number_or(-1));
  identity.hours.end_minute = static_cast<int>(json["end"].number_or(-1));
  return identity;
}

std::string write_locations(const std::string& source, const std::vector<NamedLocation>& all) {
  JsonWriter out;
  out.begin_object().member("source", source).key("locations").begin_array();
  for (const NamedLocation& location : all) {
    out.begin_object().member("id", location.id).member("name", location.name);
    out.key("networks").begin_array();
    for (const auto& network : location.networks) out.string(base::format_network(network));
    out.end_array();
    write_texts(out, "countries", location.countries);
    out.key("trusted").boolean(location.is_trusted).end_object();
  }
  out.end_array().end_object();
  return out.take();
}

NamedLocation read_location(const Json& json) {
  NamedLocation location;
  location.id = json["id"].text();
  location.name = json["name"].text();
  for (const auto& text : texts_of(json["networks"]))
    if (const auto network = base::parse_network(text)) location.networks.push_back(*network);
  location.countries = texts_of(json["countries"]);
  location.is_trusted = truth_of(json["trusted"], false);
  return location;
}

}  // namespace

void TenantDirectory::put(Identity identity) {
  const auto known = identities_.find(identity.id);
  if (known != identities_.end()) {
    if (known->second == identity) return;
    ids_.erase(known->second.name);
  } else if (identities_.size() >= base::limits::tenant_identities_max) {
    ++left_out_;
    return;
  }
  ++version_;
  if (!identity.name.empty()) ids_[identity.name] = identity.id;
  const std::string id = identity.id;
  identities_.insert_or_assign(id, std::move(identity));
}

void TenantDirectory::set_locations(std::string_view source, std::vector<NamedLocation> locations) {
  auto& known = locations_[std::string(source)];
  if (known == locations) return;
  known = std::move(locations);
  ++version_;
}

const Identity* TenantDirectory::find(std::string_view id_or_name) const {
  const std::string asked = base::to_lower_ascii(id_or_name);
  const auto named = ids_.find(asked);
  const auto found = identities_.find(named == ids_.end() ? asked : named->second);
  return found == identities_.end() ? nullptr : &found->second;
}

const NamedLocation* TenantDirectory::location_of(const base::IpAddress& address) const {
  const NamedLocation* found = nullptr;
  for (const auto& [source, locations] : locations_)
    for (const NamedLocation& location : locations)
      for (const auto& network : location.networks) {
        if (!network.contains(address)) continue;
        if (location.is_trusted) return &location;
        if (found == nullptr) found = &location;
      }
  return found;
}

std::vector<std::string> TenantDirectory::write() const {
  std::vector<std::string> texts;
  texts.reserve(identities_.size() + locations_.size());
  for (const auto& [id, identity] : identities_) texts.push_back(write_identity(identity));
  for (const auto& [source, all] : locations_) texts.push_back(write_locations(source, all));
  return texts;
}

bool TenantDirectory::read(std::string_view text) {
  const auto json = base::parse_json(text);
  if (!json || json->as_object() == nullptr) return false;
  if (const auto* all = (*json)["locations"].as_array()) {
    std::vector<NamedLocation> locations;
    for (const Json& each : *all) locations.push_back(read_location(each));
    set_locations((*json)["source"].text(), std::move(locations));
    return true;
  }
  Identity identity = read_identity(*json);
  if (identity.id.empty()) return false;
  put(std::move(identity));
  return true;
}

}  // namespace vedette::model
