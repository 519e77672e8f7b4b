#include "kql/external/records.h"

#include <optional>
#include <vector>

#include "base/encode.h"
#include "base/limits.h"
#include "fmt/format.h"
#include "kql/native/characters.h"
#include "kql/native/json_text.h"

namespace vedette::kql::external {

namespace {

using base::ErrorCode;

char separator_of(Format format) {
  switch (format) {
    case Format::tsv:
      return '\t';
    case Format::scsv:
      return ';';
    case Format::psv:
      return '|';
    case Format::sohsv:
      return '\x01';
    default:
      return ',';
  }
}

bool is_break(char c) {
  return c == '\n' || c == '\r';
}

// The records of separated text, one after the other.
class Separated {
 public:
  Separated(std::string_view text, char separator) : text_(text), separator_(separator) {}

  // False at the end. Empty lines are none.
  bool next(std::vector<std::string>& fields) {
    fields.clear();
    while (at_ < text_.size() && is_break(text_[at_])) ++at_;
    if (at_ >= text_.size()) return false;
    while (true) {
      fields.push_back(field());
      if (at_ >= text_.size() || text_[at_] != separator_) return true;
      ++at_;
    }
  }
  [[nodiscard]] bool at_end() const {
    return text_.find_first_not_of("\r\n", at_) == std::string_view::npos;
  }

 private:
  std::string field() {
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') quoted(value);
    while (at_ < text_.size() && text_[at_] != separator_ && !is_break(text_[at_]))
      value += text_[at_++];
    return value;
  }
  void quoted(std::string& value) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
          ++at_;
          return;
        }
        ++at_;
      }
      value += text_[at_];
    }
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
};

class Records {
 public:
  Records(const Request& request, const TakeRecord& take)
      : request_(request), take_(take), fields_(request.columns.size()) {}

  base::Result<void> separated(std::string_view text) {
    Separated rows(text, separator_of(request_.format));
    std::vector<std::string> values;
    for (std::size_t number = 0; rows.next(values); ++number) {
      if (is_ignored(number, rows.at_end())) continue;
      clear();
      for (std::size_t i = 0; i < values.size() && i < fields_.size(); ++i)
        VEDETTE_TRY_VOID(put(i, values[i]));
      VEDETTE_TRY_VOID(take_(fields_));
    }
    return {};
  }

  // Each line is a record of one field.
  base::Result<void> lines(std::string_view text) {
    for (std::size_t number = 0, at = 0; at < text.size(); ++number) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      at = end + 1;
      if (is_ignored(number, at >= text.size())) continue;
      clear();
      VEDETTE_TRY_VOID(put(0, line));
      VEDETTE_TRY_VOID(take_(fields_));
    }
    return {};
  }

  base::Result<void> whole(std::string_view text) {
    clear();
    VEDETTE_TRY_VOID(put(0, text));
    return take_(fields_);
  }

  // Objects one after the other, in arrays or not.
  base::Result<void> json(std::string_view text) {
    std::size_t number = 0;
    constexpr std::string_view between = " \t\r\n,[]";
    for (std::size_t at = text.find_first_not_of(between); at != std::string_view::npos;
         at = text.find_first_not_of(between, at)) {
      const std::size_t end = end_of_value(text, at);
      const std::string_view record = text.substr(at, end - at);
      ++number;
      at = end;
      const bool is_last = text.find_first_not_of(between, at) == std::string_view::npos;
      if (is_ignored(number - 1, is_last)) continue;
      VEDETTE_TRY_VOID(object(record, number));
    }
    return {};
  }

 private:
  [[nodiscard]] bool is_ignored(std::size_t number, bool is_last) const {
    return (number == 0 && request_.ignore_first) || (is_last && request_.ignore_last);
  }
  void clear() {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      fields_[i].text.clear();
      fields_[i].is_null = request_.columns[i].type != Type::string;
    }
  }

  // Where the value that begins at `at` ends, without looking closer.
  static std::size_t end_of_value(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    bool quoted = false;
    for (; at < text.size(); ++at) {
      const char c = text[at];
      if (quoted) {
        if (c == '\\') ++at;
        if (c == '"') quoted = false;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth <= 1) return at + 1;
        --depth;
      } else if (depth == 0 && (is_break(c) || c == ',')) {
        return at;
      }
    }
    return text.size();
  }

  base::Result<void> object(std::string_view record, std::size_t number) {
    std::string canonical;
    if (!native::canonicalise(record, canonical) || !canonical.starts_with('{'))
      return base::failure(ErrorCode::malformed,
                           fmt::format("its record {} is no JSON object: {}", number,
                                       base::encode_terminal(record.substr(0, 60))));
    clear();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto value = native::find_member(canonical, request_.columns[i].name);
      if (!value || native::is_json_null(*value)) continue;
      if (request_.columns[i].type == Type::dynamic) {
        VEDETTE_TRY_VOID(check_length(value->size()));
        fields_[i] = {std::string(*value), false};
        continue;
      }
      std::string text;
      native::append_as_text(text, *value);
      VEDETTE_TRY_VOID(put(i, text));
    }
    return take_(fields_);
  }

  static base::Result<void> check_length(std::size_t bytes) {
    if (bytes <= base::limits::external_value_bytes_max) return {};
    return base::failure(ErrorCode::limit_exceeded,
                         fmt::format("one of its values is longer than {} MB",
                                     base::limits::external_value_bytes_max >> 20));
  }

  base::Result<void> put(std::size_t column, std::string_view value) {
    VEDETTE_TRY_VOID(check_length(value.size()));
    Field& field = fields_[column];
    const Type type = request_.columns[column].type;
    field.is_null = value.empty() && type != Type::string;
    if (field.is_null) return {};
    field.text = native::is_utf8(value) ? std::string(value)
                                        : base::clean_utf8(value, base::limits::external_bytes_max);
    if (type != Type::dynamic) return {};
    // Text that is no JSON is a JSON string, as parse_json() has it.
    std::string json;
    if (!native::canonicalise(field.text, json)) native::append_quoted(json, field.text);
    field.text = std::move(json);
    return {};
  }

  const Request& request_;
  const TakeRecord& take_;
  std::vector<Field> fields_;
};

}  // namespace

base::Result<void> read_records(std::string_view text, const Request& request,
                                const TakeRecord& take) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Records records(request, take);
  switch (request.format) {
    case Format::text:
      return records.lines(text);
    case Format::raw:
      return records.whole(text);
    case Format::json:
      return records.json(text);
    default:
      return records.separated(text);
  }
}

}  // namespace vedette::kql::external
