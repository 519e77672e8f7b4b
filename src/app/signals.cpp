#include "app/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

namespace vedette::app {

StopOnSignals::StopOnSignals(std::function<void()> on_hangup) : on_hangup_(std::move(on_hangup)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (on_hangup_) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  ended_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::jthread([this](const std::stop_token& ended) { wait_for_signals(ended); });
}

StopOnSignals::~StopOnSignals() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(ended_, &one, sizeof one);
  thread_.join();
  ::close(signals_);
  ::close(ended_);
}

void StopOnSignals::wait_for_signals(const std::stop_token& ended) {
  constexpr int exit_code_interrupted = 130;  // as a shell reports a process ended by SIGINT
  while (!ended.stop_requested()) {
    std::array<pollfd, 2> descriptors{{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
    ::poll(descriptors.data(), descriptors.size(), -1);
    if ((descriptors[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) continue;
    if (info.ssi_signo == SIGHUP) {
      on_hangup_();
      continue;
    }
    if (source_.stop_requested()) ::_exit(exit_code_interrupted);
    source_.request_stop();
  }
}

}  // namespace vedette::app
