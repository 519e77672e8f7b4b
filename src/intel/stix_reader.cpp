#include <algorithm>
#include <utility>

#include "intel/indicator_parts.h"
#include "intel/indicator_reader.h"
#include "intel/intel_limits.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {
namespace {

using base::ErrorCode;
using base::Json;
using model::Indicator;
using model::Tlp;

Tlp tlp_of(const Json& references) {
  Tlp strictest = Tlp::unmarked;
  if (const auto* list = references.as_array())
    for (const Json& each : *list)
      for (const auto& [id, tlp] : tlp_markings())
        if (each.text().ends_with(id)) strictest = std::max(strictest, tlp);
  return strictest;
}

void add_labels(Indicator& indicator, const Json& list) {
  if (const auto* texts = list.as_array())
    for (const Json& each : *texts) add_label(indicator, each.text());
}

}  // namespace

base::Result<Indicator> read_stix_indicator(const Json& object, const IndicatorDefaults& defaults) {
  if (object["type"].text() != "indicator")
    return base::failure(ErrorCode::not_found, "no indicator");
  const auto refused = [](const char* reason) {
    return base::failure(ErrorCode::malformed, reason);
  };
  Indicator made;
  made.id = object["id"].text();
  if (!made.id.starts_with("indicator--") || made.id.size() > limits::id_bytes_max)
    return refused("no STIX id");
  const std::string& language = object["pattern_type"].text();
  if (!language.empty() && language != "stix") return refused("the pattern is not in STIX");
  made.source = defaults.source;
  made.pattern = object["pattern"].text();
  made.is_revoked = is_true(object["revoked"]);
  auto observables = read_stix_pattern(made.pattern);
  // What is withdrawn need not be understood to be withdrawn.
  if (!observables && !made.is_revoked) return std::unexpected(observables.error());
  if (observables) made.observables = *std::move(observables);
  const auto confidence = whole_number(object["confidence"]);
  made.confidence =
      static_cast<int>(std::clamp<std::int64_t>(confidence.value_or(defaults.confidence), 0, 100));
  made.created = time_of(object["created"]);
  made.modified = time_of(object["modified"]);
  made.valid_from = time_of(object["valid_from"]);
  const Json& until = object["valid_until"];
  made.valid_until = time_of(until);
  if (!until.is_null() && !until.text().empty() && !made.valid_until.is_set())
    return refused("valid_until is no time");
  add_labels(made, object["labels"]);
  add_labels(made, object["indicator_types"]);
  add_kill_chain(made, object["kill_chain_phases"]);
  made.tlp = tlp_of(object["object_marking_refs"]);
  const std::string& description = object["description"].text();
  made.description =
      cut(description.empty() ? object["name"].text() : description, limits::description_bytes_max);
  return made;
}

}  // namespace vedette::intel
