#include "detect/identity/world.h"

#include "base/hash.h"
#include "base/limits.h"
#include "detect/entity_blob.h"

namespace vedette::detect::identity {
namespace {

void add_new(std::vector<model::Entity>& to, std::vector<model::Entity> from) {
  for (auto& entity : from)
    if (to.size() < base::limits::alert_users_max && std::ranges::find(to, entity) == to.end())
      to.push_back(std::move(entity));
}

void add_ids(IdentityEpisode& to, const Finding& from) {
  const auto add = [&](std::uint64_t id) {
    if (to.ids.size() < finding_ids_max && std::ranges::find(to.ids, id) == to.ids.end())
      to.ids.push_back(id);
  };
  for (const std::uint64_t id : from.earlier_ids) add(id);
  add(from.event_id);
}

// The quarter not seen for longest at once, so that a flood costs little; the same in every run.
template <typename Map>
void forget_oldest(Map& map, std::size_t most) {
  if (map.size() <= most) return;
  std::vector<std::pair<base::Timestamp, std::uint64_t>> oldest;
  oldest.reserve(map.size());
  for (const auto& [key, value] : map) oldest.emplace_back(value.last_seen, key);
  const auto leave = oldest.begin() + static_cast<std::ptrdiff_t>(map.size() - most + most / 4);
  std::ranges::nth_element(oldest, leave);
  for (auto each = oldest.begin(); each != leave; ++each) map.erase(each->second);
}

template <typename Map>
void save_map(const Map& map, BlobWriter& out) {
  out.put(std::uint64_t{sizeof(typename Map::mapped_type)});
  out.put(std::uint64_t{map.size()});
  for (const auto& [key, value] : map) {
    out.put(key);
    out.put(value);
  }
}

template <typename Map>
void restore_map(Map& map, BlobReader& in) {
  using Value = typename Map::mapped_type;
  if (in.take<std::uint64_t>() != sizeof(Value)) return in.fail();
  const auto count = in.count(sizeof(Value));
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const auto key = in.take<std::uint64_t>();
    map[key] = in.take<Value>();
  }
}

void save_episode(const IdentityEpisode& episode, BlobWriter& out) {
  out.put(episode.rule);
  out.put(episode.subject);
  out.put(episode.first);
  out.put(episode.last);
  out.put(episode.count);
  out.put(episode.severity);
  out.text(episode.title);
  out.numbers(episode.ids);
  out.texts(episode.reasons);
  out.texts(episode.techniques);
  put_entities(out, episode.entities);
}

IdentityEpisode restore_episode(BlobReader& in) {
  IdentityEpisode episode;
  episode.rule = in.take<IdentityRule>();
  episode.subject = in.take<std::uint64_t>();
  episode.first = in.take<base::Timestamp>();
  episode.last = in.take<base::Timestamp>();
  episode.count = in.take<std::uint64_t>();
  episode.severity = in.take<model::Severity>();
  episode.title = in.text();
  episode.ids = in.numbers<std::uint64_t>();
  episode.reasons = in.texts();
  episode.techniques = in.texts();
  episode.entities = take_entities(in);
  return episode;
}

}  // namespace

void World::note(Finding finding, base::Duration cool_down) {
  const std::uint64_t key =
      base::hash_words(static_cast<std::uint64_t>(finding.rule) + 1, finding.subject);
  IdentityEpisodes& list = episodes.change(key);
  if (list.empty() || finding.time - list.back().last > cool_down) {
    IdentityEpisode& made = list.emplace_back();
    made.rule = finding.rule;
    made.subject = finding.subject;
    made.first = made.last = finding.first.is_set() ? finding.first : finding.time;
    made.severity = model::Severity::informational;
  }
  IdentityEpisode& episode = list.back();
  episode.first = std::min(episode.first, finding.first.is_set() ? finding.first : finding.time);
  episode.last = std::max(episode.last, finding.time);
  ++episode.count;
  add_ids(episode, finding);
  // The gravest event says what it was, the first of these.
  if (episode.title.empty() || finding.severity > episode.severity) {
    episode.severity = finding.severity;
    episode.title = std::move(finding.title);
    episode.reasons = std::move(finding.reasons);
    episode.techniques = std::move(finding.techniques);
  }
  add_new(episode.entities, std::move(finding.entities));
}

void World::clear() {
  people.own().clear();
  guesses.own().clear();
  sources.own().clear();
  egresses.own().clear();
  traces.own().clear();
  episodes.own().clear();
}

void World::keep_within(std::size_t people_max) {
  forget_oldest(people.own(), people_max);
  forget_oldest(guesses.own(), guessed_people_max);
  forget_oldest(sources.own(), sources_max);
  forget_oldest(egresses.own(), egresses_max);
  forget_oldest(traces.own(), egresses_max);
}

void World::save(BlobWriter& out) const {
  save_map(people.own(), out);
  save_map(guesses.own(), out);
  save_map(sources.own(), out);
  save_map(egresses.own(), out);
  save_map(traces.own(), out);
  out.put(std::uint64_t{episodes.own().size()});
  for (const auto& [key, list] : episodes.own()) {
    out.put(key);
    out.list(list, [&out](const IdentityEpisode& each) { save_episode(each, out); });
  }
}

void World::restore(BlobReader& in) {
  restore_map(people.own(), in);
  restore_map(guesses.own(), in);
  restore_map(sources.own(), in);
  restore_map(egresses.own(), in);
  restore_map(traces.own(), in);
  const auto keys = in.count(2 * sizeof(std::uint64_t));
  for (std::uint64_t i = 0; i < keys && in.good(); ++i) {
    IdentityEpisodes& list = episodes.own()[in.take<std::uint64_t>()];
    in.list(sizeof(std::uint64_t), [&] { list.push_back(restore_episode(in)); });
  }
}

}  // namespace vedette::detect::identity
