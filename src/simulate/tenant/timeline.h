// Owns: everything that happens in the tenant, by UTC day: sign-ins, changes, operations, made when
// they are asked for and kept for the last few days that were.
// Promises: a day's records are sorted by (time, key), are the same whenever they are made, and
// none is older than the tenant's history; memory is bounded by base/limits.h. What was changed
// through the API is not yet applied (accounts.h). Must not know: requests. One thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "simulate/tenant/attacks.h"
#include "simulate/tenant/habits.h"
#include "simulate/tenant/people.h"

namespace vedette::simulate::tenant {

template <class Record>
using Slice = std::shared_ptr<const std::vector<Record>>;

// The last few slices that were asked for, by day.
template <class Record>
class SliceCache {
 public:
  template <class Make>
  Slice<Record> get(std::int64_t day, const Make& make) {
    for (auto it = slices_.begin(); it != slices_.end(); ++it) {
      if (it->first != day) continue;
      slices_.splice(slices_.begin(), slices_, it);
      return slices_.front().second;
    }
    slices_.emplace_front(day, make(day));
    if (slices_.size() > base::limits::simulated_slices_kept) slices_.pop_back();
    return slices_.front().second;
  }

 private:
  std::list<std::pair<std::int64_t, Slice<Record>>> slices_;
};

class Timeline {
 public:
  explicit Timeline(const TenantOptions& options);

  [[nodiscard]] Slice<SignIn> sign_ins(std::int64_t day);
  [[nodiscard]] Slice<Change> changes(std::int64_t day);
  [[nodiscard]] Slice<Operation> operations(std::int64_t day);

  // Nothing is older.
  [[nodiscard]] base::Timestamp begin() const { return begin_; }
  [[nodiscard]] const Directory& directory() const { return directory_; }
  [[nodiscard]] const Attacks& attacks() const { return attacks_; }

 private:
  [[nodiscard]] Slice<SignIn> make_sign_ins(std::int64_t day) const;
  [[nodiscard]] Slice<Change> make_changes(std::int64_t day) const;
  [[nodiscard]] Slice<Operation> make_operations(std::int64_t day);

  const TenantOptions& options_;
  const base::Timestamp begin_;
  const Directory directory_;
  const Habits habits_;
  const Attacks attacks_;
  SliceCache<SignIn> sign_ins_;
  SliceCache<Change> changes_;
  SliceCache<Operation> operations_;
};

// The UTC day (since 1970-01-01) of a moment.
[[nodiscard]] constexpr std::int64_t day_of(base::Timestamp time) {
  return (time.ticks - base::unix_epoch_ticks) / (86'400 * base::ticks_per_second);
}
[[nodiscard]] constexpr base::Timestamp start_of_day(std::int64_t day) {
  return base::Timestamp::from_unix_seconds(day * 86'400);
}

}  // namespace vedette::simulate::tenant
