#include <gtest/gtest.h>

#include <algorithm>

#include "fakes/fake_clock.h"
#include "fakes/fake_mailer.h"
#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"
#include "notify/mail_message.h"
#include "notify/mail_sender.h"
#include "notify/mail_text.h"

namespace vedette::notify {
namespace {

using model::AlertChange;
using ports::MailStep;

const MailAddresses addresses{"vedette@example.org", {"a@example.org", "b@example.org"}};

Message message_about(const model::Alert& alert, AlertChange change = AlertChange::opened) {
  Message message{change, alert, {}, *base::parse_iso("2026-06-01T09:00:00Z")};
  message.key = "identity/opened/1/team chat";
  message.incident = 12;
  return message;
}

MailParts parts_of(const Message& message) {
  return mail_parts(message, *MessageTemplates::built_in());
}

std::string compose(const Message& message) {
  return compose_mail(message, addresses, *MessageTemplates::built_in());
}

// The header lines of a mail, unfolded.
std::vector<std::string> headers_of(const std::string& mail) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < mail.size();) {
    const std::size_t end = mail.find("\r\n", at);
    const std::string line = mail.substr(at, end - at);
    at = end + 2;
    if (line.empty()) break;
    if (line.front() == ' ' && !lines.empty())
      lines.back() += line;
    else
      lines.push_back(line);
  }
  return lines;
}

