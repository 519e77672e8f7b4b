// Owns: work on dynamic values as canonical JSON text (compact, valid), without building trees:
// find a member, walk elements, make text. Promises: `canonicalise` is the only door for text from
// outside: it checks, bounds the depth, removes white space, keeps the last of repeated keys and
// writes strings in one form. All else may then trust. Must not know: DuckDB. Called from any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kql/value.h"

namespace vedette::kql::native {

enum class JsonKind : std::uint8_t { null, boolean, integer, real, string, array, object };

[[nodiscard]] JsonKind kind_of(std::string_view json);
// The end of the value that starts at `at`.
[[nodiscard]] std::size_t skip_value(std::string_view json, std::size_t at);
// Appends the canonical form; false (and `out` as it was) when the text is not one JSON value.
bool canonicalise(std::string_view text, std::string& out);

// The elements of an array, or the keys (still quoted) and values of an object; none of anything
// else.
[[nodiscard]] std::vector<std::string_view> elements_of(std::string_view array);
using Member = std::pair<std::string_view, std::string_view>;
[[nodiscard]] std::vector<Member> members_of(std::string_view object);
[[nodiscard]] std::size_t count_elements(std::string_view array);
[[nodiscard]] std::optional<std::string_view> find_member(std::string_view object,
                                                          std::string_view key);
// Negative indexes count from the end.
[[nodiscard]] std::optional<std::string_view> element_at(std::string_view array,
                                                         std::int64_t index);

// "abc" with its quotes -> abc
void append_unescaped(std::string& out, std::string_view quoted);
[[nodiscard]] std::string unescaped(std::string_view quoted);
void append_quoted(std::string& out, std::string_view text);
// A real as JSON: with a point or an exponent, so that it stays a real; NaN and infinities as
// strings.
void append_json_real(std::string& out, double value);
// tostring() of a dynamic value: strings without quotes, null as nothing, the rest as JSON.
void append_as_text(std::string& out, std::string_view json);
[[nodiscard]] std::optional<double> number_of(
    std::string_view json);  // numbers, numeric strings, bools
[[nodiscard]] std::optional<std::int64_t> integer_of(std::string_view json);
[[nodiscard]] bool is_json_null(std::string_view json);
// A constant as JSON text (datetimes and timespans as strings).
[[nodiscard]] std::string json_of(const Constant& constant);
// A real as tostring() writes it: shortest, 1E+20 from 15 digits on.
[[nodiscard]] std::string text_of_real(double value);

// Reads text as a number the way tolong() and toreal() do.
[[nodiscard]] std::optional<std::int64_t> read_long(std::string_view text);
[[nodiscard]] std::optional<double> read_real(std::string_view text);

// Builds [a,b] and {"k":v} text.
class JsonBuilder {
 public:
  explicit JsonBuilder(std::string& out) : out_(out) {}
  void open(char bracket) {
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  void value(std::string_view json) {
    comma();
    out_ += json;
  }
  void text(std::string_view text) {
    comma();
    append_quoted(out_, text);
  }
  void real(double number) {
    comma();
    append_json_real(out_, number);
  }
  void integer(std::int64_t number) {
    comma();
    out_ += std::to_string(number);
  }
  void key(std::string_view name) {
    comma();
    append_quoted(out_, name);
    out_ += ':';
    first_ = true;
  }
  void quoted_key(std::string_view quoted) {
    comma();
    out_ += quoted;
    out_ += ':';
    first_ = true;
  }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string& out_;
  bool first_ = true;
};

}  // namespace vedette::kql::native
