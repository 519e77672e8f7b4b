// Owns: what lies where in the data folder, for serve, backup and the tests of both.
// Must not know: what is in the files. Any thread.
#pragma once

#include <filesystem>
#include <string>

namespace vedette::app {

struct DataLayout {
  std::filesystem::path folder;

  [[nodiscard]] std::string journal() const { return (folder / "journal.db").string(); }
  [[nodiscard]] std::string state() const { return (folder / "state.db").string(); }
  [[nodiscard]] std::string store() const { return (folder / "store").string(); }
  [[nodiscard]] std::string token() const { return (folder / "token").string(); }
  // Made here for the web app when the settings name none.
  [[nodiscard]] std::string web_certificate() const {
    return (folder / "tls" / "certificate.pem").string();
  }
  [[nodiscard]] std::string web_key() const { return (folder / "tls" / "key.pem").string(); }
  // What secrets in state.db are sealed with (access/seal.h); in no backup.
  [[nodiscard]] std::string seal_key() const { return (folder / "seal-key").string(); }
  // What the web app changed of the detections' settings.
  [[nodiscard]] std::string detections() const { return (folder / "detections.toml").string(); }
  // The link for the set-up, while there is no administrator.
  [[nodiscard]] std::string setup_link() const { return (folder / "setup-link").string(); }
  // When the end of the audit log was mailed last.
  [[nodiscard]] std::string audit_mailed() const { return (folder / "audit.mailed").string(); }
  // Signs the links in messages that acknowledge an incident.
  [[nodiscard]] std::string links_key() const { return (folder / "links.key").string(); }
  // The port that a running `serve` listens on, for the commands beside it.
  [[nodiscard]] std::string port() const { return (folder / "port").string(); }
  // Takes room, to be given up when there is none (room_keeper.h).
  [[nodiscard]] std::string reserve() const { return (folder / "reserve").string(); }
  // While it is there, no account is touched (docs/guides/response.md).
  [[nodiscard]] std::string kill_switch() const { return (folder / "respond.stop").string(); }
  // While it is there, a simulated company is shown, which lies in a folder of its own.
  [[nodiscard]] std::string simulated_mark() const { return (folder / "simulated.on").string(); }
  [[nodiscard]] DataLayout simulated() const { return {folder / "simulated"}; }
  [[nodiscard]] std::string lock() const { return (folder / "lock").string(); }
};

}  // namespace vedette::app
