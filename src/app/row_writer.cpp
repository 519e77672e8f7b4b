#include "app/row_writer.h"

#include <cassert>
#include <utility>

#include "app/thread_load.h"

namespace vedette::app {

RowWriter::~RowWriter() {
  begun_.close();
  if (thread_.joinable()) thread_.join();
}

void RowWriter::begin(const RowsToStore& rows) {
  if (!thread_.joinable()) thread_ = std::jthread([this] { run(); });
  const bool is_taken = begun_.push(&rows);
  assert(is_taken);
}

base::Result<ports::AppendCounts> RowWriter::wait() {
  auto done = done_.pop();
  assert(done);
  cpu_seconds_ = done->cpu_seconds;
  return std::move(done->outcome);
}

void RowWriter::run() {
  name_thread("rows");
  while (const auto rows = begun_.pop()) {
    const double before = thread_cpu_seconds();
    auto outcome = store_.append((*rows)->tables, (*rows)->position, (*rows)->received);
    if (!done_.push({std::move(outcome), thread_cpu_seconds() - before})) return;
  }
}

}  // namespace vedette::app
