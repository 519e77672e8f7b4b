// Owns: a file that a command writes, or standard output. Promises: every byte is written, or an
// error says why not. Must not know: what is written. One thread.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vedette::app {

class OutputFile {
 public:
  static base::Result<OutputFile> open(const std::string& path) {
    OutputFile file;
    file.path_ = path;
    if (path == "-") {
      file.descriptor_ = STDOUT_FILENO;
      return file;
    }
    file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file.descriptor_ < 0) return base::system_failure("cannot write " + path, errno);
    file.owned_ = true;
    return file;
  }
  OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }
  OutputFile& operator=(OutputFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(owned_, other.owned_);
    std::swap(path_, other.path_);
    return *this;
  }
  ~OutputFile() {
    if (owned_) ::close(descriptor_);
  }

  base::Result<void> write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return base::system_failure("cannot write " + path_, errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

 private:
  OutputFile() = default;

  int descriptor_ = -1;
  bool owned_ = false;
  std::string path_;
};

}  // namespace vedette::app
