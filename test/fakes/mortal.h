// Bodies that stop in the middle: a store and an HTTP client that work until the life they belong
// to ends, at a point the test chooses, as a process does that is killed there. For tests of what
// the next process finds.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ports/http_client.h"
#include "ports/incident_store.h"

namespace vedette::fakes {

// A process's life: it ends at the n-th point that it passes, and does nothing any more.
class Life {
 public:
  // `at_the_end` may end the real process.
  explicit Life(
      int points, std::function<void()> at_the_end = [] {})
      : left_(points), at_the_end_(std::move(at_the_end)) {}
  bool lives() {
    const bool alive = left_.fetch_sub(1) > 0;
    if (!alive) at_the_end_();
    return alive;
  }
  [[nodiscard]] bool is_over() const { return left_ < 0; }

 private:
  std::atomic<int> left_;
  std::function<void()> at_the_end_;
};

inline std::unexpected<base::Error> dead() {
  return base::failure(base::ErrorCode::unavailable, "the process is dead");
}

// A store whose writes each have a point before and one behind them.
class MortalStore : public ports::IncidentStore {
 public:
  MortalStore(ports::IncidentStore& kept, Life& life) : kept_(kept), life_(life) {}

  base::Result<void> record(const ports::OutboxRecord& record) override {
    if (!life_.lives()) return dead();
    auto done = kept_.record(record);
    if (!life_.lives()) return dead();
    return done;
  }
  base::Result<std::vector<ports::OutboxMessage>> due(std::string_view channel, base::Timestamp now,
                                                      std::size_t limit,
                                                      const ports::HoldRules& hold) override {
    if (life_.is_over()) return dead();
    return kept_.due(channel, now, limit, hold);
  }
  base::Result<std::vector<ports::OutboxMessage>> batch(std::string_view channel,
                                                        std::string_view key) override {
    return kept_.batch(channel, key);
  }
  base::Result<std::vector<ports::OutboxMessage>> overdue(std::string_view channel,
                                                          base::Timestamp created_before,
                                                          std::size_t limit) override {
    return kept_.overdue(channel, created_before, limit);
  }
  base::Result<std::uint64_t> sent_since(std::string_view channel, base::Timestamp since) override {
    return kept_.sent_since(channel, since);
  }
  base::Result<std::string> ticket(std::string_view channel, std::uint64_t incident) override {
    return kept_.ticket(channel, incident);
  }
  base::Result<std::vector<ports::OutboxMessage>> behind(const ports::OutboxMessage& message,
                                                         std::size_t limit) override {
    return kept_.behind(message, limit);
  }
  base::Result<std::string> remote_id(std::string_view channel, std::uint64_t alert_id) override {
    return kept_.remote_id(channel, alert_id);
  }
  base::Result<std::uint64_t> waiting(std::string_view channel) override {
    return kept_.waiting(channel);
  }
  base::Result<std::vector<ports::OutboxMessage>> outbox(std::optional<ports::OutboxState> state,
                                                         std::size_t limit) override {
    return kept_.outbox(state, limit);
  }
  // What the outbox's worker has no business with.
  base::Result<std::vector<std::uint64_t>> commit(const ports::IncidentCommit&) override {
    return dead();
  }
  base::Result<std::optional<model::Incident>> find(std::uint64_t) override { return dead(); }
  base::Result<std::optional<model::Incident>> find_by_alert(std::uint64_t) override {
    return dead();
  }
  base::Result<std::vector<model::Incident>> find_open(const model::Entity&) override {
    return dead();
  }
  base::Result<std::vector<model::Incident>> list(const ports::IncidentFilter&) override {
    return dead();
  }
  base::Result<std::vector<model::TimelineEntry>> timeline(std::uint64_t) override {
    return dead();
  }
  base::Result<ports::ForgottenIncidents> forget(const ports::IncidentRetention&) override {
    return dead();
  }
  base::Result<std::uint64_t> watermark() override { return dead(); }
  base::Result<std::optional<ports::Checkpoint>> detector_checkpoint() override { return dead(); }

 private:
  ports::IncidentStore& kept_;
  Life& life_;
};

// A client with a point before the request leaves and one before its answer is heard.
class MortalClient : public ports::HttpClient {
 public:
  MortalClient(ports::HttpClient& kept, Life& life) : kept_(kept), life_(life) {}
  base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    if (!life_.lives()) return dead();
    auto answer = kept_.send(request);
    if (!life_.lives()) return dead();
    return answer;
  }

 private:
  ports::HttpClient& kept_;
  Life& life_;
};

}  // namespace vedette::fakes
