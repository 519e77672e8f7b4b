// Owns: the functions of a folder's files that any query may call, and what they were when they
// were last looked at. Promises: a file that is no function spoils no other one: what is wrong with
// it is told with its line and remedy; files that changed are read again at the next question; what
// is read is bounded. Must not know: what the functions find. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hunt/saved_function.h"
#include "kql/catalogue/catalogue.h"

namespace vedette::app {

struct FunctionFiles {
  std::vector<hunt::SavedFunction> functions;  // by name
  std::vector<std::string> problems;           // each with its file, safe to print
};

class FunctionFolder {
 public:
  // An empty folder: nowhere, so there are none. The catalogue, which outlives this, has the names
  // of tables, which no function may have.
  FunctionFolder(std::filesystem::path folder, const kql::Catalogue& catalogue)
      : folder_(std::move(folder)), catalogue_(catalogue) {}

  [[nodiscard]] std::shared_ptr<const FunctionFiles> files() const;
  // What `query` needs of them (kql::Inputs::saved_functions).
  [[nodiscard]] std::string text_for(std::string_view query) const;

 private:
  struct Stamp {
    std::filesystem::path path;
    std::filesystem::file_time_type changed;
    std::uintmax_t bytes = 0;
    bool operator==(const Stamp&) const = default;
  };

  const std::filesystem::path folder_;
  const kql::Catalogue& catalogue_;
  mutable std::mutex mutex_;
  mutable std::vector<Stamp> stamps_;                   // guarded by mutex_
  mutable std::shared_ptr<const FunctionFiles> files_;  // guarded by mutex_
};

}  // namespace vedette::app
