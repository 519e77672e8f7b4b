#include "store/sqlite/sqlite_incidents.h"

#include <gtest/gtest.h>

#include <thread>

#include "contract/incident_store_contract.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/state_schema.h"

namespace vedette::contract {
namespace {

struct SqliteIncidentWorld {
  SqliteIncidentWorld() { reopen(); }
  ports::IncidentStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    store_ = *store::sqlite::SqliteIncidents::open(folder_.file("state.db"));
  }
  fakes::TemporaryFolder folder_;
  std::unique_ptr<store::sqlite::SqliteIncidents> store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, IncidentStoreContract, SqliteIncidentWorld);

}  // namespace
}  // namespace vedette::contract

namespace vedette::store::sqlite {
namespace {

model::Incident incident_of(std::uint64_t alert_id) {
  model::Incident incident;
  incident.identity = alert_id;
  incident.alerts = {fakes::sample_alert(alert_id)};
  return incident;
}

TEST(SqliteIncidents, TwoProcessesWriteOneFile) {
  const fakes::TemporaryFolder folder;
  const std::string path = folder.file("state.db");
  const auto serve = *SqliteIncidents::open(path), command = *SqliteIncidents::open(path);
  ASSERT_TRUE(serve->commit({.incidents = {incident_of(1)}}));
  auto incident = command->find(1)->value();
  incident.owner = "anna";
  ASSERT_TRUE(command->commit({.incidents = {incident}}));
  EXPECT_EQ(serve->find(1)->value().owner, "anna");
  incident.owner = "bert";  // of the revision before
  EXPECT_EQ(serve->commit({.incidents = {incident}}).error().code, base::ErrorCode::unavailable);
}

// Each adds a comment by reading, changing and committing until nobody else came between.
TEST(SqliteIncidents, NoChangeOfManyWritersIsLost) {
  const fakes::TemporaryFolder folder;
  const std::string path = folder.file("state.db");
  ASSERT_TRUE((*SqliteIncidents::open(path))->commit({.incidents = {incident_of(1)}}));
  constexpr int writers = 4, changes = 25;
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer)
      threads.emplace_back([&] {
        const auto store = *SqliteIncidents::open(path);
        for (int i = 0; i < changes;) {
          auto incident = store->find(1)->value();
          incident.closing_comment += "x";
          const auto done = store->commit({.incidents = {incident}});
          if (done) ++i;
        }
      });
  }
  const auto store = *SqliteIncidents::open(path);
  EXPECT_EQ(store->find(1)->value().closing_comment.size(), std::size_t{writers * changes});
  EXPECT_EQ(store->find(1)->value().revision, 1U + writers * changes);
}

TEST(SqliteIncidents, ReadsWithoutTheRightToWrite) {
  const fakes::TemporaryFolder folder;
  const std::string path = folder.file("state.db");
  const auto serve = *SqliteIncidents::open(path);
  ASSERT_TRUE(serve->commit({.incidents = {incident_of(1)}}));
  const auto reader = SqliteIncidents::open(path, true);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->list({})->size(), 1U);
  EXPECT_FALSE((*reader)->commit({.incidents = {incident_of(2)}}));
}

TEST(SqliteIncidents, NumbersAreNeverUsedAgain) {
  const fakes::TemporaryFolder folder;
  const auto store = *SqliteIncidents::open(folder.file("state.db"));
  // The second incident of this commit is refused, so the first one's number was never given.
  EXPECT_FALSE(store->commit({.incidents = {incident_of(1), incident_of(1)}}));
  EXPECT_EQ(store->commit({.incidents = {incident_of(1)}})->at(0), 1U);
}

TEST(SqliteIncidents, AValueOfAnotherVersionIsAnErrorAndNoGuess) {
  const fakes::TemporaryFolder folder;
  const std::string path = folder.file("state.db");
  const auto store = *SqliteIncidents::open(path);
  ASSERT_TRUE(store->commit({.incidents = {incident_of(1)}}));
  const auto database = *open_state(path, false);
  ASSERT_TRUE(database->execute("UPDATE incident SET status = 9"));
  EXPECT_EQ(store->find(1).error().code, base::ErrorCode::malformed);
  ASSERT_TRUE(database->execute("UPDATE incident SET status = 0"));
  ASSERT_TRUE(database->execute("UPDATE incident_alert SET body = '{'"));
  EXPECT_EQ(store->find(1).error().code, base::ErrorCode::malformed);
}

TEST(SqliteIncidents, ADayOfMessagesIsDueAtOnce) {
  const fakes::TemporaryFolder folder;
  const auto store = *SqliteIncidents::open(folder.file("state.db"));
  ports::IncidentCommit change;
  for (std::uint64_t id = 1; id <= 500; ++id) {
    for (int update = 0; update < 10; ++update) {
      ports::OutboxMessage message;
      message.key = std::to_string(id) + "." + std::to_string(update);
      message.channel = "chat";
      message.alert = fakes::sample_alert(id);
      change.messages.push_back({change.incidents.size(), message});
    }
    change.incidents.push_back(incident_of(id));
  }
  ASSERT_TRUE(store->commit(change));
  EXPECT_EQ(*store->waiting("chat"), 5'000U);
  const auto due = store->due("chat", {}, 1'000, {});
  EXPECT_EQ(due->size(), 500U);
  EXPECT_EQ(store->behind(due->at(0), 100)->size(), 9U);
}

}  // namespace
}  // namespace vedette::store::sqlite
