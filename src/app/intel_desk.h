// Owns: what `serve` knows of indicators: the snapshot that log-ins are held against, made anew
// from the store when rows of indicators were stored, and swapped whole. Promises: who looks up
// never waits for the making; whoever asks whether it is behind is told so from before such rows
// are stored until a snapshot has them. What cannot be read back is said, and the snapshot before
// stays. Beside it stands what came of each source. Must not know: the journal. `expect`, `stored`
// and `count` from the trunk's thread, `refresh` from one, the others from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "intel/indicator_reader.h"
#include "intel/indicator_snapshot.h"
#include "intel/row_matcher.h"
#include "intel/warning_lists.h"
#include "model/table_batch.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

class IntelDesk {
 public:
  // `changed` is called when there is something to refresh.
  IntelDesk(std::uint64_t seed, std::function<void()> changed);

  [[nodiscard]] std::shared_ptr<const intel::IndicatorSnapshot> snapshot() const;
  // Before others use it: what is passed over though an indicator names it.
  void set_warning_lists(intel::WarningLists lists) { lists_ = std::move(lists); }
  [[nodiscard]] const intel::WarningLists& warning_lists() const { return lists_; }
  // Rows that hold what indicators are about. From the trunk's thread.
  [[nodiscard]] std::vector<model::IndicatorMatch> match(
      std::span<const model::TableBatch> tables) {
    auto matches = matcher_.look(*snapshot(), lists_, tables);
    const std::lock_guard lock(mutex_);
    if (passed_over_ != matcher_.passed_over()) passed_over_ = matcher_.passed_over();
    return matches;
  }
  // Matches that warning lists took away since the start, by the list.
  using PassedOver = intel::RowMatcher::PassedOver;
  [[nodiscard]] PassedOver passed_over() const;
  // Rows are about to be stored; then they were.
  void expect(std::span<const model::TableBatch> tables);
  void stored();
  [[nodiscard]] bool is_behind() const { return expected_ != loaded_; }
  [[nodiscard]] bool is_due() const { return stored_ != loaded_ || !is_loaded_; }

  // What came of a source's indicators since the start.
  struct Tally {
    std::uint64_t taken = 0, withdrawn = 0;
    intel::Refusals refusals;
  };
  void count(const std::string& source, const Tally& tally);
  [[nodiscard]] std::map<std::string, Tally> tallies() const;

  struct Refreshed {
    std::size_t indicators = 0, observables = 0;
    std::uint64_t rows = 0, unreadable = 0, left_out = 0;
    bool is_whole = true;  // false: only what changed was read
  };
  // After a few changes only they are read, and lie over what was read before; all of it again
  // after many, and once a day.
  [[nodiscard]] base::Result<Refreshed> refresh(store::duckdb::SegmentStore& store,
                                                base::Timestamp now, const std::stop_token& stop);

 private:
  [[nodiscard]] base::Result<bool> has_few_changes(store::duckdb::SegmentStore& store,
                                                   base::Timestamp now,
                                                   const std::stop_token& stop) const;
  [[nodiscard]] base::Timestamp changed_since() const;

  const std::uint64_t seed_;
  const std::function<void()> changed_;
  std::atomic<std::uint64_t> expected_ = 0, stored_ = 0, loaded_ = 0;
  std::atomic<bool> is_loaded_ = false;
  // What was read whole, up to which time of receipt, and when; only for `refresh`.
  std::shared_ptr<const intel::IndicatorSnapshot> whole_;
  base::Timestamp whole_until_, whole_made_;
  intel::WarningLists lists_;
  intel::RowMatcher matcher_;
  mutable std::mutex mutex_;
  std::shared_ptr<const intel::IndicatorSnapshot> snapshot_;  // guarded by mutex_; never null
  std::map<std::string, Tally> tallies_;                      // guarded by mutex_
  PassedOver passed_over_;                                    // guarded by mutex_
};

}  // namespace vedette::app
