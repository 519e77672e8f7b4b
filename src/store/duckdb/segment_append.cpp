#include "store/duckdb/segment_append.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/encode.h"
#include "base/limits.h"
#include "fmt/format.h"
#include "kql/decimal.h"
#include "kql/kept_path.h"
#include "kql/native/json_text.h"
#include "store/duckdb/vector_type.h"

namespace vedette::store::duckdb {

namespace {

using kql::Type;
using model::CellValue;
using model::TextCell;

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & high_bits) != 0) return false;
  }
  for (; at < text.size(); ++at)
    if (static_cast<unsigned char>(text[at]) >= 0x80) return false;
  return true;
}

// As columns are kept: these two in types of their own.
duckdb_type column_type(Type type) {
  if (type == Type::decimal) return DUCKDB_TYPE_DECIMAL;
  if (type == Type::guid) return DUCKDB_TYPE_UUID;
  return vector_type(type);
}

// The two halves as DuckDB keeps them: the highest bit turned, so that they sort as text does.
std::optional<duckdb_hugeint> uuid_of(std::string_view text) {
  const auto canonical = kql::canonical_guid(text);
  if (!canonical) return std::nullopt;
  std::string digits;
  for (const char c : *canonical)
    if (c != '-') digits += c;
  std::uint64_t upper = 0, lower = 0;
  std::from_chars(digits.data(), digits.data() + 16, upper, 16);
  std::from_chars(digits.data() + 16, digits.data() + 32, lower, 16);
  return duckdb_hugeint{lower, static_cast<std::int64_t>(upper ^ (std::uint64_t{1} << 63))};
}

