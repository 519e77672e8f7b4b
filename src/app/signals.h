// Owns: SIGINT and SIGTERM as a request to stop, SIGHUP as a request to reload where that is
// wanted, and SIGPIPE as an ordinary write error. The second SIGINT or SIGTERM ends the process at
// once. Promises: made before any other thread, it is the only receiver of these signals. Must not
// know: what is stopped. One instance a process.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace vedette::app {

class StopOnSignals {
 public:
  // `on_hangup` is called for each SIGHUP, from the thread that waits for signals; without one, it
  // ends the process as usual.
  explicit StopOnSignals(std::function<void()> on_hangup = {});
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  // The same as a signal, from our own side (the output was closed).
  void request_stop() { source_.request_stop(); }

 private:
  void wait_for_signals(const std::stop_token& ended);

  const std::function<void()> on_hangup_;
  std::stop_source source_;
  int signals_ = -1;  // signalfd
  int ended_ = -1;    // eventfd: the process is ending by itself
  std::jthread thread_;
};

}  // namespace vedette::app
