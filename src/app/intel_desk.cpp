#include "app/intel_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/store_question.h"
#include "base/limits.h"
#include "intel/indicator_rows.h"

namespace vedette::app {
namespace {

using base::Result;
using base::Timestamp;
using kql::result::Cell;

// Fewer than a hunt's answer may have.
constexpr std::size_t rows_a_part = base::limits::result_rows_max / 2;
// Rows that changed, of which each may have some versions.
constexpr std::size_t changes_few = 20'000;

class CountSink final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>& /*columns*/) override {}
  void row(std::span<const Cell> cells) override {
    if (!cells.empty()) count_ = static_cast<std::size_t>(cells[0].integer);
  }
  void end(const kql::result::Ending& /*ending*/) override {}
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::size_t count_ = 0;
};

// Rows of intel::rows_query, into a builder.
class RowSink final : public kql::result::Sink {
 public:
  RowSink(intel::IndicatorSnapshotBuilder& builder, IntelDesk::Refreshed& counts)
      : builder_(builder), counts_(counts) {}
  void begin(const std::vector<kql::plan::Column>& /*columns*/) override {}
  void row(std::span<const Cell> cells) override {
    constexpr std::size_t columns = 12;
    if (cells.size() != columns) return;
    ++counts_.rows;
    const auto time = [&](std::size_t at) {
      return Timestamp{cells[at].is_null ? 0 : cells[at].integer};
    };
    const auto read = intel::read_row(
        {cells[0].text, cells[1].text, cells[2].text, cells[3].text, cells[4].text, cells[5].text,
         cells[6].is_null ? 0 : cells[6].integer, !cells[7].is_null && cells[7].boolean, time(8),
         time(9), time(10), time(11)});
    latest_ = std::max(latest_, time(11));
    if (!read)
      ++counts_.unreadable;
    else if (!builder_.add(*read, time(11)))
      ++counts_.left_out;
  }
  void end(const kql::result::Ending& ending) override { truncated_ |= ending.truncated; }
  [[nodiscard]] bool is_truncated() const { return truncated_; }
  [[nodiscard]] Timestamp latest() const { return latest_; }  // when a row reached us

 private:
  intel::IndicatorSnapshotBuilder& builder_;
  IntelDesk::Refreshed& counts_;
  Timestamp latest_;
  bool truncated_ = false;
};

}  // namespace

IntelDesk::IntelDesk(std::uint64_t seed, std::function<void()> changed)
    : seed_(seed),
      changed_(std::move(changed)),
      snapshot_(intel::IndicatorSnapshotBuilder(seed).finish()) {}

std::shared_ptr<const intel::IndicatorSnapshot> IntelDesk::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void IntelDesk::expect(std::span<const model::TableBatch> tables) {
  const auto is_of_indicators = [](const model::TableBatch& each) {
    return each.table() == intel::indicator_table || each.table() == intel::older_table;
  };
  if (std::ranges::any_of(tables, is_of_indicators)) ++expected_;
}

void IntelDesk::stored() {
  if (stored_.exchange(expected_) != expected_) changed_();
}

void IntelDesk::count(const std::string& source, const Tally& tally) {
  const std::lock_guard lock(mutex_);
  Tally& sum = tallies_[source];
  sum.taken += tally.taken;
  sum.withdrawn += tally.withdrawn;
  for (const auto& [reason, times] : tally.refusals.by_reason()) sum.refusals.add(reason, times);
}

std::map<std::string, IntelDesk::Tally> IntelDesk::tallies() const {
  const std::lock_guard lock(mutex_);
  return tallies_;
}

IntelDesk::PassedOver IntelDesk::passed_over() const {
  const std::lock_guard lock(mutex_);
  return passed_over_;
}

// Records of one moment do not reach the store in the order of their times.
Timestamp IntelDesk::changed_since() const {
  return whole_until_ - base::Duration::seconds(5);
}

Result<bool> IntelDesk::has_few_changes(store::duckdb::SegmentStore& store, Timestamp now,
                                        const std::stop_token& stop) const {
  if (!whole_ || !whole_until_.is_set() || now - whole_made_ > base::Duration::hours(24))
    return false;
  std::size_t changed = 0;
  for (const auto table : {intel::indicator_table, intel::older_table}) {
    CountSink rows;
    VEDETTE_TRY_VOID(ask_store(store,
                               fmt::format("{} | where _TimeReceived >= datetime({}) | count",
                                           table, base::format_iso(changed_since())),
                               now, stop, rows));
    changed += rows.count();
  }
  return changed <= std::max(changes_few, whole_->indicators() / 8);
}

Result<IntelDesk::Refreshed> IntelDesk::refresh(store::duckdb::SegmentStore& store, Timestamp now,
                                                const std::stop_token& stop) {
  const std::uint64_t until = stored_;
  intel::IndicatorSnapshotBuilder builder(seed_);
  Refreshed counts;
  counts.is_whole = !VEDETTE_TRY(has_few_changes(store, now, stop));
  const Timestamp since = counts.is_whole ? Timestamp{} : changed_since();
  Timestamp latest;
  for (const auto table : {intel::indicator_table, intel::older_table}) {
    CountSink rows;
    if (counts.is_whole)
      VEDETTE_TRY_VOID(ask_store(store, fmt::format("{} | count", table), now, stop, rows));
    const std::size_t parts = counts.is_whole ? 1 + rows.count() / rows_a_part : 1;
    for (std::size_t part = 0; part < parts && (rows.count() > 0 || !counts.is_whole); ++part) {
      RowSink sink(builder, counts);
      VEDETTE_TRY_VOID(
          ask_store(store, intel::rows_query(table, part, parts, since), now, stop, sink));
      if (sink.is_truncated())
        return base::failure(base::ErrorCode::limit_exceeded,
                             fmt::format("{} has more rows than can be read back", table));
      latest = std::max(latest, sink.latest());
    }
  }
  auto made =
      counts.is_whole ? std::move(builder).finish() : std::move(builder).finish_over(whole_);
  if (counts.is_whole) {
    whole_ = made;
    whole_until_ = latest;
    whole_made_ = now;
  }
  counts.indicators = made->indicators();
  counts.observables = made->observables();
  {
    const std::lock_guard lock(mutex_);
    snapshot_.swap(made);
  }
  is_loaded_ = true;
  loaded_ = until;
  return counts;
}

}  // namespace vedette::app