std::optional<duckdb_hugeint> decimal_of(std::string_view text) {
  const auto canonical = kql::canonical_decimal(text);
  if (!canonical) return std::nullopt;
  __extension__ __int128 value = 0;
  int fraction = -1;  // digits behind the point; -1: it did not come yet
  for (const char c : *canonical) {
    if (c == '.') {
      fraction = 0;
    } else if (c != '-') {
      value = value * 10 + (c - '0');
      if (fraction >= 0) ++fraction;
    }
  }
  for (int i = std::max(fraction, 0); i < kql::decimal_scale; ++i) value *= 10;
  if (canonical->starts_with('-')) value = -value;
  return duckdb_hugeint{static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
}

std::optional<std::int64_t> integer_of(const CellValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  if (const auto* real = std::get_if<double>(&value))
    if (std::abs(*real) < 9e18 && *real == std::trunc(*real))
      return static_cast<std::int64_t>(*real);
  return std::nullopt;
}

std::optional<double> real_of(const CellValue& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::nullopt;
}

// A chunk's column in the making.
class ColumnWriter {
 public:
  // With `steps`: not the cells themselves, but what is kept of them under that path.
  ColumnWriter(const model::TableBatch& batch, const model::BatchColumn& cells, Type type,
               std::string_view steps = {})
      : batch_(batch), cells_(cells), type_(type) {
    if (!steps.empty()) kept_path_.emplace(steps);
  }

  // Fills `vector` for these rows; called for ascending parts of the batch.
  void fill(duckdb_vector vector, std::span<const std::uint32_t> rows) {
    vector_ = vector;
    data_ = duckdb_vector_get_data(vector);
    const bool has_nulls = type_ != Type::string || kept_path_;
    if (!has_nulls) {
      // An all-zero string is the empty one.
      std::memset(data_, 0, rows.size() * sizeof(duckdb_string_t));
    } else {
      duckdb_vector_ensure_validity_writable(vector);
      validity_ = duckdb_vector_get_validity(vector);
      std::memset(validity_, 0, (rows.size() + 63) / 64 * sizeof(std::uint64_t));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      while (next_ < cells_.rows.size() && cells_.rows[next_] < rows[i]) ++next_;
      if (next_ == cells_.rows.size()) break;
      if (cells_.rows[next_] != rows[i]) continue;
      const CellValue& value = cells_.values[next_];
      const Put done = kept_path_ ? put_path(i, value) : put(i, value);
      if (done == Put::value && has_nulls) duckdb_validity_set_row_valid(validity_, i);
      if (done == Put::misfit) ++misfits_;
    }
  }
  [[nodiscard]] std::uint64_t misfits() const { return misfits_; }

 private:
  enum class Put : std::uint8_t { value, null, misfit };
  static Put put_if(bool fits) { return fits ? Put::value : Put::misfit; }

  Put put(std::size_t row, const CellValue& value) {
    switch (type_) {
      case Type::boolean:
        return put_boolean(row, value);
      case Type::int32:
      case Type::int64:
        return put_integer(row, value);
      case Type::real: {
        const auto real = real_of(value);
        if (real) static_cast<double*>(data_)[row] = *real;
        return put_if(real.has_value());
      }
      case Type::datetime:
      case Type::timespan:
        return put_ticks(row, value);
      case Type::guid:
      case Type::decimal:
        return put_wide(row, value);
      case Type::string:
        return put_string(row, value);
      case Type::dynamic:
        return put_dynamic(row, value);
    }
    return Put::misfit;
  }
  Put put_boolean(std::size_t row, const CellValue& value) {
    const auto* flag = std::get_if<bool>(&value);
    if (flag != nullptr) static_cast<bool*>(data_)[row] = *flag;
    return put_if(flag != nullptr);
  }
  Put put_integer(std::size_t row, const CellValue& value) {
    const auto integer = integer_of(value);
    if (!integer) return Put::misfit;
    if (type_ == Type::int64) {
      static_cast<std::int64_t*>(data_)[row] = *integer;
      return Put::value;
    }
    if (*integer != static_cast<std::int32_t>(*integer)) return Put::misfit;
    static_cast<std::int32_t*>(data_)[row] = static_cast<std::int32_t>(*integer);
    return Put::value;
  }
  Put put_ticks(std::size_t row, const CellValue& value) {
    std::int64_t ticks = 0;
    if (const auto* moment = std::get_if<base::Timestamp>(&value);
        moment != nullptr && type_ == Type::datetime)
      ticks = moment->ticks;
    else if (const auto* span = std::get_if<base::Duration>(&value);
             span != nullptr && type_ == Type::timespan)
      ticks = span->ticks;
    else
      return Put::misfit;
    static_cast<std::int64_t*>(data_)[row] = ticks;
    return Put::value;
  }
  Put put_wide(std::size_t row, const CellValue& value) {
    const auto* text = std::get_if<TextCell>(&value);
    if (text == nullptr) return Put::misfit;
    const std::string_view given = batch_.text_of(*text);
    const auto wide = type_ == Type::guid ? uuid_of(given) : decimal_of(given);
    if (wide) static_cast<duckdb_hugeint*>(data_)[row] = *wide;
    return put_if(wide.has_value());
  }
  Put put_string(std::size_t row, const CellValue& value) {
    const auto* text = std::get_if<TextCell>(&value);
    if (text == nullptr) return Put::misfit;
    const std::string_view given = batch_.text_of(*text);
    if (is_ready(*text, model::TextForm::valid)) {
      refer(row, given);
      return Put::value;
    }
    const std::string_view stored = storable_text(given, buffer_);
    if (stored.data() == given.data())
      refer(row, stored);
    else
      assign(row, stored);
    return Put::value;
  }
  Put put_dynamic(std::size_t row, const CellValue& value) {
    const auto* text = std::get_if<TextCell>(&value);
    if (text != nullptr && is_ready(*text, model::TextForm::canonical)) {
      refer(row, batch_.text_of(*text));
      return Put::value;
    }
    const Put done = make_json(value);
    if (done == Put::value) assign(row, buffer_);
    return done;
  }
  // What does not fit is counted where the value itself is put.
  Put put_path(std::size_t row, const CellValue& value) {
    std::string_view json;
    bool is_of_batch = false;
    const auto* text = std::get_if<TextCell>(&value);
    if (type_ == Type::string) {
      buffer_.clear();
      std::string cleaned;
      if (text == nullptr ||
          !kql::native::canonicalise(storable_text(batch_.text_of(*text), cleaned), buffer_))
        return Put::null;
      json = buffer_;
    } else if (text != nullptr && is_ready(*text, model::TextForm::canonical)) {
      json = batch_.text_of(*text);
      is_of_batch = true;
    } else if (make_json(value) == Put::value) {
      json = buffer_;
    } else {
      return Put::null;
    }
    const std::string_view kept = kept_path_->read(json);
    if (kept.empty()) return Put::null;
    if (is_of_batch && kept.data() >= json.data() && kept.data() < json.data() + json.size())
      refer(row, kept);
    else
      assign(row, kept);
    return Put::value;
  }
  // Into the buffer: JSON text in one form; text that is no JSON becomes a JSON string.
  Put make_json(const CellValue& value) {
    buffer_.clear();
    if (const auto* text = std::get_if<TextCell>(&value)) {
      std::string cleaned;
      const std::string_view given = storable_text(batch_.text_of(*text), cleaned);
      if (!kql::native::canonicalise(given, buffer_)) kql::native::append_quoted(buffer_, given);
      if (buffer_ == "null") return Put::null;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      buffer_ = *flag ? "true" : "false";
    } else if (const auto* real = std::get_if<double>(&value)) {
      kql::native::append_json_real(buffer_, *real);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      buffer_ = std::to_string(*integer);
    } else if (const auto* moment = std::get_if<base::Timestamp>(&value)) {
      kql::native::append_quoted(buffer_, base::format_iso(*moment));
    } else {
      return Put::misfit;
    }
    return Put::value;
  }
  static bool is_ready(const TextCell& text, model::TextForm form) {
    return text.form == form && text.bytes <= base::limits::stored_text_bytes_max;
  }
  // A text of the batch, which stays until the appender has copied the chunk.
  void refer(std::size_t row, std::string_view text) {
    auto& value = static_cast<duckdb_string_t*>(data_)[row].value;
    if (text.size() <= sizeof(value.inlined.inlined)) {
      value.inlined = {static_cast<std::uint32_t>(text.size()), {}};
      std::ranges::copy(text, value.inlined.inlined);
    } else {
      value.pointer.length = static_cast<std::uint32_t>(text.size());
      std::memcpy(value.pointer.prefix, text.data(), sizeof(value.pointer.prefix));
      value.pointer.ptr = const_cast<char*>(text.data());  // NOLINT: DuckDB only reads it
    }
  }
  void assign(std::size_t row, std::string_view text) {
    duckdb_vector_assign_string_element_len(vector_, row, text.data(), text.size());
  }

  const model::TableBatch& batch_;
  const model::BatchColumn& cells_;
  Type type_;
  std::optional<kql::KeptPathReader> kept_path_;
  duckdb_vector vector_ = nullptr;
  void* data_ = nullptr;
  std::uint64_t* validity_ = nullptr;
  std::size_t next_ = 0;
  std::uint64_t misfits_ = 0;
  std::string buffer_;
};

class Appender {
 public:
  Appender() = default;
  ~Appender() { duckdb_appender_destroy(&handle_); }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  duckdb_appender* address() { return &handle_; }
  [[nodiscard]] duckdb_appender get() const { return handle_; }
  base::Result<void> check(duckdb_state state, Connection& connection) {
    if (state == DuckDBSuccess) return {};
    duckdb_error_data problem = duckdb_appender_error_data(handle_);
    const auto failure = connection.failed(duckdb_error_data_error_type(problem),
                                           duckdb_error_data_message(problem));
    duckdb_destroy_error_data(&problem);
    return failure;
  }

 private:
  duckdb_appender handle_ = nullptr;
};

constexpr std::size_t head_columns = 4;

void fill_heads(duckdb_data_chunk chunk, const model::TableBatch& batch,
                std::span<const std::uint32_t> rows) {
  const auto data = [&](idx_t column) {
    return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column));
  };
  auto* items = static_cast<std::uint64_t*>(data(0));
  auto* contents = static_cast<std::uint64_t*>(data(1));
  auto* generated = static_cast<std::int64_t*>(data(2));
  auto* received = static_cast<std::int64_t*>(data(3));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const model::RowHead& head = batch.heads()[rows[i]];
    items[i] = head.item_id;
    contents[i] = head.content_hash;
    generated[i] = head.generated.ticks;
    received[i] = head.received.ticks;
  }
}

}  // namespace

