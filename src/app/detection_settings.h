// Owns: the settings of the identity detections as they hold now: the file's, and over them what
// was changed in the web app, which is kept in the data folder (detections.toml). Promises: what
// the web app changed wins, until it is taken back; a change holds whole or not at all, is on the
// disk before it holds, and is refused when somebody else changed something since it was looked at;
// each problem names its setting. Must not know: HTTP, who may change what. Any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/kept_file.h"
#include "base/result.h"
#include "detect/identity/identity_settings.h"

namespace vedette::app {

class DetectionSettings {
 public:
  using Settings = detect::identity::IdentitySettings;
  // Setting → its value as TOML; nothing: the file's again.
  using Changes = std::map<std::string, std::optional<std::string>, std::less<>>;
  struct Problem {
    std::string setting;  // empty: of all of them
    std::string message;
  };
  using Problems = std::vector<Problem>;

  // `path`: where changes are kept.
  DetectionSettings(Settings of_file, std::string path);
  // What was changed before. What no longer fits is left out and named.
  [[nodiscard]] base::Result<Problems> load();

  [[nodiscard]] const Settings& of_file() const { return of_file_; }
  [[nodiscard]] Settings now() const;
  [[nodiscard]] std::uint64_t version() const { return file_.version(); }
  // The settings, when they are of another version than `seen`, which becomes theirs.
  [[nodiscard]] std::optional<Settings> news(std::uint64_t& seen) const;
  [[nodiscard]] bool is_changed(std::string_view setting) const;

  // What would hold with these changes.
  [[nodiscard]] std::expected<Settings, Problems> with(const Changes& changes) const;
  // `version` is the one that was looked at; `note` is asked before anything is kept.
  [[nodiscard]] std::expected<void, Problems> change(
      std::uint64_t version, const Changes& changes,
      const std::function<base::Result<void>(const Settings& before, const Settings& after)>& note);

 private:
  using Kept = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] Kept merged(const Changes& changes) const;  // under mutex_
  [[nodiscard]] std::expected<Settings, Problems> read(const Kept& kept) const;

  const Settings of_file_;
  KeptFile file_;
  mutable std::mutex mutex_;
  Kept kept_;     // guarded by mutex_
  Settings now_;  // guarded by mutex_
};

}  // namespace vedette::app
