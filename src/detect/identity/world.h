// Owns: all that the identity detections know, in two worlds of one shape: the settled one, which
// has seen every event that nothing can come before any more, in the order of their times; and the
// present one, which lies over it and has seen the rest too. Promises: what is changed in the
// present world leaves the settled one as it was, so forgetting it and doing the rest again puts a
// late event where it belongs. Bounded by identity_limits.h. Must not know: how events are judged.
// The pipeline's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "detect/identity/person.h"
#include "detect/identity/rules.h"
#include "detect/state_blob.h"
#include "model/alert.h"

namespace vedette::detect::identity {

// What a detector says of one event.
struct Finding {
  IdentityRule rule = IdentityRule::failed_logins;
  std::uint64_t subject = 0;  // whom or what it is about: what makes another one the same alert
  base::Timestamp time;
  std::uint64_t event_id = 0;
  std::vector<std::uint64_t> earlier_ids;  // that belong to it
  base::Timestamp first;                   // of these; unset: time
  model::Severity severity = model::Severity::medium;
  std::string title;
  std::vector<std::string> reasons;
  std::vector<model::Entity> entities;
  std::vector<std::string> techniques;
};

// What was found of one subject by one rule without a break.
struct IdentityEpisode {
  IdentityRule rule = IdentityRule::failed_logins;
  std::uint64_t subject = 0;
  base::Timestamp first, last;
  std::uint64_t count = 0;
  std::vector<std::uint64_t> ids;
  model::Severity severity = model::Severity::medium;
  std::string title;
  std::vector<std::string> reasons;
  std::vector<model::Entity> entities;
  std::vector<std::string> techniques;
};
using IdentityEpisodes = std::vector<IdentityEpisode>;

template <typename Value>
class Layer {
 public:
  using Map = std::unordered_map<std::uint64_t, Value>;

  explicit Layer(const Layer* below = nullptr) : below_(below) {}
  [[nodiscard]] const Value* find(std::uint64_t key) const {
    if (const auto found = own_.find(key); found != own_.end()) return &found->second;
    return below_ == nullptr ? nullptr : below_->find(key);
  }
  // To be changed here; as it is below, or new.
  [[nodiscard]] Value& change(std::uint64_t key) {
    const auto [found, is_new] = own_.try_emplace(key);
    if (is_new && below_ != nullptr)
      if (const Value* lower = below_->find(key)) found->second = *lower;
    return found->second;
  }
  [[nodiscard]] Map& own() { return own_; }
  [[nodiscard]] const Map& own() const { return own_; }

 private:
  const Layer* below_;
  Map own_;
};

struct World {
  explicit World(const World* below = nullptr)
      : people(below == nullptr ? nullptr : &below->people),
        guesses(below == nullptr ? nullptr : &below->guesses),
        sources(below == nullptr ? nullptr : &below->sources),
        egresses(below == nullptr ? nullptr : &below->egresses),
        traces(below == nullptr ? nullptr : &below->traces),
        episodes(below == nullptr ? nullptr : &below->episodes) {}

  Layer<Person> people;
  Layer<Guesses> guesses;
  Layer<Source> sources;
  Layer<Egress> egresses;
  Layer<Trace> traces;
  Layer<IdentityEpisodes> episodes;

  // To the episode that it goes on with, or a new one. `cool_down`: of its rule.
  void note(Finding finding, base::Duration cool_down);
  void clear();
  // Keeps each part within its bound.
  void keep_within(std::size_t people_max);
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);
};

}  // namespace vedette::detect::identity
