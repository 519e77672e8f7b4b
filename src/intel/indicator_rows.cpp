#include "intel/indicator_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/json.h"
#include "intel/indicator_parts.h"
#include "intel/intel_limits.h"
#include "intel/observable.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {
namespace {

using base::JsonWriter;
using base::Timestamp;
using model::Indicator;
using model::Observable;
using model::ObservableType;

constexpr std::string_view copy_mark = "copy of ThreatIntelIndicators";

// Of Lockheed Martin's phases the older table has columns.
constexpr std::string_view attack_chain = "lockheed-martin-cyber-kill-chain";
constexpr std::array kill_chain_columns{
    std::pair{std::string_view("reconnaissance"), std::string_view("KillChainReconnaissance")},
    std::pair{std::string_view("weaponization"), std::string_view("KillChainWeaponization")},
    std::pair{std::string_view("delivery"), std::string_view("KillChainDelivery")},
    std::pair{std::string_view("exploitation"), std::string_view("KillChainExploitation")},
    std::pair{std::string_view("command-and-control"), std::string_view("KillChainC2")},
    std::pair{std::string_view("actions-on-objectives"), std::string_view("KillChainActions")}};

bool is_active(const Indicator& indicator, Timestamp now) {
  return !indicator.is_revoked && (!indicator.valid_until.is_set() || indicator.valid_until > now);
}

std::string joined(const std::vector<std::string>& labels) {
  std::string text;
  for (const auto& label : labels) text += (text.empty() ? "" : ", ") + label;
  return text;
}

void time_member(JsonWriter& writer, std::string_view name, Timestamp time) {
  if (time.is_set()) writer.member(name, base::format_iso(time));
}

void data_member(JsonWriter& writer, const Indicator& indicator) {
  writer.key("Data").begin_object().member("type", "indicator").member("id", indicator.id);
  writer.member("pattern", indicator.pattern).member("pattern_type", "stix");
  if (!indicator.description.empty()) writer.member("description", indicator.description);
  if (indicator.tlp != model::Tlp::unmarked) writer.member("tlp", model::name_of(indicator.tlp));
  if (!indicator.labels.empty()) {
    writer.key("labels").begin_array();
    for (const auto& label : indicator.labels) writer.string(label);
    writer.end_array();
  }
  write_kill_chain(writer, indicator);
  writer.end_object();
}

void older_members(JsonWriter& writer, const Observable& observable,
                   std::set<std::string_view>& used) {
  const auto member = [&](std::string_view name) {
    if (used.insert(name).second) writer.member(name, observable.value);
  };
  const auto hash = [&](std::string_view kind) {
    if (used.insert("FileHashType").second) writer.member("FileHashType", kind);
    member("FileHashValue");
  };
  // With its ports; of protocols this table knows numbers alone: such an address stands not in it.
  const model::TrafficTerms& traffic = observable.traffic;
  if (traffic.any() && traffic.source_port == 0 && traffic.destination_port == 0) return;
  const auto port = [&](std::string_view name, std::uint16_t number) {
    if (number != 0 && used.insert(name).second) writer.key(name).number(std::int64_t{number});
  };
  port("NetworkSourcePort", traffic.source_port);
  port("NetworkDestinationPort", traffic.destination_port);
  switch (observable.type) {
    case ObservableType::ipv4:
    case ObservableType::ipv6:
      return member("NetworkIP");
    case ObservableType::network:
      return member("NetworkCidrBlock");
    case ObservableType::domain:
    case ObservableType::hostname:
      return member("DomainName");
    case ObservableType::url:
      return member("Url");
    case ObservableType::email:
      return member("EmailSenderAddress");
    case ObservableType::md5:
      return hash("MD5");
    case ObservableType::sha1:
      return hash("SHA1");
    case ObservableType::sha256:
      return hash("SHA256");
    case ObservableType::sha512:
      return hash("SHA512");
  }
}

}  // namespace

std::string write_row(const Indicator& indicator, Timestamp now) {
  JsonWriter writer;
  writer.begin_object().member("Id", indicator.id).member("SourceSystem", indicator.source);
  writer.member("Pattern", indicator.pattern);
  if (!indicator.observables.empty()) {
    writer.member("ObservableKey", observable_key(indicator.observables.front()));
    writer.member("ObservableValue", indicator.observables.front().value);
  }
  writer.key("Confidence").number(std::int64_t{indicator.confidence});
  writer.key("IsActive").boolean(is_active(indicator, now));
  writer.key("IsDeleted").boolean(false).key("Revoked").boolean(indicator.is_revoked);
  time_member(writer, "Created", indicator.created);
  time_member(writer, "Modified", indicator.modified);
  time_member(writer, "ValidFrom", indicator.valid_from);
  time_member(writer, "ValidUntil", indicator.valid_until);
  if (!indicator.labels.empty()) writer.member("Tags", joined(indicator.labels));
  data_member(writer, indicator);
  writer.end_object();
  return writer.take();
}

