#include "detect/episode.h"

#include <algorithm>

namespace vedette::detect {

namespace limits = base::limits;

void Episode::add_earlier(std::uint64_t id, UndoLog& undo) {
  ++count;
  const bool repeat = ids_used > 0 && ids[ids_used - 1] == id;
  if (!repeat) add_id(id, undo);
}

void Episode::add_user(std::uint64_t hash, const UserName& name, UndoLog& undo) {
  if (hash == 0) return;
  distinct_users.add(hash, undo);
  for (std::uint32_t i = 0; i < users_used; ++i)
    if (user_hashes[i] == hash) return;
  if (users_used == users.size() || name.length == 0) return;
  undo.save(user_hashes[users_used]);
  undo.save(users[users_used]);
  user_hashes[users_used] = hash;
  users[users_used++] = name;
}

void Episode::add_address(const base::IpAddress& address, UndoLog& undo) {
  distinct_addresses.add(base::hash_words(address.high, address.low), undo);
  for (std::uint32_t i = 0; i < addresses_used; ++i)
    if (addresses[i] == address) return;
  if (addresses_used == addresses.size()) return;
  undo.save(addresses[addresses_used]);
  addresses[addresses_used++] = address;
}

void Episode::add_host(std::string_view host, UndoLog& undo) {
  if (host.empty()) return;  // a log-in to a cloud service is to no machine
  for (std::uint32_t i = 0; i < hosts_used; ++i)
    if (hosts[i].view() == host.substr(0, hosts[i].bytes.size())) return;
  if (hosts_used == hosts.size()) return;
  undo.save(hosts[hosts_used]);
  hosts[hosts_used++].assign(host);
}

void Episode::extend(const model::AuthEvent& event, std::uint64_t attempts, UndoLog& undo) {
  if (event.time > last) last = event.time;
  count += attempts;
  add_id(event.id, undo);
  // Most records name the user, host and address of the one before.
  if (event.user_hash != last_user_hash) {
    last_user_hash = event.user_hash;
    if (users_used < users.size()) {
      UserName user;
      user.assign(event.user);
      add_user(event.user_hash, user, undo);
    } else {
      if (event.user_hash != 0) distinct_users.add(event.user_hash, undo);
    }
  }
  if (event.host_hash != last_host_hash || event.host_hash == 0) {
    last_host_hash = event.host_hash;
    add_host(event.host, undo);
  }
  // An attack of one address has it from its first record.
  const bool may_be_another = distributed || addresses_used == 0;
  if (may_be_another && event.has_address() && event.address != last_address) {
    last_address = event.address;
    add_address(event.address, undo);
  }
  if (!event.source_host.empty() && source_host.length == 0) {
    undo.save(source_host);
    source_host.assign(event.source_host);
  }
  if (!service_known) {
    service.assign(event.service);
    service_known = service.length > 0;
  }
}

EpisodeStore::EpisodeStore(UndoLog& undo, const EpisodeSpans& spans, Pages pages)
    : undo_(undo),
      spans_(spans),
      episodes_(allocate_table(slots * sizeof(Episode), pages)),
      chains_(std::make_unique<std::uint64_t[]>(slots)) {}

std::size_t EpisodeStore::free_slot() {
  if (undo_.recording()) first_free_ = 0;  // a slot that was taken may have been given back
  for (; first_free_ < end_; ++first_free_)
    if (chains_[first_free_] == 0) return first_free_++;
  if (end_ < slots) {
    new (episode_at(end_)) Episode{};
    first_free_ = end_ + 1;
    return end_++;
  }
  return 0;  // every spare slot waits to be told: far beyond what one run of events can close
}

void EpisodeStore::close_quietest() {
  std::size_t quietest = end_;
  std::size_t open_count = 0;
  for (std::size_t slot = 0; slot < end_; ++slot) {
    if (!episode_at(slot)->alive || episode_at(slot)->closed) continue;
    ++open_count;
    if (quietest == end_ || episode_at(slot)->last < episode_at(quietest)->last) quietest = slot;
  }
  if (open_count < limits::open_episodes_max) return;
  ++closed_early_;
  close({static_cast<std::uint32_t>(quietest), episode_at(quietest)->generation},
        episode_at(quietest)->last);
}

EpisodeReference EpisodeStore::open(Rule rule, const StateKey& key, base::Timestamp first) {
  if (end_ >= limits::open_episodes_max) close_quietest();
  const std::size_t slot = free_slot();
  Episode& episode = *episode_at(slot);
  undo_.save(episode);
  undo_.save(chains_[slot]);
  episode = Episode{};
  episode.alive = true;
  episode.rule = rule;
  episode.key = key;
  episode.generation = next_generation_++;
  episode.first = episode.last = first;
  chains_[slot] = chain_of(rule, key);
  changed_.push_back(static_cast<std::uint32_t>(slot));
  const EpisodeReference reference{static_cast<std::uint32_t>(slot), episode.generation};
  await_end(reference);
  return reference;
}

Episode* EpisodeStore::change(const EpisodeReference& reference) {
  return find(reference) == nullptr ? nullptr : &change_at(reference.slot);
}

Episode& EpisodeStore::change_at(std::size_t slot) {
  undo_.save(episodes_.get() + slot * sizeof(Episode), front_bytes);
  // While events may be taken back, what was told must be compared after each of them.
  if (undo_.recording()) changed_.push_back(static_cast<std::uint32_t>(slot));
  return *episode_at(slot);
}

Episode& EpisodeStore::extend(const EpisodeReference& reference, const model::AuthEvent& event,
                              std::uint64_t attempts) {
  Episode& episode = change_at(reference.slot);
  // Nothing was told since the event that opened it, which is its latest.
  if (!episode.next_update.is_set()) episode.next_update = episode.last + spans_.update;
  episode.extend(event, attempts, undo_);
  if (episode.last < episode.next_update) return episode;
  changed_.push_back(reference.slot);
  episode.next_update = episode.last + spans_.update;
  return episode;
}

void EpisodeStore::close(const EpisodeReference& reference, base::Timestamp when) {
  Episode* episode = change(reference);
  if (episode == nullptr) return;
  episode->closed = true;
  episode->ended = when;
  changed_.push_back(reference.slot);
}

void EpisodeStore::await_end(const EpisodeReference& reference) {
  if (!are_ends_known_) return;
  // Those that were closed before they were quiet are still in it.
  if (ends_.size() == 2 * slots) return forget_derived();
  ends_.push_back({end_of(*episode_at(reference.slot)), reference});
  std::ranges::push_heap(ends_, is_later);
}

void EpisodeStore::find_ends() {
  ends_.clear();
  for (std::size_t slot = 0; slot < end_; ++slot) {
    const Episode& episode = *episode_at(slot);
    if (!episode.alive || episode.closed) continue;
    ends_.push_back({end_of(episode), {static_cast<std::uint32_t>(slot), episode.generation}});
  }
  std::ranges::make_heap(ends_, is_later);
  are_ends_known_ = true;
}

base::Timestamp EpisodeStore::close_quiet(base::Timestamp event_time) {
  if (!are_ends_known_) find_ends();
  while (!ends_.empty() && ends_.front().earliest < event_time) {
    std::ranges::pop_heap(ends_, is_later);
    const EpisodeReference reference = ends_.back().episode;
    ends_.pop_back();
    const Episode* episode = find(reference);
    if (episode == nullptr) continue;
    if (end_of(*episode) < event_time)
      close(reference, event_time);
    else
      await_end(reference);
  }
  return ends_.empty() ? base::Timestamp{INT64_MAX} : ends_.front().earliest;
}

// Not heard of by the undo log: what is released is settled, and taking back a later event must not
// bring it back.
void EpisodeStore::release(std::size_t slot) {
  episode_at(slot)->alive = false;
  chains_[slot] = 0;
  first_free_ = std::min(first_free_, slot);
}

std::uint64_t chain_of(Rule rule, const StateKey& key) {
  const Rule family = rule == Rule::password_spray ? Rule::brute_force : rule;
  return base::hash_words(base::hash_words(key.high, key.low),
                          static_cast<std::uint64_t>(family) + 1) |
         1;
}

}  // namespace vedette::detect
