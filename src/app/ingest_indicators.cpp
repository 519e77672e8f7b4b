// Indicators as they lie in the journal → rows of both tables of indicators.
#include <fmt/format.h>

#include "app/ingest_rows.h"
#include "app/intel_desk.h"
#include "intel/indicator_document.h"
#include "intel/indicator_rows.h"
#include "model/indicator_record.h"

namespace vedette::app {

void IngestRows::add_indicators(const model::RawBatch& batch) {
  const auto read = model::read_indicator_payload(batch.bytes);
  const auto form = read ? intel::document_format_named(read->record.form) : std::nullopt;
  if (!form)
    return quarantine(batch, "the record does not say what it holds", batch.bytes,
                      model::indicator_format);
  Table* const newer = table_of(intel::indicator_table);
  Table* const older = table_of(intel::older_table);
  if (newer == nullptr || older == nullptr)
    return quarantine(batch, "there are too many tables already", batch.bytes,
                      model::indicator_format);
  newer->reader.begin(batch.received);
  older->reader.begin(batch.received);
  Table* const objects =
      *form == intel::DocumentFormat::stix ? table_of(intel::objects_table) : nullptr;
  if (objects != nullptr) objects->reader.begin(batch.received);
  IntelDesk::Tally tally;
  const intel::IndicatorDefaults defaults{read->record.source, read->record.confidence,
                                          read->record.for_detection_only, read->record.columns,
                                          read->record.delimiter};
  const base::Duration hold = base::Duration::hours(read->record.hold_hours);
  const auto take = [&](auto indicator) {
    if (!indicator) {
      if (indicator.error().code != base::ErrorCode::not_found)
        tally.refusals.add(indicator.error().message);
      return;
    }
    if (hold > base::Duration{} && !indicator->valid_until.is_set())
      indicator->valid_until = batch.received + hold;
    ++(indicator->is_revoked ? tally.withdrawn : tally.taken);
    older->reader.add_json(intel::write_older_row(*indicator, batch.received), older->imported);
    newer->reader.add_json(intel::write_row(*indicator, batch.received), newer->imported);
  };
  const auto take_object = [&](const base::Json& object) {
    const std::string row = intel::write_object_row(object, read->record.source);
    if (objects != nullptr && !row.empty()) objects->reader.add_json(row, objects->imported);
  };
  intel::read_document(*form, read->document, defaults, take, take_object);
  // The document itself may be asked for again; what is wrong with how much of it is kept.
  std::uint64_t place = 0;
  for (const auto& [reason, times] : tally.refusals.by_reason())
    quarantine_.add({batch.source_name, model::indicator_format, reason,
                     fmt::format("{} times", times), batch.received, batch.journal_position,
                     ++place});
  if (intel_ != nullptr) intel_->count(std::string(batch.source_name), tally);
}

}  // namespace vedette::app