std::string write_older_row(const Indicator& indicator, Timestamp now) {
  JsonWriter writer;
  writer.begin_object().member("IndicatorId", indicator.id);
  writer.member("ExternalIndicatorId", indicator.id).member("SourceSystem", indicator.source);
  std::set<std::string_view> used;
  for (const Observable& each : indicator.observables) older_members(writer, each, used);
  writer.key("ConfidenceScore").real(indicator.confidence);
  writer.key("Active").boolean(is_active(indicator, now));
  time_member(writer, "ExpirationDateTime", indicator.valid_until);
  if (!indicator.labels.empty()) writer.member("Tags", joined(indicator.labels));
  if (!indicator.description.empty()) writer.member("Description", indicator.description);
  if (indicator.tlp != model::Tlp::unmarked)
    writer.member("TrafficLightProtocolLevel", model::name_of(indicator.tlp));
  for (const auto& [chain, phase] : indicator.kill_chain)
    for (const auto& [name, column] : kill_chain_columns)
      if (chain == attack_chain && phase == name) writer.key(column).boolean(true);
  writer.member("AdditionalInformation", copy_mark);
  writer.end_object();
  return writer.take();
}

std::string write_object_row(const base::Json& object, std::string_view source) {
  const std::string& type = object["type"].text();
  const std::string& id = object["id"].text();
  // A bundle is what objects come in.
  if (type.empty() || type == "bundle" || id.size() <= type.size() + 2 ||
      id.size() > limits::id_bytes_max || !id.starts_with(type + "--"))
    return {};
  JsonWriter writer;
  writer.begin_object().member("Id", id).member("StixType", type).member("SourceSystem", source);
  writer.key("IsDeleted").boolean(is_true(object["revoked"])).end_object();
  std::string row = writer.take();
  row.insert(row.size() - 1, ",\"Data\":" + base::format_json(object));
  return row;
}

std::string rows_query(std::string_view table, std::size_t part, std::size_t parts,
                       Timestamp since) {
  const bool is_older = table == older_table;
  const std::string id =
      is_older ? "iff(isempty(ExternalIndicatorId), IndicatorId, ExternalIndicatorId)" : "Id";
  std::string query(table);
  if (is_older) query += fmt::format(" | where AdditionalInformation != '{}'", copy_mark);
  query += fmt::format(" | extend TheId = {}", id);
  if (since.is_set())
    query += fmt::format(
        " | where TheId in (({} | where _TimeReceived >= datetime({}) | extend TheId = {} | "
        "distinct "
        "TheId))",
        table, base::format_iso(since), id);
  if (parts > 1) query += fmt::format(" | where hash(TheId, {}) == {}", parts, part);
  if (is_older)
    return query +
           " | project TheId, SourceSystem, '', '', case(isnotempty(NetworkIP), NetworkIP, "
           "isnotempty(NetworkSourceIP), NetworkSourceIP, isnotempty(NetworkDestinationIP), "
           "NetworkDestinationIP, isnotempty(NetworkCidrBlock), NetworkCidrBlock, "
           "isnotempty(DomainName), DomainName, isnotempty(Url), Url, "
           "isnotempty(EmailSenderAddress), EmailSenderAddress, FileHashValue), Description, "
           "tolong(ConfidenceScore), Active == false, TimeGenerated, datetime(null), "
           "ExpirationDateTime, _TimeReceived";
  return query +
         " | project TheId, SourceSystem, Pattern, ObservableKey, ObservableValue, "
         "tostring(Data.description), tolong(Confidence), Revoked == true or IsDeleted == true, "
         "Modified, ValidFrom, ValidUntil, _TimeReceived";
}

base::Result<Indicator> read_row(const IndicatorRow& row) {
  Indicator made;
  if (row.id.empty() || row.id.size() > limits::id_bytes_max)
    return base::failure(base::ErrorCode::malformed, "no id");
  made.id = row.id;
  made.source = cut(row.source, limits::source_bytes_max);
  made.is_revoked = row.is_gone;
  if (!row.is_gone) {
    if (!row.pattern.empty())
      made.observables = VEDETTE_TRY(read_stix_pattern(row.pattern));
    else if (!row.key.empty())
      made.observables = {VEDETTE_TRY(read_key(row.key, row.value))};
    else
      made.observables = {VEDETTE_TRY(read_observable(row.value))};
    // In this table a name is compared as it is.
    if (row.pattern.empty())
      for (auto& each : made.observables)
        if (each.type == ObservableType::domain) each.type = ObservableType::hostname;
  }
  made.confidence = static_cast<int>(std::clamp<std::int64_t>(row.confidence, 0, 100));
  made.modified = row.modified;
  made.valid_from = row.valid_from;
  made.valid_until = row.valid_until;
  made.description = row.note;
  return made;
}

}  // namespace vedette::intel
