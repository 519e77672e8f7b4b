// Owns: how a change of the directory looks in Graph's directoryAudits, and what a filter sees of
// it. Promises: the same change gives the same bytes. Must not know: pages, requests. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "simulate/tenant/change.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/people.h"
#include "simulate/tenant/selection.h"

namespace vedette::simulate::tenant {

class AuditDocuments {
 public:
  AuditDocuments(const TenantOptions& options, const Directory& directory)
      : options_(options), directory_(directory) {}

  void write(base::JsonWriter& out, const Change& change, const Selection& selection) const;
  [[nodiscard]] FilterValue read(const Change& change, std::string_view property) const;

 private:
  void write_initiator(base::JsonWriter& out, const Change& change) const;
  void write_targets(base::JsonWriter& out, const Change& change) const;

  const TenantOptions& options_;
  const Directory& directory_;
};

// Directory_<correlation id>_<letters>_<digits>
[[nodiscard]] std::string audit_id(const Change& change);
// The record's identifier back.
[[nodiscard]] std::optional<Identifier> parse_audit_id(std::string_view text);
[[nodiscard]] Vocabulary audit_vocabulary();

}  // namespace vedette::simulate::tenant
