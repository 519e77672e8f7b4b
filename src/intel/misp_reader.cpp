#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "intel/indicator_parts.h"
#include "intel/indicator_reader.h"
#include "intel/intel_limits.h"
#include "intel/observable.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {
namespace {

using base::ErrorCode;
using base::Json;
using base::Result;
using model::Indicator;
using model::Observable;

using Read = Result<Observable> (*)(std::string_view text);

struct TypePart {
  std::string_view name;
  Read read;
};
// What the parts of a type's name (joined by '|') are read as.
constexpr std::array type_parts{
    TypePart{"ip-src", read_address},    TypePart{"ip-dst", read_address},
    TypePart{"ip", read_address},        TypePart{"domain", read_domain},
    TypePart{"hostname", read_hostname}, TypePart{"url", read_url},
    TypePart{"email", read_email},       TypePart{"email-src", read_email},
    TypePart{"email-dst", read_email},   TypePart{"md5", read_hash},
    TypePart{"sha1", read_hash},         TypePart{"sha256", read_hash},
    TypePart{"sha512", read_hash},
};
// The types that are made of these, as MISP names them.
constexpr std::array type_names{
    std::string_view("ip-src"),
    std::string_view("ip-dst"),
    std::string_view("ip-src|port"),
    std::string_view("ip-dst|port"),
    std::string_view("domain"),
    std::string_view("hostname"),
    std::string_view("hostname|port"),
    std::string_view("domain|ip"),
    std::string_view("url"),
    std::string_view("email"),
    std::string_view("email-src"),
    std::string_view("email-dst"),
    std::string_view("md5"),
    std::string_view("sha1"),
    std::string_view("sha256"),
    std::string_view("sha512"),
    std::string_view("filename|md5"),
    std::string_view("filename|sha1"),
    std::string_view("filename|sha256"),
    std::string_view("filename|sha512"),
};
// Parts that only say more of the other.
constexpr std::array beside{std::string_view("port"), std::string_view("filename")};

// Source: the taxonomies `misp` and `admiralty-scale`, with the numbers that MISP itself gives.
struct ConfidenceTag {
  std::string_view name;
  int confidence;
};
constexpr std::array confidence_tags{
    ConfidenceTag{R"(misp:confidence-level="completely-confident")", 100},
    ConfidenceTag{R"(misp:confidence-level="usually-confident")", 75},
    ConfidenceTag{R"(misp:confidence-level="fairly-confident")", 50},
    ConfidenceTag{R"(misp:confidence-level="rarely-confident")", 25},
    ConfidenceTag{R"(misp:confidence-level="unconfident")", 0},
    ConfidenceTag{R"(admiralty-scale:information-credibility="1")", 100},
    ConfidenceTag{R"(admiralty-scale:information-credibility="2")", 75},
    ConfidenceTag{R"(admiralty-scale:information-credibility="3")", 50},
    ConfidenceTag{R"(admiralty-scale:information-credibility="4")", 25},
    ConfidenceTag{R"(admiralty-scale:information-credibility="5")", 0},
};

// Of the taxonomy `kill-chain`: "Command and Control" is what STIX calls command-and-control.
void add_phase(Indicator& indicator, std::string_view name) {
  std::string phase = base::to_lower_ascii(name);
  std::erase(phase, '"');
  std::ranges::replace(phase, ' ', '-');
  const Json::Object made{
      {"kill_chain_name", Json(Json::Value("lockheed-martin-cyber-kill-chain"))},
      {"phase_name", Json(Json::Value(phase))}};
  add_kill_chain(indicator, Json(Json::Value(Json::Array{Json(Json::Value(made))})));
}

// Of the attribute's own tags, or of those that it has from its event; the last one that says it
// wins.
void take_tags(const Json& tags, bool inherited, Indicator& indicator) {
  const auto* list = tags.as_array();
  if (list == nullptr) return;
  for (const Json& tag : *list) {
    if (is_true(tag["inherited"]) != inherited) continue;
    const std::string& name = tag["name"].text();
    if (base::to_lower_ascii(name.substr(0, 4)) == "tlp:") {
      if (const auto tlp = model::tlp_named(std::string_view(name).substr(4))) indicator.tlp = *tlp;
    }
    for (const auto& each : confidence_tags)
      if (base::equals_ignoring_case(name, each.name)) indicator.confidence = each.confidence;
    constexpr std::string_view phase_start = "kill-chain:";
    if (base::to_lower_ascii(name).starts_with(phase_start))
      add_phase(indicator, name.substr(phase_start.size()));
    add_label(indicator, name);
  }
}

Result<std::vector<Observable>> observables_of(const std::string& type, const std::string& value) {
  const auto refused = [](std::string reason) {
    return base::failure(ErrorCode::malformed, std::move(reason));
  };
  if (base::trim(value).empty()) return refused("blank");
  const auto types = base::split(type, '|');
  auto values = types.size() > 1 ? base::split(value, '|') : std::vector<std::string_view>{value};
  if (types.size() != values.size()) return refused("the value has not the parts of its type");
  std::vector<Observable> found;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto* part = std::ranges::find(type_parts, types[i], &TypePart::name);
    if (part != type_parts.end())
      found.push_back(VEDETTE_TRY(part->read(values[i])));
    else if (types.size() == 1 || std::ranges::find(beside, types[i]) == beside.end())
      return refused("nothing is held against attributes of type " + cut(type, 60));
  }
  if (found.empty()) return refused("nothing is held against attributes of type " + cut(type, 60));
  return found;
}

}  // namespace

std::span<const std::string_view> misp_types() {
  return type_names;
}

Result<Indicator> read_misp_attribute(const Json& attribute, const Json& event_tags,
                                      const IndicatorDefaults& defaults) {
  Indicator made;
  const std::string& uuid = attribute["uuid"].text();
  if (uuid.empty() || uuid.size() > limits::id_bytes_max / 2)
    return base::failure(ErrorCode::malformed, "no UUID");
  made.id = "indicator--" + base::to_lower_ascii(uuid);
  made.source = defaults.source;
  made.confidence = defaults.confidence;
  // Soft deleted, or taken back from detection: gone for us either way.
  const Json& to_ids = attribute["to_ids"];
  const bool is_taken_back = defaults.for_detection_only && !to_ids.is_null() && !is_true(to_ids);
  made.is_revoked = is_true(attribute["deleted"]) || is_taken_back;
  auto observables = observables_of(attribute["type"].text(), attribute["value"].text());
  if (!observables && made.is_revoked)
    return base::failure(ErrorCode::not_found, "withdrawn, and never an indicator");
  made.observables = VEDETTE_TRY(std::move(observables));
  made.pattern = write_stix_pattern(made.observables);
  made.modified = time_of(attribute["timestamp"]);
  made.created = made.modified;
  take_tags(event_tags, false, made);
  take_tags(attribute["Tag"], true, made);
  take_tags(attribute["Tag"], false, made);
  const std::string& comment = attribute["comment"].text();
  made.description = cut(comment.empty() ? attribute["Event"]["info"].text() : comment,
                         limits::description_bytes_max);
  return made;
}

}  // namespace vedette::intel
