// Owns: a test's rows: those that the query is given, as JSON records, and those that its answer
// must have. Promises: a column that the table does not have is an error with its line; times may
// be written as spans before the test's now (-2h). Must not know: who runs the query. Pure; any
// thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "hunt/hunt.h"
#include "kql/catalogue/catalogue.h"
#include "kql/result/sink.h"

namespace vedette::hunt {

// One JSON object a line. Members of a row beside its columns: `_times` (it stands there so often),
// `_every` (each so much after the one before); {n} in a text is the row's number, from 1.
[[nodiscard]] base::Result<std::string> records_of(const yaml::YamlNode& rows,
                                                   const kql::CatalogueTable& table,
                                                   std::int64_t now_ticks);

// The rows of an answer, kept; at most remembered_rows_max of them.
class KeptRows final : public kql::result::Sink {
 public:
  struct Kept {
    kql::result::Cell cell;  // its text lies in `text`
    std::string text;
  };
  using Row = std::vector<Kept>;

  void begin(const std::vector<kql::plan::Column>& columns) override;
  void row(std::span<const kql::result::Cell> cells) override;
  void end(const kql::result::Ending& ending) override { ending_ = ending; }

  // Those that were kept, to somebody else.
  void give_to(kql::result::Sink& sink) const;

  [[nodiscard]] const std::vector<kql::plan::Column>& columns() const { return columns_; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] std::size_t count() const { return count_; }  // also of those that were not kept
  [[nodiscard]] const kql::result::Ending& ending() const { return ending_; }
  // "UserPrincipalName: a@b, Failures: 12", for a terminal.
  [[nodiscard]] std::string shown(const Row& row) const;

 private:
  std::vector<kql::plan::Column> columns_;
  std::vector<Row> rows_;
  std::size_t count_ = 0;
  kql::result::Ending ending_;
};

// Empty: the answer is what the test says. Otherwise what differs, in sentences.
[[nodiscard]] std::string difference_of(const HuntTest& test, const KeptRows& answer);

}  // namespace vedette::hunt
