// Mail through Microsoft Graph: what goes out, and what its answers mean to mail's own rules.
#include "notify/graph_mailer.h"

#include <gtest/gtest.h>

#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/sample_alert.h"
#include "notify/mail_sender.h"
#include "notify/signature.h"

namespace vedette::notify {
namespace {

using fakes::FakeHttpService;

class GraphMail : public testing::Test {
 protected:
  Outcome send() {
    Message message{model::AlertChange::opened, alert_, {}, clock_.now()};
    message.key = "key_1";
    message.incident = 12;
    return sender_.send(message, clock_, {});
  }

  fakes::FakeClock clock_{*base::parse_iso("2026-06-01T08:18:51Z")};
  fakes::FakeTokenService identity_;
  FakeHttpService graph_;
  model::Alert alert_ = fakes::sample_alert();
  MailSender sender_{
      {{"o'neil+soc@example.org", {"a@example.org", "b@example.org"}}, "mail through Graph", true},
      std::make_unique<GraphMailer>(GraphMailerSettings{},
                                    std::make_unique<fakes::FakeAccessTokens>(identity_), clock_,
                                    std::make_unique<fakes::FakeHttpClient>(graph_))};
};

TEST_F(GraphMail, TheMailGoesOutInMimeForm) {
  graph_.answer(FakeHttpService::reply(202));
  EXPECT_TRUE(std::holds_alternative<Delivered>(send()));
  const auto request = graph_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.reveal(),
            "https://graph.microsoft.com/v1.0/users/o%27neil%2Bsoc%40example.org/sendMail");
  EXPECT_EQ(request.headers[0].second, "Bearer token-1");
  EXPECT_EQ(request.headers[1].second, "text/plain");
  const std::string mail = *decode_base64(request.body);
  EXPECT_NE(mail.find("To: a@example.org, b@example.org\r\n"), std::string::npos);
  EXPECT_NE(mail.find("\r\nMessage-ID: <vedette."), std::string::npos);
  EXPECT_NE(sender_.last_answer().find("250 Graph answered 202"), std::string::npos);
}

TEST_F(GraphMail, ATokenThatIsNotTakenIsForgotten) {
  graph_.answer(FakeHttpService::reply(
      401, R"({"error":{"code":"InvalidAuthenticationToken","message":"Lifetime failed"}})"));
  const auto outcome = send();
  const auto& again = std::get<TryAgain>(outcome);
  EXPECT_FALSE(again.maybe_delivered);
  EXPECT_NE(again.reason.find("InvalidAuthenticationToken, Lifetime failed"), std::string::npos);
  EXPECT_EQ(again.reason.find("token-1"), std::string::npos);
  EXPECT_TRUE(std::holds_alternative<Delivered>(send()));
  EXPECT_EQ(graph_.requests().at(1).headers[0].second, "Bearer token-2");
}

TEST_F(GraphMail, AWaitThatIsAskedForIsKept) {
  graph_.answer(FakeHttpService::reply(429, "{}", {{"retry-after", "17"}}));
  const auto limited = send();
  EXPECT_EQ(std::get<TryAgain>(limited).wait, base::Duration::seconds(17));
  EXPECT_FALSE(std::get<TryAgain>(limited).maybe_delivered);
  graph_.answer(FakeHttpService::reply(503));
  EXPECT_TRUE(std::holds_alternative<TryAgain>(send()));
}

TEST_F(GraphMail, WhatHasToBeRepairedIsSaid) {
  graph_.answer(FakeHttpService::reply(403, R"({"error":{"code":"ErrorAccessDenied"}})"));
  const auto denied = send();
  EXPECT_NE(std::get<DestinationBroken>(denied).reason.find("permission Mail.Send"),
            std::string::npos);
  graph_.answer(FakeHttpService::reply(404, R"({"error":{"code":"ErrorInvalidUser"}})"));
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(send()));
  graph_.answer(FakeHttpService::reply(400, R"({"error":{"code":"ErrorMimeContentInvalid"}})"));
  EXPECT_TRUE(std::holds_alternative<MessageRefused>(send()));
}

TEST_F(GraphMail, WithoutATokenNothingGoesOut) {
  identity_.fail(base::ErrorCode::unavailable, "the identity service does not answer");
  const auto later = send();
  EXPECT_FALSE(std::get<TryAgain>(later).maybe_delivered);
  identity_.fail(base::ErrorCode::refused, "AADSTS7000215: the client secret is wrong");
  const auto wrong = send();
  EXPECT_NE(std::get<DestinationBroken>(wrong).reason.find("AADSTS7000215"), std::string::npos);
  EXPECT_TRUE(graph_.requests().empty());
}

TEST_F(GraphMail, AnExchangeThatBreaksMayHaveArrived) {
  graph_.answer(FakeHttpService::cut_off("cut off"));
  EXPECT_TRUE(std::get<TryAgain>(send()).maybe_delivered);
}

}  // namespace
}  // namespace vedette::notify
