// Owns: what cloud services answered (formats of model/cloud_answers.h) → rows of tables, sign-ins,
// the log-ins that the log-in detectors are to see, and changes of the directory.
// Promises: every record of an answer is a row, or in the quarantine with its reason; one that does
// not fit its table whole is both. A log-in is given to the detectors once, however often its
// record comes and whatever it says later, and only when it says something about guessing: a
// wrong credential, or a success for which one was given. Must not know: who collects, how rows are
// kept, detectors. One instance a run; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "model/alert.h"
#include "model/change_event.h"
#include "model/raw_batch.h"
#include "model/sign_in.h"
#include "model/table_batch.h"
#include "normalise/cloud/seen_sign_ins.h"
#include "normalise/quarantine_rows.h"

namespace vedette::normalise::cloud {

struct CloudCounts {
  std::uint64_t records = 0;     // of the answer
  std::uint64_t unreadable = 0;  // of these, that are in the quarantine
};

using PlaceOf = std::function<const model::Location&(const base::IpAddress&)>;

class CloudNormaliser {
 public:
  // The quarantine outlives it.
  explicit CloudNormaliser(QuarantineRows& quarantine);
  ~CloudNormaliser();
  [[nodiscard]] static bool reads(std::string_view format);

  // Rows, and what goes to the quarantine, are made when `keep_rows` says so.
  CloudCounts read(const model::RawBatch& batch, std::string_view format, bool keep_rows);
  // Of the last batch, until the next one is read: its sign-ins in its order, and the log-ins of
  // them that are news to the detectors, by time.
  [[nodiscard]] std::span<const model::SignIn> sign_ins() const;
  [[nodiscard]] std::span<const model::AuthEvent> log_ins() const;
  // Of the last batch: what its directory audits changed, in its order.
  [[nodiscard]] std::span<const model::ChangeEvent> changes() const;
  // The sign-ins of the last batch as rows, where they came from looked up.
  void add_log_in_rows(const PlaceOf& place_of);

  // The rows since the last call, appended.
  void take(std::vector<model::TableBatch>& taken);
  // Rows that were taken and are done with: their memory is used again for the next ones.
  void reuse(std::span<model::TableBatch> used);
  // The most frequent reason of the quarantine so far; empty when there was none.
  [[nodiscard]] std::string_view most_frequent_reason() const;

  // What it remembers of log-ins, for the next run.
  [[nodiscard]] std::vector<SeenSignIn> seen() const;
  void recall(const std::vector<SeenSignIn>& seen);

 private:
  class Body;
  // Made when the first answer comes: it reads the schema.
  Body& body();
  QuarantineRows& quarantine_;
  SeenSignIns seen_;
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::normalise::cloud
