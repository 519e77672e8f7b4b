// Owns: rows in Parquet files, read and written by an engine of its own that reaches the folder of
// the file and nothing else. Promises: reading holds a few thousand rows at a time; a file that is
// written appears whole under its name or not at all. Must not know: tables, the store. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kql/result/sink.h"

namespace vedette::store::duckdb {

// Each row as a JSON object, in the file's order; an error of `take` ends the reading.
[[nodiscard]] base::Result<void> read_parquet(
    const std::string& path, const std::function<base::Result<void>(std::string_view json)>& take);

// Datetimes become TIMESTAMP (microseconds, UTC), timespans and guids text, dynamic values JSON
// text.
class ParquetSink final : public kql::result::Sink {
  struct Body;

 public:
  [[nodiscard]] static base::Result<std::unique_ptr<ParquetSink>> create(const std::string& path);
  explicit ParquetSink(std::unique_ptr<Body> body);  // for `create`
  ~ParquetSink() override;

  void begin(const std::vector<kql::plan::Column>& columns) override;
  void row(std::span<const kql::result::Cell> cells) override;
  void end(const kql::result::Ending& ending) override;
  // Writes the file. What went wrong before is said here.
  [[nodiscard]] base::Result<void> finish();

 private:
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::store::duckdb
