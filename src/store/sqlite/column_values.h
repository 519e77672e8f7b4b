// Owns: how counts, enumerations and times lie in columns of the state database. Must not know:
// tables. Any thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

inline std::int64_t integer(std::size_t count) {
  return static_cast<std::int64_t>(std::min<std::size_t>(count, INT64_MAX));
}

template <typename Enum>
std::int64_t value_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

// A value that this version does not know was written by another one.
template <typename Enum>
[[nodiscard]] base::Result<Enum> enum_at(const Statement& row, int column, Enum last) {
  const std::int64_t value = row.integer(column);
  if (value >= 0 && value <= value_of(last)) return static_cast<Enum>(value);
  return base::failure(base::ErrorCode::malformed,
                       "the state database holds a value out of its range");
}

inline base::Timestamp time_at(const Statement& row, int column) {
  return {row.integer(column)};
}

}  // namespace vedette::store::sqlite
