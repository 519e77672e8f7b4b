// The bars of the identity detections on small tenants; ./dev bench detect runs the large ones.
#include "tenant_score.h"

#include <gtest/gtest.h>

namespace vedette::test {
namespace {

std::string lines(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += text + "\n";
  return all;
}

class TenantScoreTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(TenantScoreTest, EveryAttackIsFoundAndFewAlertsAreFalse) {
  ScoreOptions options;
  options.seed = GetParam();
  options.people = 100;
  options.days = 15;
  const Score score = score_tenant(options);
  EXPECT_GE(score.attacks.size(), 11U);
  EXPECT_EQ(score.missed_total(), 0) << lines(score.missed);
  EXPECT_LE(score.false_total(), 3) << lines(score.wrong);
  // Strangers at night are looked for among everybody, and cost no false alert.
  ASSERT_TRUE(options.settings.after_hours_strangers);
  EXPECT_FALSE(score.false_alerts.contains("after_hours")) << lines(score.wrong);
  EXPECT_EQ(score.mute.size(), 0U) << lines(score.mute);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TenantScoreTest, testing::Values(1, 2));

}  // namespace
}  // namespace vedette::test
