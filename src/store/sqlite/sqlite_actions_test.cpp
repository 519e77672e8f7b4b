#include "store/sqlite/sqlite_actions.h"

#include "contract/access_store_contract.h"
#include "contract/action_store_contract.h"
#include "fakes/sample_alert.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/sqlite_access.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::contract {
namespace {

struct SqliteActionsWorld {
  ports::ActionStore& store() { return *store_; }
  std::vector<std::string> audited() {
    const auto log =
        *store::sqlite::SqliteAccess::open(folder_.file("state.db"), &access_contract_hash);
    std::vector<std::string> actions;
    const auto entries = *log->audit_after(0, 100);
    for (const auto& entry : entries) actions.push_back(entry.action);
    return actions;
  }
  fakes::TemporaryFolder folder_;
  std::unique_ptr<store::sqlite::SqliteActions> store_ =
      *store::sqlite::SqliteActions::open(folder_.file("state.db"), &access_contract_hash);
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ActionStoreContract, SqliteActionsWorld);

// Another connection, as the command line's beside a running serve.
TEST(SqliteActions, AnotherProcessChangeIsNotOverwritten) {
  const fakes::TemporaryFolder folder;
  const auto one =
      *store::sqlite::SqliteActions::open(folder.file("state.db"), &access_contract_hash);
  const auto other =
      *store::sqlite::SqliteActions::open(folder.file("state.db"), &access_contract_hash);
  model::ActionRequest request;
  request.account.principal_name = "anna@example.org";
  auto mine = *one->request(request);
  auto theirs = *other->find(mine.id).value();
  theirs.outcome = "theirs";
  ASSERT_TRUE(other->change(std::span(&theirs, 1), std::nullopt));
  mine.outcome = "mine";
  EXPECT_FALSE(one->change(std::span(&mine, 1), std::nullopt));
  EXPECT_EQ(one->find(mine.id).value()->outcome, "theirs");
}

// As the audit log, which tells of them: what was done to whom stays when its incident is
// forgotten.
TEST(SqliteActions, AnActionIsKeptWhenItsIncidentIsForgotten) {
  const fakes::TemporaryFolder folder;
  const auto incidents = *store::sqlite::SqliteIncidents::open(folder.file("state.db"));
  const auto actions =
      *store::sqlite::SqliteActions::open(folder.file("state.db"), &access_contract_hash);
  ports::IncidentCommit commit;
  auto& incident = commit.incidents.emplace_back();
  incident.identity = 1;
  incident.alerts = {fakes::sample_alert(1)};
  incident.status = model::IncidentStatus::closed;
  incident.closed = base::Timestamp::from_unix_seconds(1'000);
  model::ActionRequest request;
  request.incident = incidents->commit(commit)->front();
  request.account.principal_name = "anna@example.org";
  ASSERT_TRUE(actions->request(request));
  const auto forgotten = incidents->forget({base::Timestamp::from_unix_seconds(2'000), {}});
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(forgotten->incidents, 1U);
  EXPECT_EQ(actions->list(request.incident, 10)->size(), 1U);
}

}  // namespace
}  // namespace vedette::contract
