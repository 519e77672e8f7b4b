// Owns: how long things are kept: the settings file's word, and over it what was changed in the web
// app, which is kept in the data folder (retention.toml). Promises: a change is on the disk before
// it holds, and is refused when somebody else changed something since it was looked at; a value out
// of its range is refused with its name. Must not know: HTTP, who may change what. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "app/configuration.h"
#include "app/kept_file.h"
#include "base/result.h"
#include "ports/event_store.h"

namespace vedette::app {

struct Retention {
  int store_days = 30;
  std::uint64_t store_bytes = 0;  // 0: no bound
  int incidents_days = 365, messages_days = 30, journal_days = 3;
  std::uint64_t journal_bytes = 0;
  std::map<std::string, int, std::less<>> table_days;  // that go before store_days
  bool operator==(const Retention&) const = default;
};

inline constexpr int retention_days_max = 36'500;
inline constexpr std::size_t retention_tables_max = 200;

[[nodiscard]] Retention retention_of(const Configuration& configuration);
[[nodiscard]] ports::RetentionPolicy policy_of(const Retention& retention);
// What is out of its range, by name; "": all is well.
[[nodiscard]] std::string problem_with(const Retention& retention);

// Where changes are kept.
[[nodiscard]] inline std::string retention_path(const std::filesystem::path& data_folder) {
  return (data_folder / "retention.toml").string();
}

class RetentionSettings {
 public:
  RetentionSettings(Retention of_file, std::string path);
  // What was changed before.
  [[nodiscard]] base::Result<void> load();

  [[nodiscard]] const Retention& of_file() const { return of_file_; }
  [[nodiscard]] Retention now() const;
  [[nodiscard]] std::uint64_t version() const { return kept_.version(); }
  // Something was changed since `take`, which is for the one who obeys.
  [[nodiscard]] bool is_news() const;
  [[nodiscard]] Retention take();

  // `version` is the one that was looked at; `note` is asked before anything is kept.
  [[nodiscard]] base::Result<void> change(
      std::uint64_t version, const Retention& wanted,
      const std::function<base::Result<void>(const Retention& before)>& note);

 private:
  const Retention of_file_;
  KeptFile kept_;
  mutable std::mutex mutex_;
  Retention now_;             // guarded by mutex_
  std::uint64_t obeyed_ = 1;  // guarded by mutex_
};

}  // namespace vedette::app
