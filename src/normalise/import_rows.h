// Owns: the way of a row from outside (a JSON object, the fields of a CSV row, a row of a query's
// answer) into a table's batch: which column a name means, how its text becomes the column's type,
// who the row is. Promises: what does not fit is left out and counted by column and reason, never
// guessed; the same row gives the same identity, whatever the order of its columns. Must not know:
// files, the store. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "kql/catalogue/catalogue.h"
#include "model/table_batch.h"

namespace vedette::normalise {

struct Misfit {
  std::uint64_t count = 0;
  std::string example;
};

class RowReader {
 public:
  // `table` may be null: a custom table, whose columns come as they are filled.
  RowReader(std::string_view name, const kql::CatalogueTable* table, base::Timestamp now);

  // Both append one row to `batch`, or count why not.
  void add_json(std::string_view text, model::TableBatch& batch);
  void set_header(std::vector<std::string> names);
  void add_fields(const std::vector<std::string>& fields, model::TableBatch& batch);
  // As many values as names; null where the row has none.
  void add_values(std::span<const std::string> names, std::span<const base::Json> values,
                  model::TableBatch& batch);
  // When the rows that follow reached us. With a place, those without an id of their own are who
  // they are by it and by what they say: the same place and content is the same row, whatever else
  // says the same.
  void begin(base::Timestamp received, std::optional<std::uint64_t> place = {}) {
    now_ = received;
    place_ = place;
  }
  // What of the latest row did not fit ("Column: reason"); empty when all of it did.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  // A record that never became a row.
  void count_unreadable(std::string reason, std::string_view example);

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }
  // "column: reason" -> how often.
  [[nodiscard]] const std::map<std::string, Misfit>& misfits() const { return misfits_; }
  // Since the last call.
  [[nodiscard]] std::map<std::string, Misfit> take_misfits() { return std::exchange(misfits_, {}); }

 private:
  // Where a name of the file goes.
  struct Place {
    bool known = false;
    std::string column;             // the table's name for it
    std::optional<kql::Type> type;  // empty: as the value says
  };
  struct Cell {
    const Place* place = nullptr;
    model::CellValue value;
    std::string text;
    bool is_text = false;
  };

  const Place& place_of(const std::string& name);
  void take(const std::string& name, const base::Json& value);
  void take_text(const Place& place, std::string_view text);
  void take_typed(const Place& place, kql::Type type, const base::Json& value);
  void keep(const Place& place, model::CellValue value);
  void keep_text(const Place& place, std::string text);
  void misfit(const Place& place, std::string_view reason, std::string_view example);
  void count(std::string what, std::string_view example);
  void finish(model::TableBatch& batch);

  std::string name_;
  const kql::CatalogueTable* table_;
  base::Timestamp now_;
  std::unordered_map<std::string, Place> places_;
  const Place too_many_{.known = false, .column = "other", .type = {}};
  std::vector<std::string> header_;
  std::vector<Cell> cells_;  // of the row in the making
  std::optional<base::Timestamp> generated_;
  std::string given_id_;
  std::uint64_t other_content_ = 0;  // of what is left out
  std::optional<std::uint64_t> place_;
  std::string trouble_;
  std::uint64_t rows_ = 0;
  std::uint64_t unreadable_ = 0;
  std::map<std::string, Misfit> misfits_;
};

}  // namespace vedette::normalise
