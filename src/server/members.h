// Owns: reading the members of a request's body. Promises: a member of another type is as good as
// none. Must not know: routes. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"

namespace vedette::server {

inline void append_time(base::JsonWriter& writer, std::string_view name, base::Timestamp time) {
  writer.key(name);
  if (time.is_set())
    writer.plain_string(base::format_iso(time));
  else
    writer.null();
}

}  // namespace vedette::server
