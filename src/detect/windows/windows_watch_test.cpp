#include "detect/windows/windows_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hash.h"
#include "base/text.h"

namespace vedette::detect::windows {
namespace {

using base::Duration;
using base::Timestamp;
using model::AuthResult;
using model::LogOnAct;
using model::Severity;
using model::WindowsLogOn;

const Timestamp start = *base::parse_iso("2026-06-01T10:00:00Z");
constexpr Duration day = Duration::hours(24);

class WindowsWatchTest : public testing::Test {
 protected:
  static WindowsLogOn event(Duration after, LogOnAct act, const char* user, const char* address) {
    WindowsLogOn log_on;
    log_on.act = act;
    log_on.event.time = start + after;
    log_on.event.id = base::hash_words(static_cast<std::uint64_t>(after.ticks),
                                       base::hash_bytes(user, base::hash_bytes(address))) |
                      1;
    if (*address != '\0') log_on.event.address = *base::parse_ip(address);
    log_on.event.user = user;
    log_on.event.user_hash = base::hash_bytes(base::to_lower_ascii(user));
    log_on.event.host = "RDP1";
    log_on.event.host_hash = base::hash_bytes("rdp1");
    log_on.event.result = AuthResult::success;
    log_on.is_person = true;
    log_on.event_id = 4624;
    return log_on;
  }
  static WindowsLogOn desktop(Duration after, const char* user, const char* address,
                              std::int32_t type = model::remote_log_on) {
    WindowsLogOn log_on = event(after, LogOnAct::log_on, user, address);
    log_on.log_on_type = type;
    return log_on;
  }
  static WindowsLogOn failure(Duration after, const char* user, const char* address) {
    WindowsLogOn log_on = desktop(after, user, address, model::network_log_on);
    log_on.event.result = AuthResult::failure;
    log_on.tells_of_guessing = true;
    return log_on;
  }

  // "severity rule" of what was told.
  std::vector<std::string> run(const std::vector<WindowsLogOn>& log_ons) {
    alerts_.clear();
    std::vector<ChangedAlert> out;
    watch_.run(log_ons, start, out);
    std::vector<std::string> told;
    for (auto& each : out) {
      told.push_back(base::to_lower_ascii(model::name_of(each.alert.severity)) + " " +
                     each.alert.rule);
      alerts_.push_back(std::move(each.alert));
    }
    return told;
  }
  using Told = std::vector<std::string>;

