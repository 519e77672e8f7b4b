#include "detect/privilege_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/door_limits.h"
#include "base/hash.h"
#include "base/limits.h"

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::AuthEvent;
using model::ChangeEvent;
using model::ChangeOperation;
using model::ObjectKind;

const Timestamp start = *base::parse_iso("2026-06-01T10:00:00Z");

Timestamp at(int seconds) {
  return start + Duration::seconds(seconds);
}

AuthEvent login(int seconds, const char* address, const char* user = "root",
                const char* service = "sshd") {
  AuthEvent event;
  event.time = at(seconds);
  event.id = base::hash_words(static_cast<std::uint64_t>(seconds), base::hash_bytes(address));
  if (*address != '\0') event.address = *base::parse_ip(address);
  event.user = user;
  event.host = "web";
  event.host_hash = base::hash_bytes("web");
  event.service = service;
  event.result = model::AuthResult::success;
  return event;
}

ChangeEvent change(int seconds, ChangeOperation operation, const char* target,
                   const char* group = "") {
  ChangeEvent event;
  event.time = at(seconds);
  event.id = base::hash_words(static_cast<std::uint64_t>(seconds), base::hash_bytes(target));
  event.operation = operation;
  event.target = target;
  event.target_kind = ObjectKind::user;
  event.container = group;
  event.container_kind = *group == '\0' ? ObjectKind::none : ObjectKind::group;
  event.host = "web";
  event.host_hash = base::hash_bytes("web");
  event.service = "usermod";
  return event;
}

// "rule first-entity", in the order told.
std::vector<std::string> told(const std::vector<ChangedAlert>& changes) {
  std::vector<std::string> lines;
  for (const auto& each : changes) {
    EXPECT_EQ(each.change, model::AlertChange::opened);
    EXPECT_EQ(each.alert.status, model::AlertStatus::closed);
    EXPECT_TRUE(each.alert.momentary);
    EXPECT_FALSE(each.alert.techniques.empty());
    EXPECT_FALSE(each.alert.reasons.empty());
    lines.push_back(each.alert.rule + " " + each.alert.entities.front().value);
  }
  return lines;
}

using Lines = std::vector<std::string>;

class PrivilegeWatchTest : public testing::Test {
 protected:
  std::vector<ChangedAlert> run(const std::vector<AuthEvent>& logins,
                                const std::vector<ChangeEvent>& changes, int lateness_s = 0) {
    std::vector<ChangedAlert> out;
    watch.run(logins, changes, Duration::seconds(lateness_s), start, out);
    return out;
  }

  AllowList allow;
  PrivilegeSettings settings;
  PrivilegeWatch watch{settings, allow};
};

TEST_F(PrivilegeWatchTest, TellsWhoGainedPower) {
  const auto changes =
      run({}, {change(0, ChangeOperation::created, "bob"),
               change(1, ChangeOperation::member_added, "bob", "sudo"),
               change(1, ChangeOperation::member_added, "bob", "sudo"),  // shadow group
               change(2, ChangeOperation::member_added, "bob", "video"),
               change(3, ChangeOperation::password_changed, "bob"),
               change(4, ChangeOperation::members_set, "ann,bob", "wheel")});
  EXPECT_EQ(told(changes),
            (Lines{"new_user bob", "new_administrator bob", "new_administrator ann,bob"}));
  EXPECT_EQ(changes[1].alert.title, "bob is now an administrator on web (group sudo)");
  EXPECT_EQ(changes[1].alert.severity, model::Severity::medium);
}

TEST_F(PrivilegeWatchTest, AUserWithRootsIdIsAnAdministrator) {
  ChangeEvent toor = change(0, ChangeOperation::created, "toor");
  toor.is_privileged = true;
  const auto changes = run({}, {toor});
  EXPECT_EQ(told(changes), Lines{"new_administrator toor"});
  EXPECT_EQ(changes[0].alert.severity, model::Severity::high);
}

TEST_F(PrivilegeWatchTest, WhatFailedOrIsAGroupIsNoNews) {
  ChangeEvent failed = change(0, ChangeOperation::created, "bob");
  failed.result = model::AuthResult::failure;
  ChangeEvent group = change(1, ChangeOperation::created, "ops");
  group.target_kind = ObjectKind::group;
  EXPECT_TRUE(
      run({}, {failed, group, change(2, ChangeOperation::member_removed, "bob", "sudo")}).empty());
}

TEST_F(PrivilegeWatchTest, AProgramsOwnAccountIsInformation) {
  ChangeEvent event = change(0, ChangeOperation::created, "postfix");
  event.detail = "GID=115, home=/var/spool/postfix, shell=/usr/sbin/nologin, from=none";
  EXPECT_EQ(run({}, {event}).at(0).alert.severity, model::Severity::informational);
}

