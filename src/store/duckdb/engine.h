// Owns: one DuckDB instance for hunting, with KQL's native functions in it and every door shut: no
// files, no network, no extensions, configuration locked, memory and threads bounded. Promises:
// runs one SELECT at a time on its connection and nothing else; a statement that takes longer than
// its time is interrupted; DuckDB's errors come back as diagnostics. Must not know: KQL's syntax.
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/result/sink.h"
#include "ports/geo_lookup.h"

namespace vedette::store::duckdb {

struct EngineOptions {
  std::int64_t memory_bytes = base::limits::query_memory_bytes;
  int threads = 2;
  int timeout_ms = base::limits::query_timeout_ms;
  const ports::GeoLookup* places = nullptr;  // for geo_info_from_ip_address; outlives the engine
};

class Engine {
  struct Handles;

 public:
  static base::Result<std::unique_ptr<Engine>> open(const EngineOptions& options);
  // Only open() can make the handles.
  explicit Engine(std::unique_ptr<Handles> handles);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Runs one SELECT whose columns are those of the stage, and gives its rows to the sink.
  kql::Checked<void> run(const kql::Stage& stage, kql::result::Sink& sink);
  // Ends what runs now, from any thread.
  void interrupt();

 private:
  std::unique_ptr<Handles> handles_;
};

}  // namespace vedette::store::duckdb
