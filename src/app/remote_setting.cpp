#include "app/remote_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/configuration.h"
#include "app/setting.h"
#include "base/http_text.h"
#include "net/web_address.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t remotes_max = 64;
constexpr std::string_view azure_id = "/subscriptions/";

bool is_guid(std::string_view text) {
  return text.size() == 36 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                  c == '-';
         });
}

// What stands in an address as it is.
bool is_azure_id(std::string_view text) {
  return text.starts_with(azure_id) && text.size() <= 400 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("/-._()").find(c) != std::string_view::npos;
         });
}

bool is_database(std::string_view text) {
  return !text.empty() && text.size() <= 260 &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// A token goes there, so it is https, but for this machine's own addresses.
bool is_cluster(std::string_view text) {
  const std::string origin = base::origin_of(text);
  return !origin.empty() && origin.size() == text.size() && net::may_carry_secrets(text);
}

constexpr std::array workspace_settings{
    text_setting<&RemoteSetting::name>("workspace", "name"),
    text_setting<&RemoteSetting::id>("workspace", "id"),
    text_setting<&RemoteSetting::tenant>("workspace", "tenant"),
};
constexpr std::array adx_settings{
    text_setting<&RemoteSetting::name>("adx", "name"),
    text_setting<&RemoteSetting::cluster>("adx", "cluster"),
    text_setting<&RemoteSetting::database>("adx", "database"),
    text_setting<&RemoteSetting::tenant>("adx", "tenant"),
};

void add_remote(RemoteSetting remote, const SettingNode& node, std::vector<RemoteSetting>& remotes,
                ProblemList& problems) {
  const char* section = remote.kind == RemoteKind::adx ? "adx" : "workspace";
  if (remote.name.empty())
    return problems.add(node.line, fmt::format("[[{}]] needs a name", section));
  const bool is_taken = std::ranges::any_of(remotes, [&](const RemoteSetting& other) {
    return other.kind == remote.kind && other.name == remote.name;
  });
  if (is_taken)
    return problems.add(node.line, fmt::format("{}.name: \"{}\" is taken", section,
                                               base::encode_terminal(remote.name, 100)));
  if (remotes.size() >= remotes_max)
    return problems.add(
        node.line, fmt::format("there are more than {} of [[workspace]] and [[adx]]", remotes_max));
  remotes.push_back(std::move(remote));
}

// adx:https://CLUSTER/DATABASE
Result<RemoteSetting> adx_of_address(std::string_view address) {
  RemoteSetting remote{RemoteKind::adx, std::string(address), {}, base::origin_of(address), {}, {}};
  const std::size_t begin = address.find("://");
  const std::size_t slash = begin == std::string_view::npos ? begin : address.find('/', begin + 3);
  if (slash != std::string_view::npos)
    remote.database = base::percent_decode(address.substr(slash + 1), base::Plus::stays);
  if (is_cluster(remote.cluster) && is_database(remote.database)) return remote;
  return base::failure(ErrorCode::invalid_argument,
                       "a database of Azure Data Explorer is written "
                       "adx:https://CLUSTER.kusto.windows.net/DATABASE");
}

}  // namespace

std::string RemoteSetting::shown() const {
  return (kind == RemoteKind::adx ? "adx:" : "workspace:") + name;
}

void read_workspace(const SettingNode& node, std::vector<RemoteSetting>& remotes,
                    ProblemList& problems) {
  RemoteSetting remote;
  read_members(*node.as_table(), "workspace", workspace_settings, remote, problems);
  if (!is_guid(remote.id) && !is_azure_id(remote.id))
    return problems.add(node.line,
                        "[[workspace]] needs id: its GUID (workspace id), or its id in Azure, "
                        "/subscriptions/...");
  add_remote(std::move(remote), node, remotes, problems);
}

void read_adx(const SettingNode& node, std::vector<RemoteSetting>& remotes, ProblemList& problems) {
  RemoteSetting remote;
  remote.kind = RemoteKind::adx;
  read_members(*node.as_table(), "adx", adx_settings, remote, problems);
  while (remote.cluster.ends_with('/')) remote.cluster.pop_back();
  if (!is_cluster(remote.cluster))
    return problems.add(node.line,
                        "[[adx]] needs cluster, as in \"https://help.kusto.windows.net\"");
  if (!is_database(remote.database))
    return problems.add(node.line, "[[adx]] needs database, its name");
  add_remote(std::move(remote), node, remotes, problems);
}

void check_remotes(const Configuration& configuration, ProblemList& problems) {
  std::vector<std::string_view> names;
  for (const auto& tenant : configuration.tenants) names.push_back(tenant.name);
  for (const auto& remote : configuration.remotes)
    if (!remote.tenant.empty() && std::ranges::find(names, remote.tenant) == names.end())
      problems.add(0, fmt::format("{}: there is no [[tenant]] \"{}\"; {}", remote.shown(),
                                  base::encode_terminal(remote.tenant, 100),
                                  names.empty() ? "write one with that name, or leave tenant away"
                                                : advice(remote.tenant, names)));
}

std::string show_remote(const RemoteSetting& remote) {
  return remote.kind == RemoteKind::adx
             ? "\n[[adx]]\n" + show_members(adx_settings, remote)
             : "\n[[workspace]]\n" + show_members(workspace_settings, remote);
}

std::vector<std::string> remote_setting_names() {
  auto names = names_of(workspace_settings);
  for (auto& name : names_of(adx_settings)) names.push_back(std::move(name));
  return names;
}

Result<RemoteSetting> find_remote(const Configuration& configuration, std::string_view word) {
  const std::size_t colon = word.find(':');
  const std::string_view kind_word = word.substr(0, colon);
  const std::string_view name = colon == std::string_view::npos ? "" : word.substr(colon + 1);
  if (name.empty() || (kind_word != "workspace" && kind_word != "adx"))
    return base::failure(ErrorCode::invalid_argument,
                         "--on takes workspace:NAME, adx:NAME, both:workspace:NAME or local");
  const RemoteKind kind = kind_word == "adx" ? RemoteKind::adx : RemoteKind::workspace;
  std::vector<std::string_view> names;
  for (const auto& remote : configuration.remotes) {
    if (remote.kind != kind) continue;
    if (remote.name == name) return remote;
    names.push_back(remote.name);
  }
  if (kind == RemoteKind::adx && name.find("://") != std::string_view::npos)
    return adx_of_address(name);
  if (kind == RemoteKind::workspace) {
    for (const auto& tenant : configuration.tenants) {
      if (tenant.workspace_id.empty()) continue;
      if (tenant.name == name || tenant.workspace == name)
        return RemoteSetting{kind, std::string(name), tenant.workspace_id, {}, {}, tenant.name};
      names.push_back(tenant.name);
    }
    if (is_guid(name) || is_azure_id(name))
      return RemoteSetting{kind, std::string(name), std::string(name), {}, {}, {}};
  }
  return base::failure(
      ErrorCode::not_found,
      fmt::format("the settings have no [[{}]] \"{}\"; {}", kind_word,
                  base::encode_terminal(name, 100),
                  !names.empty() ? advice(name, names)
                  : kind == RemoteKind::adx
                      ? std::string("write one, or adx:https://CLUSTER.kusto.windows.net/DATABASE")
                      : std::string("write one, or workspace:GUID with the workspace's id")));
}

}  // namespace vedette::app
