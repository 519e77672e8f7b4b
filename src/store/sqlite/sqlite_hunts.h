// Owns: the body of ports::HuntStore in state.db, on a connection of its own. Promises: what the
// port promises; another process may have the same file open. Must not know: what queries say. Any
// thread; calls wait for each other.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "ports/hunt_store.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

class SqliteHunts : public ports::HuntStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  [[nodiscard]] static Result<std::unique_ptr<SqliteHunts>> open(const std::string& path);
  explicit SqliteHunts(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Result<std::uint64_t> add_run(const model::HuntRun& run) override;
  Result<std::vector<model::HuntRun>> runs(std::string_view person) override;
  Result<void> mark_run(std::string_view person, std::uint64_t id, std::optional<bool> is_starred,
                        std::optional<std::string> comment) override;
  Result<void> forget_run(std::string_view person, std::uint64_t id) override;
  Result<std::vector<model::SavedHunt>> saved() override;
  Result<void> save(const model::SavedHunt& hunt) override;
  Result<void> remove(std::string_view name) override;

 private:
  // How many rows that counts: a literal with the person at ?1.
  Result<std::int64_t> count(std::string_view sql, std::string_view subject, std::uint64_t besides);
  Result<void> must_change(Statement& statement);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace vedette::store::sqlite
