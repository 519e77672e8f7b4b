// Owns: rows of one table on their way to the store, column by column, only the cells that are
// filled: what `normalise` makes and the event store appends.
// Promises: plain data that owns its text. Table and column names are Sentinel's, exactly; a value
// that is not there is simply not set (the store reads it as empty text or null). Must not know:
// how a store keeps it. Passed by value between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace vedette::model {

// What the maker of a text knows of it, so that nobody has to look again.
enum class TextForm : std::uint8_t {
  any,
  valid,      // UTF-8
  canonical,  // JSON in the one form that the store keeps, and no null
};

// A part of TableBatch::text: strings, guids, decimals and JSON (for columns of type dynamic).
struct TextCell {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  TextForm form = TextForm::any;
};

using CellValue =
    std::variant<std::int64_t, double, bool, base::Timestamp, base::Duration, TextCell>;

struct BatchColumn {
  std::string name;
  std::vector<std::uint32_t> rows;  // ascending; the rows that have a value
  std::vector<CellValue> values;    // as many as rows
};

// What every row has, whatever its table.
struct RowHead {
  base::Timestamp generated;  // TimeGenerated: event time
  base::Timestamp received;   // _TimeReceived: when the journal took it
  // _ItemId: the source's id, or a hash of content and position; 0: the row has no identity and is
  // always stored.
  std::uint64_t item_id = 0;
  std::uint64_t content_hash =
      0;  // of what the source said; another one for the same id: an update
};

class TableBatch {
 public:
  TableBatch() = default;
  explicit TableBatch(std::string table) : table_(std::move(table)) {}

  [[nodiscard]] const std::string& table() const { return table_; }
  [[nodiscard]] std::size_t row_count() const { return heads_.size(); }
  [[nodiscard]] const std::vector<RowHead>& heads() const { return heads_; }
  [[nodiscard]] const std::vector<BatchColumn>& columns() const { return columns_; }
  [[nodiscard]] std::string_view text_of(const TextCell& cell) const {
    return std::string_view(text_).substr(cell.offset, cell.bytes);
  }

  // The column's index; made on first use. TimeGenerated and _TimeReceived are in the head.
  std::size_t column(std::string_view name);
  // Starts the next row; `set` then fills it, each column at most once.
  void add_row(const RowHead& head);
  void set(std::size_t column, CellValue value);
  void set_text(std::size_t column, std::string_view value, TextForm form = TextForm::any);
  void clear();  // keeps all but the rows
  // Goes on in the memory of one that was used, when this one is empty and both have the same
  // columns.
  void reuse(TableBatch& used);

  // From then on a row that is stored already is known in the whole store, not only among those of
  // late: for rows that may come again after months (imports).
  void seek_everywhere() { seeks_everywhere_ = true; }
  [[nodiscard]] bool seeks_everywhere() const { return seeks_everywhere_; }

 private:
  std::string table_;
  std::vector<RowHead> heads_;
  std::vector<BatchColumn> columns_;
  std::string text_;
  bool seeks_everywhere_ = false;
};

}  // namespace vedette::model
