// Owns: the settings of [identity]: how its numbers, switches and lists are read and shown.
// Promises: what is wrong is noted with its range or its form; what is shown explains each number
// and can be read again. Must not know: what the detections do with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "detect/identity/identity_settings.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

void read_identity(const SettingNode& node, detect::identity::IdentitySettings& settings,
                   ProblemList& problems);
[[nodiscard]] std::vector<std::string> texts_of(
    const std::vector<detect::identity::Exception>& exceptions);
[[nodiscard]] std::string show_identity(const detect::identity::IdentitySettings& settings);
[[nodiscard]] std::vector<std::string> identity_setting_names();

}  // namespace vedette::app
