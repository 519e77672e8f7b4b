// What every body of ports::AccessTokens must do. A World has
//   ports::AccessTokens& tokens();
//   void issue(beginning): from now on the service gives tokens that begin so, each another;
//   void refuse(): from now on it says no; void break_connection(): nobody answers any more;
//   void expire(): time passes until what was given is good no longer;
//   int asked(): how often the service was asked.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "ports/access_tokens.h"

namespace vedette::contract {

template <typename World>
class AccessTokensContract : public testing::Test {
 protected:
  static constexpr std::string_view graph = "https://graph.microsoft.com/.default";
  static constexpr std::string_view arm = "https://management.azure.com/.default";

  [[nodiscard]] std::string token(std::string_view scope = graph) {
    const auto token = world_.tokens().token(scope, {});
    return token ? std::string(token->reveal()) : "error: " + token.error().message;
  }
  World world_;
};
TYPED_TEST_SUITE_P(AccessTokensContract);

TYPED_TEST_P(AccessTokensContract, ATokenIsAskedForOnce) {
  this->world_.issue("first");
  const std::string token = this->token();
  EXPECT_TRUE(token.starts_with("first")) << token;
  EXPECT_EQ(this->token(), token);
  EXPECT_EQ(this->world_.asked(), 1);
}

TYPED_TEST_P(AccessTokensContract, EachScopeHasItsOwn) {
  this->world_.issue("each");
  const std::string first = this->token(), second = this->token(this->arm);
  EXPECT_NE(first, second);
  EXPECT_EQ(this->token(), first);
  EXPECT_EQ(this->token(this->arm), second);
  EXPECT_EQ(this->world_.asked(), 2);
}

TYPED_TEST_P(AccessTokensContract, WhatWasForgottenOrExpiredIsAskedForAnew) {
  this->world_.issue("one");
  const std::string first = this->token();
  this->world_.tokens().forget(this->graph);
  this->world_.tokens().forget("https://example.org/never-asked-for");
  const std::string second = this->token();
  EXPECT_NE(second, first);
  this->world_.expire();
  EXPECT_NE(this->token(), second);
  EXPECT_EQ(this->world_.asked(), 3);
}

TYPED_TEST_P(AccessTokensContract, ARefusalIsToldAndMayEnd) {
  this->world_.refuse();
  const auto refused = this->world_.tokens().token(this->graph, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::refused);
  EXPECT_FALSE(refused.error().message.empty());
  this->world_.issue("later");
  EXPECT_TRUE(this->token().starts_with("later"));
}

TYPED_TEST_P(AccessTokensContract, NobodyThereIsUnavailable) {
  this->world_.break_connection();
  const auto nothing = this->world_.tokens().token(this->graph, {});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::ErrorCode::unavailable);
}

TYPED_TEST_P(AccessTokensContract, AStopIsCancelled) {
  std::stop_source stop;
  stop.request_stop();
  const auto nothing = this->world_.tokens().token(this->graph, stop.get_token());
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::ErrorCode::cancelled);
}

TYPED_TEST_P(AccessTokensContract, ThreadsShareOneRequest) {
  this->world_.issue("shared");
  std::vector<std::string> tokens(8);
  {
    std::vector<std::jthread> threads;
    for (auto& token : tokens) threads.emplace_back([this, &token] { token = this->token(); });
  }
  for (const auto& token : tokens) EXPECT_EQ(token, tokens.front());
  EXPECT_TRUE(tokens.front().starts_with("shared"));
  EXPECT_EQ(this->world_.asked(), 1);
}

REGISTER_TYPED_TEST_SUITE_P(AccessTokensContract, ATokenIsAskedForOnce, EachScopeHasItsOwn,
                            WhatWasForgottenOrExpiredIsAskedForAnew, ARefusalIsToldAndMayEnd,
                            NobodyThereIsUnavailable, AStopIsCancelled, ThreadsShareOneRequest);

}  // namespace vedette::contract
