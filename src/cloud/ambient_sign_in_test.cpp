// Signing in with what the surroundings have.
#include "cloud/ambient_sign_in.h"

#include <gtest/gtest.h>

namespace vedette::cloud {
namespace {

using base::ErrorCode;

// Answers as it is told, and counts.
class ScriptedSource : public TokenSource {
 public:
  ScriptedSource(int& asked, std::optional<ErrorCode> failure) : asked_(asked), failure_(failure) {}
  TokenOutcome ask(std::string_view, const std::stop_token&) override {
    ++asked_;
    if (failure_) return std::unexpected(TokenFailure{{*failure_, "not here"}, std::nullopt});
    return IssuedToken{base::Secret("token"), base::Duration::hours(1)};
  }

 private:
  int& asked_;
  std::optional<ErrorCode> failure_;
};

struct Way {
  const char* name = "";
  std::optional<ErrorCode> failure;
  bool is_meant = false;
  int asked = 0;
};

TokenOutcome ask(std::vector<Way>& ways, int times = 1) {
  std::vector<AmbientWay> made;
  made.push_back({"environment", nullptr, "AZURE_TENANT_ID is not set"});
  for (Way& way : ways)
    made.push_back(
        {way.name, std::make_unique<ScriptedSource>(way.asked, way.failure), {}, way.is_meant});
  AmbientSignIn sign_in(std::move(made));
  TokenOutcome outcome = sign_in.ask("scope", {});
  for (int i = 1; i < times; ++i) outcome = sign_in.ask("scope", {});
  return outcome;
}

TEST(AmbientSignIn, TheFirstWayThatWorksIsKept) {
  std::vector<Way> ways{
      {"managed identity", ErrorCode::unavailable}, {"Azure CLI", {}}, {"device code", {}}};
  EXPECT_TRUE(ask(ways, 3));
  EXPECT_EQ(ways[0].asked, 1);
  EXPECT_EQ(ways[1].asked, 3);
  EXPECT_EQ(ways[2].asked, 0);
}

TEST(AmbientSignIn, AWayThatSomebodySetUpAndIsWrongEndsTheSearch) {
  std::vector<Way> ways{{"workload identity", ErrorCode::refused, true}, {"Azure CLI", {}}};
  const auto outcome = ask(ways);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.message, "workload identity: not here");
  EXPECT_EQ(ways[1].asked, 0);
}

TEST(AmbientSignIn, WithoutAnyEachIsNamedWithItsReason) {
  std::vector<Way> ways{{"managed identity", ErrorCode::unavailable}};
  const auto outcome = ask(ways);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, ErrorCode::refused);
  EXPECT_EQ(outcome.error().error.message,
            "no way of signing in to Azure works here:\n  environment: AZURE_TENANT_ID is not set\n"
            "  managed identity: not here");
}

TEST(AmbientSignIn, AStopIsNoReasonToTryTheNext) {
  std::vector<Way> ways{{"managed identity", ErrorCode::cancelled}, {"Azure CLI", {}}};
  EXPECT_FALSE(ask(ways));
  EXPECT_EQ(ways[1].asked, 0);
}

}  // namespace
}  // namespace vedette::cloud
