// Owns: the text of a file that externaldata reads, record by record: CSV and its kin, plain lines,
// JSON. Promises: memory beyond the text itself is one record; a record with too few fields is
// filled with nothing, one with too many is cut, as Kusto does; text that is no UTF-8 becomes so.
// Must not know: where the text came from. Any thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kql/external/request.h"

namespace vedette::kql::external {

// A cell as text: what Kusto's to...() make of it is the value. Of a dynamic column: its JSON.
struct Field {
  std::string text;
  bool is_null = true;
};
// One for each column of the request.
using TakeRecord = std::function<base::Result<void>(std::span<const Field>)>;

// malformed: JSON that is none; limit_exceeded: a value that is too long.
[[nodiscard]] base::Result<void> read_records(std::string_view text, const Request& request,
                                              const TakeRecord& take);

}  // namespace vedette::kql::external
