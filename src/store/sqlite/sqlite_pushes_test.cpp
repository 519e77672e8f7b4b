#include "store/sqlite/sqlite_pushes.h"

#include <gtest/gtest.h>

#include "contract/push_ledger_contract.h"
#include "fakes/temporary_folder.h"

namespace vedette::contract {
namespace {

struct SqlitePushWorld {
  SqlitePushWorld() { reopen(); }
  ports::PushLedger& ledger() { return *ledger_; }
  void reopen() {
    ledger_.reset();
    ledger_ = *store::sqlite::SqlitePushes::open(folder_.file("state.db"));
  }
  fakes::TemporaryFolder folder_;
  std::unique_ptr<store::sqlite::SqlitePushes> ledger_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, PushLedgerContract, SqlitePushWorld);

}  // namespace
}  // namespace vedette::contract
