// Signing in to clouds against a scripted identity service.
#include <gtest/gtest.h>

#include <fstream>

#include "cloud/app_sign_in.h"
#include "cloud/azure_cli.h"
#include "cloud/device_sign_in.h"
#include "cloud/endpoints.h"
#include "cloud/managed_identity.h"
#include "cloud/oauth_tokens.h"
#include "cloud/token_answer.h"
#include "contract/access_tokens_contract.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/temporary_folder.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;
using fakes::FakeHttpService;

constexpr std::string_view graph = "https://graph.microsoft.com/.default";
constexpr const char* secret_text = "S3cret~of+the app";

const AppIdentity app{"https://login.microsoftonline.com", "contoso.com", "client-1"};

std::string token_body(const std::string& token, const std::string& expires = "3600") {
  return R"({"token_type":"Bearer","expires_in":)" + expires + R"(,"access_token":")" + token +
         "\"}";
}

std::string error_body(const std::string& word, int code, const std::string& text) {
  return R"({"error":")" + word + R"(","error_description":"AADSTS)" + std::to_string(code) + ": " +
         text + R"( Trace ID: 1","error_codes":[)" + std::to_string(code) + "]}";
}

ProofReader secret_proof() {
  return proof_by_secret([]() -> base::Result<base::Secret> { return base::Secret(secret_text); });
}

struct SignInWorld {
  FakeHttpService service_;
  fakes::FakeClock clock_;
  AppSignIn source_{app, secret_proof(), std::make_unique<fakes::FakeHttpClient>(service_), clock_};
  [[nodiscard]] TokenOutcome ask() { return source_.ask(graph, {}); }
};

// ---- the port's contract ----

struct OAuthWorld {
  ports::AccessTokens& tokens() { return tokens_; }
  void issue(std::string beginning) {
    service_.set_responder([this, beginning = std::move(beginning)](const ports::HttpRequest&) {
      return FakeHttpService::reply(200, token_body(beginning + std::to_string(++issued_)));
    });
  }
  void refuse() {
    service_.set_responder([](const ports::HttpRequest&) {
      return FakeHttpService::reply(401, error_body("invalid_client", 7000215, "Invalid secret."));
    });
  }
  void break_connection() {
    service_.set_responder([](const ports::HttpRequest&) { return FakeHttpService::cut_off(); });
  }
  void expire() { clock_.advance(Duration::hours(1)); }
  [[nodiscard]] int asked() const { return static_cast<int>(service_.requests().size()); }

  FakeHttpService service_;
  fakes::FakeClock clock_;
  int issued_ = 0;
  OAuthTokens tokens_{
      std::make_unique<AppSignIn>(app, secret_proof(),
                                  std::make_unique<fakes::FakeHttpClient>(service_), clock_),
      clock_};
};

}  // namespace
}  // namespace vedette::cloud

namespace vedette::contract {
INSTANTIATE_TYPED_TEST_SUITE_P(OAuth, AccessTokensContract, cloud::OAuthWorld);
}  // namespace vedette::contract

