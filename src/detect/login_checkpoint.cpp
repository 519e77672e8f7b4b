// The detectors' state as a blob and back: what each part of it writes, in the order of the parts.
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/hash.h"
#include "detect/entity_blob.h"
#include "detect/login_detectors.h"

namespace vedette::detect {
namespace {

using base::Timestamp;
using model::Alert;

// To be raised when anything below, or a record's layout, changes its meaning.
constexpr std::uint8_t blob_version = 4;
constexpr std::size_t head_bytes = 1 + 8 + 8;  // version, settings, checksum

// Only blobs of the same settings fit; the seed is free, the order of members is not.
std::uint64_t fingerprint(const LoginSettings& s) {
  const std::array<std::int64_t, 22> values = {
      s.attempts, s.window.ticks, s.spray_users, s.spray_window.ticks, s.user_attempts,
      s.user_addresses, s.user_window.ticks, s.network_attempts, s.network_addresses,
      s.network_window.ticks, s.success_lookback.ticks, s.success_failures, s.quiet.ticks,
      s.update_interval.ticks, s.lateness.ticks,
      // A build whose records or bounds are others has other settings too.
      static_cast<std::int64_t>(sizeof(SessionRecord)),
      static_cast<std::int64_t>(sizeof(AddressRecord)),
      static_cast<std::int64_t>(sizeof(SharedRecord)), static_cast<std::int64_t>(sizeof(Episode)),
      static_cast<std::int64_t>(base::limits::tracked_addresses_max),
      static_cast<std::int64_t>(base::limits::tracked_sessions_max),
      static_cast<std::int64_t>(base::limits::open_episodes_max)};
  return base::hash_bytes(
      {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])});
}

std::uint64_t fingerprint(const AllowList& allow_list) {
  std::uint64_t hash = 0;
  for (const auto& entry : allow_list.entries()) {
    hash = base::hash_words(hash, base::hash_bytes(entry.host_name));
    hash = base::hash_words(hash, static_cast<std::uint64_t>(entry.until.ticks));
    for (const auto& network : entry.networks)
      hash = base::hash_words(
          base::hash_words(hash, network.base.high),
          base::hash_words(network.base.low, static_cast<std::uint64_t>(network.bits)));
  }
  return hash;
}

template <typename T>
void put_list(BlobWriter& out, const T* values, std::size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.bytes(values, count * sizeof(T));
}

// An episode in use, without what it has not filled.
void put_episode(BlobWriter& out, const Episode& e) {
  out.bytes(&e, offsetof(Episode, ids));
  put_list(out, e.ids.data(), e.ids_used);
  out.put(e.distinct_users);
  out.put(e.distinct_addresses);
  put_list(out, e.user_hashes.data(), e.users_used);
  put_list(out, e.users.data(), e.users_used);
  put_list(out, e.addresses.data(), e.addresses_used);
  put_list(out, e.hosts.data(), e.hosts_used);
  out.put(e.source_host);
}

void take_episode(BlobReader& in, Episode& e) {
  in.bytes(&e, offsetof(Episode, ids));
  const bool fits = e.ids_used <= e.ids.size() && e.users_used <= e.users.size() &&
                    e.addresses_used <= e.addresses.size() && e.hosts_used <= e.hosts.size();
  if (!fits) return in.fail();
  in.bytes(e.ids.data(), e.ids_used * sizeof(e.ids[0]));
  in.bytes(&e.distinct_users, sizeof(e.distinct_users));
  in.bytes(&e.distinct_addresses, sizeof(e.distinct_addresses));
  in.bytes(e.user_hashes.data(), e.users_used * sizeof(e.user_hashes[0]));
  in.bytes(e.users.data(), e.users_used * sizeof(e.users[0]));
  in.bytes(e.addresses.data(), e.addresses_used * sizeof(e.addresses[0]));
  in.bytes(e.hosts.data(), e.hosts_used * sizeof(e.hosts[0]));
  in.bytes(&e.source_host, sizeof(e.source_host));
}

