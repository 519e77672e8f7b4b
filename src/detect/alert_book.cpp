#include "detect/alert_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "detect/alert_text.h"

namespace vedette::detect {
namespace {

using base::Timestamp;
using model::Alert;
using model::AlertChange;
using model::AlertStatus;

std::uint64_t identity_of(std::uint64_t chain, const Episode& episode) {
  // Brute force and spray of one address are one chain, but not one alert.
  const std::uint64_t rule = base::hash_words(chain, static_cast<std::uint64_t>(episode.rule));
  return base::hash_words(rule, episode.ids_used == 0 ? 0 : episode.ids[0]);
}

bool overlaps(const Alert& alert, const Episode& episode) {
  return alert.first_event <= episode.last && episode.first <= alert.last_event;
}

}  // namespace

// Every episode of a chain that the book knows of stands in the book with its slot; those that it
// does not know of have changed. So nobody has to look for them among all episodes.
void AlertBook::tell(EpisodeStore& episodes, Timestamp settled, Timestamp now,
                     std::vector<ChangedAlert>& out) {
  places_.clear();
  for (const std::uint64_t chain : waiting_) places_.push_back({chain});
  for (const std::uint32_t slot : episodes.changed())
    if (const std::uint64_t chain = episodes.chain_at(slot); chain != 0)
      places_.push_back({chain, slot});
  tell_chains(episodes, settled, now, out);
}

void AlertBook::tell_everything(EpisodeStore& episodes, Timestamp settled, Timestamp now,
                                std::vector<ChangedAlert>& out) {
  // An episode that was taken back is in no changed slot any more, only in the book.
  places_.clear();
  for (const auto& [chain, told] : told_) places_.push_back({chain});
  for (std::size_t slot = 0; slot < episodes.end(); ++slot)
    if (episodes.chain_at(slot) != 0)
      places_.push_back({episodes.chain_at(slot), static_cast<std::uint32_t>(slot)});
  tell_chains(episodes, settled, now, out);
}

void AlertBook::tell_chains(EpisodeStore& episodes, Timestamp settled, Timestamp now,
                            std::vector<ChangedAlert>& out) {
  waiting_.clear();
  episodes.changed().clear();
  std::ranges::sort(places_);
  for (auto next = places_.begin(); next != places_.end();) {
    const auto first = next;
    while (next != places_.end() && next->chain == first->chain) ++next;
    tell_chain(episodes, {first, next}, settled, now, out);
  }
}

void AlertBook::tell_chain(EpisodeStore& episodes, std::span<const Place> places, Timestamp settled,
                           Timestamp now, std::vector<ChangedAlert>& out) {
  const std::uint64_t chain = places.front().chain;
  auto& told = told_[chain];
  slots_.clear();
  for (const Place& place : places)
    if (place.slot != no_slot) slots_.push_back(place.slot);
  for (auto& entry : told) {
    entry.matched = false;
    const bool is_there = entry.slot < episodes.end() && episodes.chain_at(entry.slot) == chain;
    if (is_there) slots_.push_back(entry.slot);
  }
  std::ranges::sort(slots_, {},
                    [&](std::uint32_t slot) { return std::pair(episodes.at(slot).first, slot); });
  const auto repeats = std::ranges::unique(slots_);
  slots_.erase(repeats.begin(), repeats.end());
  for (const std::uint32_t slot : slots_) {
    const Episode& episode = episodes.at(slot);
    Told* known = match(told, episode, slot, now, out);
    if (known == nullptr) {
      told.push_back({});
      known = &told.back();
      open(*known, identity_of(chain, episode), episode, now, out);
    } else if (!episode.closed) {
      update(*known, episode, now, out);
    }
    known->slot = slot;
    known->generation = episode.generation;
    known->matched = true;
    if (episode.closed && episode.ended <= settled) {
      close(*known, episode, now, out);
      std::erase_if(told, [&](const Told& entry) { return &entry == known; });
      episodes.release(slot);
    } else if (episode.closed) {
      waiting_.push_back(chain);
    }
  }
  for (auto& entry : told) {
    if (entry.matched || entry.alert.status == AlertStatus::withdrawn) continue;
    withdraw(entry, "later events showed that this was no attack", now, out);
  }
  std::erase_if(told, [](const Told& entry) { return !entry.matched; });
  if (told.empty()) told_.erase(chain);
}

// What was told of this episode. When two alerts turn out to be one attack the older goes on.
AlertBook::Told* AlertBook::match(std::vector<Told>& told, const Episode& episode,
                                  std::uint32_t slot, Timestamp now,
                                  std::vector<ChangedAlert>& out) {
  Told* found = nullptr;
  for (auto& entry : told) {
    if (entry.matched || entry.alert.status == AlertStatus::withdrawn) continue;
    const bool same = entry.slot == slot && entry.generation == episode.generation;
    if (!same && !overlaps(entry.alert, episode)) continue;
    if (found == nullptr) {
      found = &entry;
      continue;
    }
    entry.alert.merged_into = found->alert.id;
    withdraw(entry, "the same attack as alert " + model::format_id(found->alert.id), now, out);
  }
  return found;
}

void AlertBook::open(Told& told, std::uint64_t id, const Episode& episode, Timestamp now,
                     std::vector<ChangedAlert>& out) {
  told.alert = describe(episode);
  told.alert.id = unused(id);
  told.alert.created = told.alert.updated = now;
  told.users = episode.users_used;
  ++open_;
  out.push_back({AlertChange::opened, told.alert});
}

// A withdrawal is an alert's end. When further events show that there was an attack after all, it
// is told as another alert, or everybody who knows the first one would take it for a repeat.
std::uint64_t AlertBook::unused(std::uint64_t id) const {
  while (std::ranges::find(withdrawn_, id) != withdrawn_.end()) id = base::hash_words(id, 1);
  return id;
}

// People are told when the attack changed its kind, reached another account, turned out to have
// begun earlier, or when it is time again.
void AlertBook::update(Told& told, const Episode& episode, Timestamp now,
                       std::vector<ChangedAlert>& out) {
  Alert alert = describe(episode);
  const bool another_account =
      episode.rule == Rule::success_after_failures && episode.users_used != told.users;
  const bool news = another_account || alert.techniques != told.alert.techniques ||
                    alert.first_event != told.alert.first_event ||
                    alert.last_event - told.alert.last_event >= update_interval_;
  if (!news) return;
  alert.id = told.alert.id;
  alert.created = told.alert.created;
  alert.updated = now;
  told.alert = std::move(alert);
  told.users = episode.users_used;
  out.push_back({AlertChange::updated, told.alert});
}

void AlertBook::close(Told& told, const Episode& episode, Timestamp now,
                      std::vector<ChangedAlert>& out) {
  Alert alert = describe(episode);
  alert.id = told.alert.id;
  alert.created = told.alert.created;
  alert.updated = alert.closed = now;
  alert.status = AlertStatus::closed;
  --open_;
  out.push_back({AlertChange::closed, std::move(alert)});
}

void AlertBook::withdraw(Told& told, std::string reason, Timestamp now,
                         std::vector<ChangedAlert>& out) {
  told.alert.status = AlertStatus::withdrawn;
  told.alert.updated = told.alert.closed = now;
  told.alert.reasons = {std::move(reason)};
  --open_;
  if (withdrawn_.size() == base::limits::withdrawn_alerts_max) withdrawn_.erase(withdrawn_.begin());
  withdrawn_.push_back(told.alert.id);
  out.push_back({AlertChange::withdrawn, told.alert});
}

}  // namespace vedette::detect
