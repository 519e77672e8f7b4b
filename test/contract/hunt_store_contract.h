// What every body of ports::HuntStore must do. A World has `ports::HuntStore& store()`, empty at
// first, and `void reopen()`, after which it is what a new process would find.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ports/hunt_store.h"

namespace vedette::contract {

template <typename World>
class HuntStoreContract : public testing::Test {
 protected:
  static base::Timestamp at(std::int64_t seconds) {
    return base::Timestamp::from_unix_seconds(1'780'000'000 + seconds);
  }
  static model::HuntRun run_of(const std::string& person, const std::string& query) {
    model::HuntRun run;
    run.person = person;
    run.at = at(1);
    run.query = query;
    return run;
  }
  World world_;
};
TYPED_TEST_SUITE_P(HuntStoreContract);

TYPED_TEST_P(HuntStoreContract, ARunIsKeptWhole) {
  auto run = TestFixture::run_of("anna", "Syslog\n| where \"ü\" == 'x\"'");
  run.place = "both:workspace:production";
  run.from = TestFixture::at(2);
  run.to = TestFixture::at(3);
  run.took_ms = 12;
  run.rows = 100'000;
  run.problem = "KQL404";
  run.is_starred = true;
  run.comment = "<b>look</b>";
  run.id = *this->world_.store().add_run(run);
  const auto bare = TestFixture::run_of("anna", "print 1");
  ASSERT_TRUE(this->world_.store().add_run(bare));
  this->world_.reopen();
  const auto kept = *this->world_.store().runs("anna");
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[1], run);
  EXPECT_FALSE(kept[0].from || kept[0].to);
}

TYPED_TEST_P(HuntStoreContract, APersonSeesAndChangesOwnRunsOnly) {
  auto& store = this->world_.store();
  const auto id = *store.add_run(TestFixture::run_of("anna", "a"));
  EXPECT_TRUE(store.runs("bert")->empty());
  EXPECT_EQ(store.mark_run("bert", id, true, {}).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(store.forget_run("bert", id).error().code, base::ErrorCode::not_found);
  ASSERT_TRUE(store.mark_run("anna", id, true, {}));
  ASSERT_TRUE(store.mark_run("anna", id, {}, "again"));
  EXPECT_TRUE(store.runs("anna")->front().is_starred);
  EXPECT_EQ(store.runs("anna")->front().comment, "again");
  ASSERT_TRUE(store.forget_run("anna", id));
  EXPECT_TRUE(store.runs("anna")->empty());
}

TYPED_TEST_P(HuntStoreContract, TheOldestWithoutAStarGo) {
  auto& store = this->world_.store();
  const auto first = *store.add_run(TestFixture::run_of("anna", "first"));
  ASSERT_TRUE(store.mark_run("anna", first, true, {}));
  ASSERT_TRUE(store.add_run(TestFixture::run_of("bert", "other")));
  for (std::size_t i = 0; i <= ports::kept_runs_max; ++i)
    ASSERT_TRUE(store.add_run(TestFixture::run_of("anna", std::to_string(i))));
  const auto kept = *store.runs("anna");
  ASSERT_EQ(kept.size(), ports::kept_runs_max + 1);
  EXPECT_EQ(kept.back().query, "first");
  EXPECT_EQ(kept[kept.size() - 2].query, "1");
  EXPECT_EQ(store.runs("bert")->size(), 1U);
}

TYPED_TEST_P(HuntStoreContract, StarsAreBounded) {
  auto& store = this->world_.store();
  for (std::size_t i = 0; i <= ports::starred_runs_max; ++i) {
    const auto id = *store.add_run(TestFixture::run_of("anna", "q"));
    const auto marked = store.mark_run("anna", id, true, {});
    ASSERT_EQ(marked.has_value(), i < ports::starred_runs_max);
    if (!marked) {
      EXPECT_EQ(marked.error().code, base::ErrorCode::rate_limited);
    }
  }
}

TYPED_TEST_P(HuntStoreContract, ASavedHuntReplacesTheOneOfItsName) {
  model::SavedHunt hunt{"spray", "Spray", "one address", "Syslog | count",
                        "24h",   true,    "anna",        TestFixture::at(5)};
  ASSERT_TRUE(this->world_.store().save(hunt));
  ASSERT_TRUE(this->world_.store().save({"another", "", "", "print 1", "", false, "bert", {}}));
  hunt.query = "Syslog | take 1";
  hunt.is_pinned = false;
  ASSERT_TRUE(this->world_.store().save(hunt));
  this->world_.reopen();
  const auto kept = *this->world_.store().saved();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].name, "another");
  EXPECT_EQ(kept[1], hunt);
  ASSERT_TRUE(this->world_.store().remove("spray"));
  EXPECT_EQ(this->world_.store().remove("spray").error().code, base::ErrorCode::not_found);
  EXPECT_EQ(this->world_.store().saved()->size(), 1U);
}

TYPED_TEST_P(HuntStoreContract, SavedHuntsAreBounded) {
  auto& store = this->world_.store();
  model::SavedHunt hunt;
  for (std::size_t i = 0; i < ports::saved_hunts_max; ++i) {
    hunt.name = std::to_string(i);
    ASSERT_TRUE(store.save(hunt));
  }
  EXPECT_TRUE(store.save(hunt));  // one that is there
  hunt.name = "one-more";
  EXPECT_EQ(store.save(hunt).error().code, base::ErrorCode::rate_limited);
}

REGISTER_TYPED_TEST_SUITE_P(HuntStoreContract, ARunIsKeptWhole, APersonSeesAndChangesOwnRunsOnly,
                            TheOldestWithoutAStarGo, StarsAreBounded,
                            ASavedHuntReplacesTheOneOfItsName, SavedHuntsAreBounded);

}  // namespace vedette::contract
