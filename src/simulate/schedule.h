// Owns: who is due next: a heap of (time, what), equal times in the order of their planning.
// Must not know: what is due. One thread.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

namespace vedette::simulate {

enum class DueKind : std::uint8_t {
  filler,        // start another piece of ordinary traffic
  arrival,       // start another attack
  launch,        // the next connection of an attack
  come_back,     // an attacker returns
  revisit,       // a background visitor returns
  log_in_again,  // a person who had mistyped logs in once more
  connection,    // the next line of a connection
  activity,      // the next line of an activity
};

struct Due {
  std::int64_t time_us = 0;
  std::uint64_t order = 0;
  std::uint32_t index = 0;
  DueKind kind = DueKind::filler;
};

class Schedule {
 public:
  void add(std::int64_t time_us, DueKind kind, std::uint32_t index = 0) {
    heap_.push_back({time_us, order_++, index, kind});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
  }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] const Due& top() const { return heap_.front(); }
  [[nodiscard]] Due take() {
    assert(!heap_.empty());
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Due due = heap_.back();
    heap_.pop_back();
    return due;
  }

 private:
  struct Later {
    bool operator()(const Due& a, const Due& b) const {
      return a.time_us != b.time_us ? a.time_us > b.time_us : a.order > b.order;
    }
  };

  std::vector<Due> heap_;
  std::uint64_t order_ = 0;
};

// Objects that live for a while, in places that are used again.
template <typename T>
class Pool {
 public:
  // The place keeps what its last owner left (so that its strings keep their memory).
  [[nodiscard]] std::uint32_t take() {
    ++used_;
    if (free_.empty()) {
      items_.emplace_back();
      return static_cast<std::uint32_t>(items_.size() - 1);
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
  }
  void give_back(std::uint32_t index) {
    --used_;
    free_.push_back(index);
  }
  [[nodiscard]] T& operator[](std::uint32_t index) { return items_[index]; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::vector<T> items_;
  std::vector<std::uint32_t> free_;
  std::size_t used_ = 0;
};

}  // namespace vedette::simulate
