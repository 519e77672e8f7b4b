// Owns: the body of ports::ActionStore in state.db, on a connection of its own. Promises: what the
// port promises; another process may have the same file open. Must not know: how an audit entry is
// hashed (it is given the function). Any thread; calls wait for each other.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "ports/action_store.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

class SqliteActions : public ports::ActionStore {
 public:
  template <typename T>
  using Result = base::Result<T>;
  using Record = ports::ActionRecord;

  [[nodiscard]] static Result<std::unique_ptr<SqliteActions>> open(const std::string& path,
                                                                   AuditHash hash,
                                                                   bool read_only = false);
  SqliteActions(std::unique_ptr<Database> database, AuditHash hash)
      : database_(std::move(database)), hash_(hash) {}

  Result<Record> request(const model::ActionRequest& request) override;
  Result<std::optional<Record>> find(std::int64_t id) override;
  Result<std::optional<Record>> keyed(std::string_view key) override;
  Result<std::vector<Record>> list(std::uint64_t incident, std::size_t limit) override;
  Result<std::vector<Record>> due(base::Timestamp now, std::size_t limit) override;
  Result<void> change(std::span<Record> records,
                      const std::optional<model::AuditEntry>& audit) override;
  Result<std::uint64_t> accounts_since(base::Timestamp since, std::string_view but) override;
  Result<std::uint64_t> blocks_since(base::Timestamp since, std::string_view but) override;
  Result<std::vector<Record>> locks_of(std::string_view target) override;
  Result<ports::TripWire> trip_wire() override;
  Result<void> set_trip_wire(const ports::TripWire& wire, const model::AuditEntry& audit) override;

 private:
  Result<Record> insert(const model::ActionRequest& request, const std::string& key);
  Result<std::optional<Record>> read_keyed(std::string_view key);
  Result<void> update(const Record& record);

  std::mutex mutex_;
  const std::unique_ptr<Database> database_;
  const AuditHash hash_;
};

}  // namespace vedette::store::sqlite
