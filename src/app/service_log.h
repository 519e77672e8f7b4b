// Owns: what a service says about itself: one line an occurrence on standard error, as text or as
// JSON. Promises: everything that varies is a named field and goes through the encoder of the form,
// so no text from outside begins a line, colours a terminal or adds a field; a Secret shows as
// "***" whatever it holds. Must not know: who speaks. Any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "app/configuration.h"
#include "base/secret.h"
#include "ports/clock.h"

namespace vedette::app {

struct LogField {
  using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view field_name, std::string_view text)
      : name(field_name), value(std::string(text)) {}
  LogField(std::string_view field_name, const char* text)
      : name(field_name), value(std::string(text)) {}
  LogField(std::string_view field_name, bool truth) : name(field_name), value(truth) {}
  LogField(std::string_view field_name, double number) : name(field_name), value(number) {}
  template <std::unsigned_integral N>
  LogField(std::string_view field_name, N number)
      : name(field_name), value(static_cast<std::uint64_t>(number)) {}
  template <std::signed_integral N>
  LogField(std::string_view field_name, N number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field_name, const base::Secret&)
      : name(field_name), value(std::string("***")) {}

  std::string_view name;
  Value value;
};

class ServiceLog {
 public:
  using Fields = std::initializer_list<LogField>;
  // Where a finished line goes, without its line end; standard error unless one is given.
  using Sink = std::function<void(const std::string& line)>;

  ServiceLog(const ports::Clock& clock, LogLevel level, LogFormat format, Sink sink = {});
  ~ServiceLog();

  // `message` is ours, the same words for the same occurrence.
  void write(LogLevel level, std::string_view message, Fields fields);
  void debug(std::string_view message, Fields fields = {}) {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void warning(std::string_view message, Fields fields = {}) {
    write(LogLevel::warning, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) {
    write(LogLevel::error, message, fields);
  }

 private:
  class Output;

  [[nodiscard]] std::string as_text(LogLevel level, std::string_view message, Fields fields) const;
  [[nodiscard]] std::string as_json(LogLevel level, std::string_view message, Fields fields) const;

  const ports::Clock& clock_;
  const LogLevel level_;
  const LogFormat format_;
  std::unique_ptr<Output> output_;
};

}  // namespace vedette::app
