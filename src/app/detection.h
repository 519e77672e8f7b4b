// Owns: the detecting half of an event's way, for `watch` and `serve` alike: detect → enrich →
// tell. Promises: alerts about attacks and about unreadable lines come in the order of the lines
// they speak of; the same events give the same alerts. Must not know: where lines come from, where
// alerts go. Called from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "detect/identity/identity_watch.h"
#include "detect/indicator_watch.h"
#include "detect/login_detectors.h"
#include "detect/parse_rate.h"
#include "detect/privilege_watch.h"
#include "detect/state_blob.h"
#include "detect/windows/windows_watch.h"
#include "model/auth_event.h"
#include "model/change_event.h"
#include "model/sign_in.h"
#include "model/tenant_directory.h"
#include "model/windows_log_on.h"
#include "ports/geo_lookup.h"

namespace vedette::app {

// May take the alert with it.
using AlertSink = std::function<void(detect::ChangedAlert&&)>;

// A few hundred events and changes, and the totals when they had been read.
struct ReadRun {
  std::size_t events = 0, changes = 0;
  detect::ParseTotals totals;
};

// What one batch of lines came to.
struct ReadEvents {
  std::span<const model::AuthEvent> events;
  std::span<const model::ChangeEvent> changes;
  std::span<const ReadRun> runs;  // the events and changes again, in turns
  std::string_view source_name;
  std::string_view quarantined_most;  // the most frequent reason
  base::Duration lateness{};          // of the source: how late its records may come
  // What a cloud directory (Entra) says of its people, each by time. A sign-in comes again, with
  // the same event.id, when the service says more about it; a change comes once. Both come late, in
  // any order between batches: up to `lateness` by rule, later by exception.
  std::span<const model::SignIn* const> sign_ins = {};
  std::span<const model::ChangeEvent> directory_changes = {};
  bool is_live = true;  // false: read back from before, newest batch first
  const model::TenantDirectory* directory = nullptr;  // who is there by now; null: nobody is known
  std::span<const model::WindowsLogOn> windows = {};  // of Windows hosts, by time
};

class Detection {
 public:
  // The detectors and the places outlive it. Without `identities`, log-ins of clouds are judged as
  // those of hosts are.
  Detection(detect::LoginDetectors& detectors, detect::PrivilegeWatch& privileges,
            const ports::GeoLookup& geo, AlertSink sink,
            detect::identity::IdentityWatch* identities = nullptr,
            detect::windows::WindowsWatch* windows = nullptr,
            detect::IndicatorWatch* indicators = nullptr)
      : detectors_(detectors),
        privileges_(privileges),
        geo_(geo),
        sink_(std::move(sink)),
        identities_(identities),
        windows_(windows),
        indicators_(indicators) {}

  // `now` is processing time, for the alerts' own stamps.
  void work_on(const ReadEvents& read, base::Timestamp now);
  // Rows that hold indicators of compromise.
  void see_indicators(std::span<const model::IndicatorMatch> matches, base::Timestamp now);
  // No line came, but time passes for the attacks that are open. Event time goes on from the latest
  // line (`last_event`) as our clock does since it was written, so it does not matter in which zone
  // the source believes to be.
  void pass_time(base::Timestamp last_event, base::Timestamp latest_written, base::Timestamp now);
  // Lines that were worked on in an earlier run were read again.
  void pass_over(const detect::ParseTotals& totals) { parse_rate_.skip(totals); }
  // What it knows beside the log-in detectors, for the next run.
  void save(detect::BlobWriter& out) const {
    parse_rate_.save(out);
    privileges_.save(out);
    if (identities_ != nullptr) identities_->save(out);
    if (windows_ != nullptr) windows_->save(out);
    if (indicators_ != nullptr) indicators_->save(out);
  }
  void restore(detect::BlobReader& in) {
    parse_rate_.restore(in);
    privileges_.restore(in);
    if (identities_ != nullptr) identities_->restore(in);
    if (windows_ != nullptr) windows_->restore(in);
    if (indicators_ != nullptr) indicators_->restore(in);
  }
  // The input is over: attacks that are open are closed.
  void finish(base::Timestamp now);

 private:
  void tell();
  const model::Location& locate(const model::Alert& alert);

  detect::LoginDetectors& detectors_;
  detect::PrivilegeWatch& privileges_;
  const ports::GeoLookup& geo_;
  AlertSink sink_;
  detect::identity::IdentityWatch* const identities_;
  detect::windows::WindowsWatch* const windows_;
  detect::IndicatorWatch* const indicators_;
  detect::ParseRateMonitor parse_rate_;
  std::vector<detect::ChangedAlert> changes_;
  std::unordered_map<std::uint64_t, model::Location> locations_;  // of open alerts
};

}  // namespace vedette::app
