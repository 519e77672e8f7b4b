// Owns: what was connected on pages of the web app: mail, channels, tenants, log files; and what
// was set there of the detections that look at hosts. It lies in the data folder as tables of the
// settings file's own kind (connections.toml), over which it wins, each by its name; secrets lie
// beside it, each in a private file of its own (secrets/). Promises: what is kept was read by the
// settings' own reader, with all of the others, before; a secret is never given out again, and in
// no file but its own. Must not know: HTTP, what is done with the settings. Any thread.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "app/kept_file.h"
#include "base/result.h"
#include "base/secret.h"

namespace vedette::app {

// One table: of part "smtp", "graph_mail", "detect", "windows" (without a name), "channel",
// "tenant" or "file" (whose name is its path). A secret's value is the name of its file.
struct Connection {
  std::string part, name;
  std::map<std::string, std::string, std::less<>> settings;  // key → its value as TOML
  std::map<std::string, std::string, std::less<>> secrets;   // key → its file in secrets/
};

// What a part may say on a page, and which of it is a secret.
struct ConnectionKey {
  std::string_view key;
  bool is_secret = false;
};
[[nodiscard]] std::span<const ConnectionKey> keys_of_part(std::string_view part);  // empty: no part

struct ConnectionChange {
  std::string part, name;
  bool is_removal = false;
  std::map<std::string, std::string, std::less<>> settings;  // as TOML; the whole table
  // What is left out stays as it is; an empty one is taken away.
  std::map<std::string, base::Secret, std::less<>> secrets;
};

// Settings as they would hold with these tables, or what is wrong.
using ReadWithTables = std::function<std::expected<Configuration, ConfigurationProblems>(
    const std::string& tables, const notify::EnvironmentLookup& environment)>;

class ConnectionSettings {
 public:
  // `environment` and what `read_with` needs outlive it.
  ConnectionSettings(const std::filesystem::path& data_folder,
                     notify::EnvironmentLookup environment, ReadWithTables read_with);
  [[nodiscard]] base::Result<void> load();

  [[nodiscard]] std::uint64_t version() const { return file_.version(); }
  [[nodiscard]] std::vector<Connection> all() const;
  // The tables as the settings' reader takes them. What lacks a secret's file is left out (a backup
  // holds none) and told in `left_out`.
  [[nodiscard]] std::string tables(std::vector<std::string>* left_out = nullptr) const;

  // A change that is tried out: nothing is kept. Secrets are only in memory, for who asks through
  // `environment`.
  struct Trial {
    Configuration configuration;
    notify::EnvironmentLookup environment;
  };
  [[nodiscard]] std::expected<Trial, ConfigurationProblems> try_out(
      const ConnectionChange& change) const;
  // `version` is the one that was looked at; `note` is asked before anything is kept. It holds when
  // the service has begun again with it.
  [[nodiscard]] std::expected<void, ConfigurationProblems> change(
      std::uint64_t version, const ConnectionChange& change,
      const std::function<base::Result<void>()>& note);
  // Only when nothing runs any more that was begun with them.
  void forget_unused_secrets() const;

 private:
  [[nodiscard]] std::vector<Connection> changed(const ConnectionChange& change) const;
  [[nodiscard]] base::Result<void> keep_secrets(const ConnectionChange& change,
                                                std::vector<Connection>& all) const;

  const std::filesystem::path secrets_folder_;
  const notify::EnvironmentLookup environment_;
  const ReadWithTables read_with_;
  KeptFile file_;
  mutable std::mutex mutex_;
  std::vector<Connection> all_;  // guarded by mutex_
};

// The file's settings with what pages connected, for commands beside `serve`. `data`: the data
// folder that was named; empty: the file's, or the usual one.
[[nodiscard]] std::expected<Configuration, ConfigurationProblems> load_whole_configuration(
    const std::filesystem::path& file, const std::filesystem::path& data,
    const notify::EnvironmentLookup& environment);

[[nodiscard]] inline std::string connections_path(const std::filesystem::path& data_folder) {
  return (data_folder / "connections.toml").string();
}

}  // namespace vedette::app
