#include "detect/identity/finding_book.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "detect/identity/judge.h"
#include "model/alert_record.h"

namespace vedette::detect::identity {
namespace {

using base::Timestamp;
using model::Alert;
using model::AlertChange;
using model::AlertStatus;

void describe(const IdentityEpisode& episode, Timestamp now, Alert& alert) {
  alert.rule = name_of(episode.rule);
  alert.title = episode.title;
  alert.severity = episode.severity;
  alert.entities = episode.entities;
  alert.first_event = episode.first;
  alert.last_event = episode.last;
  alert.event_count = episode.count;
  alert.event_ids = episode.ids;
  alert.techniques = episode.techniques;
  alert.reasons = episode.reasons;
  if (episode.count > 1)
    alert.reasons.push_back("seen " + std::to_string(episode.count) + " times until " +
                            base::format_seconds(episode.last));
  alert.updated = now;
}

// Worth another message: it became graver, or much more of it came.
bool is_news(const IdentityEpisode& episode, const Alert& told) {
  return episode.severity != told.severity || episode.title != told.title ||
         episode.first != told.first_event || episode.count >= 4 * told.event_count;
}

bool is_same(const IdentityEpisode& episode, std::uint64_t first_event, const Alert& told) {
  return episode.ids.front() == first_event ||
         (episode.first <= told.last_event && told.first_event <= episode.last);
}

}  // namespace

void FindingBook::tell(World& settled_world, World& present, Timestamp settled,
                       const IdentitySettings& settings, Timestamp now,
                       std::vector<ChangedAlert>& out) {
  const std::size_t told_before = out.size();
  std::set<std::uint64_t> keys;
  for (const auto& [key, list] : present.episodes.own()) keys.insert(key);
  for (const auto& [key, list] : settled_world.episodes.own()) keys.insert(key);
  for (const auto& [key, list] : told_) keys.insert(key);
  const bool is_full = keys.size() > alerts_open_max;
  for (const std::uint64_t key : keys) {
    static const IdentityEpisodes none;
    const IdentityEpisodes* found = present.episodes.find(key);
    IdentityEpisodes episodes = found == nullptr ? none : *found;
    tell_key(key, episodes, now, out);
    // Nothing can change what has been over for longer than its cool-down.
    std::size_t over = 0;
    while (over < episodes.size() &&
           settled - episodes[over].last >
               (is_full ? base::Duration{} : cool_down_of(episodes[over].rule, settings)))
      ++over;
    if (over == 0) {
      if (episodes.empty()) told_.erase(key);
      continue;
    }
    auto& told = told_[key];
    for (std::size_t i = 0; i < over; ++i) {
      const auto ended = std::ranges::find(told, episodes[i].ids.front(), &Told::first_event);
      if (ended == told.end()) continue;
      describe(episodes[i], now, ended->alert);
      close(*ended, now, out);
      told.erase(ended);
    }
    if (told.empty()) told_.erase(key);
    for (World* world : {&settled_world, &present}) {
      const auto own = world->episodes.own().find(key);
      if (own == world->episodes.own().end()) continue;
      IdentityEpisodes& list = own->second;
      list.erase(list.begin(),
                 list.begin() + static_cast<std::ptrdiff_t>(std::min(over, list.size())));
      if (list.empty()) world->episodes.own().erase(own);
    }
  }
  std::ranges::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(told_before), out.end(), {},
                           [](const ChangedAlert& each) { return each.alert.first_event; });
}

void FindingBook::tell_key(std::uint64_t key, IdentityEpisodes& episodes, Timestamp now,
                           std::vector<ChangedAlert>& out) {
  auto& told = told_[key];
  for (Told& each : told) each.is_matched = false;
  for (const IdentityEpisode& episode : episodes) {
    const auto same = std::ranges::find_if(told, [&](const Told& each) {
      return !each.is_matched && is_same(episode, each.first_event, each.alert);
    });
    if (same == told.end()) {
      Told made{episode.ids.front(), true, {}};
      describe(episode, now, made.alert);
      made.alert.id = base::hash_words(key, episode.ids.front());
      made.alert.created = now;
      out.push_back({AlertChange::opened, made.alert});
      told.push_back(std::move(made));
      continue;
    }
    same->is_matched = true;
    same->first_event = episode.ids.front();
    if (!is_news(episode, same->alert)) continue;
    describe(episode, now, same->alert);
    out.push_back({AlertChange::updated, same->alert});
  }
  for (Told& each : told) {
    if (each.is_matched) continue;
    each.alert.status = AlertStatus::withdrawn;
    each.alert.updated = each.alert.closed = now;
    each.alert.reasons.emplace_back("withdrawn: what came later, or another setting, explains it");
    out.push_back({AlertChange::withdrawn, std::move(each.alert)});
  }
  std::erase_if(told, [](const Told& each) { return !each.is_matched; });
}

void FindingBook::close(Told& told, Timestamp now, std::vector<ChangedAlert>& out) {
  told.alert.status = AlertStatus::closed;
  told.alert.closed = now;
  out.push_back({AlertChange::closed, told.alert});
}

void FindingBook::save(BlobWriter& out) const {
  out.put(std::uint64_t{told_.size()});
  for (const auto& [key, list] : told_) {
    out.put(key);
    out.put(std::uint64_t{list.size()});
    for (const Told& each : list) {
      out.put(each.first_event);
      out.text(model::write_alert(each.alert));
    }
  }
}

void FindingBook::restore(BlobReader& in) {
  const auto keys = in.count(2 * sizeof(std::uint64_t));
  for (std::uint64_t i = 0; i < keys && in.good(); ++i) {
    auto& list = told_[in.take<std::uint64_t>()];
    const auto count = in.count(2 * sizeof(std::uint64_t));
    for (std::uint64_t j = 0; j < count && in.good(); ++j) {
      Told& each = list.emplace_back();
      each.first_event = in.take<std::uint64_t>();
      auto alert = model::read_alert(in.text());
      if (!alert) return in.fail();
      each.alert = std::move(*alert);
    }
  }
}

}  // namespace vedette::detect::identity
