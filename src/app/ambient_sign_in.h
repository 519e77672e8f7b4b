// Owns: from this process's surroundings to tokens: environment, workload identity, managed
// identity, Azure CLI, and a code for a person's browser where a person is there. Promises: what
// Azure's libraries call these variables is what they are called here; nothing is asked for before
// the first token is wanted. Must not know: what tokens are for. Any thread.
#pragma once

#include <memory>

#include "app/cloud_sign_in.h"

namespace vedette::app {

[[nodiscard]] base::Result<std::unique_ptr<ports::AccessTokens>> make_ambient_tokens(
    const CloudSetting& cloud, const SignInWorld& world);

}  // namespace vedette::app
