#include "detect/identity/identity_watch.h"

#include <algorithm>

#include "base/hash.h"
#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::uint32_t blob_version = 2;

base::TimeZone zone_of(const std::string& name) {
  auto zone = base::TimeZone::find(name);
  return zone ? *std::move(zone) : base::TimeZone::fixed({});
}

}  // namespace

IdentityWatch::IdentityWatch(IdentitySettings settings, PlaceOf place_of,
                             std::shared_ptr<const PublicHolidays> holidays)
    : settings_(std::move(settings)),
      place_of_(std::move(place_of)),
      holidays_(std::move(holidays)),
      calendar_(make_calendar()),
      schedules_(settings_.working_hours),
      zone_(zone_of(settings_.zone)) {}

Calendar IdentityWatch::make_calendar() const {
  return Calendar(settings_.holidays, settings_.public_holidays ? holidays_ : nullptr);
}

void IdentityWatch::change(IdentitySettings settings) {
  settings_ = std::move(settings);
  calendar_ = make_calendar();
  schedules_ = WorkSchedules(settings_.working_hours);
  zone_ = zone_of(settings_.zone);
  must_redo_ = true;
}

void IdentityWatch::run(std::span<const model::SignIn* const> sign_ins,
                        std::span<const model::ChangeEvent> changes, Timestamp now,
                        std::vector<ChangedAlert>& out) {
  if (!settings_.enabled) return;
  std::vector<Observed> arrived;
  arrived.reserve(sign_ins.size() + changes.size());
  for (const model::SignIn* each : sign_ins)
    if (is_observed(*each)) arrived.push_back(observe(*each, place_of_));
  for (const model::ChangeEvent& each : changes)
    if (each.time.is_set()) arrived.push_back(observe(each));
  if (arrived.empty()) return;
  std::ranges::sort(arrived, {}, [](const Observed& each) { return Place(each.time, each.id); });
  work_off(std::move(arrived), now, out);
}

void IdentityWatch::work_off(std::vector<Observed>&& arrived, Timestamp now,
                             std::vector<ChangedAlert>& out) {
  for (Observed& each : arrived) {
    // A clock that is ahead must not settle what others may still bring.
    if (each.time <= now + Duration::minutes(5)) newest_ = std::max(newest_, each.time);
    insert(std::move(each));
  }
  if (!must_redo_)
    for (auto next = unsettled_.upper_bound(judged_); next != unsettled_.end(); ++next) {
      judge(ground(), present_, next->second);
      judged_ = next->first;
    }
  settle(newest_ - Duration::minutes(settings_.lateness_minutes));
  // What was only copied makes room from time to time.
  constexpr std::size_t copies_kept = 1'024;
  if (must_redo_ || present_.people.own().size() > 2 * unsettled_.size() + copies_kept) redo();
  book_.tell(settled_world_, present_, settled_, settings_, now, out);
}

bool IdentityWatch::insert(Observed&& observed) {
  if (settled_ids_.contains(observed.id)) {
    ++counts_.repeated;
    return false;
  }
  const Place place(observed.time, observed.id);
  if (const auto known = unsettled_times_.find(observed.id); known != unsettled_times_.end()) {
    const auto former = unsettled_.find(Place(known->second, observed.id));
    if (former->second.content == observed.content && known->second == observed.time) {
      ++counts_.repeated;
      return false;
    }
    ++counts_.updated;
    unsettled_.erase(former);
    known->second = observed.time;
    unsettled_.emplace(place, std::move(observed));
    must_redo_ = true;
    return true;
  }
  ++counts_.events;
  if (observed.time < settled_) {
    ++counts_.too_late;
    // What is read back from before (or comes days late) is no news: it is what people do.
    if (settled_ - observed.time > Duration::hours(24))
      learn_history(settled_world_, observed);
    else
      judge(ground(), settled_world_, observed);
    remember_settled(observed.id);
    must_redo_ = true;
    return true;
  }
  if (place < judged_) must_redo_ = true;
  unsettled_times_.emplace(observed.id, observed.time);
  unsettled_.emplace(place, std::move(observed));
  return true;
}

void IdentityWatch::settle(Timestamp until) {
  const auto may = [&] {
    return !unsettled_.empty() &&
           (unsettled_.begin()->first.first < until || unsettled_.size() > unsettled_max);
  };
  while (may()) {
    const auto first = unsettled_.begin();
    judge(ground(), settled_world_, first->second);
    settled_ = std::max(settled_, first->first.first);
    remember_settled(first->first.second);
    unsettled_times_.erase(first->first.second);
    unsettled_.erase(first);
  }
  settled_ = std::max(settled_, until);
  settled_world_.keep_within(static_cast<std::size_t>(settings_.people_max));
}

void IdentityWatch::remember_settled(std::uint64_t id) {
  if (!settled_ids_.insert(id).second) return;
  settled_order_.push_back(id);
  if (settled_order_.size() <= settled_ids_max) return;
  settled_ids_.erase(settled_order_.front());
  settled_order_.pop_front();
}

void IdentityWatch::redo() {
  present_.clear();
  for (const auto& [place, observed] : unsettled_) judge(ground(), present_, observed);
  counts_.redone += unsettled_.size();
  judged_ = unsettled_.empty() ? Place(settled_, 0) : unsettled_.rbegin()->first;
  must_redo_ = false;
}

void IdentityWatch::advance(Timestamp event_time, Timestamp now, std::vector<ChangedAlert>& out) {
  if (!settings_.enabled || !newest_.is_set() || event_time <= newest_) return;
  newest_ = event_time;
  work_off({}, now, out);
}

void IdentityWatch::finish(Timestamp now, std::vector<ChangedAlert>& out) {
  settle(Timestamp{INT64_MAX});
  redo();
  book_.tell(settled_world_, present_, settled_, settings_, now, out);
}

void IdentityWatch::save(BlobWriter& out) const {
  out.put(blob_version);
  out.put(newest_);
  out.put(settled_);
  settled_world_.save(out);
  out.put(std::uint64_t{unsettled_.size()});
  for (const auto& [place, observed] : unsettled_) identity::save(observed, out);
  out.list(settled_order_, [&out](std::uint64_t id) { out.put(id); });
  book_.save(out);
}

void IdentityWatch::restore(BlobReader& in) {
  if (in.take<std::uint32_t>() != blob_version) return in.fail();
  newest_ = in.take<Timestamp>();
  settled_ = in.take<Timestamp>();
  settled_world_.restore(in);
  const auto waiting = in.count(sizeof(ObservedSignIn));
  for (std::uint64_t i = 0; i < waiting && in.good(); ++i) {
    Observed observed = restore_observed(in);
    unsettled_times_.emplace(observed.id, observed.time);
    const Place place(observed.time, observed.id);
    unsettled_.emplace(place, std::move(observed));
  }
  in.list(sizeof(std::uint64_t), [&] { remember_settled(in.take<std::uint64_t>()); });
  book_.restore(in);
  // Judged again when the next record or the clock comes: the directory is known by then.
  must_redo_ = true;
}

}  // namespace vedette::detect::identity
