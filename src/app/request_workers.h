// Owns: the threads that answer requests which may take a while. Promises: at most that many at
// once, and at most that many waiting: more are refused at once; stopping answers what waits, and
// joins. Must not know: what is asked. `take` from one thread; `name` outlives them.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "app/thread_load.h"
#include "base/queue.h"

namespace vedette::app {

class RequestWorkers {
 public:
  using Work = std::function<void()>;

  RequestWorkers(const char* name, std::size_t threads, std::size_t waiting_max)
      : waiting_max_(waiting_max), waiting_(waiting_max) {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this, name] {
        name_thread(name);
        while (auto work = waiting_.pop()) (*work)();
      });
  }
  ~RequestWorkers() { stop(); }
  RequestWorkers(const RequestWorkers&) = delete;
  RequestWorkers& operator=(const RequestWorkers&) = delete;

  // False: too many wait, or it was stopped.
  [[nodiscard]] bool take(Work work) {
    return waiting_.size() < waiting_max_ && waiting_.push(std::move(work));
  }
  void stop() {
    waiting_.close();
    threads_.clear();
  }

 private:
  const std::size_t waiting_max_;
  base::BoundedQueue<Work> waiting_;
  std::vector<std::jthread> threads_;
};

}  // namespace vedette::app
