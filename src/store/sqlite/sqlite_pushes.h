// Owns: the body of ports::PushLedger in state.db, on a connection of its own. Promises: what the
// port promises; another process may have the same file open. Must not know: what is pushed. Any
// thread; calls wait for each other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "ports/push_ledger.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

class SqlitePushes : public ports::PushLedger {
 public:
  template <typename T>
  using Result = base::Result<T>;

  [[nodiscard]] static Result<std::unique_ptr<SqlitePushes>> open(const std::string& path);
  explicit SqlitePushes(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // Called when a write meets a full disk, which is then tried once more if it says true. Before
  // the first write.
  void when_full(std::function<bool()> make_room) { database_->when_full(std::move(make_room)); }

  Result<std::optional<ports::PushedIndicator>> find(std::string_view push, std::string_view source,
                                                     std::string_view id) override;
  Result<void> save(std::string_view push, std::span<const ports::PushedIndicator> rows) override;
  Result<std::string> cursor(std::string_view push) override;
  Result<void> save_cursor(std::string_view push, std::string_view cursor) override;
  Result<ports::PushCounts> counts(std::string_view push) override;

 private:
  std::mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace vedette::store::sqlite
