// Owns: a file of rows on its way in: plain, gzip or zstd, told by its first bytes; its text in
// pieces; and its records one by one (a JSON object, or a CSV row). Promises: memory is bounded, so
// a record that is longer than limits::line_bytes_max is skipped and counted; a broken archive is
// an error, after the records before the break. Must not know: tables. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::app {

class TextSource {
 public:
  virtual ~TextSource() = default;
  // The next piece; empty at the end.
  [[nodiscard]] virtual base::Result<std::string_view> next() = 0;
};
// "-" is standard input.
[[nodiscard]] base::Result<std::unique_ptr<TextSource>> open_text(const std::string& path);

// All of it, up to that many bytes.
[[nodiscard]] base::Result<std::string> read_text(const std::string& path, std::size_t bytes_max);

enum class RecordFormat : std::uint8_t { json, csv };

// What `next` gives.
struct Record {
  enum class Kind : std::uint8_t { end, record, too_long };
  Kind kind = Kind::end;
  std::uint64_t line = 0;  // where it begins, from 1
  std::string_view json;   // until the next call
  std::vector<std::string> fields;
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  [[nodiscard]] virtual base::Result<Record> next() = 0;
};
// JSON: an object a line (NDJSON), objects one after the other, or one array of them.
[[nodiscard]] std::unique_ptr<RecordReader> read_json_records(std::unique_ptr<TextSource> text);
// RFC 4180; the first record is the header.
[[nodiscard]] std::unique_ptr<RecordReader> read_csv_records(std::unique_ptr<TextSource> text);

}  // namespace vedette::app
