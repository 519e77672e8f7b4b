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
#include "detect/indicator_watch.h"
#include "intel/indicator_reader.h"
#include "intel/indicator_snapshot.h"
#include "model/sign_in.h"
#include "model/table_batch.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

class IntelDesk {
 public:
  // `changed` is called when there is something to refresh.
  IntelDesk(std::uint64_t seed, std::function<void()> changed);

  [[nodiscard]] std::shared_ptr<const intel::IndicatorSnapshot> snapshot() const;
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
    std::uint64_t unreadable = 0, left_out = 0;
  };
  [[nodiscard]] base::Result<Refreshed> refresh(store::duckdb::SegmentStore& store,
                                                base::Timestamp now, const std::stop_token& stop);

 private:
  const std::uint64_t seed_;
  const std::function<void()> changed_;
  std::atomic<std::uint64_t> expected_ = 0, stored_ = 0, loaded_ = 0;
  std::atomic<bool> is_loaded_ = false;
  mutable std::mutex mutex_;
  std::shared_ptr<const intel::IndicatorSnapshot> snapshot_;  // guarded by mutex_; never null
  std::map<std::string, Tally> tallies_;                      // guarded by mutex_
};

// The log-ins whose source, or whose host where its name is an address, is an indicator. Sign-ins
// that are among the events already are not looked at twice. `received`: when they reached us.
[[nodiscard]] std::vector<detect::IndicatorMatch> matches_of(
    const intel::IndicatorSnapshot& snapshot, std::span<const model::AuthEvent> events,
    std::span<const model::SignIn* const> sign_ins, base::Timestamp received);

}  // namespace vedette::app
