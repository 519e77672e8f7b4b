// Owns: one attack as the detectors see it: when it began, who and what took part, how much there
// was. Promises: plain bytes of bounded size (the undo log copies them); the sets of users and
// addresses keep the first ones by name and estimate how many there were in all. Must not know: how
// alerts are worded or told. Called from the pipeline's thread.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/limits.h"
#include "detect/state_table.h"
#include "detect/table_memory.h"
#include "model/auth_event.h"

namespace vedette::detect {

enum class Rule : std::uint8_t {
  brute_force,
  password_spray,
  brute_force_user,
  brute_force_network,
  success_after_failures,
};

// Text that is copied into fixed bytes; what is longer is cut (and shown as cut).
template <std::size_t Bytes>
struct ShortText {
  std::uint8_t length = 0;
  bool cut = false;
  std::array<char, Bytes> bytes{};

  void assign(std::string_view text) {
    cut = text.size() > Bytes;
    length = static_cast<std::uint8_t>(cut ? Bytes : text.size());
    std::memcpy(bytes.data(), text.data(), length);
  }
  [[nodiscard]] std::string_view view() const { return {bytes.data(), length}; }
};

// Counts distinct hashes in 128 bytes by linear counting (Whang, Vander-Zanden and Taylor, 1990):
// exact enough below a few thousand, "more than 5,000" above.
struct DistinctCount {
  std::array<std::uint64_t, 16> bits{};

  [[nodiscard]] static std::uint64_t bit_of(std::uint64_t hash) {
    return base::mix(hash, base::hash_key_1) & 1023;
  }
  void add(std::uint64_t hash, UndoLog& undo) {
    const std::uint64_t bit = bit_of(hash);
    undo.save(bits[bit / 64]);
    bits[bit / 64] |= 1ULL << (bit % 64);
  }
  [[nodiscard]] std::uint64_t estimate() const {
    int set = 0;
    for (const auto word : bits) set += std::popcount(word);
    if (set >= 1016) return 5'000;
    return static_cast<std::uint64_t>(std::lround(-1024.0 * std::log(1.0 - set / 1024.0)));
  }
};

using UserName = ShortText<46>;

struct NamedUser {
  std::uint64_t hash = 0;
  UserName name;
};

// A reference that notices when its episode is gone.
struct EpisodeReference {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0: none
};

struct alignas(64) Episode {
  // What each further record of the attack touches stands in front, in one cache line.
  bool alive = false;
  bool closed = false;
  bool fast = false;         // crossed the brute-force threshold
  bool many_users = false;   // crossed the spray threshold
  bool distributed = false;  // many addresses on one account
  Rule rule = Rule::brute_force;
  std::uint8_t hosts_used = 0;
  bool service_known = false;
  std::uint32_t generation = 0;
  std::uint32_t ids_used = 0;
  base::Timestamp last;
  base::Timestamp next_update;  // people are told again when it lasts beyond this
  std::uint64_t count = 0;      // attempts; for success_after_failures, successes
  std::uint64_t last_user_hash = 0, last_host_hash = 0;
  std::uint32_t users_used = 0;
  std::uint32_t addresses_used = 0;
  // What only the first records touch, and those of attacks from many addresses.
  base::IpAddress last_address;
  ShortText<14> service;
  base::Timestamp first;
  base::Timestamp ended;       // event time at which it was known to be over
  StateKey key;                // address, network, or user hash
  std::uint64_t failures = 0;  // success_after_failures: failures before the first success
  // What grows.
  std::array<std::uint64_t, base::limits::alert_event_ids_max> ids{};
  DistinctCount distinct_users;
  DistinctCount distinct_addresses;
  std::array<std::uint64_t, base::limits::alert_users_max> user_hashes{};
  std::array<UserName, base::limits::alert_users_max> users{};
  std::array<base::IpAddress, base::limits::alert_addresses_max> addresses{};
  std::array<ShortText<46>, 4> hosts{};
  ShortText<94> source_host;  // where the source is a name, not an address

  // The undo log has heard of what stands in front (EpisodeStore), and hears here of what grows.
  void add_id(std::uint64_t id, UndoLog& undo) {
    if (ids_used >= ids.size()) return;
    undo.save(ids[ids_used]);
    ids[ids_used++] = id;
  }
  // One attempt that came before the attack was known; several of one record carry its id.
  void add_earlier(std::uint64_t id, UndoLog& undo);
  void add_user(std::uint64_t hash, const UserName& name, UndoLog& undo);
  void add_address(const base::IpAddress& address, UndoLog& undo);
  void add_host(std::string_view host, UndoLog& undo);
  // Time, count, id, user, host and address of one record.
  void extend(const model::AuthEvent& event, std::uint64_t attempts, UndoLog& undo);
};
static_assert(std::is_trivially_copyable_v<Episode>);
static_assert(offsetof(Episode, last_address) == 64);

// How long things last that are asked of an episode by its latest record's time.
struct EpisodeSpans {
  base::Duration update;         // people are told again
  base::Duration quiet;          // an attack is over
  base::Duration quiet_success;  // ... one that is a success after failures
};

// The episodes that are open, or closed and not yet told. Slots are reused with a new generation.
class EpisodeStore {
 public:
  EpisodeStore(UndoLog& undo, const EpisodeSpans& spans, Pages pages = Pages::huge);

