#include "intel/stored_versions.h"

#include <fmt/format.h>

#include "base/json.h"
#include "intel/indicator_parts.h"
#include "intel/indicator_rows.h"
#include "intel/intel_limits.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {
namespace {

using base::JsonWriter;
using base::Timestamp;
using model::Indicator;
using model::Tlp;

// Of what is withdrawn nobody may know any more what it was; the upload wants a pattern.
constexpr std::string_view no_pattern = "[file:name = 'withdrawn']";
constexpr std::size_t name_bytes_max = 120;

std::string marking_of(Tlp tlp) {
  for (const auto& [id, level] : tlp_markings())
    if (level == tlp) return fmt::format("marking-definition--{}", id);
  return {};
}

void time_member(JsonWriter& out, std::string_view name, Timestamp time, Timestamp otherwise) {
  const Timestamp written = time.is_set() ? time : otherwise;
  if (written.is_set()) out.member(name, base::format_iso(written));
}

void texts_member(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out.key(name).begin_array();
  for (const auto& text : texts) out.string(text);
  out.end_array();
}

std::string name_of(const Indicator& indicator) {
  if (!indicator.description.empty()) return cut(indicator.description, name_bytes_max);
  return indicator.observables.empty() ? "indicator"
                                       : cut(indicator.observables.front().value, name_bytes_max);
}

// Sentinel compares names as they are and keeps the first comparison of a pattern for its rules: of
// our own patterns it is told the name alone.
std::string told_pattern(const Indicator& indicator) {
  if (indicator.pattern.empty()) return std::string(no_pattern);
  return indicator.pattern == write_stix_pattern(indicator.observables)
             ? write_stix_pattern(indicator.observables, Subdomains::unsaid)
             : indicator.pattern;
}

}  // namespace

std::string versions_query(Timestamp behind, std::size_t most) {
  const std::string time = base::format_iso(behind);
  return fmt::format(
      "declare query_parameters(behind_id:string = '', behind_source:string = '');\n"
      "{0} | where _TimeReceived > datetime({1}) or (_TimeReceived == datetime({1}) and "
      "(strcmp(Id, behind_id) > 0 or (Id == behind_id and strcmp(SourceSystem, behind_source) > "
      "0)))\n"
      "| sort by _TimeReceived asc, Id asc, SourceSystem asc, Modified asc | take {2}\n"
      "| project Id, SourceSystem, Pattern, ObservableKey, ObservableValue, tostring(Data), "
      "tolong(Confidence), Revoked == true or IsDeleted == true, Created, Modified, ValidFrom, "
      "ValidUntil, _TimeReceived",
      indicator_table, time, most);
}

// A mark that no name holds stands around each.
std::string listed(const std::vector<std::string>& texts) {
  std::string all = "\n";
  for (const auto& each : texts) all += each + "\n";
  return all;
}

std::string latest_query(const StoredFilter& filter) {
  std::string query = fmt::format(
      "declare query_parameters(wanted_id:string = '', keyword:string = '', sources:string = '', "
      "kinds:string = '');\n{}",
      indicator_table);
  const auto where = [&](bool is_wanted, std::string_view condition) {
    if (is_wanted) query += fmt::format("\n| where {}", condition);
  };
  where(filter.by_id, "Id == wanted_id");
  where(filter.by_source, "sources contains_cs strcat('\\n', SourceSystem, '\\n')");
  where(
      filter.by_keyword,
      fmt::format("Id in (({} | where Pattern contains keyword | distinct Id))", indicator_table));
  query += "\n| summarize arg_max(coalesce(Modified, TimeGenerated), *) by Id, SourceSystem";
  where(true, "Revoked != true and IsDeleted != true");
  where(filter.by_keyword, "Pattern contains keyword");
  where(filter.by_kind,
        "kinds contains strcat('\\n', tostring(split(ObservableKey, ':')[0]), '\\n')");
  where(!filter.with_ended, "isnull(ValidUntil) or ValidUntil > now()");
  where(filter.least_confidence > 0, fmt::format("Confidence >= {}", filter.least_confidence));
  where(filter.most_confidence < 100, fmt::format("Confidence <= {}", filter.most_confidence));
  return query +
         fmt::format(
             "\n| sort by Modified desc, Id asc, SourceSystem asc | extend N = row_number() "
             "| where N > {} and N <= {}\n"
             "| project Id, SourceSystem, Pattern, ObservableKey, ObservableValue, "
             "tostring(Data), tolong(Confidence), false, Created, Modified, ValidFrom, "
             "ValidUntil, _TimeReceived",
             filter.skip, filter.skip + filter.most);
}

base::Result<Indicator> read_version(const StoredVersion& version) {
  Indicator made =
      VEDETTE_TRY(read_row({version.id, version.source, version.pattern, version.key, version.value,
                            "", version.confidence, version.is_gone, version.modified,
                            version.valid_from, version.valid_until, version.received}));
  made.created = version.created;
  made.modified = version.modified;
  made.pattern = version.pattern;
  const auto data = base::parse_json(version.data);
  if (!data) return made;
  made.description = cut((*data)["description"].text(), limits::description_bytes_max);
  made.tlp = model::tlp_named((*data)["tlp"].text()).value_or(Tlp::unmarked);
  if (const auto* labels = (*data)["labels"].as_array())
    for (const auto& label : *labels) add_label(made, label.text());
  add_kill_chain(made, (*data)["kill_chain_phases"]);
  return made;
}

std::string write_stix_object(const Indicator& indicator, std::string_view id, Timestamp modified) {
  JsonWriter out;
  out.begin_object().member("type", "indicator").member("spec_version", "2.1").member("id", id);
  time_member(out, "created", indicator.created, modified);
  if (modified.is_set()) out.member("modified", base::format_iso(modified));
  out.member("name", name_of(indicator));
  if (!indicator.description.empty()) out.member("description", indicator.description);
  out.member("pattern", told_pattern(indicator));
  out.member("pattern_type", "stix").member("pattern_version", "2.1");
  const Timestamp created = indicator.created.is_set() ? indicator.created : modified;
  time_member(out, "valid_from", indicator.valid_from, modified.is_set() ? created : Timestamp{});
  if (indicator.valid_until.is_set())
    out.member("valid_until", base::format_iso(indicator.valid_until));
  out.key("confidence").number(std::int64_t{indicator.confidence});
  texts_member(out, "labels", indicator.labels);
  write_kill_chain(out, indicator);
  if (const auto marking = marking_of(indicator.tlp); !marking.empty())
    out.key("object_marking_refs").begin_array().string(marking).end_array();
  if (indicator.is_revoked) out.key("revoked").boolean(true);
  out.end_object();
  return out.take();
}

std::string renewed_id(std::string_view source, std::string_view id, std::uint32_t generation) {
  return made_id(source, fmt::format("{} {}", id, generation));
}

}  // namespace vedette::intel
