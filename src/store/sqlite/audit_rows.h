// Owns: the writing of the audit log's rows, for every store that notes there what it changes.
// Promises: an entry's number is one more than the last one's, and its hash is made from the last
// one's. Must not know: how an entry is hashed (it is given the function). As the database.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/access.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

// The hash of an entry that has its number, from the hash of the one before (empty: it is the
// first).
using AuditHash = std::string (*)(std::string_view before, const model::AuditEntry& entry);

// Within a transaction.
[[nodiscard]] base::Result<void> append_audit(Database& database, AuditHash hash,
                                              model::AuditEntry entry);

}  // namespace vedette::store::sqlite