namespace vedette::cloud {
namespace {

// ---- client credentials ----

TEST(AppSignIn, SendsTheFormThatRfc6749Says) {
  SignInWorld world;
  world.service_.answer(FakeHttpService::reply(200, token_body("abc")));
  const auto issued = world.ask();
  ASSERT_TRUE(issued) << issued.error().error.message;
  EXPECT_EQ(issued->token.reveal(), "abc");
  EXPECT_EQ(issued->valid_for, Duration::hours(1));
  const auto sent = world.service_.requests().front();
  EXPECT_EQ(sent.url.reveal(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
  EXPECT_EQ(sent.body,
            "grant_type=client_credentials&client_id=client-1&scope=https%3A%2F%2Fgraph.microsoft"
            ".com%2F.default&client_secret=S3cret~of%2Bthe%20app");
}

TEST(AppSignIn, TheOlderEndpointWritesNumbersAsStrings) {
  SignInWorld world;
  world.service_.answer(FakeHttpService::reply(200, token_body("abc", "\"7200\"")));
  EXPECT_EQ(world.ask()->valid_for, Duration::hours(2));
}

TEST(AppSignIn, EveryRefusalSaysWhatToDoAndHoldsNoSecret) {
  struct Case {
    int status, code;
    ErrorCode expected;
    const char* words;
  };
  for (const Case& each : {Case{401, 7000215, ErrorCode::refused, "the secret's value, not its id"},
                           Case{401, 7000222, ErrorCode::refused, "has expired"},
                           Case{400, 700016, ErrorCode::refused, "check client_id and tenant id"},
                           Case{400, 90002, ErrorCode::refused, "there is no such tenant"},
                           Case{401, 700024, ErrorCode::refused, "set this machine's clock right"},
                           Case{400, 500011, ErrorCode::refused, "no licence or subscription"},
                           Case{400, 123456, ErrorCode::refused, "Something new."},
                           Case{429, 0, ErrorCode::unavailable, "cannot answer now (429)"},
                           Case{503, 90033, ErrorCode::unavailable, "passing fault"}}) {
    SignInWorld world;
    world.service_.answer(
        FakeHttpService::reply(each.status, error_body("x", each.code, "Something new.")));
    const auto outcome = world.ask();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().error.code, each.expected) << each.code;
    const std::string& message = outcome.error().error.message;
    EXPECT_NE(message.find(each.words), std::string::npos) << message;
    EXPECT_EQ(message.find("S3cret"), std::string::npos) << message;
    EXPECT_EQ(message.find("Trace"), std::string::npos) << message;
  }
}

TEST(AppSignIn, WhatIsNoTokenIsWorthAnotherTry) {
  for (const char* body : {"<html>sign in to the hotel's network</html>", "{}", "",
                           R"({"access_token":""})", R"({"access_token":7})"}) {
    SignInWorld world;
    world.service_.answer(FakeHttpService::reply(200, body));
    const auto outcome = world.ask();
    ASSERT_FALSE(outcome) << body;
    EXPECT_EQ(outcome.error().error.code, ErrorCode::unavailable) << body;
  }
}

TEST(AppSignIn, AFederatedTokenIsReadAnewEachTime) {
  const fakes::TemporaryFolder folder;
  const std::string path = (folder.path() / "token").string();
  FakeHttpService service;
  fakes::FakeClock clock;
  AppSignIn source(app, proof_by_federated_token(path),
                   std::make_unique<fakes::FakeHttpClient>(service), clock);
  const auto missing = source.ask(graph, {});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().error.message.find("cannot read the federated token"),
            std::string::npos);
  for (const char* token : {"first", "second"}) {
    std::ofstream(path) << token << "\n";
    service.answer(FakeHttpService::reply(200, token_body("t")));
    ASSERT_TRUE(source.ask(graph, {}));
    const std::string body = service.requests().back().body;
    EXPECT_TRUE(body.ends_with(std::string("&client_assertion=") + token)) << body;
    EXPECT_NE(body.find("client_assertion_type=urn%3Aietf"), std::string::npos) << body;
  }
}

// ---- what is held ----

TEST(OAuthTokens, RenewsBeforeTheEndAndUsesTheOldOneWhileThatFails) {
  OAuthWorld world;
  world.issue("t");
  const auto held = [&] {
    const auto token = world.tokens_.token(graph, {});
    return token ? std::string(token->reveal()) : token.error().message;
  };
  EXPECT_EQ(held(), "t1");
  world.clock_.advance(Duration::minutes(54));
  EXPECT_EQ(held(), "t1");
  world.break_connection();
  world.clock_.advance(Duration::minutes(2));
  EXPECT_EQ(held(), "t1");
  EXPECT_EQ(world.asked(), 2);
  EXPECT_EQ(held(), "t1");
  EXPECT_EQ(world.asked(), 2) << "a renewal that failed is not tried with every call";
  world.clock_.advance(Duration::minutes(1));
  world.issue("u");
  EXPECT_EQ(held(), "u2");
  EXPECT_EQ(world.asked(), 3);
}

TEST(OAuthTokens, KeepsTheWaitThatTheServiceAskedFor) {
  OAuthWorld world;
  world.service_.set_responder([](const ports::HttpRequest&) {
    return FakeHttpService::reply(429, "", {{"Retry-After", "40"}});
  });
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(world.tokens_.token(graph, {}));
  EXPECT_EQ(world.asked(), 1);
  world.clock_.advance(Duration::seconds(40));
  world.issue("t");
  EXPECT_TRUE(world.tokens_.token(graph, {}));
  EXPECT_EQ(world.asked(), 2);
}

// ---- managed identity ----

TEST(ManagedIdentity, AsksTheMetadataService) {
  FakeHttpService service;
  fakes::FakeClock clock;
  ManagedIdentity source({"user-assigned", "", {}},
                         std::make_unique<fakes::FakeHttpClient>(service), clock);
  const std::string end = std::to_string((clock.now() + Duration::hours(8)).unix_seconds());
  service.answer(
      FakeHttpService::reply(200, R"({"access_token":"m","expires_on":")" + end + "\"}"));
  const auto issued = source.ask(graph, {});
  ASSERT_TRUE(issued) << issued.error().error.message;
  EXPECT_EQ(issued->valid_for, Duration::hours(8));
  const auto sent = service.requests().front();
  EXPECT_EQ(sent.method, "GET");
  EXPECT_EQ(sent.url.reveal(),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
            "&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=user-assigned");
  EXPECT_EQ(sent.headers.back(), (std::pair<std::string, std::string>("Metadata", "true")));
  service.answer(FakeHttpService::reply(410, ""));
  const auto moving = source.ask(graph, {});
  ASSERT_FALSE(moving);
  EXPECT_EQ(moving.error().error.code, ErrorCode::unavailable);
  EXPECT_EQ(moving.error().wait, Duration::seconds(70));
}

TEST(ManagedIdentity, AppServiceHasAnEndpointAndAHeaderOfItsOwn) {
  FakeHttpService service;
  fakes::FakeClock clock;
  ManagedIdentity source({"", "http://127.0.0.1:41741/msi/token", base::Secret("h")},
                         std::make_unique<fakes::FakeHttpClient>(service), clock);
  service.answer(FakeHttpService::reply(200, token_body("m")));
  ASSERT_TRUE(source.ask(graph, {}));
  const auto sent = service.requests().front();
  EXPECT_EQ(sent.url.reveal(),
            "http://127.0.0.1:41741/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph"
            ".microsoft.com");
  EXPECT_EQ(sent.headers.back(), (std::pair<std::string, std::string>("X-IDENTITY-HEADER", "h")));
}

// ---- Azure CLI ----

TEST(AzureCli, AsksItForAToken) {
  fakes::FakeClock clock;
  std::vector<std::string> asked;
  AzureCli source(
      "contoso.com",
      [&](const std::vector<std::string>& words,
          const std::stop_token&) -> base::Result<std::string> {
        asked = words;
        return R"({"accessToken":"c","expires_on":)" +
               std::to_string((clock.now() + Duration::minutes(50)).unix_seconds()) + "}";
      },
      clock);
  const auto issued = source.ask(graph, {});
  ASSERT_TRUE(issued);
  EXPECT_EQ(issued->valid_for, Duration::minutes(50));
  const std::vector<std::string> expected{"az",         "account", "get-access-token", "--output",
                                          "json",       "--scope", std::string(graph), "--tenant",
                                          "contoso.com"};
  EXPECT_EQ(asked, expected);
}

TEST(AzureCli, SaysThatSomebodyMustSignIn) {
  fakes::FakeClock clock;
  AzureCli source(
      "",
      [](const std::vector<std::string>&, const std::stop_token&) -> base::Result<std::string> {
        return base::failure(ErrorCode::refused, "it ended with 1");
      },
      clock);
  const auto outcome = source.ask(graph, {});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().error.message.find("az login"), std::string::npos);
}

