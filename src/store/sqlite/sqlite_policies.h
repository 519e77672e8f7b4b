// Owns: the body of ports::PolicyStore in state.db, on a connection of its own. Promises: what the
// port promises; another process may have the same file open. Must not know: what policies say. Any
// thread; calls wait for each other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "ports/policy_store.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

class SqlitePolicies : public ports::PolicyStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  [[nodiscard]] static Result<std::unique_ptr<SqlitePolicies>> open(const std::string& path,
                                                                    bool read_only = false);
  explicit SqlitePolicies(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // Called when a write meets a full disk, which is then tried once more if it says true. Before
  // the first write.
  void when_full(std::function<bool()> make_room) { database_->when_full(std::move(make_room)); }

  Result<void> arm(const model::ArmedPolicy& policy) override;
  Result<bool> disarm(std::string_view name) override;
  Result<std::vector<model::ArmedPolicy>> armed() override;
  Result<std::vector<model::PolicyCase>> cases(std::uint64_t incident) override;
  Result<void> save(const ports::CaseCommit& change) override;

 private:
  Result<void> put_case(const model::PolicyCase& one);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace vedette::store::sqlite