  // Opens one; when the store is full the one that has been quiet for longest is closed early.
  EpisodeReference open(Rule rule, const StateKey& key, base::Timestamp first);
  // The episode to be changed (the undo log has it), or null when it is gone or closed.
  [[nodiscard]] Episode* change(const EpisodeReference& reference);
  [[nodiscard]] const Episode* find(const EpisodeReference& reference) const {
    if (reference.generation == 0) return nullptr;
    const Episode& episode = *episode_at(reference.slot);
    const bool same = episode.alive && episode.generation == reference.generation;
    return same && !episode.closed ? &episode : nullptr;
  }
  // Brings what `extend` touches nearer to the processor.
  [[gnu::always_inline]] void prefetch(std::size_t slot) const {
    const std::byte* episode = episodes_.get() + slot * sizeof(Episode);
    __builtin_prefetch(episode, 1);
  }
  // The second step: what grows by one record of this user, once the front is there.
  [[gnu::always_inline]] void prefetch_growth(std::size_t slot, std::uint64_t user_hash) const {
    const Episode& episode = *episode_at(slot);
    if (episode.ids_used < episode.ids.size())
      __builtin_prefetch(&episode.ids[episode.ids_used], 1);
    if (user_hash == 0 || user_hash == episode.last_user_hash) return;
    __builtin_prefetch(&episode.distinct_users.bits[DistinctCount::bit_of(user_hash) / 64], 1);
    if (episode.users_used < episode.users.size())
      __builtin_prefetch(episode.user_hashes.data(), 1);
  }
  // Extends an episode that is there; notes when it is time to tell people again.
  Episode& extend(const EpisodeReference& reference, const model::AuthEvent& event,
                  std::uint64_t attempts);
  void close(const EpisodeReference& reference, base::Timestamp when);
  // Closes those that have been quiet for long enough by `event_time`. The time before which no
  // other can be over.
  base::Timestamp close_quiet(base::Timestamp event_time);
  // Events were taken back: nothing that was derived from the episodes holds any more.
  void forget_derived() { are_ends_known_ = false; }
  void release(std::size_t slot);

  [[nodiscard]] const Episode& at(std::size_t slot) const { return *episode_at(slot); }
  [[nodiscard]] Episode& change_at(std::size_t slot);
  // Identifies the line of episodes on one key: brute_force and password_spray share one.
  [[nodiscard]] std::uint64_t chain_at(std::size_t slot) const { return chains_[slot]; }
  // Slots in use lie below this one.
  [[nodiscard]] std::size_t end() const { return end_; }
  [[nodiscard]] std::uint64_t closed_early() const { return closed_early_; }
  // Slots that were opened, changed in kind, or closed since the last call; may repeat.
  [[nodiscard]] std::vector<std::uint32_t>& changed() { return changed_; }

  // The episodes that are there as bytes and back into a new store. `whole`: what has not been used
  // of them too, as far as events that are taken back may show it again.
  void save(BlobWriter& out, bool whole) const;
  void restore(BlobReader& in);
  // All that the undo log may write to.
  void add_places(std::vector<std::span<std::byte>>& places) {
    places.emplace_back(episodes_.get(), slots * sizeof(Episode));
    places.push_back(std::as_writable_bytes(std::span(chains_.get(), slots)));
  }

 private:
  // Room for episodes that are closed but not told yet: one run of events closes fewer.
  static constexpr std::size_t slots = base::limits::open_episodes_max + 2'048;

  // The bytes that nearly every change touches.
  static constexpr std::size_t front_bytes = offsetof(Episode, ids);

  // An open episode is not over before this.
  struct End {
    base::Timestamp earliest;
    EpisodeReference episode;
  };
  // So that the earliest stands at the front of a heap.
  static bool is_later(const End& a, const End& b) { return a.earliest > b.earliest; }

  std::size_t free_slot();
  void close_quietest();
  void find_ends();
  void await_end(const EpisodeReference& reference);
  [[nodiscard]] base::Timestamp end_of(const Episode& episode) const {
    const bool success = episode.rule == Rule::success_after_failures;
    return episode.last + (success ? spans_.quiet_success : spans_.quiet);
  }
  [[nodiscard]] Episode* episode_at(std::size_t slot) const {
    return reinterpret_cast<Episode*>(episodes_.get() + slot * sizeof(Episode));
  }

  UndoLog& undo_;
  const EpisodeSpans spans_;
  TableMemory episodes_;  // not touched before a slot is used
  std::unique_ptr<std::uint64_t[]>
      chains_;  // apart, so that a chain is found without touching episodes
  std::size_t end_ = 0;
  std::size_t first_free_ = 0;  // none below this is free, while nothing can be taken back
  // A heap with every open episode; its end may be later by now, or the episode be gone. Derived:
  // whether it can be relied upon says the next.
  std::vector<End> ends_;
  bool are_ends_known_ = false;
  std::uint32_t next_generation_ = 1;
  std::uint64_t closed_early_ = 0;
  std::vector<std::uint32_t> changed_;
};

[[nodiscard]] std::uint64_t chain_of(Rule rule, const StateKey& key);

}  // namespace vedette::detect
