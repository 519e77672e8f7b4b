// Owns: the right to be the one `serve` of a data folder. Promises: the lock goes with the process,
// however it ends; who comes second learns which process has it. Must not know: what lies in the
// folder. One thread.
#pragma once

#include <string>

#include "base/result.h"
#include "collect/file_descriptor.h"

namespace vedette::app {

class DataLock {
 public:
  // Makes the folder (mode 0700) when it is not there. unavailable: another process has it.
  [[nodiscard]] static base::Result<DataLock> take(const std::string& folder,
                                                   const std::string& lock_file);

 private:
  explicit DataLock(collect::FileDescriptor file) : file_(std::move(file)) {}

  collect::FileDescriptor file_;
};

}  // namespace vedette::app
