#include "store/sqlite/sqlite_access.h"

#include "contract/access_store_contract.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/sqlite_hunts.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::contract {
namespace {

struct SqliteAccessWorld {
  ports::AccessStore& store() { return *store_; }
  fakes::TemporaryFolder folder_;
  std::unique_ptr<store::sqlite::SqliteAccess> store_ =
      *store::sqlite::SqliteAccess::open(folder_.file("state.db"), &access_contract_hash);
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AccessStoreContract, SqliteAccessWorld);

// Another connection's commit is noticed; that is what open pages are told by.
TEST(SqliteAccess, TheVersionChangesWithOthersChanges) {
  const fakes::TemporaryFolder folder;
  const auto store =
      *store::sqlite::SqliteAccess::open(folder.file("state.db"), &access_contract_hash);
  const auto incidents = *store::sqlite::SqliteIncidents::open(folder.file("state.db"));
  const auto before = *store->state_version();
  EXPECT_EQ(*store->state_version(), before);
  ports::IncidentCommit change;
  change.incidents.emplace_back().identity = 1;
  ASSERT_TRUE(incidents->commit(change));
  EXPECT_NE(*store->state_version(), before);
}

// Whoever gets the name next does not see what its last owner hunted for.
TEST(SqliteAccess, AUsersHuntsGoWithTheUser) {
  const fakes::TemporaryFolder folder;
  const auto store =
      *store::sqlite::SqliteAccess::open(folder.file("state.db"), &access_contract_hash);
  const auto hunts = *store::sqlite::SqliteHunts::open(folder.file("state.db"));
  model::User anna, bert;
  anna.name = "anna";
  bert.name = "bert";
  ASSERT_TRUE(store->put_user(anna, {}));
  const auto id = store->put_user(bert, {});
  ASSERT_TRUE(id);
  model::HuntRun run;
  for (const auto* person : {"anna", "bert"}) {
    run.person = person;
    ASSERT_TRUE(hunts->add_run(run));
  }
  ASSERT_TRUE(store->remove_user(*id, {}));
  EXPECT_TRUE(hunts->runs("bert")->empty());
  EXPECT_EQ(hunts->runs("anna")->size(), 1U);
}

}  // namespace
}  // namespace vedette::contract