// The place of an alert is not the detectors' to know.
void put_alert(BlobWriter& out, const Alert& alert) {
  out.put(alert.id);
  out.text(alert.rule);
  out.text(alert.title);
  out.put(alert.severity);
  out.put(alert.status);
  put_entities(out, alert.entities);
  out.put(alert.first_event);
  out.put(alert.last_event);
  out.put(alert.event_count);
  out.numbers(alert.event_ids);
  out.texts(alert.techniques);
  out.texts(alert.reasons);
  out.put(alert.created);
  out.put(alert.updated);
  out.put(alert.closed);
}

Alert take_alert(BlobReader& in) {
  Alert alert;
  alert.id = in.take<std::uint64_t>();
  alert.rule = in.text();
  alert.title = in.text();
  alert.severity = in.take<model::Severity>();
  alert.status = in.take<model::AlertStatus>();
  alert.entities = take_entities(in);
  alert.first_event = in.take<Timestamp>();
  alert.last_event = in.take<Timestamp>();
  alert.event_count = in.take<std::uint64_t>();
  alert.event_ids = in.numbers<std::uint64_t>();
  alert.techniques = in.texts();
  alert.reasons = in.texts();
  alert.created = in.take<Timestamp>();
  alert.updated = in.take<Timestamp>();
  alert.closed = in.take<Timestamp>();
  return alert;
}

}  // namespace

void EpisodeStore::save(BlobWriter& out, bool whole) const {
  out.put(static_cast<std::uint64_t>(end_));
  out.put(next_generation_);
  out.put(closed_early_);
  out.put(whole);
  for (std::size_t slot = 0; slot < end_; ++slot) {
    out.put(chains_[slot]);
    if (whole)
      out.bytes(episode_at(slot), sizeof(Episode));
    else if (chains_[slot] != 0)
      put_episode(out, *episode_at(slot));
  }
  out.put(static_cast<std::uint64_t>(changed_.size()));
  put_list(out, changed_.data(), changed_.size());
}

void EpisodeStore::restore(BlobReader& in) {
  end_ = in.take<std::uint64_t>();
  next_generation_ = in.take<std::uint32_t>();
  closed_early_ = in.take<std::uint64_t>();
  const bool whole = in.take<bool>();
  if (end_ > slots) return in.fail();
  first_free_ = 0;
  forget_derived();
  for (std::size_t slot = 0; slot < end_ && in.good(); ++slot) {
    Episode& episode = *new (episode_at(slot)) Episode{};
    chains_[slot] = in.take<std::uint64_t>();
    if (whole)
      in.bytes(&episode, sizeof(Episode));
    else if (chains_[slot] != 0)
      take_episode(in, episode);
  }
  changed_.resize(in.count(sizeof(std::uint32_t)));
  in.bytes(changed_.data(), changed_.size() * sizeof(std::uint32_t));
  if (std::ranges::any_of(changed_, [&](std::uint32_t slot) { return slot >= end_; })) in.fail();
}

void AlertBook::save(BlobWriter& out) const {
  out.put(static_cast<std::uint64_t>(open_));
  out.put(static_cast<std::uint64_t>(waiting_.size()));
  put_list(out, waiting_.data(), waiting_.size());
  out.put(static_cast<std::uint64_t>(withdrawn_.size()));
  put_list(out, withdrawn_.data(), withdrawn_.size());
  out.put(static_cast<std::uint64_t>(told_.size()));
  for (const auto& [chain, told] : told_) {
    out.put(chain);
    out.put(static_cast<std::uint64_t>(told.size()));
    for (const Told& entry : told) {
      out.put(entry.slot);
      out.put(entry.generation);
      out.put(entry.users);
      put_alert(out, entry.alert);
    }
  }
}

void AlertBook::restore(BlobReader& in) {
  open_ = in.take<std::uint64_t>();
  waiting_.resize(in.count(sizeof(std::uint64_t)));
  in.bytes(waiting_.data(), waiting_.size() * sizeof(std::uint64_t));
  withdrawn_.resize(in.count(sizeof(std::uint64_t)));
  in.bytes(withdrawn_.data(), withdrawn_.size() * sizeof(std::uint64_t));
  const auto chains = in.count(16);
  for (std::uint64_t i = 0; i < chains && in.good(); ++i) {
    std::vector<Told>& told = told_[in.take<std::uint64_t>()];
    const auto count = in.count(12);
    for (std::uint64_t n = 0; n < count && in.good(); ++n) {
      Told& entry = told.emplace_back();
      entry.slot = in.take<std::uint32_t>();
      entry.generation = in.take<std::uint32_t>();
      entry.users = in.take<std::uint32_t>();
      entry.alert = take_alert(in);
    }
  }
}

