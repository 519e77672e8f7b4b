// Owns: one connection for hunting, to an instance of its own or to a store's. Promises: runs one
// SELECT at a time and nothing else; a statement that takes longer than its time, or whose stop was
// asked for, is interrupted; DuckDB's errors come back as diagnostics. Must not know: KQL's syntax.
// One thread at a time, but for `interrupt`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/result/sink.h"
#include "ports/external_data.h"
#include "ports/geo_lookup.h"
#include "store/duckdb/instance.h"
#include "store/duckdb/stage_report.h"

namespace vedette::store::duckdb {

struct EngineOptions {
  std::int64_t memory_bytes = base::limits::query_memory_bytes;
  int threads = 2;
  int timeout_ms = base::limits::query_timeout_ms;
  std::stop_token stop = {};
  std::vector<std::string> missing = {};     // rows that are not there, said with each result
  const ports::GeoLookup* places = nullptr;  // for geo_info_from_ip_address; outlives the engine
  ports::ExternalData* external = nullptr;   // for externaldata, refused without; outlives it too
  // How much of a running statement is done, in percent, below 0 where that is not known; several
  // times a second, from a thread of the engine.
  std::function<void(double percent)> progress = {};
  ReportStage report = {};
};

class Engine {
  struct Handles;

 public:
  // With an instance of its own, which has no files.
  static base::Result<std::unique_ptr<Engine>> open(const EngineOptions& options);
  // On an instance that is there; its memory and threads are its own.
  static base::Result<std::unique_ptr<Engine>> open_on(std::shared_ptr<Instance> instance,
                                                       const EngineOptions& options);
  // Only open() can make the handles.
  explicit Engine(std::unique_ptr<Handles> handles);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Runs one SELECT whose columns are those of the stage, and gives its rows to the sink.
  kql::Checked<void> run(const kql::Stage& stage, kql::result::Sink& sink);
  // Puts what other hosts gave for the request (unpacked) into kql::external_table(number), for as
  // long as the engine lives.
  kql::Checked<void> load(const kql::external::Request& request, std::size_t number,
                          const std::vector<std::string>& texts);
  [[nodiscard]] const EngineOptions& options() const;
  // Ends what runs now, from any thread.
  void interrupt();

 private:
  kql::Checked<void> run(const kql::Stage& stage, kql::result::Sink& sink, StageReport* report);
  void count(StageReport& report) const;

  std::unique_ptr<Handles> handles_;
};

}  // namespace vedette::store::duckdb
