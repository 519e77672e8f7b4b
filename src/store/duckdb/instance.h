// Owns: one instance of DuckDB, in memory, with KQL's native functions in it and every door shut:
// no network, no extensions, configuration locked, memory and threads bounded, and no files but
// those of one folder, where there is one. Promises: the engine is at least 1.5.6 (on arm64 1.5.5;
// 1.4 loses rows on a full disk) or `open` refuses. Must not know: what is stored. Connections may
// be made from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "ports/geo_lookup.h"
#include "store/duckdb/statement_stops.h"

namespace vedette::store::duckdb {

class Connection;

struct InstanceOptions {
  std::int64_t memory_bytes = base::limits::query_memory_bytes;
  int threads = 2;
  std::string folder = {};  // absolute; empty: no files at all
  // For geo_info_from_ip_address, which knows no place without; outlives the instance.
  const ports::GeoLookup* places = nullptr;
  // Where memory that is full is put down for a while; within `folder`. Empty: nowhere.
  std::string overflow_folder = {};
};

class Instance {
  struct Handles;

 public:
  [[nodiscard]] static base::Result<std::shared_ptr<Instance>> open(const InstanceOptions& options);
  // Only open() can make the handles.
  explicit Instance(std::unique_ptr<Handles> handles);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  [[nodiscard]] base::Result<Connection> connect();
  // One that counts what its statements cost, while there is one that nobody has: counting is a
  // setting, so such connections are made before settings are locked.
  [[nodiscard]] std::optional<Connection> take_counting();
  void give_back(Connection counting);
  // Of all connections; whoever runs statements says here when they are no longer waited for.
  [[nodiscard]] StatementStops& stops();
  // Threads that work beside the caller's on what it asks, until the last who holds them lets go.
  // The engine has none of its own: who appends would wait for them with a spinning processor, at
  // a third of the cost of the append.
  class Workers;
  [[nodiscard]] std::shared_ptr<Workers> workers();

 private:
  std::unique_ptr<Handles> handles_;
  std::mutex workers_mutex_;
  std::weak_ptr<Workers> workers_;  // guarded by workers_mutex_
  std::mutex counting_mutex_;
  std::vector<Connection> counting_;  // guarded by counting_mutex_
};

// "v1.5.6" is at least 1.5.6; text that is no version is not.
[[nodiscard]] bool is_supported_version(std::string_view version);

}  // namespace vedette::store::duckdb
