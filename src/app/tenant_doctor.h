// Owns: one configured tenant looked at: its services, each asked through a client of its own.
// Promises: those of collect/cloud/doctor.h. Must not know: how the findings are shown. Any thread;
// takes as long as the services do.
#pragma once

#include <stop_token>
#include <vector>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "base/json.h"
#include "collect/cloud/doctor.h"

namespace vedette::app {

[[nodiscard]] base::Result<std::vector<collect::cloud::Finding>> examine_tenant(
    const TenantSetting& tenant, const Configuration& configuration, const SignInWorld& world,
    const std::stop_token& stop);
// "features": [{feature, verdict, words, remedy}]
void append_findings(base::JsonWriter& writer, const std::vector<collect::cloud::Finding>& found);

}  // namespace vedette::app