TEST(MailText, HeadersAreFoldedAndEncoded) {
  EXPECT_EQ(mail_header("Subject", "plain text"), "Subject: plain text\r\n");
  EXPECT_EQ(mail_header("Subject", ""), "Subject: \r\n");
  EXPECT_EQ(mail_header("Subject", "Grüße"), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n");
  EXPECT_EQ(mail_header("Subject", "a\r\nBcc: x@y"), "Subject: a\\x0d\\x0aBcc: x@y\r\n");
  // What a reader would decode is encoded itself.
  EXPECT_EQ(mail_header("Subject", "=?utf-8?b?YQ==?=").find("=?utf-8"), std::string::npos);
  for (const std::string& value :
       {std::string(300, 'x') + " y", std::string(90, 'x') + " " + std::string(90, 'y'), [] {
          std::string text;
          for (int i = 0; i < 100; ++i) text += "ü ";
          return text;
        }()}) {
    const std::string header = mail_header("Subject", value);
    EXPECT_TRUE(header.ends_with("\r\n"));
    EXPECT_EQ(headers_of(header + "\r\n").size(), 1U) << header;
    EXPECT_EQ(header.find("\r\n\r\n"), std::string::npos);
  }
}

TEST(MailText, NoLinkForms) {
  EXPECT_EQ(encode_mail_text("see https://evil.example/?x WWW.evil.example", 200),
            "see https[://]evil.example/?x WWW[.]evil.example");
  EXPECT_EQ(encode_mail_html("<b>&\"'</b> http://x", 200),
            "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt; http[://]x");
}

TEST(MailText, QuotedPrintable) {
  EXPECT_EQ(quoted_printable("a=b\nü \n.dot\nFrom x"),
            "a=3Db\r\n=C3=BC=20\r\n=2Edot\r\n=46rom x\r\n");
  const std::string lines = quoted_printable(std::string(1'000, 'x') + std::string(100, '='));
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 76U);
    at = end + 2;
  }
}

TEST(MailText, Dates) {
  EXPECT_EQ(mail_date(*base::parse_iso("2026-06-01T08:15:30Z")), "Mon, 01 Jun 2026 08:15:30 +0000");
  EXPECT_EQ(mail_date(*base::parse_iso("2024-02-29T23:59:59Z")), "Thu, 29 Feb 2024 23:59:59 +0000");
}

TEST(MailText, Addresses) {
  for (const char* good : {"a@b", "first.last+tag@mail.example.org", "o'neil@example.org"})
    EXPECT_TRUE(is_mail_address(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a b@c", "a@b c", "<a@b>", "a@b>", "a@b\r\nx",
                          "a@@b", ".a@b", "a.@b", "a..b@c", "a@b..c", "ü@b", "\"a b\"@c"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
}

TEST(MailMessage, SaysWhatIsKnownInBothParts) {
  const model::Alert alert = fakes::sample_alert();
  const Message message = message_about(alert);
  EXPECT_EQ(parts_of(message).subject, "[#12] High: Brute force from 203.0.113.7");
  EXPECT_TRUE(
      parts_of(message_about(alert, AlertChange::updated)).subject.starts_with("[#12] Update: "));
  for (const std::string& part : {parts_of(message).text, parts_of(message).html}) {
    for (const char* fact : {"203.0.113.7", "root, deploy", "web1", "1,234", "Frankfurt am Main",
                             "T1110.001", "3 failed log-ins within 60 s", "incident 12"})
      EXPECT_NE(part.find(fact), std::string::npos) << fact << " is not in\n" << part;
  }
}

TEST(MailMessage, TheSameMessageIsTheSameMail) {
  const model::Alert alert = fakes::sample_alert();
  Message message = message_about(alert);
  const std::string first = compose(message);
  message.now = message.now + base::Duration::hours(5);
  EXPECT_EQ(compose(message), first);
  const auto headers = headers_of(first);
  EXPECT_EQ(headers[0], "Date: Mon, 01 Jun 2026 08:18:51 +0000");
  EXPECT_EQ(headers[1], "From: Vedette <vedette@example.org>");
  EXPECT_EQ(headers[2], "To: a@example.org, b@example.org");
  const std::string id = message_id(message, addresses);
  EXPECT_NE(std::ranges::find(headers, "Message-ID: " + id), headers.end());
  EXPECT_NE(std::ranges::find(headers, "References: <vedette.incident.12@example.org>"),
            headers.end());
  message.key = "identity/updated/2/team chat";
  EXPECT_NE(message_id(message, addresses), id);
}

// Section 10: whatever the fields hold, the structure is ours.
TEST(MailMessage, HostileFieldsStayText) {
  const auto shape = [](const std::string& mail) {
    std::vector<std::string> names;
    for (const auto& header : headers_of(mail)) names.push_back(header.substr(0, header.find(':')));
    return names;
  };
  const auto count = [](const std::string& text, std::string_view what) {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++times;
    return times;
  };
  const model::Alert plain = fakes::hostile_alert("plain");
  const auto wanted = shape(compose(message_about(plain)));
  const std::string plain_html = parts_of(message_about(plain)).html;
  for (const std::string& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    const model::Alert alert = fakes::hostile_alert(text);
    const Message message = message_about(alert);
    const std::string mail = compose(message);
    EXPECT_EQ(shape(mail), wanted) << text;
    EXPECT_TRUE(std::ranges::all_of(mail, [](char c) {
      return (c >= ' ' && c <= '~') || c == '\r' || c == '\n';
    })) << text;
    EXPECT_EQ(count(mail, "\n"), count(mail, "\r\n")) << text;
    const std::string html = parts_of(message).html;
    for (const std::string_view tag : {"<", ">", "\""})
      EXPECT_EQ(count(html, tag), count(plain_html, tag)) << text;
    EXPECT_EQ(count(html, "://"), count(html, "[://]")) << text;
    EXPECT_EQ(count(mail, "--=_vedette_"), 3U) << text;
  }
}

class MailSenderTest : public testing::Test {
 protected:
  Outcome send() { return sender.send(message_about(alert), clock, {}); }
  static MailSettings settings(bool token) { return {addresses, "mail through x", token}; }

  fakes::FakeClock clock;
  fakes::MailServer server;
  model::Alert alert = fakes::sample_alert();
  MailSender sender{settings(false), std::make_unique<fakes::FakeMailer>(server)};
};

TEST_F(MailSenderTest, Delivered) {
  const Outcome outcome = send();
  ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
  EXPECT_EQ(std::get<Delivered>(outcome).remote_id, message_id(message_about(alert), addresses));
  EXPECT_EQ(server.mails.at(0).recipients, addresses.to);
  EXPECT_EQ(server.mails.at(0).sender, addresses.from);
}

TEST_F(MailSenderTest, OnlyThoseWhoHaveItNotAreTriedAgain) {
  server.answer = [](const ports::Mail&) {
    return ports::MailAnswer{
        MailStep::content, {250, "queued"}, {{250, "ok"}, {451, "greylisted"}}};
  };
  const Outcome outcome = send();
  ASSERT_TRUE(std::holds_alternative<TryAgain>(outcome));
  EXPECT_FALSE(std::get<TryAgain>(outcome).maybe_delivered);
  server.answer = fakes::MailServer::taken;
  EXPECT_TRUE(std::holds_alternative<Delivered>(send()));
  EXPECT_EQ(server.mails.at(1).recipients, std::vector<std::string>{"b@example.org"});
  EXPECT_EQ(server.mails.at(0).content, server.mails.at(1).content);
}

TEST_F(MailSenderTest, OneWhoIsRefusedIsTold) {
  server.answer = [](const ports::Mail&) {
    return ports::MailAnswer{
        MailStep::content, {250, "queued"}, {{550, "no such user"}, {250, "ok"}}};
  };
  const Outcome outcome = send();
  ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
  EXPECT_NE(std::get<Delivered>(outcome).notice.find("a@example.org"), std::string::npos);
}

TEST_F(MailSenderTest, AllRefusedIsGivenUp) {
  server.answer = [](const ports::Mail&) {
    return ports::MailAnswer{MailStep::recipients, {550, "no"}, {{550, "no"}, {553, "no"}}};
  };
  EXPECT_TRUE(std::holds_alternative<MessageRefused>(send()));
}

TEST_F(MailSenderTest, WhatEachAnswerMeans) {
  const auto outcome_of = [&](MailStep step, int code) {
    server.answer = [=](const ports::Mail&) {
      return ports::MailAnswer{step, {code, "said"}, {{250, ""}, {250, ""}}};
    };
    return send();
  };
  EXPECT_TRUE(std::holds_alternative<TryAgain>(outcome_of(MailStep::greeting, 421)));
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(outcome_of(MailStep::greeting, 554)));
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(outcome_of(MailStep::login, 535)));
  EXPECT_TRUE(std::holds_alternative<TryAgain>(outcome_of(MailStep::login, 454)));
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(outcome_of(MailStep::sender, 550)));
  EXPECT_TRUE(std::holds_alternative<TryAgain>(outcome_of(MailStep::content, 452)));
  EXPECT_TRUE(std::holds_alternative<MessageRefused>(outcome_of(MailStep::content, 554)));
  MailSender with_token(settings(true), std::make_unique<fakes::FakeMailer>(server));
  server.answer = [](const ports::Mail&) {
    return ports::MailAnswer{MailStep::login, {535, "expired"}, {}};
  };
  const Outcome expired = with_token.send(message_about(alert), clock, {});
  ASSERT_TRUE(std::holds_alternative<TryAgain>(expired));
  EXPECT_TRUE(std::get<TryAgain>(expired).wait);
}

