// Owns: batches of Windows events (XML or JSON, as forwarders and files have them) → rows of their
// tables, log-ins, changes of accounts. Promises: every record is a row, or in the quarantine with
// its reason, and a broken one costs none of its neighbours; a record is known by its host, log,
// number and time, whoever sends it: one that comes again is no news to the detectors, and its
// later version takes the row's place. Must not know: doors, files, how rows are kept. One
// instance for all sources of a run; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/time_zone.h"
#include "model/alert.h"
#include "model/auth_event.h"
#include "model/change_event.h"
#include "model/raw_batch.h"
#include "model/table_batch.h"
#include "model/windows_log_on.h"
#include "normalise/cloud/seen_sign_ins.h"
#include "normalise/quarantine_rows.h"
#include "normalise/syslog_normaliser.h"

namespace vedette::normalise::windows {

// A batch's bytes: XML when they begin with '<', else JSON: an object, several, or an array.
inline constexpr std::string_view windows_format = "windows events";

struct WindowsCounts {
  std::uint64_t records = 0;
  std::uint64_t unreadable = 0;  // of these
};

class WindowsNormaliser {
 public:
  using PlaceOf = std::function<const model::Location&(const base::IpAddress&)>;

  // `zone`: of stamps that name none. The quarantine outlives it.
  WindowsNormaliser(const base::TimeZone& zone, QuarantineRows& quarantine);
  ~WindowsNormaliser();

  // `keep_rows`: false for what the store has already. The views of what is read live until the
  // next call, and as long as the batch.
  WindowsCounts read(const model::RawBatch& batch, bool keep_rows);
  // The Windows events among syslog messages; the others are none of ours.
  WindowsCounts read_messages(const model::RawBatch& batch, std::span<const SyslogEntry> entries,
                              bool keep_rows);
  // Each by time, and only what was not read before.
  [[nodiscard]] std::span<const model::WindowsLogOn> log_ons() const;
  [[nodiscard]] std::span<const model::ChangeEvent> changes() const;
  // Those of them that tell of guessing.
  [[nodiscard]] std::span<const model::AuthEvent> attempts() const;
  // The log-ins' rows, after `read`.
  void add_log_on_rows(const PlaceOf& place_of);
  // The rows since the last call; tables without rows are left out.
  void take(std::vector<model::TableBatch>& taken);
  [[nodiscard]] std::string_view most_frequent_reason() const;
  // What was read, for the next run.
  [[nodiscard]] std::vector<cloud::SeenSignIn> seen() const;
  void recall(const std::vector<cloud::SeenSignIn>& seen);

 private:
  class Body;
  Body& body();

  const base::TimeZone zone_;
  QuarantineRows& quarantine_;
  cloud::SeenSignIns seen_;
  std::unique_ptr<Body> body_;  // made when the first batch comes
};

}  // namespace vedette::normalise::windows
