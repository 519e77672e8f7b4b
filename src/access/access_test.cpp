#include "access/access.h"

#include <gtest/gtest.h>

#include <fstream>

#include "access/access_limits.h"
#include "access/audit_chain.h"
#include "access/key.h"
#include "access/password.h"
#include "fakes/fake_clock.h"
#include "fakes/memory_access_store.h"
#include "fakes/temporary_folder.h"

namespace vedette::access {
namespace {

using base::Duration;
using base::Secret;
using model::Role;
using Outcome = LogIn::Outcome;

constexpr const char* good = "correct horse battery";
constexpr const char* other = "seven green bottles";

class AccessTest : public testing::Test {
 protected:
  AccessTest() { reopen(); }
  void reopen() {
    access_.reset();
    access_ = std::make_unique<Access>(store_, clock_, Secret("link"));
  }
  void set_up() { ASSERT_TRUE(access_->set_up("link", "anna", Secret(good))); }
  LogIn log_in(const std::string& name, const std::string& password, const Secret& device = {},
               const std::string& address = "10.0.0.1") {
    auto tried = access_->log_in({name, Secret(password), device, address});
    EXPECT_TRUE(tried);
    return tried ? std::move(*tried) : LogIn();
  }
  std::optional<Caller> caller(const LogIn& in, bool is_use = true) {
    return access_->caller_of_session(in.session.reveal(), is_use).value_or(std::nullopt);
  }
  Caller admin() { return *caller(log_in("anna", good)); }
  std::int64_t id_of(const std::string& name) { return (*store_.find_user_named(name))->id; }
  std::vector<std::string> audited() {
    std::vector<std::string> actions;
    const auto entries = *store_.audit_after(0, 1000);
    for (const auto& entry : entries) actions.push_back(entry.action);
    return actions;
  }

