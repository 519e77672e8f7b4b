// Owns: from the settings' references to the secrets behind them: environment variables, files, and
// Azure Key Vaults by this machine's own identity. Promises: nothing is asked for before a
// reference to a vault is read; a secret that was changed there is known within minutes. Must not
// know: what secrets are for. Any thread.
#pragma once

#include "app/tenant_setting.h"
#include "notify/channel_address.h"

namespace vedette::app {

// The same lookup, which reads vaults too.
[[nodiscard]] notify::EnvironmentLookup with_vaults(const CloudSetting& cloud,
                                                    const notify::EnvironmentLookup& environment);

}  // namespace vedette::app