TEST_F(MailSenderTest, NoAnswerMayHaveArrived) {
  server.answer = [](const ports::Mail&) -> base::Result<ports::MailAnswer> {
    return base::failure(base::ErrorCode::unavailable, "cut off");
  };
  const Outcome outcome = send();
  ASSERT_TRUE(std::holds_alternative<TryAgain>(outcome));
  EXPECT_TRUE(std::get<TryAgain>(outcome).maybe_delivered);
  server.answer = [](const ports::Mail&) -> base::Result<ports::MailAnswer> {
    return base::failure(base::ErrorCode::refused, "certificate");
  };
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(send()));
}

// The mail of job S1, to the letter.
TEST(Mail, APolicysMailHasItsOwnForm) {
  model::Alert alert = fakes::sample_alert(1);
  model::Notice notice;
  notice.subject = "🚨 Credential Phishing Incident Detected";
  notice.incident_id = "3005 in Microsoft Sentinel (12 in Vedette)";
  notice.incident_type = "Credential Phishing";
  notice.affected = "bo@contoso.com";
  notice.detected = *base::parse_iso("2026-06-01T08:15:30Z");
  notice.action = "The account will be locked automatically on 2026-06-06 08:15:30Z.";
  notice.notes = {"To stop it: vedette incidents ack 12.", "Policy credential-phishing: its label"};
  Message message = message_about(alert);
  message.notice = &notice;
  const MailParts parts = parts_of(message);
  EXPECT_EQ(parts.subject, "🚨 Credential Phishing Incident Detected");
  EXPECT_EQ(parts.text.substr(0, parts.text.find("Vedette, rule")),
            "🚨 Credential Phishing Incident Detected\n\n"
            "Incident ID: 3005 in Microsoft Sentinel (12 in Vedette)\n"
            "Type: Credential Phishing\n"
            "User Affected: bo@contoso.com\n"
            "Detected On (UTC): 2026-06-01 08:15:30Z\n\n"
            "Action Required: The account will be locked automatically on 2026-06-06 08:15:30Z.\n\n"
            "- To stop it: vedette incidents ack 12.\n"
            "- Policy credential-phishing: its label\n\n");
  EXPECT_NE(parts.html.find("<strong>Action Required:</strong> <bdi>The account"),
            std::string::npos);
}

TEST(Mail, HostileTextOfAPolicysMailStaysText) {
  for (const std::string& hostile : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    model::Alert alert = fakes::sample_alert(1);
    model::Notice notice;
    notice.subject = notice.incident_id = notice.incident_type = notice.affected = hostile;
    notice.action = hostile;
    notice.notes = {hostile};
    Message message = message_about(alert);
    message.notice = &notice;
    const auto headers = headers_of(compose(message));
    EXPECT_EQ(headers.size(), headers_of(compose(message_about(alert))).size());
    const std::string html = parts_of(message).html;
    model::Notice plain = notice;
    plain.subject = plain.incident_id = plain.incident_type = plain.affected = plain.action = "x";
    plain.notes = {"x"};
    message.notice = &plain;
    const auto tags = [](const std::string& text) { return std::ranges::count(text, '<'); };
    EXPECT_EQ(tags(html), tags(parts_of(message).html)) << hostile.substr(0, 60);
  }
}

}  // namespace
}  // namespace vedette::notify