  fakes::FakeClock clock_;
  fakes::MemoryAccessStore store_{&audit_hash};
  std::unique_ptr<Access> access_;
};

TEST(Password, IsKeptAsArgon2idWithOurParameters) {
  const auto hash = *hash_password(Secret(good));
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << hash;
  EXPECT_TRUE(is_password(Secret(good), hash));
  EXPECT_FALSE(is_password(Secret(other), hash));
  EXPECT_FALSE(is_password(Secret(good), ""));
  EXPECT_NE(hash, *hash_password(Secret(good)));
}

TEST(Password, LengthAndNotTheObvious) {
  EXPECT_EQ(problem_with_password(good, "anna"), "");
  EXPECT_EQ(problem_with_password(std::string(64, 'x') + "abcdefgh", "anna"), "");
  EXPECT_EQ(problem_with_password("p\u00e4ssw\u00f6rter sind lang", "anna"), "");
  for (const char* bad : {"", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "password1234",
                          "Vedette12345", "vedettevedette1", "annaannaanna12", "qwerty123456"})
    EXPECT_NE(problem_with_password(bad, "anna"), "") << bad;
  EXPECT_NE(problem_with_password(std::string(1025, 'x'), "anna"), "");
}

// S1: a common password with something around it is one; a sentence of common words is none.
TEST(Password, TheCommonestAreRefused) {
  const fakes::TemporaryFolder folder;
  std::ofstream(folder.file("list")) << "basketball\nhorse\ncorrect\nbattery\ncat\nq1w2e3r4t5y6\n";
  EXPECT_FALSE(GuessedPasswords::load(folder.file("none")));
  const auto common = *GuessedPasswords::load(folder.file("list"));
  for (const char* bad : {"basketball12", "Basketball!!!", "basketballbasketball", "q1w2e3r4t5y6",
                          "123horse123horse", "vedette12345", "2024basketball24"})
    EXPECT_NE(problem_with_password(bad, "anna", common), "") << bad;
  for (const char* fine : {good, other, "correct horse battery cat", "basketball is on tuesday"})
    EXPECT_EQ(problem_with_password(fine, "anna", common), "") << fine;
}

TEST(Key, CannotBeGuessedAndIsKnownByItsDigest) {
  const Secret one = new_key(), two = new_key();
  EXPECT_EQ(one.reveal().size(), 43U);
  EXPECT_NE(one.reveal(), two.reveal());
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// S1: a fresh start has no log-in that works.
TEST_F(AccessTest, NobodyIsThereBeforeTheSetUp) {
  EXPECT_TRUE(*access_->needs_set_up());
  for (const char* name : {"admin", "anna", "root", "vedette", ""})
    EXPECT_EQ(log_in(name, "admin", {}, name).outcome, Outcome::wrong) << name;
  EXPECT_FALSE(access_->set_up("guess", "anna", Secret(good)));
  EXPECT_FALSE(access_->set_up("", "anna", Secret(good)));
  EXPECT_FALSE(access_->set_up("link", "anna", Secret("short")));
  EXPECT_FALSE(access_->set_up("link", "an na", Secret(good)));
  EXPECT_FALSE(access_->set_up("link", "vedette", Secret(good)));
  EXPECT_TRUE(*access_->needs_set_up());
  set_up();
  EXPECT_FALSE(*access_->needs_set_up());
  EXPECT_EQ(access_->set_up("link", "eve", Secret(good)).error().code, base::ErrorCode::refused);
  EXPECT_EQ(admin().role, Role::admin);
}

TEST_F(AccessTest, ASessionEndsWithoutUseWithAgeAndWithItsUser) {
  set_up();
  const auto first = log_in("ANNA", good);
  ASSERT_EQ(first.outcome, Outcome::in);
  EXPECT_EQ(caller(first)->name, "anna");
  EXPECT_FALSE(*access_->caller_of_session("guess", true));
  clock_.advance(Duration::minutes(20));
  EXPECT_TRUE(caller(first));  // used: goes on
  clock_.advance(Duration::minutes(20));
  EXPECT_TRUE(caller(first, false));  // asked by a page by itself: does not count
  clock_.advance(Duration::minutes(11));
  EXPECT_FALSE(caller(first));
  const auto second = log_in("anna", good);
  for (int i = 0; i < 36; ++i) {
    clock_.advance(Duration::minutes(20));
    EXPECT_TRUE(i == 35 || caller(second)) << i;
  }
  clock_.advance(Duration::minutes(1));
  EXPECT_FALSE(caller(second));
  const auto third = log_in("anna", good);
  reopen();  // a restart ends no session
  ASSERT_TRUE(caller(third));
  ASSERT_TRUE(access_->log_out(*caller(third)));
  EXPECT_FALSE(caller(third));
}

TEST_F(AccessTest, ADisabledUserAndANewPasswordEndSessionsAtOnce) {
  set_up();
  const Caller anna = admin();
  ASSERT_TRUE(access_->add_user(anna, "bert", Role::analyst, Secret(other)));
  EXPECT_FALSE(access_->add_user(anna, "Bert", Role::viewer, Secret(good)));  // taken
  const auto bert = log_in("bert", other);
  ASSERT_TRUE(caller(bert));
  ASSERT_TRUE(access_->change_user(anna, id_of("bert"), {.role = Role::viewer}));
  EXPECT_EQ(caller(bert)->role, Role::viewer);
  ASSERT_TRUE(access_->change_user(anna, id_of("bert"), {.disabled = true}));
  EXPECT_FALSE(caller(bert));
  EXPECT_EQ(log_in("bert", other).outcome, Outcome::wrong);
  ASSERT_TRUE(access_->change_user(anna, id_of("bert"), {.disabled = false}));
  const auto here = log_in("bert", other), elsewhere = log_in("bert", other);
  const Caller self = *caller(here);
  EXPECT_FALSE(access_->change_own_password(self, Secret("wrong one here"), Secret(good)));
  ASSERT_TRUE(access_->change_own_password(self, Secret(other), Secret(good)));
  EXPECT_TRUE(caller(here));
  EXPECT_FALSE(caller(elsewhere));
  EXPECT_EQ(log_in("bert", good).outcome, Outcome::in);
}

TEST_F(AccessTest, TheLastAdministratorStays) {
  set_up();
  const Caller anna = admin();
  EXPECT_FALSE(access_->change_user(anna, anna.user, {.role = Role::viewer}));
  EXPECT_FALSE(access_->change_user(anna, anna.user, {.disabled = true}));
  ASSERT_TRUE(access_->add_user(anna, "bert", Role::admin, Secret(other)));
  EXPECT_TRUE(access_->change_user(anna, anna.user, {.role = Role::viewer}));
}

// S3: of a thousand guesses at most twenty are looked at, and the owner still gets in.
TEST_F(AccessTest, AThousandGuesses) {
  set_up();
  const auto known = log_in("anna", good);  // the owner's browser
  ASSERT_FALSE(known.device.empty());
  int tried = 0;
  for (int i = 0; i < 1000; ++i) {
    tried += log_in("anna", "guess " + std::to_string(i)).outcome == Outcome::wrong ? 1 : 0;
    clock_.advance(Duration::milliseconds(50));
  }
  EXPECT_GE(tried, 4);
  EXPECT_LE(tried, 20);
  // At once from the browser that is known, and elsewhere after at most a minute.
  EXPECT_EQ(log_in("anna", good, known.device).outcome, Outcome::in);
  const auto elsewhere = log_in("anna", good);
  ASSERT_EQ(elsewhere.outcome, Outcome::too_early);
  EXPECT_LE(elsewhere.wait, Duration::minutes(1));
  clock_.advance(elsewhere.wait);
  EXPECT_EQ(log_in("anna", good).outcome, Outcome::in);
}

TEST_F(AccessTest, GuessingOnManyNamesIsSlowedByAddress) {
  set_up();
  int tried = 0;
  for (int i = 0; i < 200; ++i)
    tried += log_in("user" + std::to_string(i), "x").outcome == Outcome::wrong ? 1 : 0;
  EXPECT_LE(tried, 20);
  EXPECT_EQ(log_in("anna", good, {}, "10.0.0.2").outcome, Outcome::in);
}

TEST(GuessBrake, MemoryIsBounded) {
  GuessBrake brake;
  for (int i = 0; i < 30'000; ++i)
    brake.note_wrong({"account " + std::to_string(i)}, Duration::milliseconds(i));
  // The newest is remembered.
  for (int i = 0; i < 5; ++i) brake.note_wrong({"account 29999"}, Duration::seconds(30));
  EXPECT_GT(brake.wait({"account 29999"}, Duration::seconds(30)), Duration());
  EXPECT_EQ(brake.wait({"account 1"}, Duration::seconds(30)), Duration());
}

TEST_F(AccessTest, TokensExpireAreRevokedAndAreNeverMoreThanTheirMaker) {
  set_up();
  const Caller anna = admin();
  ASSERT_TRUE(access_->add_user(anna, "bert", Role::analyst, Secret(other)));
  const Caller bert = *caller(log_in("bert", other));
  EXPECT_FALSE(access_->add_token(bert, "too much", Role::admin, 1));
  EXPECT_FALSE(access_->add_token(anna, "for ever", Role::viewer, 367));
  EXPECT_FALSE(access_->add_token(anna, "", Role::viewer, 1));
  const auto token = *access_->add_token(anna, "grafana", Role::analyst, 30);
  const auto asked = [&] { return *access_->caller_of_token(token.reveal()); };
  ASSERT_TRUE(asked());
  EXPECT_EQ(asked()->name, "token grafana");
  EXPECT_EQ(asked()->role, Role::analyst);
  EXPECT_FALSE(*access_->caller_of_token("vdt_guess"));
  clock_.advance(Duration::hours(24 * 30 - 1));
  EXPECT_TRUE(asked());
  clock_.advance(Duration::hours(1));
  EXPECT_FALSE(asked());
  const auto second = *access_->add_token(anna, "second", Role::admin, 1);
  ASSERT_TRUE(*access_->caller_of_token(second.reveal()));
  ASSERT_TRUE(access_->revoke_token(anna, access_->tokens()->front().id));
  EXPECT_FALSE(*access_->caller_of_token(second.reveal()));
  EXPECT_FALSE(access_->revoke_token(anna, 99));
}

TEST_F(AccessTest, EverythingIsInTheAuditLogAndNoSecretIs) {
  set_up();
  const Caller anna = admin();
  log_in("anna", "wrong password here");
  ASSERT_TRUE(access_->add_user(anna, "bert", Role::viewer, Secret(other)));
  ASSERT_TRUE(access_->change_user(anna, id_of("bert"), {.disabled = true}));
  const auto token = *access_->add_token(anna, "t", Role::viewer, 1);
  ASSERT_TRUE(access_->note(anna, "incident.close", "incident 7", "TruePositive"));
  EXPECT_EQ(audited(), (std::vector<std::string>{"setup", "log_in", "log_in.refused", "user.add",
                                                 "user.change", "user.end_sessions", "token.add",
                                                 "incident.close"}));
  std::string all;
  const auto entries = *store_.audit_after(0, 1000);
  for (const auto& entry : entries) all += entry.actor + entry.object + entry.detail;
  for (const std::string_view secret : {std::string_view(good), std::string_view(other),
                                        token.reveal(), std::string_view("wrong password here")})
    EXPECT_EQ(all.find(secret), std::string::npos);
}

// R9: the past cannot be changed unseen.
TEST_F(AccessTest, AChangedPastIsSeen) {
  set_up();
  for (int i = 0; i < 600; ++i)
    ASSERT_TRUE(access_->note({"anna"}, "act", "thing " + std::to_string(i), ""));
  const auto whole = *verify_audit(store_, "");
  EXPECT_EQ(whole.broken, 0U) << whole.what;
  EXPECT_EQ(whole.entries, 601U);
  const std::string end = "601:" + whole.head;
  EXPECT_EQ(verify_audit(store_, end)->broken, 0U);
  EXPECT_FALSE(verify_audit(store_, "601"));
  store_.past()[299].detail = "nothing happened";
  EXPECT_EQ(verify_audit(store_, "")->broken, 300U);
  store_.past()[299].detail = "";
  EXPECT_EQ(verify_audit(store_, "")->broken, 0U);
  store_.past().pop_back();
  EXPECT_EQ(verify_audit(store_, "")->broken, 0U);  // what only a noted end can tell
  EXPECT_EQ(verify_audit(store_, end)->broken, 601U);
  store_.past().erase(store_.past().begin() + 4);
  EXPECT_EQ(verify_audit(store_, "")->broken, 5U);
}

}  // namespace
}  // namespace vedette::access
