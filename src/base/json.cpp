#include "base/json.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/encode.h"
#include "base/limits.h"

namespace vedette::base {
namespace {

// Builds our tree from the library's events, refusing depth before it can hurt.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Json()); }
  bool boolean(bool value) override { return put(Json(value)); }
  bool number_integer(number_integer_t value) override { return put(Json(std::int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return put(Json(std::to_string(value)));
    return put(Json(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    const bool whole = text.find_first_of(".eE") == string_t::npos;  // an integer past 64 bits
    if (whole || !std::isfinite(value)) return put(Json(std::string(text)));
    return put(Json(value));
  }
  bool string(string_t& value) override { return put(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json(Json::Object())); }
  bool start_array(std::size_t) override { return open(Json(Json::Array())); }
  bool key(string_t& name) override {
    open_.back().pending_key = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    error_ = fmt::format("not valid JSON at byte {}", position);
    return false;
  }

  [[nodiscard]] Json take() { return std::move(root_); }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Open {
    Json::Value value;
    std::string pending_key;
  };

  bool open(const Json& value) {
    if (open_.size() >= limits::json_depth_max) {
      error_ = fmt::format("JSON is nested deeper than {}", limits::json_depth_max);
      return false;
    }
    open_.push_back({value.value(), {}});
    return true;
  }
  bool close() {
    Json done(std::move(open_.back().value));
    open_.pop_back();
    return put(std::move(done));
  }
  bool put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& parent = open_.back();
    if (auto* array = std::get_if<Json::Array>(&parent.value)) {
      array->push_back(std::move(value));
      return true;
    }
    auto& members = std::get<Json::Object>(parent.value);
    members.emplace_back(std::move(parent.pending_key), std::move(value));
    return true;
  }

  std::vector<Open> open_;
  Json root_;
  std::string error_ = "not valid JSON";
};

void write(JsonWriter& writer, const Json& json) {
  struct Visitor {
    JsonWriter& w;
    void operator()(std::nullptr_t) const { w.null(); }
    void operator()(bool value) const { w.boolean(value); }
    void operator()(std::int64_t value) const { w.number(value); }
    void operator()(double value) const { w.real(value); }
    void operator()(const std::string& value) const { w.string(value); }
    void operator()(const Json::Array& values) const {
      w.begin_array();
      for (const auto& value : values) write(w, value);
      w.end_array();
    }
    void operator()(const Json::Object& members) const {
      w.begin_object();
      for (const auto& [name, value] : members) {
        w.key(name);
        write(w, value);
      }
      w.end_object();
    }
  };
  std::visit(Visitor{writer}, json.value());
}

}  // namespace

const std::string& Json::text() const {
  static const std::string none;
  const auto* text = as_string();
  return text == nullptr ? none : *text;
}

double Json::number_or(double otherwise) const {
  if (const auto* integer = std::get_if<std::int64_t>(&value_))
    return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value_)) return *real;
  return otherwise;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json absent;
  const auto* members = as_object();
  if (members == nullptr) return absent;
  for (auto member = members->rbegin(); member != members->rend(); ++member)
    if (member->first == key) return member->second;
  return absent;
}

Result<Json> parse_json(std::string_view text) {
  if (text.size() > limits::json_bytes_max)
    return failure(ErrorCode::limit_exceeded, "JSON text is longer than 1 MB");
  TreeBuilder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
    return failure(ErrorCode::malformed, builder.error());
  return builder.take();
}

std::string format_json(const Json& value) {
  JsonWriter writer;
  write(writer, value);
  return writer.take();
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_elements_.empty()) return;
  if (has_elements_.back()) text_.push_back(',');
  has_elements_.back() = true;
}

JsonWriter& JsonWriter::begin_object() {
  before_value();
  text_.push_back('{');
  has_elements_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  assert(!has_elements_.empty());
  has_elements_.pop_back();
  text_.push_back('}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  before_value();
  text_.push_back('[');
  has_elements_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  assert(!has_elements_.empty());
  has_elements_.pop_back();
  text_.push_back(']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  assert(!has_elements_.empty() && !after_key_);
  before_value();
  append_json_string(text_, name);
  text_.push_back(':');
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  before_value();
  append_json_string(text_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  before_value();
  const fmt::format_int digits(value);
  text_.append(digits.data(), digits.size());
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  before_value();
  const fmt::format_int digits(value);
  text_.append(digits.data(), digits.size());
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (std::isnan(value)) return string("NaN");
  if (std::isinf(value)) return string(value > 0 ? "Infinity" : "-Infinity");
  before_value();
  text_ += fmt::format("{}", value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  before_value();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::plain_string(std::string_view value) {
  before_value();
  text_.push_back('"');
  text_.append(value);
  text_.push_back('"');
  return *this;
}

// The digits of eight nibbles at a time, each in a byte of its own: '0' and more, and what lies
// between '9' and 'a' for those from ten on.
JsonWriter& JsonWriter::hexadecimal(std::uint64_t value) {
  before_value();
  const auto eight_digits = [](std::uint64_t nibbles) {
    nibbles = (nibbles | nibbles << 16) & 0x0000'FFFF'0000'FFFFULL;
    nibbles = (nibbles | nibbles << 8) & 0x00FF'00FF'00FF'00FFULL;
    nibbles = (nibbles | nibbles << 4) & 0x0F0F'0F0F'0F0F'0F0FULL;
    const std::uint64_t letters =
        (nibbles + 0x0606'0606'0606'0606ULL) >> 4 & 0x0101'0101'0101'0101ULL;
    return std::byteswap(nibbles + 0x3030'3030'3030'3030ULL + letters * ('a' - '9' - 1));
  };
  static_assert(std::endian::native == std::endian::little);
  const std::uint64_t upper = eight_digits(value >> 32), lower = eight_digits(value & 0xFFFF'FFFF);
  std::array<char, 18> text{'"'};
  std::memcpy(text.data() + 1, &upper, 8);
  std::memcpy(text.data() + 9, &lower, 8);
  text[17] = '"';
  text_.append(text.data(), text.size());
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  text_ += "null";
  return *this;
}

}  // namespace vedette::base
