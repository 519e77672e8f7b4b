#include "app/thread_load.h"

#include <pthread.h>
#include <sys/resource.h>

namespace vedette::app {
double thread_cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_THREAD, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

void StationLoad::add(Station station) {
  const double now = thread_cpu_seconds();
  seconds_[static_cast<std::size_t>(station)] += now - last_;
  last_ = now;
}

void StationLoad::add(Station station, double seconds) {
  seconds_[static_cast<std::size_t>(station)] += seconds;
}

void StationLoad::skip() {
  last_ = thread_cpu_seconds();
}

}  // namespace vedette::app
