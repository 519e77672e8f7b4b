// Runs and saved hunts in memory. Body of ports::HuntStore; contract in
// test/contract/hunt_store_contract.h. Any thread.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ports/hunt_store.h"

namespace vedette::fakes {

class MemoryHuntStore : public ports::HuntStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  Result<std::uint64_t> add_run(const model::HuntRun& run) override {
    const std::lock_guard lock(mutex_);
    runs_.push_back(run);
    runs_.back().id = ++last_;
    std::size_t kept = 0;
    for (std::size_t i = runs_.size(); i-- > 0;) {
      if (runs_[i].person != run.person || runs_[i].is_starred) continue;
      if (++kept > ports::kept_runs_max) runs_.erase(runs_.begin() + static_cast<long>(i));
    }
    return last_;
  }
  Result<std::vector<model::HuntRun>> runs(std::string_view person) override {
    const std::lock_guard lock(mutex_);
    std::vector<model::HuntRun> all;
    for (const auto& run : runs_)
      if (run.person == person) all.insert(all.begin(), run);
    return all;
  }
  Result<void> mark_run(std::string_view person, std::uint64_t id, std::optional<bool> is_starred,
                        std::optional<std::string> comment) override {
    const std::lock_guard lock(mutex_);
    const auto found = find(person, id);
    if (found == runs_.end()) return missing();
    const auto stars = std::ranges::count_if(runs_, [&](const model::HuntRun& run) {
      return run.person == person && run.is_starred && run.id != id;
    });
    if (is_starred.value_or(false) && std::cmp_greater_equal(stars, ports::starred_runs_max))
      return base::failure(base::ErrorCode::rate_limited, "too many stars");
    if (is_starred) found->is_starred = *is_starred;
    if (comment) found->comment = *std::move(comment);
    return {};
  }
  Result<void> forget_run(std::string_view person, std::uint64_t id) override {
    const std::lock_guard lock(mutex_);
    const auto found = find(person, id);
    if (found == runs_.end()) return missing();
    runs_.erase(found);
    return {};
  }

  Result<std::vector<model::SavedHunt>> saved() override {
    const std::lock_guard lock(mutex_);
    std::vector<model::SavedHunt> all;
    for (const auto& [name, hunt] : saved_) all.push_back(hunt);
    return all;
  }
  Result<void> save(const model::SavedHunt& hunt) override {
    const std::lock_guard lock(mutex_);
    if (!saved_.contains(hunt.name) && saved_.size() >= ports::saved_hunts_max)
      return base::failure(base::ErrorCode::rate_limited, "too many hunts");
    saved_[hunt.name] = hunt;
    return {};
  }
  Result<void> remove(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    return saved_.erase(std::string(name)) > 0 ? Result<void>() : missing();
  }

 private:
  std::vector<model::HuntRun>::iterator find(std::string_view person, std::uint64_t id) {
    return std::ranges::find_if(
        runs_, [&](const model::HuntRun& run) { return run.id == id && run.person == person; });
  }
  static std::unexpected<base::Error> missing() {
    return base::failure(base::ErrorCode::not_found, "there is none");
  }

  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::vector<model::HuntRun> runs_;
  std::map<std::string, model::SavedHunt, std::less<>> saved_;
};

}  // namespace vedette::fakes
