// Owns: one TOML file of the data folder that pages of the web app change: reading it, and
// replacing it. Promises: a change is made from the version that was looked at, is noted in the
// audit log before it is on the disk, is on the disk before it holds, and is there whole or not at
// all. Must not know: which settings there are. Its owner lets one thread at a time change it;
// `version` is for any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/settings_file.h"
#include "base/result.h"

namespace vedette::app {

class KeptFile {
 public:
  // `head`: comment lines for people who look at the file.
  KeptFile(std::string path, std::string_view head) : path_(std::move(path)), head_(head) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  // Nothing: nobody changed anything yet.
  [[nodiscard]] base::Result<std::optional<SettingNode>> read() const;
  // An error that says what is wrong with what `read` found.
  [[nodiscard]] std::unexpected<base::Error> malformed(const std::string& problem) const;

  [[nodiscard]] std::uint64_t version() const { return version_.load(); }
  // Where versions must not begin at 1 with each start: at one that tells what was read.
  void count_from(std::uint64_t version) { version_ = version; }
  // `version` is the one that was looked at.
  [[nodiscard]] base::Result<void> replace(std::uint64_t version, std::string_view text,
                                           const std::function<base::Result<void>()>& note);

 private:
  const std::string path_;
  const std::string_view head_;
  std::atomic<std::uint64_t> version_ = 1;
};

}  // namespace vedette::app
