// Owns: things that happened, by key, each with the time it last did. Promises: bounded: when there
// are too many, the quarter that happened longest ago is forgotten, the same ones in every run.
// Must not know: what the keys mean. Called from the pipeline's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "detect/state_blob.h"

namespace vedette::detect::windows {

class TimedKeys {
 public:
  explicit TimedKeys(std::size_t most) : most_(most) {}

  // When it happened last, within `span` of `now`; before or a little after.
  [[nodiscard]] bool happened(std::uint64_t key, base::Timestamp now, base::Duration span) const {
    const auto known = times_.find(key);
    if (known == times_.end()) return false;
    return now - known->second <= span && known->second - now <= span;
  }
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::uint64_t key) const {
    const auto known = times_.find(key);
    return known == times_.end() ? std::nullopt : std::optional(known->second);
  }
  // The later time stays.
  void note(std::uint64_t key, base::Timestamp time) {
    const auto [known, is_new] = times_.try_emplace(key, time);
    known->second = std::max(known->second, time);
    if (is_new && times_.size() > most_) forget_oldest();
  }
  void save(BlobWriter& out) const {
    out.list(times_, [&out](const auto& each) {
      out.put(each.first);
      out.put(each.second);
    });
  }
  void restore(BlobReader& in) {
    in.list(2 * sizeof(std::uint64_t), [&] {
      const auto key = in.take<std::uint64_t>();
      times_[key] = in.take<base::Timestamp>();
    });
  }

 private:
  void forget_oldest() {
    std::vector<std::pair<base::Timestamp, std::uint64_t>> oldest;
    oldest.reserve(times_.size());
    for (const auto& [key, time] : times_) oldest.emplace_back(time, key);
    const auto quarter = oldest.begin() + static_cast<std::ptrdiff_t>(oldest.size() / 4);
    std::ranges::nth_element(oldest, quarter);
    for (auto each = oldest.begin(); each != quarter; ++each) times_.erase(each->second);
  }

  const std::size_t most_;
  std::unordered_map<std::uint64_t, base::Timestamp> times_;
};

}  // namespace vedette::detect::windows
