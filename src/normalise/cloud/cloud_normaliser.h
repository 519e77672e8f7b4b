// Owns: what cloud services answered (formats of model/cloud_answers.h) → rows of tables, sign-ins,
// the log-ins that the log-in detectors are to see, and changes of the directory.
// Promises: every record of an answer is a row, or in the quarantine with its reason; one that does
// not fit its table whole is both. To the detectors each is given once, however often its record
// comes: a log-in, whatever it says later, and only when it says something about guessing (a wrong
// credential, or a success for which one was given); every version of a sign-in (the second
// factor's outcome, the risk may come later, under the same event.id); a change of the directory.
// Log-ins of the unified audit log are sign-ins only where the tenant is given none (no licence, or
// nobody asks for them). Must not know: who collects, how rows are kept, detectors. One instance a
// run; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "model/alert.h"
#include "model/change_event.h"
#include "model/incident_origin.h"
#include "model/raw_batch.h"
#include "model/sign_in.h"
#include "model/table_batch.h"
#include "model/tenant_directory.h"
#include "normalise/cloud/seen_sign_ins.h"
#include "normalise/quarantine_rows.h"

namespace vedette::normalise::cloud {

struct CloudCounts {
  std::uint64_t records = 0;     // of the answer
  std::uint64_t unreadable = 0;  // of these, that are in the quarantine
};

using PlaceOf = std::function<const model::Location&(const base::IpAddress&)>;

// The tenant whose feed a source is.
struct SourceTenant {
  std::string_view id;                // a GUID; empty: not known
  bool is_asked_for_sign_ins = true;  // false: its log-ins come from the unified audit log alone
};
using TenantOf = std::function<SourceTenant(std::string_view source)>;

class CloudNormaliser {
 public:
  // The quarantine outlives it.
  explicit CloudNormaliser(QuarantineRows& quarantine, TenantOf tenant_of = {});
  ~CloudNormaliser();
  [[nodiscard]] static bool reads(std::string_view format);

  // Rows, and what goes to the quarantine, are made when `keep_rows` says so.
  CloudCounts read(const model::RawBatch& batch, std::string_view format, bool keep_rows);
  // Of the last batch, until the next one is read: its sign-ins in its order.
  [[nodiscard]] std::span<const model::SignIn> sign_ins() const;
  // Of the last batch, what is news to the detectors, each by time: log-ins; versions of sign-ins;
  // what its directory audits and mailbox operations changed.
  [[nodiscard]] std::span<const model::AuthEvent> log_ins() const;
  [[nodiscard]] std::span<const model::SignIn* const> new_sign_ins() const;
  [[nodiscard]] std::span<const model::ChangeEvent> changes() const;
  // Of the last batch: people as the directory has them; the places that the tenant has named, all
  // of them (null: it told of none).
  [[nodiscard]] std::span<const model::Identity> identities() const;
  [[nodiscard]] const std::vector<model::NamedLocation>* locations() const;
  // Of the last batch: incidents of Sentinel with all that was asked for about them.
  [[nodiscard]] std::span<const model::IncidentReading> incidents() const;
  // The sign-ins of the last batch as rows, where they came from looked up.
  void add_log_in_rows(const PlaceOf& place_of);

  // The rows since the last call, appended.
  void take(std::vector<model::TableBatch>& taken);
  // Rows that were taken and are done with: their memory is used again for the next ones.
  void reuse(std::span<model::TableBatch> used);
  // The most frequent reason of the quarantine so far; empty when there was none.
  [[nodiscard]] std::string_view most_frequent_reason() const;

  // What it remembers to have given to the detectors, for the next run.
  [[nodiscard]] std::vector<SeenSignIn> seen() const;
  void recall(const std::vector<SeenSignIn>& seen);
  // Tenants that are given no sign-ins, by the service's own word; and back.
  [[nodiscard]] const std::set<std::string, std::less<>>& without_sign_ins() const {
    return without_sign_ins_;
  }
  void recall_without_sign_ins(std::string tenant) { without_sign_ins_.insert(std::move(tenant)); }

 private:
  class Body;
  // Made when the first answer comes: it reads the schema.
  Body& body();
  [[nodiscard]] SourceTenant tenant_of(std::string_view source) const;
  void note_sign_ins(std::string_view source, std::string_view format, const SourceTenant& tenant);

  QuarantineRows& quarantine_;
  const TenantOf tenant_of_;
  SeenSignIns seen_;
  std::set<std::string, std::less<>> without_sign_ins_;  // tenants' ids
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::normalise::cloud
