// Owns: the rows of incidents' timelines and of the outbox, for all who write them in a transaction
// of their own on the same file. Must not know: who does. Within a transaction of that database.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/incident.h"
#include "ports/incident_store.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

// not_found: there is no such incident.
[[nodiscard]] base::Result<void> check_incident(Database& database, std::uint64_t number);
[[nodiscard]] base::Result<void> put_entry(Database& database, const model::TimelineEntry& entry);
// A key that is there already adds nothing.
[[nodiscard]] base::Result<void> put_message(Database& database,
                                             const ports::OutboxMessage& message);

}  // namespace vedette::store::sqlite
