// Any bytes as Windows events (XML when they begin with '<', else JSON): no crash; every record is
// a row or in the quarantine; the same bytes come to the same rows; detectors see a record once.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "normalise/windows/windows_normaliser.h"

using namespace vedette;

namespace {

class Reading {
 public:
  std::vector<model::TableBatch> read(std::string_view bytes) {
    model::RawBatch batch;
    batch.source_name = "ingest:windows";
    batch.received = base::Timestamp::from_unix_seconds(1'780'000'000);
    batch.journal_position = 1;
    batch.live = true;
    batch.bytes = bytes;
    static const model::Location nowhere;
    counts = normaliser_.read(batch, true);
    log_ons = normaliser_.log_ons().size();
    assert(normaliser_.attempts().size() <= log_ons);
    for (const auto& each : normaliser_.log_ons()) assert(each.event.time.is_set());
    normaliser_.add_log_on_rows(
        [](const base::IpAddress&) -> const model::Location& { return nowhere; });
    std::vector<model::TableBatch> tables;
    normaliser_.take(tables);
    if (auto quarantined = quarantine_.take()) tables.push_back(std::move(*quarantined));
    return tables;
  }

  normalise::windows::WindowsCounts counts;
  std::size_t log_ons = 0;

 private:
  normalise::QuarantineRows quarantine_;
  normalise::windows::WindowsNormaliser normaliser_{base::TimeZone::fixed({}), quarantine_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static Reading reading;  // it reads the schema once
  const auto tables = reading.read(bytes);
  std::size_t rows = 0;
  for (const auto& batch : tables) {
    rows += batch.row_count();
    for (const auto& head : batch.heads()) assert(head.item_id != 0 && head.generated.is_set());
    if (batch.table() != "WindowsEvent") continue;
    for (const auto& column : batch.columns())
      for (const auto& value : column.values)
        if (const auto* text = std::get_if<model::TextCell>(&value); column.name == "EventData")
          assert(text != nullptr);
  }
  assert(rows >= reading.counts.records);
  const auto again = reading.read(bytes);
  assert(reading.log_ons == 0 && again.size() == tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i)
    assert(again[i].row_count() == tables[i].row_count() && again[i].table() == tables[i].table());
  return 0;
}
