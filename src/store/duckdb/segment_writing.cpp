// Appending: which rows are new, what their table needs, and one transaction that holds them all
// together with the watermark.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "fmt/format.h"
#include "kql/kept_path.h"
#include "store/duckdb/segment_append.h"
#include "store/duckdb/segment_store_body.h"

namespace vedette::store::duckdb {

namespace {

// Rows named in one statement.
constexpr std::size_t rows_per_statement = 1'000;

std::int32_t day_number(const std::string& day) {
  return static_cast<std::int32_t>(base::parse_iso(day + "T00:00:00Z")->unix_seconds() / 86'400);
}

std::string day_of_number(std::int32_t number) {
  return base::format_iso(base::Timestamp::from_unix_seconds(std::int64_t{number} * 86'400))
      .substr(0, 10);
}

// Tables that an administrator makes by sending rows for them, as in Log Analytics.
bool is_custom_table(std::string_view name) {
  constexpr std::size_t name_bytes_max = 128;
  return name.ends_with("_CL") && name.size() > 3 && name.size() <= name_bytes_max &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

// The type of a column that no schema names: what its suffix says as in Log Analytics, else what
// its first value is.
kql::Type type_of_open_column(const model::BatchColumn& column) {
  if (column.name.ends_with("_s") || column.name.ends_with("_g")) return kql::Type::string;
  if (column.name.ends_with("_d")) return kql::Type::real;
  if (column.name.ends_with("_b")) return kql::Type::boolean;
  if (column.name.ends_with("_t")) return kql::Type::datetime;
  const model::CellValue& value = column.values.front();
  if (std::holds_alternative<std::int64_t>(value)) return kql::Type::int64;
  if (std::holds_alternative<double>(value)) return kql::Type::real;
  if (std::holds_alternative<bool>(value)) return kql::Type::boolean;
  if (std::holds_alternative<base::Timestamp>(value)) return kql::Type::datetime;
  if (std::holds_alternative<base::Duration>(value)) return kql::Type::timespan;
  return kql::Type::string;
}

bool is_usable_name(std::string_view name) {
  constexpr std::size_t name_bytes_max = 256;
  return !name.empty() && name.size() <= name_bytes_max;
}

}  // namespace

base::Result<ports::AppendCounts> SegmentStore::Body::append(
    std::span<const model::TableBatch> batches, std::uint64_t watermark, base::Timestamp received) {
  if (options_.read_only)
    return base::failure(base::ErrorCode::refused, "the store is open for reading only");
  const std::lock_guard writing(writing_);
  if (suspicious_) VEDETTE_TRY_VOID(check_suspects());
  if (unusable_)
    return base::failure(base::ErrorCode::unavailable, "the store has to be opened again");
  const Columns columns = VEDETTE_TRY(resolve(batches));
  const std::string day = base::format_iso(received).substr(0, 10);
  if (!is_day(day))
    return base::failure(base::ErrorCode::invalid_argument, "the time of receipt is no time");
  SegmentPtr segment = VEDETTE_TRY(segment_for(day));
  const FoundRows found = VEDETTE_TRY(look_up(batches, watermark <= state_.rebuilt_until));
  const Choice choice = choose(batches, found, day);
  segment = VEDETTE_TRY(extend(std::move(segment), batches, columns, choice));
  Segment next = *segment;
  next.sealed = false;
  next.state = {state_.sequence + 1, watermark,
                watermark < state_.rebuilt_until ? state_.rebuilt_until : 0};
  auto counts = choice.counts;
  const auto written = write(next, batches, choice);
  if (!written) return std::unexpected(written.error());
  state_ = next.state;
  watermark_ = watermark;
  if (day == sealing_day_) sealing_is_over_ = true;
  for (const auto& [key, row] : choice.learned) known_.put(key, row);
  publish(std::make_shared<const Segment>(std::move(next)));
  std::vector<OldRow> elsewhere;
  for (const OldRow& row : choice.old_rows)
    if (row.day != day) elsewhere.push_back(row);
  if (!elsewhere.empty()) {
    // The rows are in, so this append has succeeded; what cannot be deleted now is recorded, and
    // is deleted when the store is opened again.
    const auto finished = finish_deletions(*find(day), elsewhere);
    if (!finished) notice("old versions of rows stay for now: " + finished.error().message);
  }
  return counts;
}

base::Result<SegmentStore::Body::Columns> SegmentStore::Body::resolve(
    std::span<const model::TableBatch> batches) const {
  Columns all;
  for (const model::TableBatch& batch : batches) {
    const kql::CatalogueTable* table = catalogue_.table(batch.table());
    if (table == nullptr && !is_custom_table(batch.table()))
      return base::failure(base::ErrorCode::invalid_argument,
                           fmt::format("there is no table {}", batch.table()));
    auto& columns = all.emplace_back();
    for (const model::BatchColumn& column : batch.columns()) {
      if (column.rows.empty()) continue;
      if (column.name == generated_column || column.name == received_column)
        return base::failure(
            base::ErrorCode::invalid_argument,
            fmt::format("{} belongs in a row's head, not in a column", column.name));
      const kql::CatalogueColumn* known = nullptr;
      if (table != nullptr) {
        const auto at = std::ranges::find(table->columns, column.name, &kql::CatalogueColumn::name);
        if (at != table->columns.end()) known = &*at;
      }
      if (known == nullptr && table != nullptr && !table->open)
        return base::failure(
            base::ErrorCode::invalid_argument,
            fmt::format("the table {} has no column {}", batch.table(), column.name));
      if (!is_usable_name(column.name))
        return base::failure(base::ErrorCode::invalid_argument,
                             fmt::format("a column of {} has no usable name", batch.table()));
      columns.push_back(
          {column.name, known != nullptr ? known->type : type_of_open_column(column)});
    }
  }
  return all;
}

base::Result<SegmentPtr> SegmentStore::Body::segment_for(const std::string& day) {
  if (SegmentPtr known = find(day)) {
    VEDETTE_TRY_VOID(need(*known));
    return known;
  }
  auto made = attach_day(day);
  if (!made) {
    note_trouble();
    return std::unexpected(std::move(made).error().within("making the segment of " + day));
  }
  auto segment = std::make_shared<const Segment>(std::move(*made));
  publish(segment);
  return segment;
}

base::Result<SegmentStore::Body::FoundRows> SegmentStore::Body::look_up(
    std::span<const model::TableBatch> batches, bool all) {
  FoundRows found;
  for (const model::TableBatch& batch : batches) {
    if (!all && !batch.seeks_everywhere()) continue;
    const auto done = look_up(batch, found);
    if (!done) {
      note_trouble();
      return std::unexpected(done.error());
    }
  }
  return found;
}

// Looks the batch's rows up in every segment that has the table.
base::Result<void> SegmentStore::Body::look_up(const model::TableBatch& batch, FoundRows& found) {
  std::vector<std::uint64_t> items;
  for (const model::RowHead& head : batch.heads())
    if (head.item_id != 0 && !known_.find(row_key(batch.table(), head.item_id)))
      items.push_back(head.item_id);
  for (const SegmentPtr& segment : view()) {
    const auto table = segment->tables.find(batch.table());
    if (table == segment->tables.end() || table->second->rows == 0 || items.empty()) continue;
    VEDETTE_TRY_VOID(need(*segment));
    const std::int32_t day = day_number(segment->day);
    for (std::size_t at = 0; at < items.size(); at += rows_per_statement * 20) {
      std::string list;
      const std::size_t end = std::min(items.size(), at + rows_per_statement * 20);
      for (std::size_t i = at; i < end; ++i)
        list += fmt::format("{}{}", i > at ? "," : "", items[i]);
      VEDETTE_TRY_VOID(writer_.each_chunk(
          fmt::format("SELECT {0}, {1} FROM {2} SEMI JOIN (SELECT unnest(CAST([{3}] AS UBIGINT[])) "
                      "AS wanted) ON {0} = wanted",
                      item_column, content_column, segment->qualified(table->second->physical),
                      list),
          [&](duckdb_data_chunk chunk) {
            const auto* ids = static_cast<std::uint64_t*>(
                duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
            const auto* contents = static_cast<std::uint64_t*>(
                duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1)));
            const idx_t size = duckdb_data_chunk_get_size(chunk);
            for (idx_t i = 0; i < size; ++i)
              found.insert_or_assign(row_key(batch.table(), ids[i]), KnownRow{contents[i], day});
          }));
    }
  }
  return {};
}

SegmentStore::Body::Choice SegmentStore::Body::choose(std::span<const model::TableBatch> batches,
                                                      const FoundRows& found,
                                                      const std::string& day) const {
  struct Fresh {
    std::uint64_t content = 0;
    std::size_t batch = 0;
    std::uint32_t row = 0;
    std::optional<KnownRow> stored;  // the same content is in the store already
  };
  std::unordered_map<std::uint64_t, Fresh> fresh;
  std::vector<std::vector<bool>> kept;
  Choice choice;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const model::TableBatch& batch = batches[b];
    kept.emplace_back(batch.row_count(), true);
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
      const model::RowHead& head = batch.heads()[row];
      if (head.item_id == 0) {
        ++choice.counts.rows;
        continue;
      }
      const std::uint64_t key = row_key(batch.table(), head.item_id);
      const auto [at, is_first] = fresh.try_emplace(key, Fresh{head.content_hash, b, row, {}});
      if (!is_first) {
        // A later version of a row of this very append takes its place.
        const bool same = at->second.content == head.content_hash;
        ++(same ? choice.counts.repeated : choice.counts.updated);
        kept[same ? b : at->second.batch][same ? row : at->second.row] = false;
        if (same) continue;
        if (at->second.stored)
          choice.old_rows.push_back({batch.table(), head.item_id, at->second.content,
                                     day_of_number(at->second.stored->day)});
        at->second = {head.content_hash, b, row, {}};
        continue;
      }
      std::optional<KnownRow> known = known_.find(key);
      if (const auto stored = found.find(key); !known && stored != found.end())
        known = stored->second;
      if (!known) {
        ++choice.counts.rows;
      } else if (known->content == head.content_hash) {
        ++choice.counts.repeated;
        kept[b][row] = false;
        at->second.stored = known;
      } else {
        ++choice.counts.updated;
        choice.old_rows.push_back(
            {batch.table(), head.item_id, known->content, day_of_number(known->day)});
      }
    }
  }
  for (const auto& one : kept) {
    auto& rows = choice.rows.emplace_back();
    for (std::uint32_t row = 0; row < one.size(); ++row)
      if (one[row]) rows.push_back(row);
  }
  for (const auto& [key, row] : fresh)
    choice.learned.emplace_back(key,
                                row.stored ? *row.stored : KnownRow{row.content, day_number(day)});
  return choice;
}

// A kept path's column comes with the column that it leads into, so that it is there for all rows
// of a segment or for none.
std::vector<NewColumn> SegmentStore::Body::with_kept_paths(std::vector<NewColumn> columns,
                                                           const std::string& table,
                                                           const SegmentTable* before) const {
  const kql::CatalogueTable* known = catalogue_.table(table);
  if (known == nullptr) return columns;
  for (const std::string& path : known->kept_paths) {
    const auto name = kql::split_kept_name(path).first;
    const bool is_there = before != nullptr && before->column(name) != nullptr;
    if (!is_there && std::ranges::find(columns, name, &NewColumn::name) != columns.end())
      columns.push_back({path, kql::Type::dynamic});
  }
  return columns;
}

// A transaction of its own for each table: a column that stays empty after a failed append harms
// nobody.
base::Result<SegmentPtr> SegmentStore::Body::extend(SegmentPtr segment,
                                                    std::span<const model::TableBatch> batches,
                                                    const Columns& columns, const Choice& choice) {
  for (std::size_t b = 0; b < batches.size(); ++b) {
    if (choice.rows[b].empty()) continue;
    const auto known = segment->tables.find(batches[b].table());
    const bool complete = known != segment->tables.end() &&
                          std::ranges::all_of(columns[b], [&](const NewColumn& column) {
                            return known->second->column(column.name) != nullptr;
                          });
    if (complete) continue;
    auto table = extend_table(
        writer_, *segment, batches[b].table(),
        with_kept_paths(columns[b], batches[b].table(),
                        known == segment->tables.end() ? nullptr : known->second.get()));
    if (!table) {
      note_trouble();
      return std::unexpected(std::move(table).error());
    }
    auto next = std::make_shared<Segment>(*segment);
    next->tables.insert_or_assign(batches[b].table(), std::move(*table));
    segment = std::move(next);
    publish(segment);
  }
  return segment;
}

base::Result<void> SegmentStore::Body::write(Segment& segment,
                                             std::span<const model::TableBatch> batches,
                                             const Choice& choice) {
  auto done = writer_.execute("BEGIN TRANSACTION");
  if (done) done = write_rows(segment, batches, choice);
  if (done) done = write_state(segment, segment.state);
  const bool is_complete = done.has_value();
  if (done) done = writer_.execute("COMMIT");
  if (done) return {};
  note_trouble();
  // Whether a commit that failed is in the file, only the file knows.
  if (is_complete) unusable_ = true;
  std::ignore = writer_.execute("ROLLBACK");
  return done;
}

base::Result<void> SegmentStore::Body::write_rows(Segment& segment,
                                                  std::span<const model::TableBatch> batches,
                                                  const Choice& choice) {
  std::vector<OldRow> here, elsewhere;
  for (const OldRow& row : choice.old_rows)
    (row.day == segment.day ? here : elsewhere).push_back(row);
  VEDETTE_TRY_VOID(delete_rows(segment, here));
  VEDETTE_TRY_VOID(record_deletions(segment, elsewhere));
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const auto& rows = choice.rows[b];
    if (rows.empty()) continue;
    SegmentTable table = *segment.tables.find(batches[b].table())->second;
    const std::uint64_t misfits =
        VEDETTE_TRY(append_rows(writer_, segment, table, batches[b], rows));
    if (misfits > 0)
      notice(fmt::format("{} values for {} did not fit their columns and were left empty", misfits,
                         table.name));
    table.rows += rows.size();
    for (const std::uint32_t row : rows)
      table.generated.include(batches[b].heads()[row].generated.ticks);
    segment.tables.insert_or_assign(table.name, std::make_shared<const SegmentTable>(table));
  }
  for (const OldRow& row : here) {
    SegmentTable table = *segment.tables.find(row.table)->second;
    if (table.rows > 0) --table.rows;
    segment.tables.insert_or_assign(row.table, std::make_shared<const SegmentTable>(table));
  }
  return {};
}

base::Result<void> SegmentStore::Body::delete_rows(const Segment& segment,
                                                   std::span<const OldRow> rows) {
  std::map<std::string, std::vector<const OldRow*>> by_table;
  for (const OldRow& row : rows) by_table[row.table].push_back(&row);
  for (const auto& [name, some] : by_table) {
    const auto table = segment.tables.find(name);
    if (table == segment.tables.end()) continue;
    for (std::size_t at = 0; at < some.size(); at += rows_per_statement) {
      std::string list;
      const std::size_t end = std::min(some.size(), at + rows_per_statement);
      for (std::size_t i = at; i < end; ++i)
        list += fmt::format("{}({}, {})", i > at ? ", " : "", some[i]->item, some[i]->content);
      VEDETTE_TRY_VOID(writer_.execute(
          "DELETE FROM " + segment.qualified(table->second->physical) +
          fmt::format(" WHERE ({}, {}) IN (VALUES {})", item_column, content_column, list)));
    }
  }
  return {};
}

base::Result<void> SegmentStore::Body::record_deletions(const Segment& segment,
                                                        std::span<const OldRow> rows) {
  for (std::size_t at = 0; at < rows.size(); at += rows_per_statement) {
    std::string list;
    const std::size_t end = std::min(rows.size(), at + rows_per_statement);
    for (std::size_t i = at; i < end; ++i)
      list += fmt::format("{}({}, {}, {}, {})", i > at ? ", " : "", quote_text(rows[i].day),
                          quote_text(rows[i].table), rows[i].item, rows[i].content);
    VEDETTE_TRY_VOID(writer_.execute("INSERT INTO " + segment.qualified("vedette_deletions") +
                                     " VALUES " + list));
  }
  return {};
}

// Each file in a transaction of its own; done twice it does no harm.
base::Result<void> SegmentStore::Body::finish_deletions(const Segment& recorded_in,
                                                        std::span<const OldRow> rows) {
  std::map<std::string, std::vector<OldRow>> by_day;
  for (const OldRow& row : rows) by_day[row.day].push_back(row);
  for (const auto& [day, some] : by_day) {
    const SegmentPtr segment = find(day);
    if (!segment) continue;  // retention was there before
    VEDETTE_TRY_VOID(need(*segment));
    VEDETTE_TRY_VOID(delete_rows(*segment, some));
    if (day == sealing_day_) sealing_is_over_ = true;
    Segment next = VEDETTE_TRY(describe(writer_, segment->alias, day));
    publish(std::make_shared<const Segment>(std::move(next)));
  }
  return writer_.execute("DELETE FROM " + recorded_in.qualified("vedette_deletions"));
}

}  // namespace vedette::store::duckdb
