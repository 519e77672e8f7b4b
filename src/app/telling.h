// Owns: the last part of an alert's way in `watch`, on a thread of its own: while the detectors
// work on, changed alerts become text and go to whoever is told. Promises: in the order in which
// they were added; a full queue makes the detectors wait; `finish` returns when all were told. Used
// batches go back to where they were filled, so that memory is given back by the thread that took
// it. Must not know: detectors, what an alert says. `add`, `hand_over` and `finish` are called from
// one thread; `tell` and `told` run on Telling's own.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "base/queue.h"
#include "detect/alert_book.h"

namespace vedette::app {

class Telling {
 public:
  // `tell` is given one alert after the other, `told` is called after some of them.
  Telling(std::function<void(const detect::ChangedAlert&)> tell, std::function<void()> told);
  ~Telling();
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

  // Takes one; it waits for others until it is handed over, or they are many.
  void add(detect::ChangedAlert&& changed);
  // What was added is told now.
  void hand_over();
  // The same, and waits until it was told. Nothing is taken afterwards.
  void finish();

 private:
  using Batch = std::vector<detect::ChangedAlert>;

  void work();

  static constexpr std::size_t batch_alerts_max = 64;
  static constexpr std::size_t batches_max = 4;

  const std::function<void(const detect::ChangedAlert&)> tell_;
  const std::function<void()> told_;
  Batch filling_;
  base::BoundedQueue<Batch> waiting_{batches_max};
  base::BoundedQueue<Batch> used_{batches_max + 2};  // all that there are
  std::jthread thread_;
};

}  // namespace vedette::app
