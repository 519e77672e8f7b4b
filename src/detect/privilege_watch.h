// Owns: the detections of who gained power: new_user, new_administrator, root_login. Each is
// something that happened, so its alert is opened and over at once (`momentary`).
// Promises: pure but for its state: the same events give the same alerts, live or replayed. What
// several records say of one act (useradd's lines for /etc/group and /etc/gshadow) is one alert.
// Records of sources with a lateness are held back until it has passed, so that any order of their
// arrival, and any repetition, ends in the same alerts. State is bounded; the account not heard of
// for longest leaves first. Must not know: sources, channels, the wall clock. The pipeline's
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "detect/alert_book.h"
#include "detect/allow_list.h"
#include "detect/privilege_settings.h"
#include "detect/state_blob.h"
#include "model/auth_event.h"
#include "model/change_event.h"

namespace vedette::detect {

class PrivilegeWatch {
 public:
  // The settings must have passed `check`; the allow list must outlive this.
  PrivilegeWatch(PrivilegeSettings settings, const AllowList& allow_list)
      : settings_(std::move(settings)), allow_list_(allow_list) {}

  // `lateness` is that of the events' source; `now` is processing time, for the alerts' own stamps.
  void run(std::span<const model::AuthEvent> logins, std::span<const model::ChangeEvent> changes,
           base::Duration lateness, base::Timestamp now, std::vector<ChangedAlert>& out);
  // Event time has passed without events.
  void advance(base::Timestamp event_time, base::Timestamp now, std::vector<ChangedAlert>& out);
  // The input is over: what is held back is told.
  void finish(base::Timestamp now, std::vector<ChangedAlert>& out);

  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

 private:
  // An alert as it would be, and what makes another one the same.
  struct Candidate {
    std::uint64_t key = 0;
    base::Duration again_after;  // of the same key
    base::Timestamp due;         // event time at which nothing can come before it any more
    model::Alert alert;
  };

  void judge_login(const model::AuthEvent& event, base::Duration lateness, base::Timestamp now,
                   std::vector<ChangedAlert>& out);
  void judge_change(const model::ChangeEvent& event, base::Duration lateness, base::Timestamp now,
                    std::vector<ChangedAlert>& out);
  [[nodiscard]] bool rules_the_host(const model::ChangeEvent& event) const;
  void offer(Candidate candidate, base::Duration lateness, base::Timestamp now,
             std::vector<ChangedAlert>& out);
  void settle(base::Timestamp event_time, base::Timestamp now, std::vector<ChangedAlert>& out);
  void tell(Candidate& candidate, base::Timestamp now, std::vector<ChangedAlert>& out);
  void forget_oldest();

  const PrivilegeSettings settings_;
  const AllowList& allow_list_;
  std::vector<Candidate> held_;  // by time and id
  base::Timestamp newest_;       // event time of the newest record of a source with a lateness
  std::unordered_map<std::uint64_t, base::Timestamp> told_;  // key -> the latest record's time
};

}  // namespace vedette::detect
