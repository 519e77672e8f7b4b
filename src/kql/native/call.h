// Owns: the interface between a native function's body and whoever runs it (the shim of
// store/duckdb/native_functions.h): one row's arguments in, one value out.
// Promises: a body sees no NULL unless its row asks for it; a body that sets nothing gives null
// (the empty string for string results); `fail` ends the query with a message. Must not know:
// DuckDB, columns. A body is called from several threads at once; state of its own is thread_local.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::kql::native {

struct Argument {
  bool is_null = true;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
};

class Call {
 public:
  std::vector<Argument> arguments;

  [[nodiscard]] std::size_t size() const { return arguments.size(); }
  [[nodiscard]] bool is_null(std::size_t i) const {
    return i >= arguments.size() || arguments[i].is_null;
  }
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return is_null(i) ? std::string_view{} : arguments[i].text;
  }
  [[nodiscard]] std::int64_t integer(std::size_t i, std::int64_t otherwise = 0) const {
    return is_null(i) ? otherwise : arguments[i].integer;
  }
  [[nodiscard]] double real(std::size_t i, double otherwise = 0) const {
    return is_null(i) ? otherwise : arguments[i].real;
  }
  [[nodiscard]] bool boolean(std::size_t i, bool otherwise = false) const {
    return is_null(i) ? otherwise : arguments[i].boolean;
  }

  void reset() {
    has_result = false;
    result_text.clear();
    result_list.clear();
    error.clear();
  }
  void give(bool value) {
    has_result = true;
    result_boolean = value;
  }
  void give_integer(std::int64_t value) {
    has_result = true;
    result_integer = value;
  }
  void give_real(double value) {
    has_result = true;
    result_real = value;
  }
  void give_text(std::string_view value) {
    has_result = true;
    result_text.assign(value);
  }
  // The buffer of the result, kept from row to row.
  std::string& give_text() {
    has_result = true;
    return result_text;
  }
  // For rows whose result is "list": one SQL list of strings.
  std::vector<std::string>& give_list() {
    has_result = true;
    return result_list;
  }
  void fail(std::string message) { error = std::move(message); }

  // Where it is there and true, nobody waits for the result any more. A body whose one call may
  // take seconds looks at it; between two rows whoever runs the body does.
  const std::atomic<bool>* stop = nullptr;

  bool has_result = false;
  bool result_boolean = false;
  std::int64_t result_integer = 0;
  double result_real = 0;
  std::string result_text;
  std::vector<std::string> result_list;
  std::string error;
};

using Body = void (*)(Call&);

}  // namespace vedette::kql::native
