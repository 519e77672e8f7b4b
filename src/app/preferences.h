// Owns: what people keep of the web app: saved views, when they looked last. Promises: kept in the
// data folder for its owner alone (preferences.json); bounded, by person and in all; what is kept
// is a JSON object whose meaning is the web app's. Must not know: what is in it. Any thread.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "server/settings_desk.h"

namespace vedette::app {

// Where they are kept.
[[nodiscard]] inline std::string preferences_path(const std::filesystem::path& data_folder) {
  return (data_folder / "preferences.json").string();
}

class Preferences : public server::PreferenceDesk {
 public:
  explicit Preferences(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] base::Result<void> load();

  [[nodiscard]] Answer of(const std::string& person) override;
  [[nodiscard]] Answer keep(const std::string& person, const std::string& text) override;

 private:
  const std::string path_;
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> kept_;  // guarded by mutex_
};

}  // namespace vedette::app
