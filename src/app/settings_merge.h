// Owns: how tables that the web app keeps come over those of the settings file. Promises: one of
// them takes the place of the file's of the same name (of one that there is once, like [detect],
// each setting by itself), and nothing else of the file changes. Must
// not know: what the settings mean. Any thread.
#pragma once

#include "app/settings_file.h"

namespace vedette::app {

// Lines are forgotten: they would be of two files.
[[nodiscard]] SettingNode merged_settings(SettingNode file, SettingNode over);

}  // namespace vedette::app
