// Owns: a service's status as metrics in Prometheus' text format.
// Promises: names begin with "vedette_" and carry their unit; counters only grow while the process
// lives. Must not know: where the numbers come from. Any thread.
#pragma once

#include <string>

#include "app/service_status.h"

namespace vedette::app {

[[nodiscard]] std::string format_metrics(const ServiceStatus& status);

}  // namespace vedette::app
