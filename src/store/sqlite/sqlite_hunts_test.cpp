#include "store/sqlite/sqlite_hunts.h"

#include <gtest/gtest.h>

#include "contract/hunt_store_contract.h"
#include "fakes/temporary_folder.h"

namespace vedette::contract {
namespace {

struct SqliteHuntWorld {
  SqliteHuntWorld() { reopen(); }
  ports::HuntStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    store_ = *store::sqlite::SqliteHunts::open(folder_.file("state.db"));
  }
  fakes::TemporaryFolder folder_;
  std::unique_ptr<store::sqlite::SqliteHunts> store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, HuntStoreContract, SqliteHuntWorld);

}  // namespace
}  // namespace vedette::contract
