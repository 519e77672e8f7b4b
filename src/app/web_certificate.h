// Owns: which certificate the web app is served with: the settings' own, or one that is made once
// and lies in the data folder. Promises: a made one lies there for its owner alone, is made anew
// 30 days before it expires, and its fingerprint is told at each start. Must not know: TLS. Called
// by one thread.
#pragma once

#include <memory>

#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/service_log.h"
#include "base/result.h"
#include "net/tls_identity.h"
#include "ports/clock.h"

namespace vedette::app {

// Null where the settings want none.
[[nodiscard]] base::Result<std::unique_ptr<net::TlsIdentity>> find_web_certificate(
    const Configuration& configuration, const DataLayout& data, ports::Clock& clock,
    ServiceLog& log);

}  // namespace vedette::app
