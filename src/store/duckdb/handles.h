// Owns: DuckDB's C handles as objects that give back what they hold, and the reading of its errors.
// Promises: every error of the engine becomes a base::Error whose code says whether another try can
// help. Must not know: what is stored. One thread an object. Only for this folder.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::store::duckdb {

template <typename Handle, void (*destroy)(Handle*)>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle handle) : handle_(handle) {}
  ~Owned() { destroy(&handle_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Handle* address() { return &handle_; }
  [[nodiscard]] Handle get() const { return handle_; }

 private:
  Handle handle_{};
};

using OwnedConfig = Owned<duckdb_config, duckdb_destroy_config>;
using OwnedStatement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using OwnedValue = Owned<duckdb_value, duckdb_destroy_value>;
using OwnedContext = Owned<duckdb_client_context, duckdb_destroy_client_context>;
using OwnedChunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using OwnedType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using OwnedAppender =
    Owned<duckdb_appender, [](duckdb_appender* appender) { duckdb_appender_destroy(appender); }>;

class OwnedResult {
 public:
  OwnedResult() = default;
  ~OwnedResult() { duckdb_destroy_result(&result_); }
  OwnedResult(const OwnedResult&) = delete;
  OwnedResult& operator=(const OwnedResult&) = delete;
  duckdb_result* address() { return &result_; }
  [[nodiscard]] duckdb_result get() const { return result_; }

 private:
  duckdb_result result_{};
};

// What an error of the engine asks for.
enum class Trouble : std::uint8_t {
  none,
  passing,    // memory, a busy file: another try may help
  disk_full,  // when there is room again
  damaged,    // what is on the disk is not what was written
  fatal,      // the instance refuses everything until it is opened again
  ours,       // wrong SQL: a fault of Vedette
};
[[nodiscard]] Trouble trouble_of(duckdb_error_type type, std::string_view message);
[[nodiscard]] std::unexpected<base::Error> failure_of(Trouble trouble, std::string message);

// "name" with its quotes doubled, for SQL.
[[nodiscard]] std::string quote_identifier(std::string_view name);
// 'text' with its quotes doubled, for SQL.
[[nodiscard]] std::string quote_text(std::string_view text);

using TextRow = std::vector<std::optional<std::string>>;

class Connection {
 public:
  Connection() = default;
  explicit Connection(duckdb_connection handle) : handle_(handle) {}
  ~Connection() { duckdb_disconnect(&handle_); }
  Connection(Connection&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), trouble_(other.trouble_) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(handle_, other.handle_);
    trouble_ = other.trouble_;
    return *this;
  }

  [[nodiscard]] duckdb_connection get() const { return handle_; }
  // No other connection of its instance has it.
  [[nodiscard]] std::uint64_t id() const;
  [[nodiscard]] base::Result<void> execute(const std::string& sql);
  // Every column must be VARCHAR; for small results.
  [[nodiscard]] base::Result<std::vector<TextRow>> query(const std::string& sql);
  [[nodiscard]] base::Result<void> each_chunk(const std::string& sql,
                                              const std::function<void(duckdb_data_chunk)>& take);
  // Of the last statement that failed.
  [[nodiscard]] Trouble trouble() const { return trouble_; }
  // An error that was met outside of a statement (an appender's).
  [[nodiscard]] std::unexpected<base::Error> failed(duckdb_error_type type, const char* message);
  // That of a statement, by its result.
  [[nodiscard]] std::unexpected<base::Error> failed(OwnedResult& result);

 private:
  duckdb_connection handle_ = nullptr;
  Trouble trouble_ = Trouble::none;
};

// One SELECT, planned and run in one transaction: a plan holds what the statistics of the rows said
// (the longest text, the least number), and does not fit rows that come after it. Without the
// transaction such rows are missed, or the engine crashes (github.com/duckdb/duckdb/issues/23704).
class ReadStatement {
 public:
  explicit ReadStatement(Connection& connection) : connection_(connection) {}
  ~ReadStatement();
  ReadStatement(const ReadStatement&) = delete;
  ReadStatement& operator=(const ReadStatement&) = delete;

  // Fails where it is not one statement, or another than a SELECT. Once.
  [[nodiscard]] base::Result<void> prepare(const std::string& sql);
  // The result is whole: it needs neither this nor its transaction any more.
  [[nodiscard]] base::Result<void> run(OwnedResult& result);

 private:
  Connection& connection_;
  OwnedStatement statement_;
  bool is_open_ = false;  // the transaction
};

}  // namespace vedette::store::duckdb
