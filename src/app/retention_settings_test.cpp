#include "app/retention_settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/preferences.h"
#include "app/retention_desk.h"
#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"

namespace vedette::app {
namespace {

base::Result<void> noted(const Retention&) {
  return {};
}

class RetentionTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("retention.toml"); }

  const fakes::TemporaryFolder folder_;
};

TEST_F(RetentionTest, WhatIsChangedWinsAndOutlivesARestart) {
  Retention wanted;
  wanted.store_days = 14;
  wanted.store_bytes = 20'000'000'000;
  wanted.table_days["Syslog"] = 3;
  {
    RetentionSettings settings({}, path());
    ASSERT_TRUE(settings.load());
    EXPECT_FALSE(settings.is_news());
    ASSERT_TRUE(settings.change(1, wanted, &noted));
    EXPECT_TRUE(settings.is_news());
    EXPECT_EQ(settings.take(), wanted);
    EXPECT_FALSE(settings.is_news());
    EXPECT_FALSE(settings.change(1, {}, &noted)) << "somebody else changed it";
  }
  RetentionSettings settings({}, path());
  ASSERT_TRUE(settings.load());
  EXPECT_EQ(settings.now(), wanted);
  EXPECT_EQ(settings.of_file(), Retention{});
  const auto policy = policy_of(settings.now());
  EXPECT_EQ(policy.keep, base::Duration::hours(24 * 14));
  EXPECT_EQ(policy.tables.find("Syslog")->second, base::Duration::hours(72));
}

TEST_F(RetentionTest, WhatDoesNotFitIsRefusedAndNothingIsKept) {
  RetentionSettings settings({}, path());
  Retention wanted;
  wanted.incidents_days = 0;
  EXPECT_FALSE(settings.change(1, wanted, &noted));
  wanted = {};
  wanted.table_days["a b = 1"] = 2;
  EXPECT_FALSE(settings.change(1, wanted, &noted));
  wanted = {};
  wanted.store_days = 7;
  EXPECT_FALSE(settings.change(1, wanted, [](const Retention&) -> base::Result<void> {
    return base::failure(base::ErrorCode::unavailable, "the audit log is full");
  }));
  EXPECT_FALSE(std::ifstream(path()));
  EXPECT_EQ(settings.now(), Retention{});
  std::ofstream(path()) << "[retention]\nstore_days = 0\n";
  EXPECT_FALSE(settings.load());
}

// A table that would be kept for longer than everything goes with the rest.
TEST_F(RetentionTest, TheWholeGoesBeforeATable) {
  Retention wanted;
  wanted.store_days = 5;
  wanted.table_days["Syslog"] = 90;
  EXPECT_TRUE(policy_of(wanted).tables.empty());
}

TEST_F(RetentionTest, WhatDeletesNeedsItsSentence) {
  RetentionSettings settings({}, path());
  const fakes::FakeClock clock;
  std::vector<std::string> audited;
  RetentionsDesk desk(
      settings,
      []() -> base::Result<std::vector<ports::SegmentInformation>> {
        return std::vector<ports::SegmentInformation>{{"2026-06-01", 5, 2, true, {{"Syslog", 2}}}};
      },
      DataLayout{folder_.path()}, clock);
  const server::DeskNote note = [&](std::string_view, std::string_view, std::string_view detail) {
    audited.emplace_back(detail);
    return base::Result<void>();
  };
  const auto ask = [&](const std::string& body) {
    return desk.change(*base::parse_json(body), note);
  };
  EXPECT_FALSE(ask(R"({"version":1,"store_days":7})"));
  EXPECT_FALSE(ask(R"({"version":1,"table_days":{"Syslog":7}})"));
  EXPECT_FALSE(ask(R"({"version":1,"store_bytes":1000})"));
  EXPECT_FALSE(ask(R"({"version":1,"store_days":-7,"sentence":"delete what is older"})"));
  EXPECT_FALSE(ask(R"({"version":1,"store_days":"7","sentence":"delete what is older"})"));
  EXPECT_TRUE(audited.empty());
  const auto longer = ask(R"({"version":1,"store_days":60})");
  ASSERT_TRUE(longer) << longer.error().message;
  const auto shorter = ask(
      R"({"version":2,"store_days":7,"table_days":{"Syslog":2},"sentence":"delete what is older"})");
  ASSERT_TRUE(shorter) << shorter.error().message;
  EXPECT_EQ(settings.now().store_days, 7);
  EXPECT_EQ(settings.now().table_days.find("Syslog")->second, 2);
  ASSERT_EQ(audited.size(), 2U);
  EXPECT_NE(audited[1].find(R"("store_days":60)"), std::string::npos) << audited[1];
  const auto shown = base::parse_json(*shorter);
  ASSERT_TRUE(shown);
  EXPECT_EQ((*(*shown)["days"].as_array())[0]["tables"]["Syslog"].number_or(0), 2);
}

TEST_F(RetentionTest, PreferencesAreAPersonsAndOutliveARestart) {
  const std::string file = folder_.file("preferences.json");
  {
    Preferences kept(file);
    ASSERT_TRUE(kept.load());
    EXPECT_EQ(*kept.of("anna"), "{}");
    ASSERT_TRUE(kept.keep("anna", R"({"seen":"now"})"));
    ASSERT_TRUE(kept.keep("b\tert\n", R"({"seen":"then"})"));
    EXPECT_FALSE(kept.keep("anna", "{\n}"));
    EXPECT_FALSE(kept.keep("anna", "{\"a\":\"" + std::string(70'000, 'x') + "\"}"));
  }
  Preferences kept(file);
  ASSERT_TRUE(kept.load());
  EXPECT_EQ(*kept.of("anna"), R"({"seen":"now"})");
  EXPECT_EQ(*kept.of("b\tert\n"), R"({"seen":"then"})");
}

}  // namespace
}  // namespace vedette::app
