// Owns: reading the members of a request's body. Promises: a member of another type is as good as
// none. Must not know: routes. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

namespace vedette::server {

// The number in a path; what is none is not found.
inline base::Result<std::int64_t> id_of(std::string_view text) {
  const auto id = base::parse_unsigned(text);
  if (id && *id > 0 && *id <= INT64_MAX) return static_cast<std::int64_t>(*id);
  return base::failure(base::ErrorCode::not_found, "there is nothing of that number");
}

inline void append_time(base::JsonWriter& writer, std::string_view name, base::Timestamp time) {
  writer.key(name);
  if (time.is_set())
    writer.plain_string(base::format_iso(time));
  else
    writer.null();
}

}  // namespace vedette::server
