// A folder of a test's own, gone with all that is in it when the test ends.
#pragma once

#include <unistd.h>

#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace vedette::fakes {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vedette-test-XXXXXX").string();
    const bool made = ::mkdtemp(pattern.data()) != nullptr;
    assert(made);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace vedette::fakes
