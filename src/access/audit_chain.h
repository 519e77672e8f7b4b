// Owns: what makes the audit log tamper-evident: each entry's hash is made from the one before and
// from all that the entry says. Promises: whoever changes, removes or puts in an entry changes the
// hash of the last one; cutting entries off the end is seen by who noted an earlier end. Must not
// know: where the log is kept. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/access.h"
#include "ports/access_store.h"

namespace vedette::access {

// SHA-256 of the hash before and the entry's members, each with its length.
[[nodiscard]] std::string audit_hash(std::string_view before, const model::AuditEntry& entry);

struct AuditReport {
  std::uint64_t entries = 0;
  std::string head;          // the last one's hash
  std::uint64_t broken = 0;  // the number of the first entry that is not what it was; 0: none
  std::string what;          // what is wrong with it, in words
};
// Reads the whole log. `noted` ("NUMBER:HASH", or empty) is an end that was seen before.
[[nodiscard]] base::Result<AuditReport> verify_audit(ports::AccessStore& store,
                                                     std::string_view noted);

// The end of the log as NUMBER:HASH, for `noted`; empty: there is no entry yet.
[[nodiscard]] base::Result<std::string> audit_head(ports::AccessStore& store);

}  // namespace vedette::access
