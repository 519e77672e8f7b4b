// Owns: raw lines of auth.log, and syslog messages from the network → rows of Sentinel-named
// tables: each line one of `Syslog`, each log-in event one of `ASimAuthenticationEventLogs`, each
// line that could not be understood one of `VedetteQuarantine`. Promises: every line that is not
// blank is a row of Syslog or of the quarantine, or of both; a record that was seen before (by its
// identity) is left out and counted. Only for who wants rows: `watch` does without. Must not know:
// how rows are kept. One instance for all sources of a run; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "model/alert.h"
#include "model/auth_event.h"
#include "model/raw_batch.h"
#include "model/table_batch.h"
#include "normalise/authlog_normaliser.h"
#include "normalise/line_identity.h"
#include "normalise/quarantine_rows.h"
#include "normalise/syslog_normaliser.h"

namespace vedette::normalise {

inline constexpr std::string_view syslog_table = "Syslog";
inline constexpr std::string_view authentication_table = "ASimAuthenticationEventLogs";
inline constexpr std::string_view authlog_format = "authlog";

class AuthlogRows {
 public:  // The quarantine outlives it.
  AuthlogRows(StampOptions options, QuarantineRows& quarantine);
  ~AuthlogRows();

  // What the normaliser made of a whole batch: its events in their order, where each of them came
  // from (as many as events; what is not known is an empty location), and the lines it rejected.
  // `zone` is the one in which the normaliser reads the source's stamps.
  void add(const model::RawBatch& batch, std::span<const model::AuthEvent> events,
           std::span<const model::Location* const> places, std::span<const RejectedLine> rejected,
           const base::TimeZone& zone);
  // Messages from the network, each a row; the events are theirs, and `places` those of the events.
  void add_messages(const model::RawBatch& batch, std::span<const SyslogEntry> entries,
                    std::span<const model::AuthEvent> events,
                    std::span<const model::Location* const> places,
                    std::span<const RejectedLine> rejected);
  // The same batch without rows: only what must be known of it for those that follow.
  void pass(const model::RawBatch& batch, const base::TimeZone& zone);
  // The rows since the last call; tables without rows are left out.
  [[nodiscard]] std::vector<model::TableBatch> take();
  [[nodiscard]] std::uint64_t repeated_lines() const { return repeated_lines_; }

 private:
  struct Tables;
  void begin(const model::RawBatch& batch, const base::TimeZone& zone);
  // The line's message; empty when it has become no row.
  std::string_view add_line(std::string_view line, const model::AuthEvent* event);
  void add_event(const model::AuthEvent& event, const model::Location& place,
                 std::string_view message);
  void add_message(const SyslogEntry& entry);
  void add_rejected(const RejectedLine& rejected, std::string_view format);
  StampReader& stamps_of(const model::RawBatch& batch, const base::TimeZone& zone);
  const StampOptions options_;
  QuarantineRows& quarantine_;
  std::vector<std::unique_ptr<StampReader>> stamps_;  // by source
  StampReader* reader_ = nullptr;
  LineIdentity identity_;
  model::RawBatch batch_;
  std::unique_ptr<Tables> tables_;
  std::uint64_t repeated_lines_ = 0;
};

}  // namespace vedette::normalise
