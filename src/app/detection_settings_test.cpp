#include "app/detection_settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/detections_desk.h"
#include "base/json.h"
#include "detect/identity/rules.h"
#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"

namespace vedette::app {
namespace {

using Settings = DetectionSettings::Settings;

base::Result<void> noted(const Settings&, const Settings&) {
  return {};
}

class DetectionSettingsTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return (folder_.path() / "detections.toml").string(); }

  const fakes::TemporaryFolder folder_;
};

TEST_F(DetectionSettingsTest, WhatIsChangedWinsOverTheFileAndOutlivesARestart) {
  Settings of_file;
  of_file.failed_attempts = 7;
  of_file.on_call = {"anna"};
  {
    DetectionSettings settings(of_file, path());
    ASSERT_TRUE(settings.load());
    ASSERT_TRUE(settings.change(1,
                                {{"failed_attempts", "4"},
                                 {"on_call", R"(["bert", "a \"b\"\nfailed_minutes = 1"])"},
                                 {"enabled", "false"}},
                                &noted));
  }
  DetectionSettings settings(of_file, path());
  const auto left_out = settings.load();
  ASSERT_TRUE(left_out && left_out->empty());
  EXPECT_EQ(settings.now().failed_attempts, 4);
  EXPECT_EQ(settings.now().on_call,
            (std::vector<std::string>{"bert", "a \"b\"\nfailed_minutes = 1"}));
  EXPECT_FALSE(settings.now().enabled);
  EXPECT_EQ(settings.now().failed_minutes, Settings{}.failed_minutes);
  EXPECT_TRUE(settings.is_changed("failed_attempts"));
  ASSERT_TRUE(settings.change(1, {{"failed_attempts", std::nullopt}}, &noted));
  EXPECT_EQ(settings.now().failed_attempts, 7);
  EXPECT_FALSE(settings.is_changed("failed_attempts"));
}

TEST_F(DetectionSettingsTest, WhatDoesNotFitChangesNothingAndNamesItsSetting) {
  DetectionSettings settings({}, path());
  struct Case {
    const char *setting, *value;
  };
  for (const Case& each : {Case{"failed_attempts", "1"}, Case{"failed_attempts", "true"},
                           Case{"high_risk_countries", "[\"Korea\"]"}, Case{"zone", "\"Mars\""},
                           Case{"exceptions", "[\"anna\"]"}, Case{"alert_score", "300"},
                           Case{"working_hours", "[\"Finance; Mo-Fr 8-18\"]"}}) {
    const auto changed =
        settings.change(1, {{"cool_down_minutes", "10"}, {each.setting, each.value}}, &noted);
    ASSERT_FALSE(changed) << each.setting;
    EXPECT_EQ(changed.error().front().setting, each.setting);
    EXPECT_FALSE(changed.error().front().message.empty());
  }
  EXPECT_EQ(settings.now().cool_down_minutes, Settings{}.cool_down_minutes);
  EXPECT_EQ(settings.version(), 1U);
  EXPECT_FALSE(std::ifstream(path()).good());
}

TEST_F(DetectionSettingsTest, NothingHoldsThatCouldNotBeNotedOrWasMadeFromAnOlderVersion) {
  DetectionSettings settings({}, path());
  const auto refuses = [](const Settings&, const Settings&) -> base::Result<void> {
    return base::failure(base::ErrorCode::unavailable, "no audit log");
  };
  EXPECT_FALSE(settings.change(1, {{"failed_attempts", "4"}}, refuses));
  EXPECT_EQ(settings.now().failed_attempts, Settings{}.failed_attempts);
  ASSERT_TRUE(settings.change(1, {{"failed_attempts", "4"}}, &noted));
  EXPECT_FALSE(settings.change(1, {{"failed_attempts", "6"}}, &noted));
  EXPECT_EQ(settings.now().failed_attempts, 4);
  std::uint64_t seen = 1;
  EXPECT_EQ(settings.news(seen)->failed_attempts, 4);
  EXPECT_FALSE(settings.news(seen));
}

TEST_F(DetectionSettingsTest, OneThatNoLongerFitsCostsNoOther) {
  std::ofstream(path()) << "[identity]\nfailed_attempts = 1000\nspray_users = 9\nno_more = 3\n";
  DetectionSettings settings({}, path());
  const auto left_out = settings.load();
  ASSERT_TRUE(left_out);
  EXPECT_EQ(left_out->size(), 2U);
  EXPECT_EQ(settings.now().spray_users, 9);
  EXPECT_EQ(settings.now().failed_attempts, Settings{}.failed_attempts);
  std::ofstream(path()) << "[identity\n";
  EXPECT_FALSE(DetectionSettings({}, path()).load());
}

// What the page is given and gives.
TEST_F(DetectionSettingsTest, TheDeskShowsEverySettingAndSaysWhatChanges) {
  DetectionSettings settings({}, path());
  fakes::FakeClock clock;
  model::TenantDirectory people;
  model::Identity anna, bert;
  anna.id = "1";
  anna.groups = {"Finance", "Berlin"};
  bert.id = "2";
  bert.groups = {"Finance"};
  people.put(anna);
  people.put(bert);
  DetectionsDesk desk(settings, {{}, [&] { return people; }, {}, nullptr, clock});
  const auto shown = base::parse_json(desk.show());
  ASSERT_TRUE(shown);
  const auto& groups = *(*shown)["groups"].as_array();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(*groups[0]["name"].as_string(), "Finance");
  EXPECT_EQ(*groups[0]["people"].as_integer(), 2);
  EXPECT_EQ((*shown)["detectors"].as_array()->size(), detect::identity::rule_names.size());
  for (const auto& each : *(*shown)["settings"].as_array()) {
    EXPECT_FALSE(each["meaning"].as_string()->empty());
    EXPECT_FALSE(each["value"].is_null());
    EXPECT_FALSE(*each["changed"].as_bool());
  }
  std::string detail;
  const auto note = [&](std::string_view text) {
    detail = text;
    return base::Result<void>();
  };
  const auto body = [](const char* text) { return *base::parse_json(text); };
  const auto changed = desk.change(
      body(R"({"version":1,"settings":{"failed_attempts":4,"holidays":["2027-01-01"]}})"), note);
  ASSERT_TRUE(changed);
  EXPECT_EQ(detail, R"(failed_attempts 5 -> 4; holidays [] -> ["2027-01-01"])");
  EXPECT_EQ(settings.now().holidays, std::vector<std::string>{"2027-01-01"});
  const auto status = [&](const char* text) {
    const auto answer = desk.change(body(text), note);
    return answer ? 200 : answer.error().status;
  };
  EXPECT_EQ(status(R"({"version":1,"settings":{"failed_attempts":6}})"), 409);
  EXPECT_EQ(status(R"({"version":2,"settings":{"x\n[identity]":6}})"), 422);
  EXPECT_EQ(status(R"({"version":2,"settings":{"failed_attempts":{}}})"), 422);
  EXPECT_EQ(status(R"({"settings":{"failed_attempts":6}})"), 422);
  EXPECT_EQ(status(R"({"version":2,"settings":[]})"), 422);
  EXPECT_EQ(status(R"({"version":2,"settings":{"failed_attempts":null}})"), 200);
  EXPECT_EQ(settings.now().failed_attempts, Settings{}.failed_attempts);
}

}  // namespace
}  // namespace vedette::app
