// Owns: JSON as values. `Json` is a tree read from outside under the caps of base/limits.h (depth,
// size); `JsonWriter` makes text without building a tree first.
// Promises: depth and size are checked while parsing, before anything can recurse; a number that
// fits neither int64 nor double exactly stays text; duplicate keys: the last wins. Must not know:
// which library reads (fenced in json.cpp). Called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace vedette::base {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;
  using Value =
      std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  Json() = default;
  explicit Json(Value value) : value_(std::move(value)) {}

  [[nodiscard]] const Value& value() const { return value_; }
  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array* as_array() const { return std::get_if<Array>(&value_); }
  [[nodiscard]] const Object* as_object() const { return std::get_if<Object>(&value_); }
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* as_integer() const {
    return std::get_if<std::int64_t>(&value_);
  }
  // The text; empty for anything else.
  [[nodiscard]] const std::string& text() const;
  // An integer or a real, as a double; `otherwise` for anything else.
  [[nodiscard]] double number_or(double otherwise) const;
  // The member of that name, or a null value when this is no object or has none.
  [[nodiscard]] const Json& operator[](std::string_view key) const;

 private:
  Value value_ = nullptr;
};

[[nodiscard]] Result<Json> parse_json(std::string_view text);
// Compact text of a value.
[[nodiscard]] std::string format_json(const Json& value);

// Writes one JSON text from left to right; commas are put by itself. Asserts on a key outside an
// object.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& real(double value);  // shortest round-trip text; NaN and infinities as strings
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // A string of characters that need no escape (digits, letters, dashes ...): the caller's promise.
  JsonWriter& plain_string(std::string_view text);
  // A string of 16 lower-case hexadecimal digits.
  JsonWriter& hexadecimal(std::uint64_t value);
  // key + value in one call.
  JsonWriter& member(std::string_view name, std::string_view text) {
    return key(name).string(text);
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }
  // Begins a new text in the memory of the last.
  void clear() {
    text_.clear();
    has_elements_.clear();
    after_key_ = false;
  }

 private:
  void before_value();

  std::string text_;
  std::vector<bool> has_elements_;  // one for each open object or array
  bool after_key_ = false;
};

}  // namespace vedette::base
