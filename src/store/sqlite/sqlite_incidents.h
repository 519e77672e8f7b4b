// Owns: the body of ports::IncidentStore in state.db: incidents, timelines, outbox, and how far
// detection is. Promises: what the port promises; another process may have the same file open (the
// command line beside a running `serve`): writers wait for each other. Must not know: how incidents
// are grouped, what a message says. Any thread; calls wait for each other. (The outbox's part is in
// sqlite_outbox.cpp.)
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "ports/incident_store.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

class SqliteIncidents : public ports::IncidentStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  // Makes the file when it is not there, unless `read_only`.
  [[nodiscard]] static Result<std::unique_ptr<SqliteIncidents>> open(const std::string& path,
                                                                     bool read_only = false);
  explicit SqliteIncidents(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // Called when a write meets a full disk, which is then tried once more if it says true. Before
  // the first write.
  void when_full(std::function<bool()> make_room) { database_->when_full(std::move(make_room)); }

  Result<std::vector<std::uint64_t>> commit(const ports::IncidentCommit& change) override;
  Result<std::optional<model::Incident>> find(std::uint64_t number) override;
  Result<std::optional<model::Incident>> find_by_alert(std::uint64_t alert_id) override;
  Result<std::vector<model::Incident>> find_open(const model::Entity& grouping) override;
  Result<std::vector<model::Incident>> list(const ports::IncidentFilter& filter) override;
  Result<std::vector<model::TimelineEntry>> timeline(std::uint64_t number) override;
  Result<ports::ForgottenIncidents> forget(const ports::IncidentRetention& retention) override;
  Result<std::uint64_t> watermark() override;
  Result<std::optional<ports::Checkpoint>> detector_checkpoint() override;
  Result<std::vector<ports::OutboxMessage>> due(std::string_view channel, base::Timestamp now,
                                                std::size_t limit,
                                                const ports::HoldRules& hold) override;
  Result<std::vector<ports::OutboxMessage>> batch(std::string_view channel,
                                                  std::string_view key) override;
  Result<std::vector<ports::OutboxMessage>> overdue(std::string_view channel,
                                                    base::Timestamp created_before,
                                                    std::size_t limit) override;
  Result<std::uint64_t> sent_since(std::string_view channel, base::Timestamp since) override;
  Result<std::vector<ports::OutboxMessage>> behind(const ports::OutboxMessage& message,
                                                   std::size_t limit) override;
  Result<std::string> remote_id(std::string_view channel, std::uint64_t alert_id) override;
  Result<std::string> ticket(std::string_view channel, std::uint64_t incident) override;
  Result<void> record(const ports::OutboxRecord& record) override;
  Result<std::uint64_t> waiting(std::string_view channel) override;
  Result<std::vector<ports::OutboxMessage>> outbox(std::optional<ports::OutboxState> state,
                                                   std::size_t limit) override;

 private:
  // All with mutex_ held; those that write, inside a transaction.
  Result<std::uint64_t> put_incident(const model::Incident& incident);
  Result<std::uint64_t> check_revision(const model::Incident& incident);
  Result<void> put_alerts(std::uint64_t number, const std::vector<model::Alert>& alerts);
  Result<void> put_progress(const ports::IncidentCommit& change);
  Result<void> settle(const ports::OutboxMessage& message);
  Result<void> forget_incident(std::uint64_t number);
  Result<std::optional<model::Incident>> read_incident(std::uint64_t number);
  Result<std::vector<model::Incident>> read_incidents(Statement& numbers);
  Result<std::vector<model::Alert>> read_alerts(std::uint64_t number);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace vedette::store::sqlite
