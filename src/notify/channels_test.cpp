// What the channels write and how they read the answers.
#include <gtest/gtest.h>

#include <fstream>

#include "base/json.h"
#include "base/text.h"
#include "fakes/fake_http_client.h"
#include "fakes/sample_alert.h"
#include "notify/channel.h"
#include "notify/facts.h"
#include "notify/signature.h"
#include "notify/webhook.h"

namespace vedette::notify {
namespace {

using base::Duration;
using base::Json;
using fakes::FakeHttpService;
using fakes::sample_alert;
using model::AlertChange;

const base::Timestamp now = *base::parse_iso("2026-06-01T08:18:51Z");
constexpr const char* discord_url =
    "https://discord.com/api/webhooks/123/token?thread_id=77&wait=false";
constexpr const char* slack_url = "https://hooks.slack.com/services/T0/B0/token";

std::unique_ptr<Channel> channel(const std::string& url, const std::string& secret = "") {
  const auto address = parse_channel_address(url, [](const auto&) { return std::nullopt; });
  EXPECT_TRUE(address) << address.error().message;
  auto made = make_channel(*address, {base::Secret(secret)});
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

Json body_of(const Channel& to, AlertChange change, const model::Alert& alert,
             std::string_view remote_id = "") {
  const auto body = base::parse_json(to.compose({change, alert, remote_id, now}).body);
  EXPECT_TRUE(body) << body.error().message;
  return *body;
}

Outcome read(const Channel& from, int status, const std::string& body = "",
             const FakeHttpService::Headers& headers = {}, std::string_view remote_id = "") {
  const auto alert = sample_alert();
  return from.read({AlertChange::opened, alert, remote_id, now},
                   *FakeHttpService::reply(status, body, headers));
}

// Everything that a body says, for "does it hold ...?".
std::string all_text(const Json& json) {
  std::string out;
  if (const auto* text = json.as_string()) out += *text + "\n";
  if (const auto* array = json.as_array())
    for (const auto& item : *array) out += all_text(item);
  if (const auto* object = json.as_object())
    for (const auto& [key, value] : *object) out += all_text(value);
  return out;
}

std::string without_backslashes(std::string text) {
  std::erase(text, '\\');
  return text;
}

TEST(Channels, AMessageHoldsWhatMatters) {
  auto alert = sample_alert();
  for (const char* url : {discord_url, slack_url}) {
    const auto to = channel(url);
    const std::string opened =
        without_backslashes(all_text(body_of(*to, AlertChange::opened, alert)));
    for (const char* expected :
         {"High: Brute force from 203.0.113.7", "203.0.113.7", "Frankfurt am Main, Hesse, Germany",
          "AS64496 Example Net", "root, deploy", "web1", "1,234",
          "2026-06-01 08:15:30Z to 2026-06-01 08:18:50Z", "3 failed log-ins within 60 s",
          "T1110.001", "brute_force", "open, so far 3 min 20 s"})
      EXPECT_NE(opened.find(expected), std::string::npos) << url << " lacks " << expected << " in\n"
                                                          << opened;
    const std::string closed =
        without_backslashes(all_text(body_of(*to, AlertChange::closed, alert)));
    EXPECT_NE(closed.find("Closed: High"), std::string::npos);
    EXPECT_NE(closed.find("closed, it lasted 3 min 20 s"), std::string::npos) << closed;
    const std::string withdrawn = all_text(body_of(*to, AlertChange::withdrawn, alert));
    EXPECT_NE(withdrawn.find("Withdrawn"), std::string::npos);
  }
}

TEST(Channels, WhatIsNotKnownIsLeftOut) {
  model::Alert bare;
  bare.title = "Something";
  for (const char* url : {discord_url, slack_url}) {
    const std::string text = all_text(body_of(*channel(url), AlertChange::opened, bare));
    for (const char* label : {"Place", "Network operator", "User", "Host", "Address", "ATT&CK"})
      EXPECT_EQ(text.find(label), std::string::npos) << label;
  }
  EXPECT_EQ(place_text({}), "");
  EXPECT_EQ(operator_text({}), "");
}

TEST(Discord, OneEmbedThatIsEditedLater) {
  const auto discord = channel(discord_url);
  const auto alert = sample_alert();
  const auto first = discord->compose({AlertChange::opened, alert, "", now});
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.url.reveal(),
            "https://discord.com/api/webhooks/123/token?wait=true&thread_id=77");
  const auto body = base::parse_json(first.body);
  ASSERT_TRUE(body);
  EXPECT_TRUE((*body)["allowed_mentions"]["parse"].as_array()->empty());
  ASSERT_EQ((*body)["embeds"].as_array()->size(), 1U);
  EXPECT_EQ(*(*(*body)["embeds"].as_array())[0]["timestamp"].as_string(), "2026-06-01T08:18:50Z");

  const auto answer = read(*discord, 200, R"({"id":"9001","content":""})");
  EXPECT_EQ(std::get<Delivered>(answer).remote_id, "9001");
  const auto edit = discord->compose({AlertChange::updated, alert, "9001", now});
  EXPECT_EQ(edit.method, "PATCH");
  EXPECT_EQ(edit.url.reveal(),
            "https://discord.com/api/webhooks/123/token/messages/9001?thread_id=77");
}

// An id that is none must never become part of a URL.
TEST(Discord, AStrangeMessageIdIsNotUsed) {
  const auto discord = channel(discord_url);
  for (const char* body : {R"({"id":"../../x"})", R"({"id":5})",
                           R"({"id":"123456789012345678901"})", "", "[]", R"({"id":""})"})
    EXPECT_EQ(std::get<Delivered>(read(*discord, 200, body)).remote_id, "") << body;
  const auto alert = sample_alert();
  EXPECT_EQ(discord->compose({AlertChange::updated, alert, "../x", now}).method, "POST");
}

TEST(Discord, SaysHowMuchItStillTakes) {
  const auto discord = channel(discord_url);
  const auto pause = [&](const FakeHttpService::Headers& headers) {
    return std::get<Delivered>(read(*discord, 200, "{}", headers)).pause;
  };
  EXPECT_EQ(pause({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset-after", "1.25"}}),
            Duration::milliseconds(1250));
  EXPECT_EQ(pause({{"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset-after", "1.25"}}),
            Duration{});
  EXPECT_EQ(pause({{"x-ratelimit-remaining", "0"}}), Duration{});
  EXPECT_EQ(pause({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset-after", "x"}}), Duration{});

  const auto limited = std::get<TryAgain>(
      read(*discord, 429,
           R"({"message":"You are being rate limited.","retry_after":64.57,"global":true})",
           {{"retry-after", "65"}}));
  EXPECT_EQ(limited.wait, Duration::milliseconds(64'570));
  EXPECT_FALSE(limited.maybe_delivered);
  EXPECT_NE(limited.reason.find("all of this address's"), std::string::npos);
  EXPECT_EQ(std::get<TryAgain>(read(*discord, 429, "<html>", {{"retry-after", "65"}})).wait,
            Duration::seconds(65));
  EXPECT_EQ(std::get<TryAgain>(read(*discord, 429, R"({"retry_after":-1})")).wait, std::nullopt);
}

TEST(Discord, StopsWhereGoingOnWouldBanUs) {
  const auto discord = channel(discord_url);
  for (const int status : {301, 302, 307, 308, 401, 403, 404, 410})
    EXPECT_TRUE(std::holds_alternative<DestinationBroken>(read(*discord, status))) << status;
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(
      read(*discord, 404, R"({"code":10015,"message":"Unknown Webhook"})", {}, "9001")));
  EXPECT_TRUE(std::holds_alternative<FirstMessageGone>(
      read(*discord, 404, R"({"code":10008,"message":"Unknown Message"})", {}, "9001")));
  EXPECT_TRUE(std::holds_alternative<MessageRefused>(read(*discord, 400, R"({"code":50035})")));
  for (const int status : {500, 502, 503, 504})
    EXPECT_TRUE(std::get<TryAgain>(read(*discord, status)).maybe_delivered) << status;
}

TEST(Slack, AnUpdateIsANewMessageThatSaysSo) {
  const auto slack = channel(slack_url);
  const auto alert = sample_alert();
  const auto update = slack->compose({AlertChange::updated, alert, "", now});
  EXPECT_EQ(update.method, "POST");
  EXPECT_EQ(update.url.reveal(), slack_url);
  const auto body = base::parse_json(update.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(*(*body)["text"].as_string(), "Update: High: Brute force from 203.0.113.7");
  EXPECT_FALSE(*(*body)["mrkdwn"].as_bool());
}

TEST(Slack, ItsWordsTellMessageFromDestination) {
  const auto slack = channel(slack_url);
  EXPECT_TRUE(std::holds_alternative<Delivered>(read(*slack, 200, "ok")));
  for (const char* word : {"invalid_payload", "no_text", "invalid_blocks", "too_many_attachments"})
    EXPECT_TRUE(std::holds_alternative<MessageRefused>(read(*slack, 400, word))) << word;
  const std::pair<int, const char*> broken[] = {
      {403, "invalid_token"},     {403, "action_prohibited"},   {404, "no_service"},
      {404, "channel_not_found"}, {410, "channel_is_archived"}, {400, "user_not_found"}};
  for (const auto& [status, word] : broken) {
    const auto outcome = read(*slack, status, word);
    ASSERT_TRUE(std::holds_alternative<DestinationBroken>(outcome)) << word;
    EXPECT_NE(std::get<DestinationBroken>(outcome).reason.find(word), std::string::npos);
  }
  EXPECT_EQ(std::get<DestinationBroken>(read(*slack, 403, "\x1b[31m\n")).reason.find('\x1b'),
            std::string::npos);
  EXPECT_TRUE(std::holds_alternative<TryAgain>(read(*slack, 500, "rollup_error")));
  EXPECT_EQ(std::get<TryAgain>(read(*slack, 429, "rate_limited", {{"retry-after", "30"}})).wait,
            Duration::seconds(30));
  EXPECT_EQ(
      std::get<TryAgain>(read(*slack, 429, "", {{"retry-after", "Mon, 01 Jun 2026 08:19:00 GMT"}}))
          .wait,
      Duration::seconds(9));
  EXPECT_EQ(std::get<TryAgain>(read(*slack, 429)).wait, std::nullopt);
}

// The vector of the Standard Webhooks specification's own libraries.
TEST(Webhook, TheSpecificationsSignature) {
  const auto key = signing_key(base::Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  ASSERT_TRUE(key);
  EXPECT_EQ(
      sign_webhook(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhook, SigningSecretsAreChecked) {
  EXPECT_TRUE(signing_key(base::Secret("a text of at least 24 bytes")));
  for (const char* bad :
       {"short", "whsec_", "whsec_MfKQ9r8G", "whsec_not base64 not base64 not base64!!",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"}) {
    const auto key = signing_key(base::Secret(bad));
    ASSERT_FALSE(key) << bad;
    EXPECT_EQ(key.error().message.find("MfKQ"), std::string::npos);
  }
  EXPECT_EQ(encode_base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\x00z"})
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  for (const char* bad : {"a", "====", "YW=5", "YR==", "YW5\n"})
    EXPECT_FALSE(decode_base64(bad)) << bad;
}

TEST(Webhook, TheIdStaysTheSameWhenTriedAgainAndTheSignatureIsOfTheAttempt) {
  const auto webhook =
      channel("https://soc.example/hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  auto alert = sample_alert();
  const auto header = [](const ports::HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers)
      if (key == name) return value;
    return std::string();
  };
  const auto first = webhook->compose({AlertChange::opened, alert, "", now});
  const auto again = webhook->compose({AlertChange::opened, alert, "", now + Duration::minutes(1)});
  EXPECT_EQ(header(first, "webhook-id"), header(again, "webhook-id"));
  EXPECT_EQ(first.body, again.body);
  EXPECT_NE(header(first, "webhook-signature"), header(again, "webhook-signature"));
  EXPECT_EQ(header(first, "webhook-timestamp"), "1780301931");
  const auto key = signing_key(base::Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  EXPECT_EQ(header(first, "webhook-signature"),
            sign_webhook(*key, header(first, "webhook-id"), now.unix_seconds(), first.body));

  alert.updated = alert.created + Duration::hours(1);  // a later run over the same events
  EXPECT_EQ(header(webhook->compose({AlertChange::opened, alert, "", now}), "webhook-id"),
            header(first, "webhook-id"));
  alert.event_count += 1;
  EXPECT_NE(header(webhook->compose({AlertChange::opened, alert, "", now}), "webhook-id"),
            header(first, "webhook-id"));
  EXPECT_NE(header(webhook->compose({AlertChange::closed, sample_alert(), "", now}), "webhook-id"),
            header(first, "webhook-id"));

  const auto body = base::parse_json(first.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(*(*body)["change"].as_string(), "opened");
  EXPECT_EQ(*(*body)["id"].as_string(), "0000000000001234");
  const auto unsigned_one =
      channel("https://soc.example/hook")->compose({AlertChange::opened, alert, "", now});
  EXPECT_EQ(header(unsigned_one, "webhook-signature"), "");
}

TEST(Channels, ASigningSecretIsOnlyForWebhooks) {
  const auto address = parse_channel_address(slack_url, [](const auto&) { return std::nullopt; });
  EXPECT_FALSE(make_channel(*address, {base::Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}));
}

}  // namespace
}  // namespace vedette::notify
