// Owns: one instance of DuckDB, in memory, with KQL's native functions in it and every door shut:
// no network, no extensions, configuration locked, memory and threads bounded, and no files but
// those of one folder, where there is one. Promises: the engine is at least 1.5.6 (1.4 loses rows
// on a full disk) or `open` refuses. Must not know: what is stored. Connections may be made from
// any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"

namespace vedette::store::duckdb {

class Connection;

struct InstanceOptions {
  std::int64_t memory_bytes = base::limits::query_memory_bytes;
  int threads = 2;
  std::string folder = {};  // absolute; empty: no files at all
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

 private:
  std::unique_ptr<Handles> handles_;
};

// "v1.5.6" is at least 1.5.6; text that is no version is not.
[[nodiscard]] bool is_supported_version(std::string_view version);

}  // namespace vedette::store::duckdb
