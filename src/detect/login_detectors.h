// Owns: the stream detectors on log-ins: (state, events) → changes of alerts. Runs the detectors of
// address_attack.h, shared_attack.h and success_after_failures.h over one state, in event order.
// Promises: pure but for its state: the same events give the same alerts, live or replayed. Alerts
// at once on what has arrived. With a lateness L in the settings, events that arrive within L of
// later ones are put where they belong (what came after is taken back and done again), so that
// after L any order of arrival, and any repetition of records, ends in the same alerts; events on
// the same instant are ordered failures first, then by id. Without lateness the order of the calls
// is the order of events; so it is among events of one instant that a source without lateness (a
// file) brings beside sources that have one. Must not know: sources, channels, the wall clock.
// Called from the pipeline's thread.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "detect/alert_book.h"
#include "detect/login_state.h"
#include "detect/session_attempts.h"

namespace vedette::detect {

class LoginDetectors {
 public:
  // The settings must have passed `check`; the allow list must outlive the detectors.
  LoginDetectors(const LoginSettings& settings, const AllowList& allow_list);

  // `now` is processing time, for the alerts' own stamps. Changes are appended to `out`.
  void run(std::span<const model::AuthEvent> events, base::Timestamp now,
           std::vector<ChangedAlert>& out) {
    run(events, lateness(), now, out);
  }
  // `lateness` is that of the events' source: 0, or at most that of the settings.
  void run(std::span<const model::AuthEvent> events, base::Duration lateness, base::Timestamp now,
           std::vector<ChangedAlert>& out);
  // Time has passed without events (live sources): attacks that are quiet by `event_time` are
  // closed.
  void advance(base::Timestamp event_time, base::Timestamp now, std::vector<ChangedAlert>& out);
  // The input is over: what is held back is settled, open attacks are closed.
  void finish(base::Timestamp now, std::vector<ChangedAlert>& out);

  // The whole state as one blob, appended to `out`; its size is bounded as the state is. It holds a
  // version, what the settings were, and a checksum.
  void save(std::string& out) const;
  // Makes these detectors, which must be new, those that were saved: they go on as if nothing had
  // happened. Refuses (and the detectors must then not be used) a blob of another version, of other
  // settings, or one that is damaged. The seed is the blob's. Addresses are allowed by the present
  // allow list.
  [[nodiscard]] base::Result<void> restore(std::string_view blob);

  [[nodiscard]] base::Duration lateness() const { return state_.settings.lateness; }
  [[nodiscard]] const LoginCounts& counts() const { return state_.counts; }
  [[nodiscard]] const ArrivalCounts& arrivals() const { return arrivals_; }
  [[nodiscard]] std::size_t open_alerts() const { return book_.open_alerts(); }
  [[nodiscard]] std::size_t tracked_addresses() const { return state_.addresses.size(); }
  // Records that left a full table although they might still have mattered, and attacks closed
  // early because too many were open.
  [[nodiscard]] std::uint64_t evicted() const;

 private:
  // An event that may yet be preceded by a later arrival; owns its text.
  struct Unsettled {
    model::AuthEvent event;
    std::unique_ptr<char[]> text;
    std::uint64_t mark = 0;  // the undo log before it was processed
    std::uint64_t turn = 0;  // of a source without lateness: its place among such; 0: it has one
  };
  // What changes with each event and is taken back with it.
  struct Moment {
    base::Timestamp current;           // event time of the latest event
    base::Timestamp next_quiet_check;  // no attack can be over before this
  };

  // What is found out about an event before its turn.
  struct Ahead {
    StateTable<SessionRecord>::Sought session;
    StateTable<AddressRecord>::Sought address;
    bool will_count = false;   // it seems to add an attempt,
    bool will_extend = false;  // to an attack that is known
  };

  void process(const model::AuthEvent& event);
  void process_local(const model::AuthEvent& event);
  void process_failure(const model::AuthEvent& event);
  void process_failure_from(const model::AuthEvent& event, const SourceKey& source);
  void process_success(const model::AuthEvent& event);
  void check_quiet_by(base::Timestamp time);
  // Closes the attacks that have been quiet for long enough.
  void close_quiet(base::Timestamp event_time) {
    moment_.next_quiet_check = state_.episodes.close_quiet(event_time);
  }
  void process_in_order(std::span<const model::AuthEvent> events, base::Timestamp now,
                        std::vector<ChangedAlert>& out);
  static void prefetch_event(const model::AuthEvent& event);
  void prefetch_tags(const model::AuthEvent& event, Ahead& ahead) const;
  void prefetch_session(const model::AuthEvent& event, Ahead& ahead) const;
  void prefetch_address(const model::AuthEvent& event, Ahead& ahead) const;
  void prefetch_rings(const model::AuthEvent& event, Ahead& ahead) const;
  void prefetch_growth(const model::AuthEvent& event, const Ahead& ahead) const;
  static Unsettled own(const model::AuthEvent& arrived);
  static bool before(const Unsettled& a, const Unsettled& b);
  void insert(std::span<const model::AuthEvent> arrived, bool in_turn);
  void settle(base::Timestamp watermark);
  void tell(base::Timestamp now, std::vector<ChangedAlert>& out);
  void save_unsettled(BlobWriter& out) const;
  void restore_unsettled(BlobReader& in);

  LoginState state_;
  AlertBook book_;
  Moment moment_;
  ArrivalCounts arrivals_;
  std::deque<Unsettled> unsettled_;
  std::unordered_set<std::uint64_t> unsettled_ids_;
  base::Timestamp newest_;  // event time of the newest event so far
  // The earliest event since the last save: a source that is far behind the others is not idle.
  mutable base::Timestamp earliest_ = {INT64_MAX};
  std::uint64_t turns_ = 0;  // of events that came in their order
  base::Timestamp settled_;  // nothing up to this can change any more
  bool taken_back_ = false;
  std::vector<std::span<std::byte>> undo_places_;  // all that events that are taken back may change
};

}  // namespace vedette::detect
