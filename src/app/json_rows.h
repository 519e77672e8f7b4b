// Owns: rows that come as JSON (from a service, from a running `serve`) as cells of KQL's types.
// Promises: a value that is none of its column's type is null, a row that is none is left out, and
// both are counted in the ending's `partial`. Must not know: who asked. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "collect/cloud/remote_query.h"
#include "kql/result/sink.h"

namespace vedette::app {

// How a dynamic value stands there: as JSON, or as a text that holds it.
enum class JsonDynamic : std::uint8_t { value, text };

void give_json_rows(const collect::cloud::RemoteTable& table, JsonDynamic dynamic,
                    kql::result::Ending ending, kql::result::Sink& sink);
// Documents as `hunt --format json` writes them, one a line.
[[nodiscard]] base::Result<void> give_own_json(std::string_view text, kql::result::Sink& sink);

}  // namespace vedette::app
