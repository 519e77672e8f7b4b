// Owns: a record of the Management Activity API → model::ChangeEvent, where it says that somebody
// changed what happens to mail, who may read it, or that an application read some. Promises: other
// operations are none; what the record does not say is empty. Must not know: tables. One thread.
#pragma once

#include <cstddef>
#include <optional>

#include "base/json_records.h"
#include "model/change_event.h"
#include "model/table_batch.h"

namespace vedette::normalise::cloud {

class ActivityReader {
 public:
  // Adds the paths it needs; before the records are read.
  explicit ActivityReader(base::JsonPaths& paths);
  // The views live as long as the record's scalars.
  [[nodiscard]] std::optional<model::ChangeEvent> read(const base::JsonRecord& record,
                                                       const model::RowHead& head) const;

 private:
  const std::size_t operation_, user_, result_, mailbox_, object_, workload_, application_;
  const std::size_t addresses_[3];
};

}  // namespace vedette::normalise::cloud
