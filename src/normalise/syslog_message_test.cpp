#include "normalise/syslog_message.h"

#include <gtest/gtest.h>

#include "normalise/syslog_normaliser.h"

namespace vedette::normalise {
namespace {

using base::Duration;
using base::Timestamp;

// 2026-06-01T08:15:30Z
const Timestamp received = Timestamp::from_unix_seconds(1'780'301'730);

SyslogMessage read(std::string_view text, Timestamp at = received,
                   const base::TimeZone& zone = base::TimeZone::fixed({})) {
  return SyslogReader(zone).read(text, at);
}

std::string stamp_of(const SyslogMessage& message) {
  return message.stamp ? base::format_iso(*message.stamp) : "none";
}

TEST(SyslogMessage, Rfc5424WithAllItsParts) {
  const auto m = read(
      "<165>1 2026-06-01T10:14:15.003+02:00 web1.example.org evntslog 8710 ID47 "
      "[exampleSDID@32473 iut=\"3\" eventSource=\"a \\\"]\\\" b\"][x@1] \xEF\xBB\xBF"
      "An event");
  EXPECT_EQ(m.facility, "local4");
  EXPECT_EQ(m.severity, "notice");
  EXPECT_EQ(stamp_of(m), "2026-06-01T08:14:15.003Z");
  EXPECT_EQ(m.host, "web1.example.org");
  EXPECT_EQ(m.process, "evntslog");
  EXPECT_EQ(m.process_id, 8710);
  EXPECT_EQ(m.message, "An event");
}

// logger --rfc5424 -t "sshd[4242]": the tag of RFC 3164 in the place of the name.
TEST(SyslogMessage, Rfc5424WithAProcessIdInItsName) {
  auto m = read("<38>1 2026-06-01T08:15:30Z web1 sshd[4242] - - - text");
  EXPECT_EQ(m.process, "sshd");
  EXPECT_EQ(m.process_id, 4242);
  m = read("<38>1 2026-06-01T08:15:30Z web1 sshd[4242] 7 - - text");
  EXPECT_EQ(m.process, "sshd");
  EXPECT_EQ(m.process_id, 7);
  for (const char* name : {"[4242]", "sshd[x]", "sshd[]", "sshd[4242]x", "sshd[99999999999]"}) {
    const std::string text = "<38>1 2026-06-01T08:15:30Z web1 " + std::string(name) + " - - - text";
    m = read(text);
    EXPECT_EQ(m.process, name);
    EXPECT_FALSE(m.process_id);
  }
}

TEST(SyslogMessage, Rfc5424WithNothingInIt) {
  const auto m = read("<34>1 - - - - - -");
  EXPECT_EQ(m.facility, "auth");
  EXPECT_EQ(m.severity, "crit");
  EXPECT_FALSE(m.stamp);
  EXPECT_EQ(m.host, "");
  EXPECT_EQ(m.process, "");
  EXPECT_EQ(m.message, "");
}

TEST(SyslogMessage, Rfc3164) {
  const auto m = read("<38>Jun  1 08:15:29 web1 sshd[123]: Failed password for root");
  EXPECT_EQ(stamp_of(m), "2026-06-01T08:15:29Z");
  EXPECT_EQ(m.host, "web1");
  EXPECT_EQ(m.process, "sshd");
  EXPECT_EQ(m.process_id, 123);
  EXPECT_EQ(m.message, "Failed password for root");
}

TEST(SyslogMessage, WhatDevicesMakeOfIt) {
  // rsyslog's forward format
  auto m = read("<38>2026-06-01T08:15:29.123456+00:00 web1 sshd[1]: x");
  EXPECT_EQ(stamp_of(m), "2026-06-01T08:15:29.123456Z");
  EXPECT_EQ(m.host, "web1");
  // no host: the word is a tag already
  m = read("<13>Jun  1 08:15:29 cron[7]: started");
  EXPECT_EQ(m.host, "");
  EXPECT_EQ(m.process, "cron");
  // a year, and a colon behind the stamp
  m = read("<166>Jun 01 2026 08:15:29: %ASA-6-302013: Built outbound");
  EXPECT_EQ(stamp_of(m), "2026-06-01T08:15:29Z");
  EXPECT_EQ(m.process, "%ASA-6-302013");
  EXPECT_EQ(m.message, "Built outbound");
  // parts of a second
  m = read("<13>Jun  1 08:15:29.250 gw fw: up");
  EXPECT_EQ(stamp_of(m), "2026-06-01T08:15:29.25Z");
  // no stamp, no priority
  m = read("app: hello");
  EXPECT_FALSE(m.stamp);
  EXPECT_EQ(m.facility, "user");
  EXPECT_EQ(m.severity, "notice");
  EXPECT_EQ(m.process, "app");
  EXPECT_EQ(m.message, "hello");
  // a counted message that holds its line's end
  EXPECT_EQ(read("<13>Jun  1 08:15:29 h a: b\r\n").message, "b");
}

TEST(SyslogMessage, WhatIsNoFormIsAllMessage) {
  for (const std::string_view text :
       {"<34>1 2026-06-01T08:15:29Z web1 app", "<34>1 yesterday web1 app 1 2 - text",
        "<34>1 2026-06-01T08:15:29Z web1 app 1 2 [open text", "<999>x", "<", "<34", "\x01\xff",
        "<38>Foo  1 08:15:29 h a: b", "Jun  1 08:15:29"}) {
    const auto m = read(text);
    EXPECT_FALSE(m.message.empty()) << text;
    EXPECT_TRUE(text.ends_with(m.message)) << text;
  }
  EXPECT_EQ(read("").message, "");
}

TEST(SyslogMessage, TheYearIsTheNearest) {
  const Timestamp new_year = Timestamp::from_unix_seconds(1'767'225'600);  // 2026-01-01
  EXPECT_EQ(stamp_of(read("<13>Dec 31 23:59:59 h a: b", new_year)), "2025-12-31T23:59:59Z");
  EXPECT_EQ(stamp_of(read("<13>Jan  1 00:00:03 h a: b", new_year - Duration::seconds(2))),
            "2026-01-01T00:00:03Z");
}

TEST(SyslogMessage, TheZoneIsTheDoors) {
  const auto zone = base::TimeZone::fixed(Duration::hours(2));
  EXPECT_EQ(stamp_of(read("<13>Jun  1 10:15:29 h a: b", received, zone)), "2026-06-01T08:15:29Z");
}

TEST(SyslogMessage, AClockThatIsWrongMovesNothing) {
  const auto moment = [](std::string_view text) { return time_of(read(text), received); };
  EXPECT_EQ(moment("<13>1 2026-06-01T08:15:00Z h a - - - b"), received - Duration::seconds(30));
  EXPECT_EQ(moment("<13>1 2026-06-01T08:20:00Z h a - - - b"), received + Duration::seconds(270));
  EXPECT_EQ(moment("<13>1 2099-06-01T08:15:00Z h a - - - b"), received);
  EXPECT_EQ(moment("<13>1 1970-01-01T00:00:00Z h a - - - b"), received);
  EXPECT_EQ(moment("<13>1 - h a - - - b"), received);
}

TEST(SyslogNormaliser, EventsAreOfTheirSender) {
  std::string payload;
  const std::string failed =
      "<38>Jun  1 08:15:29 web1 sshd[123]: Failed password for root from 192.0.2.7 port 4 ssh2";
  model::append_sent_message(payload, {"10.0.0.1", failed});
  model::append_sent_message(payload, {"10.0.0.2", failed});
  model::append_sent_message(payload, {"10.0.0.2", "<38>Jun  1 08:15:29 web1 cron[1]: a\nb"});
  model::append_sent_message(payload, {"10.0.0.2", "<38>1 - - sshd - - - Failed password for x"});
  model::append_sent_message(payload, {"10.0.0.2", "<38>a: b", true});
  model::RawBatch batch;
  batch.bytes = payload;
  batch.received = received;
  batch.journal_position = 9;
  SyslogNormaliser normaliser(base::TimeZone::fixed({}));
  std::vector<model::AuthEvent> events;
  std::vector<RejectedLine> rejected;
  normaliser.read(batch, events, rejected);
  ASSERT_EQ(normaliser.entries().size(), 5U);
  EXPECT_EQ(normaliser.entries()[2].message.message, "a\nb");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(base::format_ip(events[0].address), "192.0.2.7");
  EXPECT_EQ(events[0].host, "web1");
  EXPECT_NE(events[0].host_hash, events[1].host_hash);
  EXPECT_NE(events[0].session, events[1].session);
  EXPECT_NE(events[0].id, events[1].id);
  EXPECT_EQ(rejected.size(), 2U);
  EXPECT_EQ(normaliser.quarantine().lines(), 1U);

  // Read again, as after a crash: the same identities.
  std::vector<model::AuthEvent> again;
  SyslogNormaliser other(base::TimeZone::fixed({}));
  other.read(batch, again, rejected);
  EXPECT_EQ(again[1].id, events[1].id);
}

TEST(SentMessages, ABrokenRecordIsSaid) {
  std::string payload;
  model::append_sent_message(payload, {"::1", "one"});
  payload += "::1 999\ntoo short\n";
  model::SentMessages messages(payload);
  model::SentMessage message;
  ASSERT_TRUE(messages.next(message));
  EXPECT_EQ(message.text, "one");
  EXPECT_FALSE(messages.next(message));
  EXPECT_EQ(messages.broken(), "::1 999\ntoo short\n");
}

}  // namespace
}  // namespace vedette::normalise
