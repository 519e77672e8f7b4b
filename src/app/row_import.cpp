#include "app/row_import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/duckdb/parquet_file.h"

namespace vedette::app {
namespace {

// What goes into the store at once; or to the `serve` that has it.
constexpr std::size_t batch_rows_max = base::limits::bulk_append_rows;
constexpr std::uint64_t rows_between_progress = 50'000;

}  // namespace

Import::Import(store::duckdb::SegmentStore* store, ImportHandover* handover,
               const ports::Clock& clock, normalise::RowReader& rows, const std::string& table)
    : store_(store),
      handover_(handover),
      clock_(clock),
      rows_(rows),
      batch_(table),
      progress_(isatty(2) == 1) {
  batch_.seek_everywhere();
}

base::Result<void> Import::read(RecordReader& records, RecordFormat format) {
  bool has_header = format == RecordFormat::json;
  while (true) {
    const Record record = VEDETTE_TRY(records.next());
    if (record.kind == Record::Kind::end) break;
    if (record.kind == Record::Kind::too_long) {
      rows_.count_unreadable("longer than a row may be", fmt::format("line {}", record.line));
    } else if (!has_header) {
      header_ = record.fields;
      rows_.set_header(record.fields);
      has_header = true;
    } else if (format == RecordFormat::csv) {
      add_fields(record.fields);
    } else {
      add_json(record.json);
    }
    if (is_full()) VEDETTE_TRY_VOID(flush());
  }
  return flush();
}

base::Result<void> Import::read_parquet(const std::string& file) {
  if (file == "-")
    return base::failure(base::ErrorCode::invalid_argument,
                         "a Parquet file begins at its end: it cannot come on standard input");
  VEDETTE_TRY_VOID(
      store::duckdb::read_parquet(file, [this](std::string_view json) -> base::Result<void> {
        add_json(json);
        return is_full() ? flush() : base::Result<void>();
      }));
  return flush();
}

void Import::end_progress() const {
  if (shown_ > 0) fmt::print(stderr, "\n");
}

void Import::add_json(std::string_view json) {
  const std::uint64_t before = rows_.rows();
  rows_.add_json(json, batch_);
  if (handover_ != nullptr && rows_.rows() > before) handover_->add(json);
}

bool Import::is_full() const {
  return batch_.row_count() >= batch_rows_max || (handover_ != nullptr && handover_->is_full());
}

base::Result<void> Import::flush() {
  if (batch_.row_count() == 0) return {};
  if (handover_ != nullptr) {
    VEDETTE_TRY_VOID(handover_->send());
    totals_.handed_over += batch_.row_count();
  } else {
    const std::uint64_t watermark = VEDETTE_TRY(store_->watermark());
    const ports::AppendCounts counts =
        VEDETTE_TRY(store_->append({&batch_, 1}, watermark, clock_.now()));
    totals_.stored += counts.rows;
    totals_.repeated += counts.repeated;
    totals_.updated += counts.updated;
  }
  batch_.clear();
  if (progress_ && rows_.rows() >= shown_ + rows_between_progress) {
    shown_ = rows_.rows();
    fmt::print(stderr, "\r{} rows", base::group_thousands(shown_));
  }
  return {};
}

void Import::add_fields(const std::vector<std::string>& fields) {
  const std::uint64_t before = rows_.rows();
  rows_.add_fields(fields, batch_);
  if (handover_ == nullptr || rows_.rows() == before) return;
  base::JsonWriter writer;
  writer.begin_object();
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!fields[i].empty()) writer.member(header_[i], fields[i]);
  writer.end_object();
  handover_->add(writer.text());
}

}  // namespace vedette::app
