// An event store in memory. Body of ports::EventStore; contract in
// test/contract/event_store_contract.h. `fail_next` makes the next appends fail without an effect;
// `values` is what a query would see. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ports/event_store.h"

namespace vedette::fakes {

class MemoryEventStore : public ports::EventStore {
 public:
  struct Row {
    std::string day;  // of receipt
    model::RowHead head;
    std::map<std::string, model::CellValue> cells;
    std::map<std::string, std::string> texts;
  };

  void fail_next(std::size_t appends, base::ErrorCode code = base::ErrorCode::unavailable) {
    failures_ = appends;
    failure_ = code;
  }
  // Tables that the store does not take, as the real one refuses names that are in no schema.
  void refuse_table(std::string name) { refused_.push_back(std::move(name)); }
  // What a broken file does: the rows of that day are gone, and the store goes back to `watermark`.
  void lose_day(const std::string& day, std::uint64_t watermark) {
    for (auto& [table, rows] : tables_)
      std::erase_if(rows, [&](const Row& r) { return r.day == day; });
    days_.erase(day);
    watermark_ = watermark;
    notices_.push_back("the segment of " + day + " was set aside");
  }
  [[nodiscard]] const std::vector<Row>& rows(const std::string& table) { return tables_[table]; }
  // The texts of a column, sorted; empty where a row has none.
  [[nodiscard]] std::vector<std::string> values(const std::string& table,
                                                const std::string& column) {
    std::vector<std::string> found;
    for (const Row& row : tables_[table]) {
      const auto text = row.texts.find(column);
      found.push_back(text == row.texts.end() ? "" : text->second);
    }
    std::ranges::sort(found);
    return found;
  }
  [[nodiscard]] std::size_t appends() const { return appends_; }

  base::Result<ports::AppendCounts> append(std::span<const model::TableBatch> batches,
                                           std::uint64_t watermark,
                                           base::Timestamp received) override {
    if (failures_ > 0) {
      --failures_;
      return base::failure(failure_, "the test said so");
    }
    for (const model::TableBatch& batch : batches)
      if (std::ranges::find(refused_, batch.table()) != refused_.end())
        return base::failure(base::ErrorCode::invalid_argument,
                             "there is no table " + batch.table());
    const std::string day = base::format_iso(received).substr(0, 10);
    ports::AppendCounts counts;
    for (const model::TableBatch& batch : batches) append(batch, day, counts);
    days_.emplace(day, false);
    watermark_ = watermark;
    ++appends_;
    return counts;
  }
  base::Result<std::uint64_t> watermark() override { return watermark_; }
  base::Result<void> seal_finished_days(base::Timestamp now) override {
    const std::string today = base::format_iso(now).substr(0, 10);
    for (auto& [day, sealed] : days_) sealed = sealed || day < today;
    return {};
  }
  base::Result<ports::RetentionOutcome> apply_retention(const ports::RetentionPolicy& policy,
                                                        base::Timestamp now) override {
    ports::RetentionOutcome outcome;
    const std::string first = base::format_iso(now - policy.keep).substr(0, 10);
    const std::string today = base::format_iso(now).substr(0, 10);
    for (const auto& [name, keep] : policy.tables) {
      const auto kept = tables_.find(name);
      if (kept == tables_.end()) continue;
      std::set<std::string> gone;
      const std::string begin = base::format_iso(now - keep).substr(0, 10);
      std::erase_if(kept->second, [&](const Row& row) {
        const auto day = days_.find(row.day);
        if (row.day >= begin || day == days_.end() || !day->second) return false;
        gone.insert(row.day);
        return true;
      });
      outcome.tables_deleted += gone.size();
    }
    while (!days_.empty()) {
      const std::string oldest = days_.begin()->first;
      const bool too_large = policy.bytes_max > 0 && total_bytes() > policy.bytes_max;
      if (oldest >= first && !(too_large && days_.size() > 1 && oldest < today)) break;
      outcome.bytes_freed += bytes_of(oldest);
      ++outcome.segments_deleted;
      for (auto& [table, rows] : tables_)
        std::erase_if(rows, [&](const Row& row) { return row.day == oldest; });
      days_.erase(oldest);
    }
    return outcome;
  }
  base::Result<std::vector<ports::SegmentInformation>> segments() override {
    std::vector<ports::SegmentInformation> all;
    for (const auto& [day, sealed] : days_) {
      all.push_back({day, bytes_of(day), 0, sealed});
      for (const auto& [table, kept] : tables_) {
        const auto rows = static_cast<std::uint64_t>(
            std::ranges::count_if(kept, [&](const Row& row) { return row.day == day; }));
        all.back().rows += rows;
        if (rows > 0) all.back().tables[table] = rows;
      }
    }
    return all;
  }
  base::Result<void> reopen() override { return {}; }
  std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

 private:
  void append(const model::TableBatch& batch, const std::string& day, ports::AppendCounts& counts) {
    std::vector<Row> rows(batch.row_count());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].day = day;
      rows[i].head = batch.heads()[i];
    }
    for (const model::BatchColumn& column : batch.columns())
      for (std::size_t i = 0; i < column.rows.size(); ++i) {
        Row& row = rows[column.rows[i]];
        row.cells[column.name] = column.values[i];
        if (const auto* text = std::get_if<model::TextCell>(&column.values[i]))
          row.texts[column.name] = batch.text_of(*text);
      }
    std::vector<Row>& kept = tables_[batch.table()];
    for (Row& row : rows) {
      const auto known = row.head.item_id == 0
                             ? kept.end()
                             : std::ranges::find(kept, row.head.item_id,
                                                 [](const Row& r) { return r.head.item_id; });
      if (known == kept.end()) {
        ++counts.rows;
      } else if (known->head.content_hash == row.head.content_hash) {
        ++counts.repeated;
        continue;
      } else {
        ++counts.updated;
        kept.erase(known);
      }
      kept.push_back(std::move(row));
    }
  }
  [[nodiscard]] std::uint64_t bytes_of(const std::string& day) const {
    std::uint64_t bytes = 4096;
    for (const auto& [table, rows] : tables_)
      for (const Row& row : rows) {
        if (row.day != day) continue;
        for (const auto& [name, text] : row.texts) bytes += text.size();
      }
    return bytes;
  }
  [[nodiscard]] std::uint64_t total_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [day, sealed] : days_) bytes += bytes_of(day);
    return bytes;
  }

  std::map<std::string, std::vector<Row>> tables_;
  std::map<std::string, bool> days_;  // sealed?
  std::vector<std::string> refused_;
  std::vector<std::string> notices_;
  std::uint64_t watermark_ = 0;
  std::size_t appends_ = 0;
  std::size_t failures_ = 0;
  base::ErrorCode failure_ = base::ErrorCode::unavailable;
};

}  // namespace vedette::fakes