void LoginState::save(BlobWriter& out, Timestamp now) const {
  const bool whole = !now.is_set();
  const auto nothing = [](const auto&) { return std::size_t{0}; };
  const auto of_address = [&](const AddressRecord& record) {
    if (whole) return addresses.extra_bytes();
    return attempts_bytes + sizeof(UserTry) * record.users_used;
  };
  const auto of_network = [&](const SharedRecord& record) {
    return whole ? networks.extra_bytes() : sizeof(SharedAttempt) * record.ring.used;
  };
  const auto of_user = [&](const SharedRecord& record) {
    return whole ? users.extra_bytes() : sizeof(SharedAttempt) * record.ring.used;
  };
  out.put(whole);
  out.put(fingerprint(allow_list));
  out.put(counts);
  sessions.save(out, now, nothing);
  names.save(out, {}, nothing);
  addresses.save(out, now, of_address);
  networks.save(out, now, of_network);
  users.save(out, now, of_user);
  put_list(out, name_tags_.data(), name_tags_.size());
  for (const NamedUser& user : user_names_) {
    out.put(user.hash);
    if (user.hash != 0) out.put(user.name);
  }
  episodes.save(out, whole);
}

void LoginState::restore(BlobReader& in) {
  const bool whole = in.take<bool>();
  const bool same_allow_list = in.take<std::uint64_t>() == fingerprint(allow_list);
  counts = in.take<LoginCounts>();
  const auto nothing = [](const auto&) { return std::size_t{0}; };
  const auto of_address = [&](const AddressRecord& record) {
    const bool fits = record.users_used <= users_capacity &&
                      record.ring.used <= attempts_capacity && record.ring.next < attempts_capacity;
    if (!fits) return SIZE_MAX;
    return whole ? addresses.extra_bytes() : attempts_bytes + sizeof(UserTry) * record.users_used;
  };
  const auto of_shared = [&](const StateTable<SharedRecord>& table, int attempts) {
    return [&table, whole, capacity = static_cast<std::size_t>(attempts)](const SharedRecord& r) {
      if (r.ring.used > capacity || r.ring.next >= capacity) return SIZE_MAX;
      return whole ? table.extra_bytes() : sizeof(SharedAttempt) * r.ring.used;
    };
  };
  sessions.restore(in, nothing);
  names.restore(in, nothing);
  addresses.restore(in, of_address);
  networks.restore(in, of_shared(networks, settings.network_attempts));
  users.restore(in, of_shared(users, settings.user_attempts));
  in.bytes(name_tags_.data(), name_tags_.size() * sizeof(name_tags_[0]));
  for (NamedUser& user : user_names_) {
    user.hash = in.take<std::uint64_t>();
    if (user.hash != 0) user.name = in.take<UserName>();
    if (user.name.length > user.name.bytes.size()) return in.fail();
  }
  episodes.restore(in);
  if (same_allow_list) return;
  addresses.for_each([&](AddressRecord& record) {
    if (!is_name_key(record.key)) record.allowed_until = allow_list.allowed_until(record.key);
  });
}

void LoginState::add_places(std::vector<std::span<std::byte>>& places) {
  places.push_back(std::as_writable_bytes(std::span(&counts, 1)));
  sessions.add_places(places);
  names.add_places(places);
  addresses.add_places(places);
  networks.add_places(places);
  users.add_places(places);
  places.push_back(std::as_writable_bytes(std::span(name_tags_)));
  places.push_back(std::as_writable_bytes(std::span(user_names_)));
  episodes.add_places(places);
}

