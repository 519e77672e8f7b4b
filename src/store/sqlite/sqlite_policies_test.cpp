#include "store/sqlite/sqlite_policies.h"

#include <gtest/gtest.h>

#include "contract/policy_store_contract.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::contract {
namespace {

struct SqlitePolicyWorld {
  SqlitePolicyWorld() { reopen(); }
  ports::PolicyStore& store() { return *store_; }
  ports::IncidentStore& incidents() { return *incidents_; }
  void reopen() {
    store_.reset();
    incidents_.reset();
    incidents_ = *store::sqlite::SqliteIncidents::open(folder_.file("state.db"));
    store_ = *store::sqlite::SqlitePolicies::open(folder_.file("state.db"));
  }
  fakes::TemporaryFolder folder_;
  std::unique_ptr<store::sqlite::SqliteIncidents> incidents_;
  std::unique_ptr<store::sqlite::SqlitePolicies> store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, PolicyStoreContract, SqlitePolicyWorld);

// Of the incidents' part of the same migration.
TEST(SqlitePolicies, AnIncidentKeepsItsOriginAndGoesWithItsCases) {
  SqlitePolicyWorld world;
  model::Incident incident;
  incident.identity = 1;
  incident.alerts = {fakes::sample_alert(1)};
  incident.status = model::IncidentStatus::closed;
  incident.closed = base::Timestamp::from_unix_seconds(1'000);
  incident.reopened = base::Timestamp::from_unix_seconds(900);
  model::IncidentOrigin& origin = incident.origin.emplace();
  origin.provider = "Microsoft Sentinel";
  origin.id = "/subscriptions/\"quoted\"/incidents/1";
  origin.labels = {"Twill", "ünï"};
  origin.accounts = {{"id", "bo@contoso.com", "b@contoso.com"}};
  origin.entities = {{"Mailbox", "bo@contoso.com"}};
  origin.touched_by = model::Toucher::unclear;
  origin.touched = origin.lineage_created = base::Timestamp::from_unix_seconds(800);
  ports::IncidentCommit change;
  change.incidents = {incident};
  const auto number = world.incidents().commit(change)->front();
  world.reopen();
  const auto kept = *world.incidents().find(number);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->origin, incident.origin);
  EXPECT_EQ(kept->reopened, incident.reopened);
  model::PolicyCase one;
  one.incident = number;
  one.policy = "p";
  ASSERT_TRUE(world.store().save({.cases = {one}}));
  const auto forgotten = world.incidents().forget({base::Timestamp::from_unix_seconds(2'000), {}});
  EXPECT_EQ(forgotten->incidents, 1U);
  EXPECT_TRUE(world.store().cases(number)->empty());
}

}  // namespace
}  // namespace vedette::contract
