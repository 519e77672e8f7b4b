// Owns: the inside of SegmentStore, over four files: opening and mending (segment_store.cpp),
// appending (segment_writing.cpp), sealing and retention (segment_upkeep.cpp), what is attached
// (segment_attaching.cpp). Promises: segments are changed under `writing`; the list that hunts see
// is replaced whole, under `view_mutex`; a file is let go only under `gate`, which hunts share.
// Must not know: more than its header says. Only for this folder.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/duckdb/engine.h"
#include "store/duckdb/folder_lock.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/instance.h"
#include "store/duckdb/known_rows.h"
#include "store/duckdb/segment.h"
#include "store/duckdb/segment_file.h"
#include "store/duckdb/segment_store.h"

namespace vedette::store::duckdb {

using SegmentPtr = std::shared_ptr<const Segment>;

using TableNames = std::set<std::string, std::less<>>;

class SegmentStore::Body {
 public:
  Body(const SegmentStoreOptions& options, const kql::Catalogue& catalogue,
       const ports::Clock& clock)
      : options_(options),
        catalogue_(catalogue),
        clock_(clock),
        known_(base::limits::known_rows_max) {}

  // segment_store.cpp
  base::Result<void> open();
  base::Result<void> reopen();
  base::Result<std::vector<ports::SegmentInformation>> segments() const;
  std::vector<std::string> take_notices();
  kql::Checked<void> hunt(std::string_view text, const kql::Inputs& inputs,
                          const StoreHuntOptions& options, kql::result::Sink& sink);
  kql::Checked<kql::Stage> explain(std::string_view text, const kql::Inputs& inputs) const;
  [[nodiscard]] std::uint64_t watermark() const { return watermark_; }

  // segment_writing.cpp
  base::Result<ports::AppendCounts> append(std::span<const model::TableBatch> batches,
                                           std::uint64_t watermark, base::Timestamp received);

  // segment_upkeep.cpp
  base::Result<void> seal_finished_days(base::Timestamp now);
  base::Result<ports::RetentionOutcome> apply_retention(const ports::RetentionPolicy& policy,
                                                        base::Timestamp now);

  // segment_attaching.cpp
  base::Result<void> rest();

 private:
  // An old version of a row, to be deleted where it lies.
  struct OldRow {
    std::string table;
    std::uint64_t item = 0;
    std::uint64_t content = 0;
    std::string day;
  };
  // What of some batches is to be stored.
  struct Choice {
    std::vector<std::vector<std::uint32_t>> rows;  // for each batch
    std::vector<OldRow> old_rows;
    std::vector<std::pair<std::uint64_t, KnownRow>> learned;
    ports::AppendCounts counts;
  };
  using FoundRows = std::unordered_map<std::uint64_t, KnownRow>;
  using Columns = std::vector<std::vector<NewColumn>>;  // for each batch

  // segment_store.cpp
  base::Result<void> open_files();
  base::Result<void> open_day(const std::string& day, std::vector<std::string>& broken);
  base::Result<Segment> attach_day(const std::string& day);
  base::Result<bool> set_log_aside(const std::string& day);
  base::Result<void> set_aside(const std::string& day);
  base::Result<void> put_watermark_back(const std::vector<std::string>& broken);
  base::Result<void> remember_late_rows();
  base::Result<void> finish_old_deletions();
  base::Result<void> write_state(const Segment& segment, const StoreState& state);
  base::Result<void> take_up();
  void note_missing();
  [[nodiscard]] SegmentList view() const;
  [[nodiscard]] SegmentPtr find(std::string_view day) const;
  void publish(SegmentPtr segment);
  void withdraw(std::string_view day);
  void notice(std::string text);
  std::string next_alias();
  void note_trouble();  // of the writer's last statement

  // segment_writing.cpp
  base::Result<Columns> resolve(std::span<const model::TableBatch> batches) const;
  base::Result<SegmentPtr> segment_for(const std::string& day);
  base::Result<FoundRows> look_up(std::span<const model::TableBatch> batches, bool all);
  base::Result<void> look_up(const model::TableBatch& batch, FoundRows& found);
  Choice choose(std::span<const model::TableBatch> batches, const FoundRows& found,
                const std::string& day) const;
  [[nodiscard]] std::vector<NewColumn> with_kept_paths(std::vector<NewColumn> columns,
                                                       const std::string& table,
                                                       const SegmentTable* before) const;
  base::Result<SegmentPtr> extend(SegmentPtr segment, std::span<const model::TableBatch> batches,
                                  const Columns& columns, const Choice& choice);
  base::Result<void> write(Segment& segment, std::span<const model::TableBatch> batches,
                           const Choice& choice);
  base::Result<void> write_rows(Segment& segment, std::span<const model::TableBatch> batches,
                                const Choice& choice);
  base::Result<void> delete_rows(const Segment& segment, std::span<const OldRow> rows);
  base::Result<void> record_deletions(const Segment& segment, std::span<const OldRow> rows);
  base::Result<void> finish_deletions(const Segment& recorded_in, std::span<const OldRow> rows);

  // segment_upkeep.cpp
  // But for the tables of `without`, which are gone afterwards.
  base::Result<void> seal(const SegmentPtr& segment, const TableNames& without = {});
  base::Result<void> copy_sorted(const Segment& from, std::string_view alias,
                                 const TableNames& without);
  base::Result<void> drop_old_tables(const ports::RetentionPolicy& policy, base::Timestamp now,
                                     ports::RetentionOutcome& outcome);
  base::Result<void> copy_table(Connection& connection, const Segment& from,
                                const SegmentTable& table, Segment& into);
  base::Result<void> swap_sealed(const SegmentPtr& segment, const std::string& path);
  base::Result<std::uint64_t> remove(const std::string& day);
  std::vector<std::string> find_broken();
  base::Result<void> mend(const std::vector<std::string>& broken);
  base::Result<void> check_suspects();

  // segment_attaching.cpp
  // Attached when it returns, until it is let go: which needs `writing`, and the gate alone.
  base::Result<void> need(const Segment& segment, Connection& connection);
  base::Result<void> need(const Segment& segment);  // for the writer
  base::Result<void> let_go(const Segment& segment);

  SegmentStoreOptions options_;
  const kql::Catalogue& catalogue_;
  const ports::Clock& clock_;
  FolderLock lock_;
  std::shared_ptr<Instance> instance_;
  std::shared_timed_mutex gate_;  // shared: a hunt runs; alone: a file is let go
  std::mutex writing_;            // guards writer_, known_, state_
  Connection writer_;
  KnownRows known_;
  StoreState state_;
  std::atomic<std::uint64_t> watermark_ = 0;
  std::atomic<bool> unusable_ = false;    // until reopened
  std::atomic<bool> suspicious_ = false;  // a hunt met damage
  std::atomic<int> hunts_ = 0;
  std::uint64_t aliases_ = 0;
  std::string sealing_day_;       // under writing_: is being copied
  bool sealing_is_over_ = false;  // something was written to it since
  std::mutex attached_mutex_;
  std::map<std::string, base::Duration> attached_;  // alias -> used last, by the monotonic clock
  mutable std::mutex view_mutex_;
  SegmentList view_;
  std::vector<std::string> missing_;  // what hunts have to say is not there
  std::vector<std::string> notices_;
  std::vector<Engine*> running_;  // hunts, to be ended before the store is opened again
};

}  // namespace vedette::store::duckdb
