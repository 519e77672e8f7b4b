// Owns: the settings of where KQL is run elsewhere: each [[workspace]] of Log Analytics and each
// [[adx]] database of Azure Data Explorer. Promises: plain data; what is wrong is noted with its
// remedy. Must not know: what is asked there. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::app {

class ProblemList;
struct Configuration;
struct SettingNode;

enum class RemoteKind : std::uint8_t { workspace, adx };

struct RemoteSetting {
  RemoteKind kind = RemoteKind::workspace;
  std::string name;
  std::string id;                 // of a workspace: its GUID, or "/subscriptions/..."
  std::string cluster, database;  // of [[adx]]: "https://help.kusto.windows.net", "Samples"
  std::string tenant;  // the [[tenant]] whose sign-in is used; empty: that of the surroundings

  // "workspace:production".
  [[nodiscard]] std::string shown() const;
};

void read_workspace(const SettingNode& node, std::vector<RemoteSetting>& remotes,
                    ProblemList& problems);
void read_adx(const SettingNode& node, std::vector<RemoteSetting>& remotes, ProblemList& problems);
// That each names a [[tenant]] that there is.
void check_remotes(const Configuration& configuration, ProblemList& problems);
[[nodiscard]] std::string show_remote(const RemoteSetting& remote);
[[nodiscard]] std::vector<std::string> remote_setting_names();

// What "workspace:NAME" and "adx:NAME" mean: one of the settings; a [[tenant]]'s own workspace; a
// workspace's GUID or its id in Azure; "adx:https://CLUSTER/DATABASE".
[[nodiscard]] base::Result<RemoteSetting> find_remote(const Configuration& configuration,
                                                      std::string_view word);

}  // namespace vedette::app
