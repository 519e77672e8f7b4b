// Any bytes as what a cloud service answered, in every format (the first byte chooses): no crash;
// every record is a row or in the quarantine; the same bytes come to the same rows; what the log-in
// detectors see, they see once.
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/cloud_normaliser.h"

using namespace vedette;

namespace {

constexpr std::array formats{
    model::graph_sign_ins_format,        model::graph_directory_audits_format,
    model::graph_risk_detections_format, model::graph_risky_users_format,
    model::graph_identities_format,      model::management_activity_format,
    model::sentinel_incidents_format,    model::sentinel_incident_details_format,
    model::log_analytics_format};

class Reading {
 public:
  std::vector<model::TableBatch> read(std::string_view format, std::string_view bytes) {
    model::RawBatch batch;
    batch.source_name = "graph:84841066-274d-4ec0-a5c1-276be684bdd3";
    batch.received = base::Timestamp::from_unix_seconds(1'780'000'000);
    batch.journal_position = 1;
    batch.bytes = bytes;
    static const model::Location nowhere;
    counts = normaliser_.read(batch, format, true);
    log_ins = normaliser_.log_ins().size();
    assert(log_ins <= normaliser_.sign_ins().size());
    normaliser_.add_log_in_rows(
        [](const base::IpAddress&) -> const model::Location& { return nowhere; });
    std::vector<model::TableBatch> tables;
    normaliser_.take(tables);
    if (auto quarantined = quarantine_.take()) tables.push_back(std::move(*quarantined));
    return tables;
  }

  normalise::cloud::CloudCounts counts;
  std::size_t log_ins = 0;

 private:
  normalise::QuarantineRows quarantine_;
  normalise::cloud::CloudNormaliser normaliser_{quarantine_};
};

// What is said to be canonical JSON is JSON.
void check(const model::TableBatch& batch) {
  for (const auto& head : batch.heads()) assert(head.item_id != 0 && head.generated.is_set());
  for (const auto& column : batch.columns())
    for (const auto& value : column.values)
      if (const auto* text = std::get_if<model::TextCell>(&value);
          text && text->form == model::TextForm::canonical)
        assert(base::parse_json(batch.text_of(*text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view format = formats[data[0] % formats.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  static Reading reading;  // it reads the schema once
  const auto tables = reading.read(format, bytes);
  std::size_t rows = 0, quarantined = 0;
  for (const auto& batch : tables) {
    check(batch);
    (batch.table() == "VedetteQuarantine" ? quarantined : rows) += batch.row_count();
  }
  assert(quarantined >= reading.counts.unreadable);
  assert(rows + quarantined >= reading.counts.records);
  const auto again = reading.read(format, bytes);
  assert(reading.log_ins == 0 && again.size() == tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i)
    assert(again[i].row_count() == tables[i].row_count() && again[i].table() == tables[i].table());
  return 0;
}
