// The link that acknowledges, in each kind of message that has one.
#include <gtest/gtest.h>

#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/hostile_strings.h"
#include "fakes/memory_incident_store.h"
#include "fakes/sample_alert.h"
#include "notify/channel.h"
#include "notify/mail_message.h"
#include "notify/outbox_queue.h"

namespace vedette::notify {
namespace {

constexpr std::string_view link = "https://vedette.example.org/acknowledge/12.178.bWFpbA.c2VhbA";

std::unique_ptr<Channel> channel_at(const char* url) {
  return *make_channel(*parse_channel_address(url, [](const auto&) { return std::nullopt; }));
}

std::string body_of(const char* url, std::string_view acknowledge, const model::Alert& alert) {
  Message message{model::AlertChange::opened, alert, {}, {}};
  message.acknowledge = acknowledge;
  return channel_at(url)->compose(message).body;
}

constexpr const char* slack = "https://hooks.slack.com/services/T0/B0/token";
constexpr const char* discord = "https://discord.com/api/webhooks/1/t";
constexpr const char* teams =
    "https://x.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=t";

TEST(AcknowledgeInMessages, ChatsHaveAButtonOrALinkOnlyWhereThereIsOne) {
  const auto alert = fakes::sample_alert();
  for (const char* url : {slack, discord, teams}) {
    const auto with = base::parse_json(body_of(url, link, alert));
    const auto without = base::parse_json(body_of(url, "", alert));
    ASSERT_TRUE(with && without) << url;
    EXPECT_NE(body_of(url, link, alert).find(link), std::string::npos) << url;
    EXPECT_EQ(body_of(url, "", alert).find("cknowledge"), std::string::npos) << url;
  }
  const auto said = *base::parse_json(body_of(slack, link, alert));
  const auto& block = (*said["blocks"].as_array())[3];
  EXPECT_EQ(*block["text"]["text"].as_string(),
            "<" + std::string(link) + "|Acknowledge this incident>");
  EXPECT_EQ(*(*base::parse_json(body_of(discord, link, alert)))["content"].as_string(),
            "[Acknowledge this incident](<" + std::string(link) + ">)");
}

// What a log says makes no second link of that kind.
TEST(AcknowledgeInMessages, HostileTextChangesNothingAboutIt) {
  for (const auto& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    auto alert = fakes::sample_alert();
    alert.title = alert.reasons.front() = text;
    for (const char* url : {slack, discord, teams}) {
      const std::string body = body_of(url, link, alert);
      ASSERT_TRUE(base::parse_json(body));
      EXPECT_EQ(body.find(link), body.rfind(link));
    }
  }
}

TEST(AcknowledgeInMessages, MailsHaveItInBothParts) {
  const auto alert = fakes::sample_alert();
  model::Notice notice;
  notice.subject = "🚨 Credential Phishing Incident Detected";
  Message message{model::AlertChange::opened, alert, {}, {}};
  message.notice = &notice;
  EXPECT_EQ(mail_parts(message, *MessageTemplates::built_in()).text.find("cknowledge"),
            std::string::npos);
  message.acknowledge = link;
  const MailParts parts = mail_parts(message, *MessageTemplates::built_in());
  EXPECT_NE(parts.text.find("confirm: " + std::string(link) + "\n"), std::string::npos);
  EXPECT_NE(parts.html.find("<a href=\"" + std::string(link) + "\">"), std::string::npos);
  EXPECT_EQ(parts.subject.find("http"), std::string::npos);
}

// Only a running clock can be stopped, and only a message of its own has room for a link.
TEST(AcknowledgeInMessages, OnlyMessagesThatAskForItHaveOne) {
  fakes::FakeClock clock;
  fakes::MemoryIncidentStore store;
  ports::IncidentCommit commit;
  commit.incidents.emplace_back().identity = 7;
  for (const bool can : {true, false}) {
    ports::OutboxMessage message;
    message.key = can ? "a" : "b";
    message.channel = can ? "asks" : "tells";
    message.alert = fakes::sample_alert();
    message.notice.emplace().can_acknowledge = can;
    commit.messages.push_back({0, message});
  }
  ASSERT_TRUE(store.commit(commit));
  const auto link_of = [&](const char* channel) {
    OutboxQueue queue(store, clock, channel, {}, [](const ports::OutboxMessage& message) {
      return base::Secret("link of " + message.key);
    });
    return std::string(queue.take().value()->acknowledge.reveal());
  };
  EXPECT_EQ(link_of("asks"), "link of a");
  EXPECT_EQ(link_of("tells"), "");
}

}  // namespace
}  // namespace vedette::notify
