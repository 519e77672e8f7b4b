// Owns: the API's questions to the tables, as hunts. Promises: at most two run at once, so that
// people's questions leave room for detection; a third is told to come again; each ends within the
// time-out of the settings, when the service stops, or when who asked is gone. Must not know: HTTP.
// Any thread.
#pragma once

#include <semaphore>
#include <stop_token>

#include "app/hunt_request.h"
#include "server/api.h"

namespace vedette::app {

class LogQuestions {
 public:
  LogQuestions(HuntRunner run, std::stop_token stop)
      : run_(std::move(run)), stop_(std::move(stop)) {}

  [[nodiscard]] server::LogAnswer answer(const server::LogQuery& query);

 private:
  const HuntRunner run_;
  const std::stop_token stop_;
  std::counting_semaphore<2> places_{2};
};

}  // namespace vedette::app
