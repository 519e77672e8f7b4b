// Owns: the settings of each [[push]]: which indicators go to which Microsoft Sentinel workspace.
// Promises: plain data with defaults that work; what is wrong is noted with its remedy. Must not
// know: what is done with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "collect/cloud/push_plan.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;
struct TenantSetting;

struct PushSetting {
  std::string name;           // in sources; it stays when the rest changes
  std::string tenant;         // a [[tenant]] whose app signs in; empty: this machine's own identity
  std::string workspace_id;   // a GUID
  std::string source_system;  // empty: each indicator's own source
  collect::cloud::PushFilter filter;
  base::Duration interval = base::Duration::minutes(5);
};

void read_push(const SettingNode& node, std::vector<PushSetting>& all, ProblemList& problems);
// What only makes sense together with the tenants.
void check_pushes(const std::vector<PushSetting>& pushes, const std::vector<TenantSetting>& tenants,
                  ProblemList& problems);
[[nodiscard]] std::string show_push(const PushSetting& setting);
[[nodiscard]] std::vector<std::string> push_setting_names();

}  // namespace vedette::app
