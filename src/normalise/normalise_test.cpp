#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "normalise/authlog_normaliser.h"
#include "normalise/line_split.h"
#include "normalise/sshd_message.h"

namespace vedette::normalise {
namespace {

using base::format_ip;
using base::format_iso;
using model::AuthEvent;
using model::AuthResult;

struct Case {
  const char* message;
  const char* user;
  const char* address;
};

TEST(SshdMessage, FailuresOfEveryShape) {
  const Case cases[] = {
      {"Failed password for root from 1.2.3.4", "root", "1.2.3.4"},
      {"Failed password for root from 1.2.3.4 port 22", "root", "1.2.3.4"},
      {"Failed password for root from 1.2.3.4 port 50022 ssh2", "root", "1.2.3.4"},
      {"Failed password for invalid user bob from 2001:db8::1 port 1 ssh2", "bob", "2001:db8::1"},
      {"Failed password for illegal user bob from ::ffff:1.2.3.4 port 1 ssh2", "bob", "1.2.3.4"},
      {"Failed password for invalid user  from 1.2.3.4 port 22 ssh2", "", "1.2.3.4"},
      {"Failed none for invalid user 0 from 5.188.10.180 port 49811 ssh2", "0", "5.188.10.180"},
      {"Failed keyboard-interactive/pam for root from fe80::1%eth0 port 22 ssh2", "root",
       "fe80::1"},
      {"Failed publickey for root from 1.2.3.4 port 22 ssh2: RSA SHA256:abcDEF+/1", "root",
       "1.2.3.4"},
      {"Failed publickey for git from 1.2.3.4 port 22 ssh2: RSA-CERT SHA256:ab ID dev (serial 0) "
       "CA RSA "
       "SHA256:cd",
       "git", "1.2.3.4"},
      {"message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]",
       "root", "5.36.59.76"},
      {"Invalid user admin from 1.2.3.4 port 22", "admin", "1.2.3.4"},
      {"Invalid user admin from 1.2.3.4", "admin", "1.2.3.4"},
      {"Invalid user  from 1.2.3.4 port 22", "", "1.2.3.4"},
      {"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
       "rhost=112.95.230.3  user=root",
       "root", "112.95.230.3"},
      {"authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 ", "",
       "218.188.2.4"},
      {"PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4  "
       "user=root",
       "root", "1.2.3.4"},
      {"error: PAM: Authentication failure for root from 1.2.3.4", "root", "1.2.3.4"},
      {"Connection closed by authenticating user root 1.2.3.4 port 22 [preauth]", "root",
       "1.2.3.4"},
      {"Connection reset by invalid user a b 1.2.3.4 port 22 [preauth]", "a b", "1.2.3.4"},
      {"Disconnected from authenticating user root 1.2.3.4 port 22 [preauth]", "root", "1.2.3.4"},
      {"Disconnecting authenticating user root 1.2.3.4 port 22: Too many authentication failures "
       "[preauth]",
       "root", "1.2.3.4"},
      {"error: maximum authentication attempts exceeded for invalid user admin from 1.2.3.4 port 3 "
       "ssh2 "
       "[preauth]",
       "admin", "1.2.3.4"},
      {"User root from 1.2.3.4 not allowed because not listed in AllowUsers", "root", "1.2.3.4"},
      {"ROOT LOGIN REFUSED FROM 1.2.3.4 port 22", "root", "1.2.3.4"},
  };
  for (const auto& c : cases) {
    const SshdMessage read = read_sshd_message(c.message);
    EXPECT_EQ(read.kind, MessageKind::failure) << c.message;
    EXPECT_EQ(read.user, c.user) << c.message;
    EXPECT_EQ(format_ip(read.address), c.address) << c.message;
  }
}

// The user name is the attacker's: it must not be able to name another address.
TEST(SshdMessage, ForgedSourcesDoNotFool) {
  const Case cases[] = {
      {"Failed password for invalid user root from 9.9.9.9 port 22 ssh2 from 5.5.5.5 port 4444 "
       "ssh2",
       "root from 9.9.9.9 port 22 ssh2", "5.5.5.5"},
      {"Failed password for invalid user x from 9.9.9.9 from 5.5.5.5 port 4444 ssh2",
       "x from 9.9.9.9", "5.5.5.5"},
      {"Failed password for invalid user from 9.9.9.9 from 5.5.5.5", "from 9.9.9.9", "5.5.5.5"},
      {"Failed password for invalid user x from 9.9.9.9 port 1 ssh2: from 5.5.5.5 port 4444 ssh2",
       "x from 9.9.9.9 port 1 ssh2:", "5.5.5.5"},
      {"Failed publickey for root from 5.5.5.5 port 2 ssh2: RSA-CERT SHA256:y ID a from 9.9.9.9 "
       "port 1 "
       "ssh2: RSA SHA256:x ID q (serial 0) CA ED25519 SHA256:z",
       "root", "5.5.5.5"},
      {"Failed publickey for invalid user root from 9.9.9.9 port 1 ssh2: RSA-CERT SHA256:x ID y "
       "(serial 1) "
       "CA RSA SHA256:z from 5.5.5.5 port 2 ssh2: RSA SHA256:q",
       "root from 9.9.9.9 port 1 ssh2: RSA-CERT SHA256:x ID y (serial 1) CA RSA SHA256:z",
       "5.5.5.5"},
      {"Invalid user x from 9.9.9.9 port 22 from 5.5.5.5 port 4444", "x from 9.9.9.9 port 22",
       "5.5.5.5"},
      {"Connection closed by invalid user a 9.9.9.9 port 22 [preauth] 5.5.5.5 port 4444 [preauth]",
       "a 9.9.9.9 port 22 [preauth]", "5.5.5.5"},
      {"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
       "rhost=5.5.5.5  "
       "user=x rhost=9.9.9.9",
       "x rhost=9.9.9.9", "5.5.5.5"},
      {"User x from 9.9.9.9 not allowed because a from 5.5.5.5 not allowed because listed in "
       "DenyUsers",
       "x from 9.9.9.9 not allowed because a", "5.5.5.5"},
  };
  for (const auto& c : cases) {
    const SshdMessage read = read_sshd_message(c.message);
    EXPECT_EQ(read.kind, MessageKind::failure) << c.message;
    EXPECT_EQ(read.user, c.user) << c.message;
    EXPECT_EQ(format_ip(read.address), c.address) << c.message;
  }
}

TEST(SshdMessage, SuccessesKnownAndUnreadable) {
  const auto accepted = read_sshd_message(
      "Accepted publickey for git from 1.2.3.4 port 5 ssh2: ED25519 SHA256:0Rx/abc");
  EXPECT_EQ(accepted.kind, MessageKind::success);
  EXPECT_EQ(accepted.method, model::AuthMethod::public_key);
  EXPECT_EQ(accepted.user, "git");
  for (const char* known :
       {"Received disconnect from 1.2.3.4: 11: Bye Bye [preauth]",
        "Connection closed by 1.2.3.4 port 2", "Did not receive identification string from 1.2.3.4",
        "pam_unix(sshd:auth): check pass; user unknown",
        "pam_unix(sshd:session): session opened for user fztu by (uid=0)",
        "Server listening on :: port 22.", "PAM service(sshd) ignoring max retries; 5 > 3",
        "Disconnected from user bob 1.2.3.4 port 22",
        "Failed to allocate internet-domain X11 display socket.",
        "error: kex_exchange_identification: x",
        "reverse mapping checking getaddrinfo for a [1.2.3.4] failed - POSSIBLE BREAK-IN ATTEMPT!"})
    EXPECT_EQ(read_sshd_message(known).kind, MessageKind::known) << known;
  for (const char* unreadable :
       {"Failed password", "Failed password for", "Failed password for root", "Invalid user x",
        "Failed password for root from nowhere at all", "message repeated x times: [ a]",
        "Connection closed by authenticating user root"})
    EXPECT_EQ(read_sshd_message(unreadable).kind, MessageKind::unreadable) << unreadable;
  EXPECT_EQ(read_sshd_message("xyzzy").kind, MessageKind::unknown);
  EXPECT_EQ(read_sshd_message("").kind, MessageKind::unknown);
}

std::vector<AuthEvent> events_of(AuthlogNormaliser& normaliser, std::string_view text,
                                 std::string_view modified = "2026-06-02T00:00:00Z",
                                 bool live = false) {
  model::RawBatch batch;
  batch.source_name = "auth.log";
  batch.bytes = text;
  batch.source_modified = batch.received = *base::parse_iso(modified);
  batch.live = live;
  normaliser.begin(batch);
  std::vector<AuthEvent> all;
  while (normaliser.next(all)) continue;
  return all;
}

StampOptions utc() {
  return {base::TimeZone::fixed({}), std::nullopt};
}

// The frequent messages are read from both ends; "message repeated 1 times" makes the same text be
// read in full, from the right, step by step. Both must say the same, whatever stands in it.
TEST(SshdMessage, FrequentOnesReadAsInFull) {
  const std::string begins[] = {
      "Failed password for ",
      "Failed password for invalid user ",
      "Failed password for illegal user ",
      "Invalid user ",
      "Connection closed by invalid user ",
      "Connection closed by authenticating user ",
      "Connection reset by authenticating user ",
      "Disconnected from invalid user ",
      "Disconnected from ",
      "Disconnecting invalid user ",
      "Disconnecting authenticating user ",
      "error: maximum authentication attempts exceeded for ",
      "error: maximum authentication attempts exceeded for invalid user "};
  const std::string users[] = {"",
                               "root",
                               "a b",
                               "x from 1.2.3.4 port 22 ssh2",
                               "from ",
                               " from",
                               "invalid user y",
                               "1.2.3.4 port 5",
                               "x from 2001:db8::2 port 22 ssh2",
                               "x (serial 1)",
                               "aVeryLongUserNameWithoutAnEnd"};
  const std::string sources[] = {"1.2.3.4",
                                 "255.255.255.255",
                                 "256.1.1.1",
                                 "01.2.3.4",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "11.22.33.44",
                                 "1.2.3.999",
                                 "192.168.100.200",
                                 "2001:db8::1",
                                 "host.example",
                                 "0.0.0.0",
                                 "::",
                                 "::1",
                                 "2001:db8:1:2:3:4:5:6",
                                 "2001:db8:1:2:3:4:5::",
                                 "fe80::1%eth0",
                                 "::ffff:1.2.3.4",
                                 "2001:DB8::aBcD",
                                 "2001:db8:::1",
                                 "1:2:3:4:5:6:7:8:9",
                                 ":1::2"};
  const std::string ports[] = {
      " port 22", " port 65535", " port 65536", " port 123456", " port ", " port 00022", ""};
  const std::string ends[] = {"", " ssh2", " [preauth]", " ssh2 [preauth]",
                              ": Too many authentication failures [preauth]"};
  std::size_t failures = 0;
  const auto compare = [&](const std::string& text) {
    const SshdMessage quick = read_sshd_message(text);
    const std::string repeated = "message repeated 1 times: [ " + text + "]";
    const SshdMessage full = read_sshd_message(repeated);
    failures += quick.kind == MessageKind::failure ? 1 : 0;
    EXPECT_EQ(quick.kind, full.kind) << text;
    EXPECT_EQ(quick.user, full.user) << text;
    EXPECT_EQ(quick.address, full.address) << text;
    EXPECT_EQ(quick.source_host, full.source_host) << text;
    EXPECT_EQ(quick.port, full.port) << text;
    EXPECT_EQ(quick.method, full.method) << text;
    EXPECT_EQ(quick.evidence, full.evidence) << text;
    EXPECT_EQ(quick.user_exists, full.user_exists) << text;
    EXPECT_EQ(quick.count, full.count) << text;
  };
  for (const auto& begin : begins)
    for (const auto& user : users)
      for (const auto& source : sources)
        for (const auto& port : ports)
          for (const auto& end : ends)
            for (const char* between : {" from ", " "})
              compare(fmt::format("{}{}{}{}{}{}", begin, user, between, source, port, end));
  EXPECT_GT(failures, 10'000U);
}

TEST(LineSplit, EveryByteBelongsToOneLine) {
  std::uint32_t state = 1;
  for (std::size_t size = 0; size < 400; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
      state = state * 1'664'525 + 1'013'904'223;
      text.push_back((state >> 24) % 40 == 0 ? '\n' : 'x');
    }
    LineSplit split(text);
    std::string joined;
    while (!split.empty()) {
      const std::string_view line = split.next();
      EXPECT_EQ(line.find('\n'), std::string_view::npos);
      joined += line;
      if (joined.size() < text.size()) joined += '\n';
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(AuthlogNormaliser, ReadsBothStampFormsAndAllProgramNames) {
  AuthlogNormaliser normaliser(utc());
  const auto events =
      events_of(normaliser,
                "Jun  1 10:00:00 web sshd[12]: Failed password for a from 1.2.3.4 port 5 ssh2\n"
                "Jun  1 10:00:01 web sshd-session[12]: Failed password for a from 1.2.3.4\n"
                "<38>Jun  1 10:00:02 web sshd-auth[12]: Failed password for a from 1.2.3.4\n"
                "2026-06-01T12:00:03.123456+02:00 web sshd[12]: Accepted password for a from "
                "1.2.3.4 port 5 ssh2\n"
                "2026-06-01T10:00:04.5+0000 web sshd: Failed password for a from 1.2.3.4\r\n"
                "Jun  1 10:00:05 web CRON[1]: pam_unix(cron:session): session opened\n"
                "Jun  1 10:00:05 web sshd_exporter[1]: Failed password for a from 1.2.3.4\n"
                "\n"
                "garbage without any stamp\n"
                "Jun  1 10:00:06 web sshd[12]: Never heard of\n"
                "Jun  1 10:00:07 web");
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(format_iso(events[0].time), "2026-06-01T10:00:00Z");
  EXPECT_EQ(format_iso(events[3].time), "2026-06-01T10:00:03.123456Z");
  EXPECT_EQ(events[3].result, AuthResult::success);
  EXPECT_EQ(format_iso(events[4].time), "2026-06-01T10:00:04.5Z");
  EXPECT_EQ(events[0].session, events[1].session);
  EXPECT_EQ(events[4].session, 0U);
  const AuthlogCounts& counts = normaliser.counts();
  EXPECT_EQ(counts.lines, 11U);
  EXPECT_EQ(counts.other_programs, 2U);
  EXPECT_EQ(counts.empty, 1U);
  EXPECT_EQ(counts.no_stamp, 1U);
  EXPECT_EQ(counts.sshd_unreadable, 1U);
  EXPECT_EQ(counts.lines, counts.events + counts.known + counts.other_programs + counts.duplicates +
                              counts.empty + normaliser.quarantine().lines());
  EXPECT_EQ(normaliser.quarantine().by_reason().size(), 3U);
}

TEST(AuthlogNormaliser, InfersTheYear) {
  AuthlogNormaliser over_new_year(utc());
  const auto events = events_of(over_new_year,
                                "Dec 31 23:59:59 h sshd[1]: Failed password for a from 1.2.3.4\n"
                                "Jan  1 00:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n"
                                "Dec 31 23:59:58 h sshd[1]: Failed password for a from 1.2.3.4\n",
                                "2026-01-01T08:00:00Z");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(format_iso(events[0].time), "2025-12-31T23:59:59Z");
  EXPECT_EQ(format_iso(events[1].time), "2026-01-01T00:00:00Z");
  EXPECT_EQ(format_iso(events[2].time), "2025-12-31T23:59:58Z");

  AuthlogNormaliser long_gap(utc());
  const auto gap = events_of(long_gap,
                             "Jan 10 00:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n"
                             "Aug 20 00:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n",
                             "2026-08-21T00:00:00Z");
  EXPECT_EQ(format_iso(gap[0].time), "2026-01-10T00:00:00Z");
  EXPECT_EQ(format_iso(gap[1].time), "2026-08-20T00:00:00Z");

  AuthlogNormaliser leap(utc());
  const auto day =
      events_of(leap, "Feb 29 01:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n");
  EXPECT_EQ(format_iso(day[0].time), "2024-02-29T01:00:00Z");

  StampOptions given = utc();
  given.year = 2015;
  AuthlogNormaliser with_year(given);
  const auto old = events_of(with_year,
                             "Dec 10 06:55:48 h sshd[1]: Failed password for a from 1.2.3.4\n"
                             "Jan 10 06:55:48 h sshd[1]: Failed password for a from 1.2.3.4\n");
  EXPECT_EQ(format_iso(old[0].time), "2015-12-10T06:55:48Z");
  EXPECT_EQ(format_iso(old[1].time), "2016-01-10T06:55:48Z");
}

TEST(AuthlogNormaliser, LearnsTheZoneFromLiveLines) {
  AuthlogNormaliser normaliser(utc());
  const std::string three =
      "Jun  1 14:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n"
      "Jun  1 14:00:00 h sshd[1]: Failed password for b from 1.2.3.4\n"
      "Jun  1 14:00:00 h sshd[1]: Failed password for c from 1.2.3.4\n";
  events_of(normaliser, three, "2026-06-01T12:00:01Z", true);
  EXPECT_EQ(normaliser.take_notices().size(), 1U);
  const auto events =
      events_of(normaliser, "Jun  1 14:00:01 h sshd[1]: Failed password for d from 1.2.3.4\n",
                "2026-06-01T12:00:02Z", true);
  EXPECT_EQ(format_iso(events[0].time), "2026-06-01T12:00:01Z");
}

TEST(AuthlogNormaliser, IdentityKnowsDuplicatesFromRepeats) {
  AuthlogNormaliser normaliser(utc());
  const auto whole_seconds =
      events_of(normaliser,
                "Jun  1 10:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n"
                "Jun  1 10:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n");
  ASSERT_EQ(whole_seconds.size(), 2U);
  EXPECT_NE(whole_seconds[0].id, whole_seconds[1].id);
  const auto fractions =
      events_of(normaliser,
                "2026-06-01T10:00:00.000001Z h sshd[1]: Failed password for a from 1.2.3.4\n"
                "2026-06-01T10:00:00.000001Z h sshd[1]: Failed password for a from 1.2.3.4\n");
  EXPECT_EQ(fractions.size(), 1U);
  EXPECT_EQ(normaliser.counts().duplicates, 1U);
  AuthlogNormaliser again(utc());
  const auto same =
      events_of(again, "Jun  1 10:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n");
  EXPECT_EQ(same[0].id, whole_seconds[0].id);
}

// Identities are given to many lines at once: duplicates among them must leave as if each had been
// looked at when it was read.
TEST(AuthlogNormaliser, DuplicatesLeaveFromTheMiddleOfARun) {
  const auto attempt = [](int second, const char* user) {
    return "2026-06-01T10:00:" + std::to_string(second) +
           ".000001Z h sshd[1]: Failed password for " + user + " from 1.2.3.4\n";
  };
  AuthlogNormaliser normaliser(utc());
  const auto events = events_of(
      normaliser,
      attempt(10, "a") + attempt(10, "a") + attempt(11, "b") +
          "2026-06-01T10:00:12.000001Z h last message repeated 2 times\n" +
          "Jun  1 10:00:13 h sshd[1]: Failed password for c from 1.2.3.4\n" + attempt(11, "b") +
          "2026-06-01T10:00:14.000001Z h last message repeated 9 times\n" + attempt(15, "d"));
  std::string users;
  for (const auto& event : events) users += event.user;
  EXPECT_EQ(users, "abbcd");
  EXPECT_EQ(normaliser.counts().duplicates, 2U);
  EXPECT_EQ(normaliser.counts().events, 5U);
  EXPECT_EQ(normaliser.counts().other_programs, 1U) << "what was repeated was no event";
}

TEST(AuthlogNormaliser, LastMessageRepeated) {
  AuthlogNormaliser normaliser(utc());
  const auto events = events_of(normaliser,
                                "Jun  1 10:00:00 h sshd[1]: Failed password for a from 1.2.3.4\n"
                                "Jun  1 10:00:09 h last message repeated 4 times\n"
                                "Jun  1 10:00:10 h cron[1]: x\n"
                                "Jun  1 10:00:11 h last message repeated 4 times\n");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].count, 4U);
  EXPECT_EQ(events[1].user, "a");
  const auto later =
      events_of(normaliser, "Jun  1 10:01:00 h sshd[1]: Failed password for b from 1.2.3.4\n");
  ASSERT_EQ(later.size(), 1U);
  const auto repeated = events_of(normaliser, "Jun  1 10:01:09 h last message repeated 2 times\n");
  ASSERT_EQ(repeated.size(), 1U);
  EXPECT_EQ(repeated[0].user, "b");
}

// Every line of the real files is read: nothing in quarantine.
TEST(AuthlogNormaliser, ReadsTheRealFilesWhole) {
  for (const char* name : {"OpenSSH_2k.log", "Linux_2k.log"}) {
    std::ifstream file(std::string(VEDETTE_SOURCE_DIR) + "/../shared/data/authlog/" + name);
    if (!file) GTEST_SKIP() << "../shared/data/authlog is not here";
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    AuthlogNormaliser normaliser(utc());
    EXPECT_GT(events_of(normaliser, text).size(), 400U) << name;
    for (const auto& reason : normaliser.quarantine().by_reason())
      ADD_FAILURE() << name << ": " << reason.reason << ": " << reason.samples.front();
  }
}

}  // namespace
}  // namespace vedette::normalise