// ---- device code ----

struct DeviceWorld {
  FakeHttpService service_;
  fakes::FakeClock clock_;
  std::string kept_, told_;
  DeviceSignIn source_{app,
                       {[this]() -> base::Result<base::Secret> {
                          if (kept_.empty()) return base::failure(ErrorCode::not_found, "nothing");
                          return base::Secret(kept_);
                        },
                        [this](const base::Secret& token) -> base::Result<void> {
                          kept_ = std::string(token.reveal());
                          return {};
                        }},
                       [this](const std::string& text) { told_ = text; },
                       std::make_unique<fakes::FakeHttpClient>(service_),
                       clock_};

  void begin() {
    service_.answer(FakeHttpService::reply(
        200, R"({"device_code":"D","user_code":"ABCD-EFGH","verification_uri":
             "https://microsoft.com/devicelogin","expires_in":900,"interval":5})"));
  }
  void say(const char* word) {
    service_.answer(FakeHttpService::reply(400, std::string(R"({"error":")") + word + "\"}"));
  }
};

TEST(DeviceSignIn, WaitsAtTheServicesPaceAndKeepsTheRefreshToken) {
  DeviceWorld world;
  world.begin();
  world.say("authorization_pending");
  world.say("slow_down");
  world.service_.answer(FakeHttpService::cut_off());
  world.service_.answer(
      FakeHttpService::reply(200, R"({"access_token":"d","expires_in":3600,"refresh_token":"R"})"));
  const auto begun = world.clock_.monotonic();
  const auto issued = world.source_.ask(graph, {});
  ASSERT_TRUE(issued) << issued.error().error.message;
  EXPECT_EQ(world.clock_.monotonic() - begun, Duration::seconds(5 + 5 + 10 + 10));
  EXPECT_EQ(world.told_,
            "Open https://microsoft.com/devicelogin in a browser and type the code ABCD-EFGH");
  EXPECT_EQ(world.kept_, "R");
  world.service_.answer(FakeHttpService::reply(
      200, R"({"access_token":"e","expires_in":3600,"refresh_token":"R2"})"));
  ASSERT_TRUE(world.source_.ask(graph, {}));
  EXPECT_EQ(world.kept_, "R2");
  EXPECT_TRUE(world.service_.requests().back().body.starts_with("grant_type=refresh_token&"));
}

