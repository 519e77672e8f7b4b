// Owns: the API's questions to the tables, as hunts. Promises: at most two of the pages' own run at
// once, and two of the page Hunt, which may take minutes, beside them, so that people's questions
// leave room for detection; a third is told to come again; each ends within its time-out, when the
// service stops, or when who asked is gone. Must not know: HTTP. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <semaphore>
#include <stop_token>

#include "app/hunt_request.h"
#include "server/api.h"

namespace vedette::app {

class LogQuestions {
 public:
  // `folder`: where a Parquet file may lie while it is made.
  LogQuestions(HuntRunner run, std::filesystem::path folder, std::stop_token stop)
      : run_(std::move(run)), folder_(std::move(folder)), stop_(std::move(stop)) {}

  [[nodiscard]] server::LogAnswer answer(const server::LogQuery& query);
  // One of the page Hunt, with a sink of its own.
  [[nodiscard]] kql::Checked<void> run(const HuntRequest& request, kql::result::Sink& sink,
                                       const std::stop_token& stop);

 private:
  using Places = std::counting_semaphore<2>;
  [[nodiscard]] static kql::Checked<void> in_turn(Places& places,
                                                  const std::function<void()>& work);
  [[nodiscard]] server::LogAnswer answer_now(const server::LogQuery& query);
  [[nodiscard]] server::LogAnswer as_parquet(const HuntRequest& request,
                                             const std::stop_token& stop);

  const HuntRunner run_;
  const std::filesystem::path folder_;
  std::atomic<std::uint64_t> files_ = 0;
  const std::stop_token stop_;
  Places places_{2}, hunt_places_{2};
};

}  // namespace vedette::app