  AllowList allow_list_;
  WindowsWatch watch_{{}, allow_list_};
  std::vector<model::Alert> alerts_;
};

TEST_F(WindowsWatchTest, ASessionFromOutsideIsToldOncePerPersonAndAddress) {
  EXPECT_EQ(run({desktop({}, "ada", "203.0.113.9")}), Told{"medium rdp_login"});
  EXPECT_EQ(alerts_[0].title, "Remote Desktop session of ada from 203.0.113.9 on RDP1");
  EXPECT_EQ(alerts_[0].techniques, (Told{"T1021.001", "T1078", "T1133"}));
  EXPECT_TRUE(alerts_[0].momentary);
  // What else is said of the same session, and those of the days after.
  EXPECT_EQ(run({event(Duration::seconds(1), LogOnAct::session_on, "ada", "203.0.113.9")}), Told{});
  EXPECT_EQ(run({desktop(day, "ada", "203.0.113.9")}), Told{});
  EXPECT_EQ(run({desktop(day, "ADA", "203.0.113.9")}), Told{});
  EXPECT_EQ(run({desktop(day, "ada", "198.51.100.3")}), Told{"medium rdp_login"});
  EXPECT_EQ(run({desktop(day, "grace", "203.0.113.9")}), Told{"medium rdp_login"});
  EXPECT_EQ(run({desktop({day.ticks * 40}, "ada", "203.0.113.9")}), Told{"medium rdp_login"});
}

TEST_F(WindowsWatchTest, NetworkLevelAuthenticationIsJoinedInAnyOrder) {
  const auto said = [](int seconds, const char* user) {
    return event(Duration::seconds(seconds), LogOnAct::connection, user, "203.0.113.9");
  };
  const auto log_on = [](int seconds, const char* user) {
    return desktop(Duration::seconds(seconds), user, "203.0.113.9", model::network_log_on);
  };
  EXPECT_EQ(run({log_on(0, "ada"), said(1, "ada")}), Told{"medium rdp_login"});
  EXPECT_EQ(run({said(0, "grace"), log_on(1, "grace")}), Told{"medium rdp_login"});
  EXPECT_EQ(run({log_on(0, "alan")}), Told{});  // file sharing
  EXPECT_EQ(run({said(600, "alan")}), Told{});  // without the log-on: nobody was let in
  EXPECT_EQ(run({desktop({}, "edsger", "203.0.113.9", model::unlock_log_on)}),
            Told{"medium rdp_login"});
  EXPECT_EQ(run({desktop({}, "barbara", "", model::unlock_log_on)}), Told{});  // at the machine
  EXPECT_EQ(run({event({}, LogOnAct::session_on, "donald", "203.0.113.9")}),
            Told{"medium rdp_login"});
}

TEST_F(WindowsWatchTest, ANewAddressOfTheOwnNetworkIsToldOnce) {
  EXPECT_EQ(run({desktop({}, "ada", "10.0.0.7")}), Told{"medium rdp_login"});
  EXPECT_EQ(alerts_[0].techniques, (Told{"T1021.001", "T1078"}));
  EXPECT_EQ(run({desktop({day.ticks * 8}, "ada", "10.0.0.7")}), Told{});
  EXPECT_EQ(run({desktop({day.ticks * 8}, "ada", "10.0.0.8")}), Told{"medium rdp_login"});
  WindowsLogOn admin = desktop({day.ticks * 9}, "root", "10.0.0.9");
  admin.is_elevated = true;
  EXPECT_EQ(run({admin}), Told{"medium rdp_login"});
  admin = desktop({day.ticks * 9}, "root", "198.51.100.9");
  admin.is_elevated = true;
  EXPECT_EQ(run({admin}), Told{"high rdp_login"});
}

TEST_F(WindowsWatchTest, FailuresBeforeMakeItSevere) {
  std::vector<WindowsLogOn> log_ons;
  for (int i = 0; i < 5; ++i)
    log_ons.push_back(failure(Duration::seconds(i), "administrator", "10.0.0.66"));
  log_ons.push_back(desktop(Duration::seconds(9), "administrator", "10.0.0.66"));
  EXPECT_EQ(run(log_ons), Told{"high rdp_login"});
  EXPECT_EQ(alerts_[0].reasons[2], "5 failed log-ins came before it");
  // Long after, it is an address that is known.
  EXPECT_EQ(run({desktop(Duration::hours(3), "administrator", "10.0.0.66")}), Told{});
}

TEST_F(WindowsWatchTest, TheOwnerOfAnAccountThatTheWorldGuessesAtIsNoNews) {
  EXPECT_EQ(run({desktop({}, "administrator", "10.0.0.7")}), Told{"medium rdp_login"});
  std::vector<WindowsLogOn> log_ons;
  for (int i = 0; i < 50; ++i)
    log_ons.push_back(failure(Duration::seconds(60 + i), "administrator", "203.0.113.9"));
  log_ons.push_back(desktop(Duration::minutes(20), "administrator", "10.0.0.7"));
  EXPECT_EQ(run(log_ons), Told{});
  // From where he never came, it may be the one who guessed it.
  EXPECT_EQ(run({desktop(Duration::minutes(21), "administrator", "198.51.100.3")}),
            Told{"high rdp_login"});
}

TEST_F(WindowsWatchTest, AnAdministratorsRightsAreKnownFromTheRecordBeside) {
  WindowsLogOn log_on = desktop({}, "ada", "203.0.113.9");
  log_on.session_key = 77;
  WindowsLogOn rights = event(Duration::seconds(1), LogOnAct::privileges, "ada", "");
  rights.session_key = 77;
  EXPECT_EQ(run({log_on, rights}), Told{"high rdp_login"});
  EXPECT_EQ(alerts_[0].reasons.back(), "ada has an administrator's rights");
}

TEST_F(WindowsWatchTest, ASessionFromTheMachineItselfCameThroughATunnel) {
  EXPECT_EQ(run({desktop({}, "ada", "127.0.0.1")}), Told{"high rdp_login"});
  EXPECT_EQ(alerts_[0].techniques, (Told{"T1021.001", "T1078", "T1572"}));
}

TEST_F(WindowsWatchTest, AllowedAddressesAndServicesAreNoNews) {
  allow_list_.add(*parse_allow_entry("203.0.113.0/24"));
  EXPECT_EQ(run({desktop({}, "ada", "203.0.113.9")}), Told{});
  WindowsLogOn service = desktop({}, "SYSTEM", "198.51.100.3");
  service.is_person = false;
  EXPECT_EQ(run({service}), Told{});
}

TEST_F(WindowsWatchTest, KnownSessionsAreToldWhenThatIsWanted) {
  WindowsSettings settings;
  settings.rdp_again = day;
  WindowsWatch watch(settings, allow_list_);
  std::vector<ChangedAlert> out;
  for (int hour = 0; hour <= 48; hour += 6)
    watch.run(std::vector{desktop(Duration::hours(hour), "ada", "203.0.113.9")}, start, out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].alert.severity, Severity::low);
}

TEST_F(WindowsWatchTest, LockOutsOfManyAccountsAreAStorm) {
  const auto locked = [](int seconds, const char* user) {
    WindowsLogOn log_on = event(Duration::seconds(seconds), LogOnAct::lock_out, user, "");
    log_on.event.source_host = "KALI";
    return log_on;
  };
  EXPECT_EQ(run({locked(0, "a"), locked(1, "b"), locked(2, "b"), locked(3, "c"), locked(4, "d")}),
            Told{});
  EXPECT_EQ(run({locked(5, "e")}), Told{"medium account_lockouts"});
  EXPECT_EQ(alerts_[0].event_count, 5U);
  EXPECT_EQ(alerts_[0].entities.size(), 6U);
  EXPECT_EQ(run({locked(6, "f"), locked(7, "g")}), Told{});  // it lasts
  // One now and then is somebody who forgot.
  for (int hour = 1; hour < 9; ++hour)
    EXPECT_EQ(run({locked(hour * 3600, std::to_string(hour).c_str())}), Told{});
}

TEST_F(WindowsWatchTest, AClearedLogIsTold) {
  WindowsLogOn cleared = event({}, LogOnAct::log_cleared, "eve", "");
  cleared.event_id = 1102;
  EXPECT_EQ(run({cleared}), Told{"high audit_log_cleared"});
  EXPECT_EQ(alerts_[0].title, "eve cleared the audit log of RDP1");
}

TEST_F(WindowsWatchTest, OthersCredentials) {
  const auto use = [](Duration after, const char* actor, const char* program) {
    WindowsLogOn log_on = event(after, LogOnAct::explicit_credentials, "root", "");
    log_on.actor = actor;
    log_on.actor_is_person = true;
    log_on.process = program;
    return log_on;
  };
  EXPECT_EQ(run({use({}, "svc", R"(C:\Windows\System32\inetsrv\w3wp.exe)")}),
            Told{"high explicit_credentials"});
  EXPECT_EQ(run({use({}, "ada", R"(C:\Windows\System32\runas.exe)")}), Told{});  // learned
  EXPECT_EQ(run({use({day.ticks * 8}, "ada", R"(C:\Windows\System32\runas.exe)")}), Told{});
  EXPECT_EQ(run({use({day.ticks * 8}, "eve", R"(C:\Windows\System32\runas.exe)")}),
            Told{"low explicit_credentials"});
  EXPECT_EQ(run({use({day.ticks * 8}, "root", "x.exe")}), Told{});  // his own
  WindowsLogOn machine = use({day.ticks * 8}, "RDP1$", "winlogon.exe");
  machine.actor_is_person = false;
  EXPECT_EQ(run({machine}), Told{});
}

TEST_F(WindowsWatchTest, ARestartForgetsNothing) {
  std::vector<WindowsLogOn> log_ons{desktop({}, "ada", "203.0.113.9")};
  for (int i = 0; i < 4; ++i) log_ons.push_back(failure(Duration::seconds(i), "bob", "10.0.0.66"));
  run(log_ons);
  std::string blob;
  BlobWriter writer(blob);
  watch_.save(writer);
  WindowsWatch next({}, allow_list_);
  BlobReader reader(blob);
  next.restore(reader);
  ASSERT_TRUE(reader.good() && reader.at_end());
  std::vector<ChangedAlert> out;
  next.run(std::vector{desktop(day, "ada", "203.0.113.9"),
                       failure(Duration::seconds(5), "bob", "10.0.0.66"),
                       desktop(Duration::seconds(6), "bob", "10.0.0.66")},
           start, out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].alert.severity, Severity::high);
  for (std::size_t size = 0; size < blob.size(); size += 7) {
    WindowsWatch damaged({}, allow_list_);
    BlobReader cut(std::string_view(blob).substr(0, size));
    damaged.restore(cut);
    EXPECT_FALSE(cut.good() && cut.at_end() && size != blob.size()) << size;
  }
}

TEST_F(WindowsWatchTest, StateIsBounded) {
  for (int i = 0; i < 50'000; ++i) {
    const std::string user = "u" + std::to_string(i);
    run({failure(Duration::seconds(i), user.c_str(), "10.0.0.66"),
         desktop(Duration::seconds(i), user.c_str(), "10.0.0.7")});
  }
  std::string blob;
  BlobWriter writer(blob);
  watch_.save(writer);
  EXPECT_LT(blob.size(), 8U * 1024 * 1024);
}

TEST(WindowsSettings, RangesAreNamed) {
  WindowsSettings settings;
  EXPECT_TRUE(check(settings));
  settings.lock_outs = 1;
  EXPECT_EQ(check(settings).error().message, "lock_outs is 1; it must be from 2 to 100");
  settings = {};
  settings.remember = {};
  const std::string message = check(settings).error().message;
  EXPECT_TRUE(message.starts_with("remember is ")) << message;
}

}  // namespace
}  // namespace vedette::detect::windows