std::string_view storable_text(std::string_view text, std::string& buffer) {
  if (text.size() <= base::limits::stored_text_bytes_max && is_ascii(text)) return text;
  buffer = base::clean_utf8(text, base::limits::stored_text_bytes_max);
  return buffer;
}

base::Result<std::uint64_t> append_rows(Connection& connection, const Segment& segment,
                                        const SegmentTable& table, const model::TableBatch& batch,
                                        std::span<const std::uint32_t> rows) {
  Appender appender;
  VEDETTE_TRY_VOID(
      appender.check(duckdb_appender_create_ext(connection.get(), segment.alias.c_str(), "main",
                                                table.physical.c_str(), appender.address()),
                     connection));
  std::vector<std::string> names{std::string(item_column), std::string(content_column),
                                 std::string(generated_column), std::string(received_column)};
  std::vector<std::unique_ptr<OwnedType>> types;
  for (std::size_t i = 0; i < head_columns; ++i)
    types.push_back(std::make_unique<OwnedType>(
        duckdb_create_logical_type(i < 2 ? DUCKDB_TYPE_UBIGINT : DUCKDB_TYPE_BIGINT)));
  std::vector<ColumnWriter> writers;
  for (const SegmentColumn& column : table.columns) {
    // What is kept of a path comes from the cells of the path's column.
    const auto [source, steps] =
        column.type == Type::dynamic
            ? kql::split_kept_name(column.name)
            : std::pair<std::string_view, std::string_view>(column.name, {});
    const auto cells = std::ranges::find(batch.columns(), source, &model::BatchColumn::name);
    if (cells == batch.columns().end() || cells->rows.empty()) continue;
    names.push_back(column.physical);
    types.push_back(std::make_unique<OwnedType>(
        column.type == Type::decimal
            ? duckdb_create_decimal_type(38, static_cast<std::uint8_t>(kql::decimal_scale))
            : duckdb_create_logical_type(column_type(column.type))));
    writers.emplace_back(batch, *cells, steps.empty() ? column.type : table.column(source)->type,
                         steps);
  }
  std::vector<duckdb_logical_type> handles;
  for (const auto& type : types) handles.push_back(type->get());
  for (const std::string& name : names)
    VEDETTE_TRY_VOID(
        appender.check(duckdb_appender_add_column(appender.get(), name.c_str()), connection));
  const OwnedChunk chunk(duckdb_create_data_chunk(handles.data(), handles.size()));
  const std::size_t part = duckdb_vector_size();
  for (std::size_t at = 0; at < rows.size(); at += part) {
    const auto some = rows.subspan(at, std::min(part, rows.size() - at));
    duckdb_data_chunk_reset(chunk.get());
    fill_heads(chunk.get(), batch, some);
    for (std::size_t i = 0; i < writers.size(); ++i)
      writers[i].fill(duckdb_data_chunk_get_vector(chunk.get(), head_columns + i), some);
    duckdb_data_chunk_set_size(chunk.get(), some.size());
    VEDETTE_TRY_VOID(
        appender.check(duckdb_append_data_chunk(appender.get(), chunk.get()), connection));
  }
  VEDETTE_TRY_VOID(appender.check(duckdb_appender_flush(appender.get()), connection));
  std::uint64_t misfits = 0;
  for (const ColumnWriter& writer : writers) misfits += writer.misfits();
  return misfits;
}

}  // namespace vedette::store::duckdb