void LoginDetectors::save_unsettled(BlobWriter& out) const {
  out.put(static_cast<std::uint64_t>(unsettled_.size()));
  for (const Unsettled& entry : unsettled_) {
    const model::AuthEvent& event = entry.event;
    out.put(entry.mark);
    out.put(entry.turn);
    for (const std::uint64_t number : {event.id, event.user_hash, event.host_hash, event.session})
      out.put(number);
    out.put(event.time);
    out.put(event.address);
    out.put(event.count);
    out.put(event.port);
    out.put(event.result);
    out.put(event.method);
    out.put(event.evidence);
    out.put(event.user_exists);
    for (const auto text : {event.source_host, event.user, event.host, event.service})
      out.text(text);
  }
}

void LoginDetectors::restore_unsettled(BlobReader& in) {
  const auto count = in.count(64);
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const auto mark = in.take<std::uint64_t>();
    const auto turn = in.take<std::uint64_t>();
    model::AuthEvent event;
    for (std::uint64_t* number : {&event.id, &event.user_hash, &event.host_hash, &event.session})
      *number = in.take<std::uint64_t>();
    event.time = in.take<Timestamp>();
    event.address = in.take<base::IpAddress>();
    event.count = in.take<std::uint32_t>();
    event.port = in.take<std::uint16_t>();
    event.result = in.take<model::AuthResult>();
    event.method = in.take<model::AuthMethod>();
    event.evidence = in.take<model::Evidence>();
    event.user_exists = in.take<bool>();
    if (event.evidence > model::Evidence::disconnect) return in.fail();
    const std::array<std::string, 4> texts = {in.text(), in.text(), in.text(), in.text()};
    event.source_host = texts[0];
    event.user = texts[1];
    event.host = texts[2];
    event.service = texts[3];
    unsettled_.push_back(own(event));
    unsettled_.back().mark = mark;
    unsettled_.back().turn = turn;
    unsettled_ids_.insert(event.id);
  }
}

void LoginDetectors::save(std::string& out) const {
  const std::size_t begin = out.size();
  BlobWriter writer(out);
  writer.put(blob_version);
  writer.put(fingerprint(state_.settings));
  writer.put(std::uint64_t{0});  // the checksum's place
  // While events may be taken back, what they would bring back is kept too.
  const bool whole = state_.undo.recording();
  const Timestamp now = std::min(moment_.current, std::exchange(earliest_, {INT64_MAX}));
  state_.save(writer, whole ? Timestamp{} : now);
  book_.save(writer);
  writer.put(moment_);
  writer.put(arrivals_);
  writer.put(newest_);
  writer.put(turns_);
  writer.put(settled_);
  writer.put(taken_back_);
  save_unsettled(writer);
  state_.undo.save(writer, undo_places_);
  const std::string_view payload = std::string_view(out).substr(begin + head_bytes);
  const std::uint64_t checksum = base::hash_bytes(payload);
  std::memcpy(out.data() + begin + 1 + 8, &checksum, sizeof(checksum));
}

base::Result<void> LoginDetectors::restore(std::string_view blob) {
  const auto refuse = [](const char* why) {
    return base::failure(base::ErrorCode::malformed,
                         std::string("the saved state of the detectors cannot be used: ") + why);
  };
  if (blob.empty()) return refuse("it is empty");
  if (static_cast<std::uint8_t>(blob[0]) != blob_version)
    return refuse("it was written by another version of Vedette");
  if (blob.size() < head_bytes) return refuse("it is cut off");
  BlobReader head(blob.substr(1));
  if (head.take<std::uint64_t>() != fingerprint(state_.settings))
    return refuse("it was made with other settings (thresholds, windows, limits)");
  const std::string_view payload = blob.substr(head_bytes);
  if (head.take<std::uint64_t>() != base::hash_bytes(payload))
    return refuse("its checksum is wrong, so it is damaged");
  BlobReader in(payload);
  state_.restore(in);
  book_.restore(in);
  moment_ = in.take<Moment>();
  arrivals_ = in.take<ArrivalCounts>();
  newest_ = in.take<Timestamp>();
  turns_ = in.take<std::uint64_t>();
  settled_ = in.take<Timestamp>();
  taken_back_ = in.take<bool>();
  restore_unsettled(in);
  state_.undo.restore(in, undo_places_);
  if (!in.good() || !in.at_end()) return refuse("it is not whole");
  return {};
}

}  // namespace vedette::detect
