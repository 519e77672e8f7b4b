// Owns: the identity detections: sign-ins and changes of a directory in, changes of alerts out.
// Promises: pure but for its state and the directory it is given. Alerts at once on what has
// arrived; records that come within the lateness of the settings, in any order and however often,
// end in the same alerts: (rule, entities, event ids, first and last event time). A later version
// of a sign-in takes the place of the former. State is bounded (identity_limits.h), saved and
// restored with the trunk's checkpoint. Must not know: who collects, channels, the wall clock. The
// pipeline's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/time_zone.h"
#include "detect/alert_book.h"
#include "detect/identity/calendar.h"
#include "detect/identity/finding_book.h"
#include "detect/identity/identity_settings.h"
#include "detect/identity/judge.h"
#include "detect/identity/observed.h"
#include "detect/identity/work_schedule.h"
#include "detect/identity/world.h"
#include "detect/state_blob.h"
#include "model/change_event.h"
#include "model/sign_in.h"

namespace vedette::detect::identity {

struct IdentityCounts {
  std::uint64_t events = 0;    // looked at, without repeats
  std::uint64_t repeated = 0;  // records that came again
  std::uint64_t updated = 0;   // ... and said something new
  std::uint64_t too_late = 0;  // later than the lateness allows: judged as if they came in time
  std::uint64_t redone = 0;    // events judged again because an earlier one came
};

class IdentityWatch {
 public:
  // The settings must have passed `check`. `place_of` answers where the service did not say it; may
  // be empty. `holidays`: null where there is no list of them.
  explicit IdentityWatch(IdentitySettings settings, PlaceOf place_of = {},
                         std::shared_ptr<const PublicHolidays> holidays = nullptr);

  // What is judged from now on knows it; it outlives this. Null: nobody is known.
  void set_directory(const model::TenantDirectory* directory) { directory_ = directory; }

  // Counts who comes in outside of working hours; it outlives this. Null: nobody does.
  void set_hours_tally(HoursTally* tally) { tally_ = tally; }

  // From now on, and for what is not settled yet. They must have passed `check`.
  void change(IdentitySettings settings);

  // `now` is processing time, for the alerts' own stamps. Changes are appended to `out`.
  void run(std::span<const model::SignIn* const> sign_ins,
           std::span<const model::ChangeEvent> changes, base::Timestamp now,
           std::vector<ChangedAlert>& out);
  // Event time has passed without events.
  void advance(base::Timestamp event_time, base::Timestamp now, std::vector<ChangedAlert>& out);
  // The input is over: everything is settled and closed.
  void finish(base::Timestamp now, std::vector<ChangedAlert>& out);

  // Restore: into a new one. What is settled stays as it was judged, whatever the settings are.
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

  [[nodiscard]] bool is_enabled() const { return settings_.enabled; }
  [[nodiscard]] const IdentityCounts& counts() const { return counts_; }
  [[nodiscard]] std::size_t people() const { return settled_world_.people.own().size(); }
  [[nodiscard]] std::size_t open_alerts() const { return book_.open_alerts(); }

 private:
  using Place = std::pair<base::Timestamp, std::uint64_t>;  // in the order of events

  // False: nothing new.
  bool insert(Observed&& observed);
  void settle(base::Timestamp until);
  void remember_settled(std::uint64_t id);
  void redo();
  void work_off(std::vector<Observed>&& arrived, base::Timestamp now,
                std::vector<ChangedAlert>& out);
  [[nodiscard]] Calendar make_calendar() const;
  [[nodiscard]] Ground ground() {
    return {settings_, directory_, calendar_, zone_, zones_, schedules_, tally_};
  }

  IdentitySettings settings_;
  const PlaceOf place_of_;
  const std::shared_ptr<const PublicHolidays> holidays_;
  Calendar calendar_;
  WorkSchedules schedules_;
  base::TimeZone zone_;
  ZoneBook zones_;
  const model::TenantDirectory* directory_ = nullptr;
  HoursTally* tally_ = nullptr;
  World settled_world_;
  World present_{&settled_world_};
  std::map<Place, Observed> unsettled_;
  std::unordered_map<std::uint64_t, base::Timestamp> unsettled_times_;  // by id
  std::unordered_set<std::uint64_t> settled_ids_;
  std::deque<std::uint64_t> settled_order_;
  Place judged_;  // the last one in the present world
  bool must_redo_ = false;
  base::Timestamp newest_, settled_;
  FindingBook book_;
  IdentityCounts counts_;
};

}  // namespace vedette::detect::identity
