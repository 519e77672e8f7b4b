// Owns: who may use a store's folder: one writer, or any number of readers. Promises: the lock goes
// with the process, however it ends; a second store in the same process is refused too (DuckDB
// itself would open the file a second time and lose rows). Must not know: what is in the folder.
// One thread.
#pragma once

#include <string>

#include "base/result.h"

namespace vedette::store::duckdb {

class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

  // `unavailable` when another one has it.
  [[nodiscard]] static base::Result<FolderLock> take(const std::string& folder, bool shared);

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace vedette::store::duckdb
