// Owns: from the .env and config.py files of older tools to settings of ours. Promises: no secret
// stands in what comes out, only where it is (env:NAME, or file:PATH when it was put into a file);
// what is not known is named, never guessed; a Python file is read, never run. Must not know: where
// files lie. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "notify/channel_address.h"

namespace vedette::app {

// One "NAME = value" of such a file; a list has several values.
struct OldSetting {
  std::string name;
  std::vector<base::Secret> values;  // any may be a secret: a name says too little
};

// Lines of .env ("export NAME='value' # why") or of Python ("NAME = \"value\"", lists, numbers,
// os.getenv("NAME", "value")). What is neither is left out.
[[nodiscard]] std::vector<OldSetting> read_old_settings(std::string_view text);

// What the environment has under any name that older tools use; a name that is empty there is as
// good as none.
[[nodiscard]] std::vector<OldSetting> environment_settings(
    const notify::EnvironmentLookup& environment);

struct ImportedSettings {
  std::string toml;
  std::map<std::string, base::Secret> secrets;  // by what they are: "client-secret"
  std::vector<std::string> left_out;            // names
};

// `secrets_folder`: where the caller will put the secrets; empty: they stay in the environment.
[[nodiscard]] ImportedSettings import_settings(const std::vector<OldSetting>& old,
                                               const std::string& secrets_folder);

}  // namespace vedette::app
