// Owns: named moments at which a test build dies as by kill -9: VEDETTE_CRASH_AT=NAME, or NAME:N
// for the Nth time. Promises: in a shipped binary it is nothing. Must not know: what stands around
// it. Any thread.
#pragma once

#include <memory>
#include <string_view>

#include "ports/http_client.h"

namespace vedette::app {

void crash_point(std::string_view name);
// The same client, with the points "before_send" and "after_send" around each exchange.
[[nodiscard]] std::unique_ptr<ports::HttpClient> with_crash_points(
    std::unique_ptr<ports::HttpClient> client);

}  // namespace vedette::app
