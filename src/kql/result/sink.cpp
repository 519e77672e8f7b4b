#include "kql/result/sink.h"

#include <algorithm>
#include <cmath>

#include "base/encode.h"
#include "base/json.h"
#include "base/time.h"
#include "fmt/format.h"
#include "kql/decimal.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::result {

namespace {

constexpr std::size_t flush_bytes = 64 * 1024;
constexpr std::size_t table_rows_measured_max = 10'000;
constexpr std::size_t table_cell_characters_max = 80;

void append_json_cell(std::string& out, const Cell& cell) {
  if (cell.is_null) {
    out += cell.type == Type::string ? "\"\"" : "null";
    return;
  }
  switch (cell.type) {
    case Type::boolean:
      out += cell.boolean ? "true" : "false";
      return;
    case Type::int32:
    case Type::int64:
      out += std::to_string(cell.integer);
      return;
    case Type::real:
      if (std::isfinite(cell.real)) {
        out += fmt::format("{}", cell.real);
      } else {
        base::append_json_string(out, text_of(cell));
      }
      return;
    case Type::dynamic:
      out += cell.text;
      return;
    default:
      base::append_json_string(out, text_of(cell));
  }
}

class Buffered : public Sink {
 public:
  explicit Buffered(Write write) : write_(std::move(write)) {}

 protected:
  void flush_if_full() {
    if (buffer_.size() >= flush_bytes) flush();
  }
  void flush() {
    write_(buffer_);
    buffer_.clear();
  }
  std::string buffer_;

 private:
  Write write_;
};

// {"columns":[{"name","type"}...],"rows":[[...]...]} and what applies: "render",
// "renderOptions", "truncated", "partial".
class JsonSink final : public Buffered {
 public:
  using Buffered::Buffered;
  void begin(const std::vector<plan::Column>& columns) override {
    first_ = true;
    buffer_ += "{\"columns\":[";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) buffer_ += ',';
      buffer_ += "{\"name\":";
      base::append_json_string(buffer_, columns[i].name);
      buffer_ += fmt::format(",\"type\":\"{}\"}}", name_of(columns[i].type));
    }
    buffer_ += "],\"rows\":[";
  }
  void row(std::span<const Cell> cells) override {
    buffer_ += first_ ? "[" : ",[";
    first_ = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) buffer_ += ',';
      append_json_cell(buffer_, cells[i]);
    }
    buffer_ += ']';
    flush_if_full();
  }
  void end(const Ending& ending) override {
    buffer_ += ']';
    if (!ending.render.empty()) {
      const std::size_t end = std::min(ending.render.find(' '), ending.render.size());
      buffer_ += ",\"render\":";
      base::append_json_string(buffer_, std::string_view(ending.render).substr(0, end));
      if (end < ending.render.size())
        buffer_ += ",\"renderOptions\":" + ending.render.substr(end + 1);
    }
    if (ending.truncated) buffer_ += ",\"truncated\":true";
    if (!ending.partial.empty()) {
      buffer_ += ",\"partial\":[";
      for (std::size_t i = 0; i < ending.partial.size(); ++i) {
        if (i > 0) buffer_ += ',';
        base::append_json_string(buffer_, ending.partial[i]);
      }
      buffer_ += ']';
    }
    buffer_ += "}\n";
    flush();
  }

 private:
  bool first_ = true;
};

class NdjsonSink final : public Buffered {
 public:
  using Buffered::Buffered;
  void begin(const std::vector<plan::Column>& columns) override { columns_ = columns; }
  void row(std::span<const Cell> cells) override {
    buffer_ += '{';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) buffer_ += ',';
      base::append_json_string(buffer_, columns_[i].name);
      buffer_ += ':';
      append_json_cell(buffer_, cells[i]);
    }
    buffer_ += "}\n";
    flush_if_full();
  }
  void end(const Ending&) override { flush(); }

 private:
  std::vector<plan::Column> columns_;
};

// RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front.
class CsvSink final : public Buffered {
 public:
  using Buffered::Buffered;
  void begin(const std::vector<plan::Column>& columns) override {
    if (again_) buffer_ += "\r\n";
    again_ = true;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) buffer_ += ',';
      field(columns[i].name, true);
    }
    buffer_ += "\r\n";
  }
  void row(std::span<const Cell> cells) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) buffer_ += ',';
      const bool free_text = cells[i].type == Type::string || cells[i].type == Type::dynamic;
      field(text_of(cells[i]), free_text);
    }
    buffer_ += "\r\n";
    flush_if_full();
  }
  void end(const Ending&) override { flush(); }

 private:
  bool again_ = false;  // an empty line stands between tables
  void field(std::string_view text, bool free_text) {
    std::string safe;
    if (free_text && !text.empty() &&
        std::string_view("=+-@\t\r\0", 7).find(text.front()) != std::string_view::npos)
      safe = "'";
    safe += text;
    if (safe.find_first_of(",\"\r\n") == std::string::npos) {
      buffer_ += safe;
      return;
    }
    buffer_ += '"';
    for (const char c : safe) {
      if (c == '"') buffer_ += '"';
      buffer_ += c;
    }
    buffer_ += '"';
  }
};

class TableSink final : public Buffered {
 public:
  using Buffered::Buffered;
  void begin(const std::vector<plan::Column>& columns) override {
    names_.clear();
    widths_.clear();
    right_.clear();
    count_ = 0;
    started_ = false;
    for (const plan::Column& column : columns) {
      names_.push_back(base::encode_terminal(column.name, table_cell_characters_max));
      widths_.push_back(width_of(names_.back()));
      right_.push_back(is_number(column.type));
    }
  }
  void row(std::span<const Cell> cells) override {
    std::vector<std::string> line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line.push_back(base::encode_terminal(text_of(cells[i]), table_cell_characters_max));
      if (!started_) widths_[i] = std::max(widths_[i], width_of(line.back()));
    }
    ++count_;
    if (started_) return print(line);
    rows_.push_back(std::move(line));
    if (rows_.size() >= table_rows_measured_max) start();
  }
  void end(const Ending& ending) override {
    if (!started_) start();
    buffer_ += fmt::format("({} row{}{})\n", count_, count_ == 1 ? "" : "s",
                           ending.truncated ? ", cut there" : "");
    flush();
  }

 private:
  static std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  }
  void start() {
    started_ = true;
    print(names_);
    for (std::size_t i = 0; i < widths_.size(); ++i)
      buffer_ += (i > 0 ? "  " : "") + std::string(widths_[i], '-');
    buffer_ += '\n';
    for (const auto& line : rows_) print(line);
    rows_.clear();
  }
  void print(const std::vector<std::string>& line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t used = width_of(line[i]);
      const std::string padding(widths_[i] > used ? widths_[i] - used : 0, ' ');
      if (i > 0) buffer_ += "  ";
      if (right_[i]) buffer_ += padding;
      buffer_ += line[i];
      if (!right_[i] && i + 1 < line.size()) buffer_ += padding;
    }
    buffer_ += '\n';
    flush_if_full();
  }

  std::vector<std::string> names_;
  std::vector<std::size_t> widths_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t count_ = 0;
  bool started_ = false;
};

}  // namespace

std::string format_datetime(std::int64_t ticks) {
  if (ticks < 0 || ticks > datetime_ticks_max) return {};
  return base::format_iso(base::Timestamp{ticks});
}

std::string text_of(const Cell& cell) {
  if (cell.is_null) return {};
  switch (cell.type) {
    case Type::boolean:
      return cell.boolean ? "true" : "false";
    case Type::int32:
    case Type::int64:
      return std::to_string(cell.integer);
    case Type::real:
      if (std::isnan(cell.real)) return "NaN";
      if (std::isinf(cell.real)) return cell.real > 0 ? "Infinity" : "-Infinity";
      return fmt::format("{}", cell.real);
    case Type::datetime:
      return format_datetime(cell.integer);
    case Type::timespan:
      return format_timespan_full(cell.integer);
    case Type::decimal:
      return canonical_decimal(cell.text).value_or(std::string(cell.text));
    case Type::guid:
    case Type::string:
    case Type::dynamic:
      return std::string(cell.text);
  }
  return {};
}

std::optional<Format> format_of_name(std::string_view name) {
  if (name == "table") return Format::table;
  if (name == "json") return Format::json;
  if (name == "csv") return Format::csv;
  if (name == "ndjson") return Format::ndjson;
  return std::nullopt;
}

std::unique_ptr<Sink> make_sink(Format format, Write write) {
  switch (format) {
    case Format::json:
      return std::make_unique<JsonSink>(std::move(write));
    case Format::csv:
      return std::make_unique<CsvSink>(std::move(write));
    case Format::ndjson:
      return std::make_unique<NdjsonSink>(std::move(write));
    case Format::table:
      break;
  }
  return std::make_unique<TableSink>(std::move(write));
}

}  // namespace vedette::kql::result
