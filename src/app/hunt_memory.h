// Owns: what a scheduled hunt's last run found, in a file of the data folder. Promises: replaced
// whole; a file that cannot be read is as none. Must not know: hunts. One thread a hunt.
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace vedette::app {

struct HuntMemory {
  base::Timestamp ran;              // not set: never
  std::multiset<std::string> rows;  // hunt::key_of

  [[nodiscard]] static HuntMemory load(const std::string& path);
  [[nodiscard]] base::Result<void> save(const std::string& path) const;
};

}  // namespace vedette::app