TEST(DeviceSignIn, EndsWhenItIsDeclinedOrNobodyCame) {
  DeviceWorld declined;
  declined.begin();
  declined.say("authorization_declined");
  const auto outcome = declined.source_.ask(graph, {});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().error.message.find("declined"), std::string::npos);

  DeviceWorld late;
  late.begin();
  late.service_.set_default(FakeHttpService::reply(400, R"({"error":"authorization_pending"})"));
  const auto nobody = late.source_.ask(graph, {});
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().error.message.find("in time"), std::string::npos);
  EXPECT_EQ(late.service_.requests().size(), 1U + 900 / 5);
}

// ---- where the clouds are ----

TEST(Endpoints, EachCloudHasItsOwn) {
  for (const Cloud cloud : {Cloud::global, Cloud::us_government, Cloud::us_defense, Cloud::china}) {
    const Endpoints e = endpoints_of(cloud);
    EXPECT_TRUE(e.authority.starts_with("https://login."));
    for (const Service* each : {&e.graph, &e.arm, &e.log_analytics, &e.monitor}) {
      EXPECT_TRUE(each->address.starts_with("https://")) << each->address;
      EXPECT_TRUE(each->scope.ends_with("/.default")) << each->scope;
    }
  }
  EXPECT_TRUE(endpoints_of(Cloud::china).management_activity.address.empty());
  EXPECT_EQ(endpoints_of(Cloud::global).log_analytics.scope,
            "https://api.loganalytics.io/.default");
}

}  // namespace
}  // namespace vedette::cloud
