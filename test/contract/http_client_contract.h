// What every body of ports::HttpClient must do. A World has
//   ports::HttpClient& client();
//   std::string url(path): an address at the world's service;
//   void answer(status, body, headers): what the service says next;
//   void break_connection(): nobody listens any more;
//   std::vector<SeenRequest> seen(): what reached the service.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ports/http_client.h"

namespace vedette::contract {

struct SeenRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

template <typename World>
class HttpClientContract : public testing::Test {
 protected:
  [[nodiscard]] ports::HttpRequest request(const std::string& path = "/secret-path?token=secret") {
    ports::HttpRequest request;
    request.url = base::Secret(world_.url(path));
    request.headers = {{"Content-Type", "application/json"}, {"X-Mark", "a b"}};
    request.body = R"({"x":1})";
    return request;
  }
  World world_;
};
TYPED_TEST_SUITE_P(HttpClientContract);

TYPED_TEST_P(HttpClientContract, SendsWhatIsAsked) {
  for (const char* method : {"POST", "PATCH", "PUT"}) {
    auto request = this->request();
    request.method = method;
    this->world_.answer(200, "fine", {});
    const auto response = this->world_.client().send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "fine");
    EXPECT_FALSE(response->body_truncated);
    const auto seen = this->world_.seen();
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back().method, method);
    EXPECT_EQ(seen.back().target, "/secret-path?token=secret");
    EXPECT_EQ(seen.back().body, R"({"x":1})");
    EXPECT_EQ(seen.back().header("content-type"), "application/json");
    EXPECT_EQ(seen.back().header("x-mark"), "a b");
  }
}

TYPED_TEST_P(HttpClientContract, ALargeBodyArrivesWhole) {
  auto request = this->request();
  for (int i = 0; i < 100'000; ++i) request.body += static_cast<char>('a' + i % 26);
  this->world_.answer(200, "", {});
  ASSERT_TRUE(this->world_.client().send(request));
  EXPECT_EQ(this->world_.seen().back().body, request.body);
}

TYPED_TEST_P(HttpClientContract, HeaderNamesComeInLowerCase) {
  this->world_.answer(429, "", {{"Retry-After", "7"}, {"X-RateLimit-Remaining", "0"}});
  const auto response = this->world_.client().send(this->request());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 429);
  ASSERT_NE(response->header("retry-after"), nullptr);
  EXPECT_EQ(*response->header("retry-after"), "7");
  EXPECT_NE(response->header("x-ratelimit-remaining"), nullptr);
  EXPECT_EQ(response->header("x-absent"), nullptr);
}

TYPED_TEST_P(HttpClientContract, AnErrorStatusIsAResponse) {
  this->world_.answer(500, "oops", {});
  const auto response = this->world_.client().send(this->request());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body, "oops");
}

TYPED_TEST_P(HttpClientContract, ARedirectIsNotFollowed) {
  this->world_.answer(302, "", {{"Location", this->world_.url("/elsewhere")}});
  const auto response = this->world_.client().send(this->request());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(this->world_.seen().size(), 1U);
}

TYPED_TEST_P(HttpClientContract, TheBodyIsCapped) {
  this->world_.answer(200, std::string(base::limits::response_bytes_max + 1, 'x'), {});
  const auto cut = this->world_.client().send(this->request());
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_EQ(cut->body.size(), base::limits::response_bytes_max);
  EXPECT_TRUE(cut->body_truncated);
  EXPECT_EQ(cut->status, 200);
  this->world_.answer(200, std::string(base::limits::response_bytes_max, 'y'), {});
  const auto whole = this->world_.client().send(this->request());
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->body.size(), base::limits::response_bytes_max);
  EXPECT_FALSE(whole->body_truncated);
}

TYPED_TEST_P(HttpClientContract, NoConnectionIsUnavailableAndKeepsTheSecret) {
  const auto request = this->request();
  this->world_.break_connection();
  const auto response = this->world_.client().send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::unavailable);
  EXPECT_EQ(response.error().message.find("secret"), std::string::npos) << response.error().message;
}

TYPED_TEST_P(HttpClientContract, WhatIsNoAddressIsRefusedAndNotRepeated) {
  for (const char* text : {"", "ftp://127.0.0.1/secret", "file:///secret", "secret"}) {
    auto request = this->request();
    request.url = base::Secret(text);
    const auto response = this->world_.client().send(request);
    ASSERT_FALSE(response) << text;
    EXPECT_EQ(response.error().code, base::ErrorCode::refused) << text;
    EXPECT_EQ(response.error().message.find("secret"), std::string::npos)
        << response.error().message;
  }
  EXPECT_TRUE(this->world_.seen().empty());
}

TYPED_TEST_P(HttpClientContract, AStopEndsTheExchange) {
  std::stop_source stop;
  stop.request_stop();
  auto request = this->request();
  request.stop = stop.get_token();
  const auto response = this->world_.client().send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::cancelled) << response.error().message;
  EXPECT_TRUE(this->world_.seen().empty());
}

REGISTER_TYPED_TEST_SUITE_P(HttpClientContract, SendsWhatIsAsked, ALargeBodyArrivesWhole,
                            HeaderNamesComeInLowerCase, AnErrorStatusIsAResponse,
                            ARedirectIsNotFollowed, TheBodyIsCapped,
                            NoConnectionIsUnavailableAndKeepsTheSecret,
                            WhatIsNoAddressIsRefusedAndNotRepeated, AStopEndsTheExchange);

}  // namespace vedette::contract
