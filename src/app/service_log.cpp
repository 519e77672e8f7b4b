#include "app/service_log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <mutex>
#include <utility>

#include "base/encode.h"
#include "base/json.h"

namespace vedette::app {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
constexpr std::size_t field_bytes_max = 2048;

std::string_view name_of(LogLevel level) {
  return level_names.at(static_cast<std::size_t>(level));
}

// A value that is one word stays one; anything else is quoted, so that fields can be told apart.
std::string shown(const LogField::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    std::string safe = base::encode_terminal(*text, field_bytes_max);
    const bool word = !safe.empty() && safe.find_first_of(" \"=") == std::string::npos;
    if (word) return safe;
    std::string quoted = "\"";
    for (const char c : safe) quoted += c == '"' ? "\\\"" : std::string(1, c);
    return quoted + "\"";
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{:.6g}", *real);
  return std::get<bool>(value) ? "true" : "false";
}

}  // namespace

// spdlog writes whole lines from any thread; what a line says is made here.
class ServiceLog::Output {
 public:
  explicit Output(Sink sink) : logger_("vedette", make_sink(std::move(sink))) {
    logger_.set_level(spdlog::level::trace);
    logger_.set_pattern("%v");
    logger_.flush_on(spdlog::level::trace);
  }
  void write(const std::string& line) { logger_.info(spdlog::string_view_t(line)); }

 private:
  static spdlog::sink_ptr make_sink(Sink sink) {
    if (!sink) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    return std::make_shared<FunctionSink>(std::move(sink));
  }
  class FunctionSink : public spdlog::sinks::base_sink<std::mutex> {
   public:
    explicit FunctionSink(Sink function) : function_(std::move(function)) {}

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
      function_(std::string(message.payload.data(), message.payload.size()));
    }
    void flush_() override {}

    Sink function_;
  };

  spdlog::logger logger_;
};

ServiceLog::ServiceLog(const ports::Clock& clock, LogLevel level, LogFormat format, Sink sink)
    : clock_(clock),
      level_(level),
      format_(format),
      output_(std::make_unique<Output>(std::move(sink))) {}
ServiceLog::~ServiceLog() = default;

void ServiceLog::write(LogLevel level, std::string_view message, Fields fields) {
  if (level < level_) return;
  output_->write(format_ == LogFormat::json ? as_json(level, message, fields)
                                            : as_text(level, message, fields));
}

std::string ServiceLog::as_text(LogLevel level, std::string_view message, Fields fields) const {
  std::string line = fmt::format("{} {:<7} {}", base::format_iso(clock_.now()), name_of(level),
                                 base::encode_terminal(message, field_bytes_max));
  for (const LogField& field : fields)
    line += fmt::format(" {}={}", field.name, shown(field.value));
  return line;
}

std::string ServiceLog::as_json(LogLevel level, std::string_view message, Fields fields) const {
  base::JsonWriter writer;
  writer.begin_object()
      .member("time", base::format_iso(clock_.now()))
      .member("level", name_of(level))
      .member("message", message);
  for (const LogField& field : fields) {
    writer.key(field.name);
    if (const auto* text = std::get_if<std::string>(&field.value))
      writer.string(base::clean_utf8(*text, field_bytes_max));
    else if (const auto* integer = std::get_if<std::int64_t>(&field.value))
      writer.number(*integer);
    else if (const auto* natural = std::get_if<std::uint64_t>(&field.value))
      writer.number(*natural);
    else if (const auto* real = std::get_if<double>(&field.value))
      writer.real(*real);
    else
      writer.boolean(std::get<bool>(field.value));
  }
  writer.end_object();
  return writer.take();
}

}  // namespace vedette::app
