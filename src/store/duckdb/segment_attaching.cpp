// Which segments are attached at this moment: all at the start, later those that somebody reads or
// writes. One that is attached keeps its description and the blocks that were read last in memory.
#include <malloc.h>

#include <filesystem>

#include "fmt/format.h"
#include "store/duckdb/segment_store_body.h"

namespace vedette::store::duckdb {

namespace {

// Less than the minute after which the sources' health is written: a service that has nothing to do
// but that is at rest most of the time.
constexpr base::Duration idle_at_least = base::Duration::seconds(20);

}  // namespace

base::Result<void> SegmentStore::Body::need(const Segment& segment, Connection& connection) {
  const std::lock_guard lock(attached_mutex_);
  const auto known = attached_.find(segment.alias);
  if (known == attached_.end()) {
    const std::string path = segment_path(options_.folder, segment.day);
    std::error_code problem;
    // DuckDB would make a new one.
    if (!segment.tables.empty() && !std::filesystem::exists(path, problem))
      return base::failure(base::ErrorCode::not_found, "somebody took away the file " + path);
    VEDETTE_TRY_VOID(attach(connection, path, segment.alias,
                            options_.read_only ? AttachFor::reading : AttachFor::writing));
  }
  attached_.insert_or_assign(segment.alias, clock_.monotonic());
  return {};
}

base::Result<void> SegmentStore::Body::need(const Segment& segment) {
  auto done = need(segment, writer_);
  if (!done) note_trouble();
  return done;
}

base::Result<void> SegmentStore::Body::let_go(const Segment& segment) {
  const std::lock_guard lock(attached_mutex_);
  if (!attached_.contains(segment.alias)) return {};
  auto done = detach(writer_, segment.alias);
  if (!done) {
    // Without room, or where the file is damaged, its log cannot be written into it; then it is let
    // go nevertheless, and the log is read when it is attached again.
    const auto there = writer_.query(
        "SELECT database_name FROM duckdb_databases() WHERE "
        "database_name = " +
        quote_text(segment.alias));
    if (!there || !there->empty()) return done;
    if (done.error().message.find("orrupt") != std::string::npos) suspicious_ = true;
    notice(fmt::format("the log of {} stays: {}", segment.day, done.error().message));
  }
  attached_.erase(segment.alias);
  return {};
}

// Hunts hold the gate, so what they read is not let go; while one runs, nothing is.
base::Result<void> SegmentStore::Body::rest() {
  const std::lock_guard writing(writing_);
  if (unusable_ || suspicious_) return {};
  const std::unique_lock alone(gate_, std::try_to_lock);
  if (!alone) return {};
  bool is_lighter = false;
  for (const SegmentPtr& segment : view()) {
    {
      const std::lock_guard lock(attached_mutex_);
      const auto known = attached_.find(segment->alias);
      if (known == attached_.end() || clock_.monotonic() - known->second < idle_at_least) continue;
    }
    const auto done = let_go(*segment);
    if (!done) {
      note_trouble();
      return done;
    }
    is_lighter = true;
  }
  // The C library keeps what was freed, in pieces between what is still used.
  if (is_lighter) ::malloc_trim(0);
  return {};
}

}  // namespace vedette::store::duckdb
