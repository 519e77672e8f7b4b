// Owns: the web app's backups: made in the background into the data folder's own backups/, one at a
// time, listed and deleted, as the API's JSON. Promises: what is being made is marked until it is
// whole, and a mark that an end of the service left is cleaned up; the disk is looked at before.
// Must not know: HTTP, roles. Any thread.
#pragma once

#include <filesystem>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "app/data_layout.h"
#include "ports/clock.h"
#include "server/settings_desk.h"

namespace vedette::app {

class BackupsDesk : public server::BackupDesk {
 public:
  BackupsDesk(DataLayout data, const ports::Clock& clock) : data_(std::move(data)), clock_(clock) {}

  [[nodiscard]] Answer show() override;
  [[nodiscard]] Answer begin(const server::DeskNote& note) override;
  [[nodiscard]] Answer remove(const std::string& name, const server::DeskNote& note) override;

 private:
  [[nodiscard]] std::filesystem::path folder() const { return data_.folder / "backups"; }
  void make(const std::string& name, const std::stop_token& stop);

  const DataLayout data_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::string running_;                 // its name; guarded by mutex_
  std::string last_name_, last_words_;  // of the last one that ended here; guarded by mutex_
  bool last_is_good_ = false;           // guarded by mutex_
  std::jthread maker_;                  // guarded by mutex_
};

}  // namespace vedette::app