TEST_F(PrivilegeWatchTest, RootIsToldOncePerPlaceAndDay) {
  EXPECT_EQ(told(run({login(0, "192.0.2.1"), login(1, "192.0.2.1"), login(2, "192.0.2.2"),
                      login(3, "192.0.2.3", "ann"), login(4, "", "root", "login"),
                      login(5, "", "root", "su"), login(6, "", "root", "sudo")},
                     {})),
            (Lines{"root_login 192.0.2.1", "root_login 192.0.2.2", "root_login root"}));
  EXPECT_TRUE(run({login(3600 * 20, "192.0.2.1")}, {}).empty());
  EXPECT_TRUE(run({login(3600 * 40, "192.0.2.1")}, {}).empty());  // a day since the last one
  EXPECT_EQ(told(run({login(3600 * 65, "192.0.2.1")}, {})), Lines{"root_login 192.0.2.1"});
}

TEST_F(PrivilegeWatchTest, AllowedAddressesAndSettingsAreKept) {
  AllowList trusted;
  ASSERT_TRUE(trusted.add(*parse_allow_entry("192.0.2.0/24")));
  PrivilegeWatch allowed(settings, trusted);
  std::vector<ChangedAlert> out;
  allowed.run(std::vector{login(0, "192.0.2.1"), login(1, "198.51.100.1")}, {}, {}, start, out);
  EXPECT_EQ(told(out), Lines{"root_login 198.51.100.1"});
  settings.new_users = settings.root_logins = false;
  settings.administrator_groups = {"ops"};
  PrivilegeWatch quiet(settings, allow);
  out.clear();
  quiet.run(std::vector{login(0, "192.0.2.1")},
            std::vector{change(0, ChangeOperation::created, "bob"),
                        change(1, ChangeOperation::member_added, "bob", "sudo"),
                        change(2, ChangeOperation::member_added, "bob", "ops")},
            {}, start, out);
  EXPECT_EQ(told(out), Lines{"new_administrator bob"});
}

// The guarantee of detection: after the lateness any order and any repetition end alike.
TEST_F(PrivilegeWatchTest, AnyOrderWithinTheLatenessEndsInTheSameAlerts) {
  std::vector<AuthEvent> logins;
  std::vector<ChangeEvent> changes;
  for (int i = 0; i < 40; ++i) {
    logins.push_back(login(i % 5, i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"));
    changes.push_back(change(i % 5, ChangeOperation::member_added, "bob", "sudo"));
    changes.push_back(change(i % 5, ChangeOperation::created, i % 3 == 0 ? "ann" : "eve"));
  }
  const auto ids = [&](std::mt19937& random) {
    std::ranges::shuffle(logins, random);
    std::ranges::shuffle(changes, random);
    PrivilegeWatch one(settings, allow);
    std::vector<ChangedAlert> out;
    for (std::size_t i = 0; i < logins.size(); ++i)
      one.run(std::span(logins).subspan(i, 1), std::span(changes).subspan(2 * i, 2),
              Duration::seconds(10), start, out);
    EXPECT_TRUE(out.empty());
    one.advance(at(20), start, out);
    std::vector<std::uint64_t> found;
    for (const auto& each : out) found.push_back(each.alert.id);
    return found;
  };
  std::mt19937 random(7);
  const auto first = ids(random);
  EXPECT_EQ(first.size(), 5U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ids(random), first);
}

TEST_F(PrivilegeWatchTest, GoesOnFromWhatWasSaved) {
  ASSERT_EQ(run({login(0, "192.0.2.1")}, {}).size(), 1U);
  EXPECT_TRUE(run({}, {change(1, ChangeOperation::created, "bob")}, 5).empty());
  std::string blob;
  BlobWriter writer(blob);
  watch.save(writer);
  PrivilegeWatch next(settings, allow);
  BlobReader reader(blob);
  next.restore(reader);
  ASSERT_TRUE(reader.good() && reader.at_end());
  std::vector<ChangedAlert> out;
  next.run(std::vector{login(2, "192.0.2.1")}, {}, {}, start, out);
  EXPECT_TRUE(out.empty());
  next.advance(at(60), start, out);
  EXPECT_EQ(told(out), Lines{"new_user bob"});
  for (std::size_t cut = 0; cut < blob.size(); ++cut) {
    PrivilegeWatch damaged(settings, allow);
    BlobReader short_reader(std::string_view(blob).substr(0, cut));
    damaged.restore(short_reader);
    EXPECT_FALSE(short_reader.good());
  }
}

TEST_F(PrivilegeWatchTest, MemoryIsBounded) {
  std::vector<ChangeEvent> many;
  std::vector<std::string> names;
  constexpr int count = 10'000;
  names.reserve(count);
  for (int i = 0; i < count; ++i) {
    names.push_back("u" + std::to_string(i));
    many.push_back(change(i, ChangeOperation::created, names.back().c_str()));
  }
  EXPECT_EQ(run({}, many).size(), static_cast<std::size_t>(count));
  std::string blob;
  BlobWriter writer(blob);
  watch.save(writer);
  EXPECT_LT(blob.size(), base::limits::privilege_keys_max * 16 + 64);
}

TEST(PrivilegeSettings, SaysWhatIsWrong) {
  PrivilegeSettings settings;
  EXPECT_TRUE(check(settings));
  settings.root_again = Duration{-1};
  EXPECT_FALSE(check(settings));
  settings = {};
  settings.administrator_groups = {"sudo", ""};
  EXPECT_FALSE(check(settings));
}

}  // namespace
}  // namespace vedette::detect
