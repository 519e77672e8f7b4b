#include "journal/group_commit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"

namespace vedette::journal {

namespace limits = base::limits;
using base::ErrorCode;

// Lives on its caller's stack while that waits.
struct GroupCommit::Request {
  std::vector<ports::RawRecord>& records;
  std::size_t bytes = 0;
  // Written by whoever writes the group; its owner looks at it when `settled` says so.
  base::Result<std::uint64_t> outcome = 0;
  bool settled = false;          // under the lock
  std::condition_variable turn;  // it is settled, or stands at the head
};

namespace {

std::size_t bytes_of(const std::vector<ports::RawRecord>& records) {
  std::size_t bytes = 0;
  for (const ports::RawRecord& record : records)
    bytes += sizeof record + record.payload.size() + record.source.size() + record.format.size() +
             record.cursor.size();
  return bytes;
}

}  // namespace

base::Result<std::unique_ptr<GroupCommit>> GroupCommit::start(ports::Journal& journal,
                                                              RoomWatch& room) {
  const std::uint64_t last_position = VEDETTE_TRY(journal.last_position());
  return std::make_unique<GroupCommit>(journal, room, last_position);
}

GroupCommit::GroupCommit(ports::Journal& journal, RoomWatch& room, std::uint64_t last_position)
    : journal_(journal), room_(room), durable_(last_position) {}

GroupCommit::~GroupCommit() {
  stop();
}

void GroupCommit::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  space_.notify_all();
  drained_.wait(lock, [this] { return waiting_.empty(); });
  durable_.close();
}

base::Result<std::uint64_t> GroupCommit::append(ports::RawRecord& record) {
  std::vector<ports::RawRecord> records;
  records.push_back(std::move(record));
  auto position = append(records);
  if (!position) record = std::move(records.front());
  return position;
}

base::Result<std::uint64_t> GroupCommit::append(std::vector<ports::RawRecord>& records) {
  if (records.empty()) return base::failure(ErrorCode::invalid_argument, "nothing to append");
  VEDETTE_TRY_VOID(room_.may_take());
  Request request{.records = records, .bytes = bytes_of(records), .turn = {}};
  std::unique_lock lock(mutex_);
  // One request may be larger than the whole queue: it then goes through alone.
  space_.wait(lock, [&] {
    return stopping_ || waiting_.empty() ||
           waiting_bytes_ + request.bytes <= limits::journal_queue_bytes_max;
  });
  if (stopping_) return base::failure(ErrorCode::cancelled, "the journal is being closed");
  waiting_.push_back(&request);
  waiting_bytes_ += request.bytes;
  request.turn.wait(lock, [&] { return request.settled || waiting_.front() == &request; });
  if (!request.settled) {
    const std::vector<Request*> group = next_group();
    lock.unlock();
    commit(group);
    lock.lock();
    leave(group);
  }
  return std::move(request.outcome);
}

// With the lock held: those at the head that fit into one group.
std::vector<GroupCommit::Request*> GroupCommit::next_group() {
  std::vector<Request*> group;
  std::size_t bytes = 0;
  for (Request* request : waiting_) {
    bytes += request->bytes;
    if (!group.empty() && bytes > limits::journal_group_bytes_max) break;
    group.push_back(request);
  }
  return group;
}

// With the lock held: the group is settled; the next in the queue writes the next.
void GroupCommit::leave(const std::vector<Request*>& group) {
  for (Request* request : group) {
    waiting_bytes_ -= request->bytes;
    waiting_.pop_front();
    request->settled = true;
    request->turn.notify_one();
  }
  if (waiting_.empty())
    drained_.notify_all();
  else
    waiting_.front()->turn.notify_one();
  space_.notify_all();
}

GroupCommitStatus GroupCommit::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void GroupCommit::commit(const std::vector<Request*>& group) {
  base::Result<std::uint64_t> last = write(group);
  // Somebody's fault, not the disk's: the others must not pay for it.
  if (!last && last.error().code == ErrorCode::invalid_argument && group.size() > 1) {
    for (Request* request : group) commit({request});
    return;
  }
  note(last, group);
  if (last) durable_.publish(*last);
  std::uint64_t position = last ? *last : 0;
  for (auto request = group.rbegin(); request != group.rend(); ++request) {
    if (last) {
      (*request)->outcome = position;
      position -= (*request)->records.size();
      (*request)->records.clear();
    } else {
      (*request)->outcome = std::unexpected(last.error());
    }
  }
}

base::Result<std::uint64_t> GroupCommit::write(const std::vector<Request*>& group) {
  if (must_reopen_) {
    VEDETTE_TRY_VOID(journal_.reopen());
    must_reopen_ = false;
  }
  base::Result<std::uint64_t> last = base::failure(ErrorCode::internal, "an empty group");
  if (group.size() == 1) {
    last = journal_.append(group.front()->records);
  } else {
    std::vector<ports::RawRecord> records;
    for (Request* request : group) std::ranges::move(request->records, std::back_inserter(records));
    last = journal_.append(records);
    // Back to their owners, who count them on success and try them again on failure.
    auto next = records.begin();
    for (Request* request : group)
      for (ports::RawRecord& record : request->records) record = std::move(*next++);
  }
  must_reopen_ = !last && last.error().code != ErrorCode::invalid_argument;
  return last;
}

void GroupCommit::note(const base::Result<std::uint64_t>& position,
                       const std::vector<Request*>& group) {
  const std::lock_guard lock(mutex_);
  if (!position) {
    ++status_.failed_groups;
    status_.error = position.error().message;
    return;
  }
  ++status_.groups;
  status_.error.clear();
  for (const Request* request : group) {
    status_.records += request->records.size();
    for (const ports::RawRecord& record : request->records)
      status_.payload_bytes += record.payload.size();
  }
}

}  // namespace vedette::journal
