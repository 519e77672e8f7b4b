#include "app/connection_settings.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "access/key.h"
#include "app/data_folder.h"
#include "app/private_file.h"
#include "app/setting.h"
#include "base/hash.h"
#include "base/ip.h"
#include "net/web_address.h"

namespace vedette::app {
namespace {

namespace files = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr std::string_view head =
    "# What was connected on pages of the web app. It wins over the settings file; delete a table\n"
    "# (and restart serve) to be rid of it. \"secret:NAME\" is the file NAME in secrets/.\n";
constexpr std::string_view secret_mark = "secret:";
constexpr std::string_view in_memory = "VEDETTE_SECRET_OF_A_PAGE_";
constexpr std::size_t connections_max = 100;
constexpr std::size_t secret_bytes_max = 8UL * 1024;
constexpr std::size_t secret_name_length = 24;
constexpr std::size_t name_bytes_max = 200;

constexpr std::array<ConnectionKey, 6> smtp_keys{
    {{"host"}, {"port"}, {"tls"}, {"from"}, {"user"}, {"password", true}}};
constexpr std::array<ConnectionKey, 2> graph_mail_keys{{{"tenant"}, {"from"}}};
constexpr std::array<ConnectionKey, 16> channel_keys{{{"kind"},
                                                      {"url", true},
                                                      {"to"},
                                                      {"signing_secret", true},
                                                      {"user"},
                                                      {"token", true},
                                                      {"project"},
                                                      {"issue_type"},
                                                      {"severity"},
                                                      {"digest"},
                                                      {"digest_window"},
                                                      {"cool_down"},
                                                      {"quiet"},
                                                      {"quiet_zone"},
                                                      {"quiet_severity"},
                                                      {"fallback"}}};
constexpr std::array<ConnectionKey, 9> tenant_keys{{{"id"},
                                                    {"client_id"},
                                                    {"client_secret", true},
                                                    {"collect"},
                                                    {"back_fill_days"},
                                                    {"subscription"},
                                                    {"resource_group"},
                                                    {"workspace"},
                                                    {"interval"}}};
constexpr std::array<ConnectionKey, 1> file_keys{{{"read"}}};

constexpr std::array<ConnectionKey, 20> detect_keys{
    {{"threshold"},         {"window"},          {"spray_users"},      {"spray_window"},
     {"user_attempts"},     {"user_addresses"},  {"user_window"},      {"network_attempts"},
     {"network_addresses"}, {"network_window"},  {"success_lookback"}, {"success_failures"},
     {"quiet_time"},        {"update_interval"}, {"lateness"},         {"allow"},
     {"new_users"},         {"root_logins"},     {"root_again"},       {"administrator_groups"}}};
constexpr std::array<ConnectionKey, 9> windows_keys{{{"rdp_again"},
                                                     {"remember"},
                                                     {"learning"},
                                                     {"failures"},
                                                     {"lookback"},
                                                     {"lock_outs"},
                                                     {"lock_out_window"},
                                                     {"explicit_credentials"},
                                                     {"log_cleared"}}};

// What sends mails: there is one of them.
bool is_mail_way(std::string_view part) {
  return part == "smtp" || part == "graph_mail";
}

bool has_name(std::string_view part) {
  return part == "channel" || part == "tenant" || part == "file";
}

std::string_view name_key(std::string_view part) {
  return part == "file" ? "path" : "name";
}

// How a secret is written: a mark and its file's name, or where the reader finds it.
using SecretText = std::function<std::string(const Connection& of, const std::string& key)>;

std::string text_of(const std::vector<Connection>& all, const SecretText& secret) {
  std::string text;
  for (const auto& each : all) {
    text += has_name(each.part) ? fmt::format("\n[[{}]]\n", each.part)
                                : fmt::format("\n[{}]\n", each.part);
    if (has_name(each.part))
      text += fmt::format("{} = {}\n", name_key(each.part), toml_string(each.name));
    for (const auto& [key, value] : each.settings) text += fmt::format("{} = {}\n", key, value);
    for (const auto& [key, file] : each.secrets)
      text += fmt::format("{} = {}\n", key, toml_string(secret(each, key)));
  }
  return text;
}

std::string kept_text(const std::vector<Connection>& all) {
  return text_of(all, [](const Connection& of, const std::string& key) {
    return std::string(secret_mark) + of.secrets.at(key);
  });
}

Connection connection_of(const std::string& part, const SettingNode::Table& table) {
  Connection made{part, {}, {}, {}};
  const auto keys = keys_of_part(part);
  for (const auto& [key, node] : table) {
    const auto* text = std::get_if<std::string>(&node.value);
    if (has_name(part) && key == name_key(part)) {
      if (text != nullptr) made.name = *text;
    } else if (text != nullptr && text->starts_with(secret_mark) &&
               std::ranges::any_of(keys,
                                   [&](const auto& k) { return k.is_secret && k.key == key; })) {
      made.secrets[key] = text->substr(secret_mark.size());
    } else {
      made.settings[key] = toml_value(node);
    }
  }
  return made;
}

// The files that the page may name: a log of this machine, not what else the service may read.
bool is_log_path(std::string_view path) {
  return path.starts_with("/var/log/") && path.find("/../") == std::string_view::npos &&
         !path.ends_with("/..");
}

// The rest is refused when it is connected to, since a name may mean any address.
bool is_public_address(const base::Secret& url) {
  const auto address = net::parse_web_address(url.reveal());
  if (!address || address->scheme != "https" || address->is_loopback()) return false;
  const auto literal = base::parse_ip(address->host);
  return !literal || !literal->is_special();
}

std::string environment_name(const std::string& key) {
  return std::string(in_memory) + key;
}

}  // namespace

std::span<const ConnectionKey> keys_of_part(std::string_view part) {
  if (part == "smtp") return smtp_keys;
  if (part == "graph_mail") return graph_mail_keys;
  if (part == "channel") return channel_keys;
  if (part == "tenant") return tenant_keys;
  if (part == "file") return file_keys;
  if (part == "detect") return detect_keys;
  if (part == "windows") return windows_keys;
  return {};
}

ConnectionSettings::ConnectionSettings(const files::path& data_folder,
                                       notify::EnvironmentLookup environment,
                                       ReadWithTables read_with)
    : secrets_folder_(data_folder / "secrets"),
      environment_(std::move(environment)),
      read_with_(std::move(read_with)),
      file_(connections_path(data_folder), head) {}

Result<void> ConnectionSettings::load() {
  const auto tree = VEDETTE_TRY(file_.read());
  const std::lock_guard lock(mutex_);
  all_.clear();
  if (!tree) return {};
  for (const auto& [part, node] : *tree->as_table()) {
    if (keys_of_part(part).empty()) return file_.malformed("there is no part " + toml_string(part));
    if (const auto* table = node.as_table()) all_.push_back(connection_of(part, *table));
    if (const auto* list = std::get_if<SettingNode::Array>(&node.value))
      for (const auto& each : *list)
        if (each.as_table() != nullptr) all_.push_back(connection_of(part, *each.as_table()));
  }
  // Each change is followed by a new beginning: who looked before it must not pass for up to date.
  constexpr std::uint64_t exact_in_json = (std::uint64_t{1} << 48) - 1;
  file_.count_from(base::hash_bytes(kept_text(all_)) & exact_in_json);
  return {};
}

std::vector<Connection> ConnectionSettings::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

std::string ConnectionSettings::tables(std::vector<std::string>* left_out) const {
  std::vector<Connection> whole;
  for (auto& each : all()) {
    std::error_code error;
    const bool is_there = std::ranges::all_of(each.secrets, [&](const auto& secret) {
      return files::exists(secrets_folder_ / secret.second, error);
    });
    if (is_there)
      whole.push_back(std::move(each));
    else if (left_out != nullptr)
      left_out->push_back(fmt::format("{} {}", each.part, each.name));
  }
  return text_of(whole, [this](const Connection& of, const std::string& key) {
    return "file:" + (secrets_folder_ / of.secrets.at(key)).string();
  });
}

std::vector<Connection> ConnectionSettings::changed(const ConnectionChange& change) const {
  std::vector<Connection> all = all_;
  const auto same = [&](const Connection& each) {
    return each.part == change.part && each.name == change.name;
  };
  // There is one way for mails.
  const auto other_way = [&](const Connection& each) {
    return is_mail_way(change.part) && is_mail_way(each.part) && each.part != change.part;
  };
  const auto found = std::ranges::find_if(all, same);
  Connection made{change.part, change.name, change.settings, {}};
  if (found != all.end()) made.secrets = found->secrets;
  for (const auto& [key, secret] : change.secrets) {
    if (secret.empty())
      made.secrets.erase(key);
    else
      made.secrets[key] = "";  // its file comes later
  }
  if (change.is_removal) {
    std::erase_if(all, same);
    return all;
  }
  if (found != all.end())
    *found = std::move(made);
  else
    all.push_back(std::move(made));
  std::erase_if(all, other_way);
  return all;
}

std::expected<ConnectionSettings::Trial, ConfigurationProblems> ConnectionSettings::try_out(
    const ConnectionChange& change) const {
  const auto refused = [](std::string text) {
    return std::unexpected(ConfigurationProblems{std::move(text)});
  };
  if (keys_of_part(change.part).empty()) return refused("there is no such part");
  if (change.name.size() > name_bytes_max) return refused("name: is too long");
  if (has_name(change.part) == change.name.empty())
    return refused(change.part == "file" ? "file.path: name a file" : "name: give it a name");
  if (change.part == "file" && !change.is_removal && !is_log_path(change.name))
    return refused(
        "file.path: a page may name files under /var/log; others are named in the settings file");
  for (const auto& [key, secret] : change.secrets) {
    if (secret.reveal().size() > secret_bytes_max)
      return refused(fmt::format("{}.{}: is too long to be a secret", change.part, key));
    if (key == "url" && !secret.empty() && !is_public_address(secret))
      return refused(
          "channel.url: a page takes https addresses outside of your network; others are "
          "named in the settings file");
  }
  std::vector<Connection> all;
  {
    const std::lock_guard lock(mutex_);
    all = changed(change);
  }
  if (all.size() > connections_max)
    return refused(fmt::format("there are {} already", connections_max));
  const std::string text = text_of(all, [&](const Connection& of, const std::string& key) {
    const bool is_new =
        of.part == change.part && of.name == change.name && change.secrets.contains(key);
    return is_new ? "env:" + environment_name(key)
                  : "file:" + (secrets_folder_ / of.secrets.at(key)).string();
  });
  notify::EnvironmentLookup environment =
      [kept = change.secrets,
       other = environment_](const std::string& name) -> std::optional<std::string> {
    if (!name.starts_with(in_memory)) return other(name);
    const auto found = kept.find(name.substr(in_memory.size()));
    return found == kept.end() ? std::nullopt : std::optional<std::string>(found->second.reveal());
  };
  auto read = read_with_(text, environment);
  if (!read) return std::unexpected(std::move(read).error());
  return Trial{*std::move(read), std::move(environment)};
}

Result<void> ConnectionSettings::keep_secrets(const ConnectionChange& change,
                                              std::vector<Connection>& all) const {
  std::error_code error;
  files::create_directories(secrets_folder_, error);
  if (error) return base::system_failure("cannot make " + secrets_folder_.string(), error.value());
  if (::chmod(secrets_folder_.c_str(), 0700) != 0)
    return base::system_failure("cannot make " + secrets_folder_.string(), errno);
  for (auto& each : all) {
    if (each.part != change.part || each.name != change.name) continue;
    for (const auto& [key, secret] : change.secrets) {
      if (secret.empty()) continue;
      // A new file each time: who reads the old one goes on with what it knows.
      const std::string name =
          fmt::format("{}-{}", key, access::new_key().reveal().substr(0, secret_name_length));
      VEDETTE_TRY_VOID(write_private_file((secrets_folder_ / name).string(), secret.reveal()));
      each.secrets[key] = name;
    }
  }
  return {};
}

std::expected<void, ConfigurationProblems> ConnectionSettings::change(
    std::uint64_t version, const ConnectionChange& change,
    const std::function<Result<void>()>& note) {
  if (const auto tried = try_out(change); !tried) return std::unexpected(tried.error());
  const auto refused = [](const base::Error& error) {
    return std::unexpected(ConfigurationProblems{error.message});
  };
  const std::lock_guard lock(mutex_);
  std::vector<Connection> all = changed(change);
  if (version == file_.version() && !change.secrets.empty())
    if (const auto kept = keep_secrets(change, all); !kept) return refused(kept.error());
  if (const auto replaced = file_.replace(version, kept_text(all), note); !replaced)
    return refused(replaced.error());
  all_ = std::move(all);
  return {};
}

void ConnectionSettings::forget_unused_secrets() const {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  for (const auto& entry : files::directory_iterator(secrets_folder_, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_used = std::ranges::any_of(all_, [&](const Connection& each) {
      return std::ranges::any_of(each.secrets,
                                 [&](const auto& secret) { return secret.second == name; });
    });
    if (!is_used) files::remove(entry.path(), error);
  }
}

std::expected<Configuration, ConfigurationProblems> load_whole_configuration(
    const files::path& file, const files::path& data,
    const notify::EnvironmentLookup& environment) {
  auto configuration = load_configuration(file, environment);
  if (!configuration) return configuration;
  files::path folder = data.empty() ? configuration->data_folder : data;
  if (folder.empty()) folder = data_folder(std::nullopt).value_or("");
  if (folder.empty()) return configuration;
  ConnectionSettings connections(folder, environment, {});
  const auto loaded = connections.load();
  // Whoever is not the data folder's owner sees the file's settings.
  if (!loaded && loaded.error().code == ErrorCode::permission_denied) return configuration;
  if (!loaded) return std::unexpected(ConfigurationProblems{loaded.error().message});
  const std::string tables = connections.tables();
  return tables.empty() ? std::move(configuration) : load_configuration(file, environment, tables);
}

}  // namespace vedette::app
