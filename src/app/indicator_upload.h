// Owns: the body of server/indicator_desk.h: what programs upload → journal, what they ask for ←
// store. Promises: as Sentinel's own limit, 100 requests a minute for each caller. Must not know:
// HTTP. Any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/hunt_request.h"
#include "collect/cloud/request_budget.h"
#include "ports/clock.h"
#include "ports/journal.h"
#include "server/indicator_desk.h"

namespace vedette::app {

class IndicatorUpload : public server::IndicatorDesk {
 public:
  // Durable when it succeeds, at the position that comes back.
  using Commit = std::function<base::Result<std::uint64_t>(ports::RawRecord)>;

  IndicatorUpload(Commit commit, ports::Clock& clock, HuntRunner hunt)
      : commit_(std::move(commit)), clock_(clock), hunt_(std::move(hunt)) {}

  [[nodiscard]] base::Result<std::vector<model::Indicator>> find(
      const server::IndicatorQuestion& question, const std::stop_token& gone) override;
  [[nodiscard]] base::Duration wait_of(const std::string& caller) override;
  [[nodiscard]] base::Result<void> take(const std::string& source,
                                        const std::vector<const base::Json*>& objects) override;
  [[nodiscard]] std::string id_of(const std::string& source, const std::string& pattern) override;

 private:
  const Commit commit_;
  ports::Clock& clock_;
  const HuntRunner hunt_;
  std::mutex mutex_;
  std::map<std::string, collect::cloud::RequestBudget> budgets_;  // guarded by mutex_; by caller
};

}  // namespace vedette::app
