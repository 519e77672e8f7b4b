#include "access/second_factor.h"

#include <gtest/gtest.h>

#include <array>

#include "access/access.h"
#include "access/access_limits.h"
#include "access/audit_chain.h"
#include "access/totp.h"
#include "fakes/fake_clock.h"
#include "fakes/memory_access_store.h"

namespace vedette::access {
namespace {

using base::Duration;
using base::Secret;
using model::Role;
using Outcome = LogIn::Outcome;

constexpr const char* good = "correct horse battery";

Secret rfc_key() {
  return Secret(encode_base32("12345678901234567890"));
}

// RFC 6238, appendix B: the last six of its eight digits.
TEST(Totp, IsAsTheStandardSays) {
  struct Vector {
    std::int64_t seconds;
    std::string code;
  };
  for (const auto& [seconds, code] : std::array<Vector, 6>{{{59, "287082"},
                                                            {1111111109, "081804"},
                                                            {1111111111, "050471"},
                                                            {1234567890, "005924"},
                                                            {2000000000, "279037"},
                                                            {20000000000, "353130"}}})
    EXPECT_EQ(totp_code(rfc_key(), totp_step(base::Timestamp::from_unix_seconds(seconds))), code);
  EXPECT_EQ(totp_code(Secret("no key!"), 1), "");
  EXPECT_EQ(totp_code(Secret(), 1), "");
}

// RFC 4648, section 10, without padding.
TEST(Totp, Base32IsAsTheStandardSays) {
  for (const auto& [plain, text] :
       std::array<std::array<std::string, 2>, 7>{{{"", ""},
                                                  {"f", "MY"},
                                                  {"fo", "MZXQ"},
                                                  {"foo", "MZXW6"},
                                                  {"foob", "MZXW6YQ"},
                                                  {"fooba", "MZXW6YTB"},
                                                  {"foobar", "MZXW6YTBOI"}}}) {
    EXPECT_EQ(encode_base32(plain), text);
    EXPECT_EQ(decode_base32(text), plain);
  }
  EXPECT_EQ(decode_base32("MZ=1"), std::nullopt);
  EXPECT_EQ(new_totp_key().reveal().size(), 32U);
  EXPECT_NE(new_totp_key().reveal(), new_totp_key().reveal());
}

TEST(Totp, OneStepEitherWayAndBlanksDoNotCount) {
  const auto now = base::Timestamp::from_unix_seconds(1'780'000'000);
  const std::uint64_t step = totp_step(now);
  const auto found = [&](std::uint64_t of) {
    return step_of_code(rfc_key(), totp_code(rfc_key(), of), now);
  };
  for (const std::uint64_t near : {step - 1, step, step + 1}) EXPECT_EQ(found(near), near);
  EXPECT_EQ(found(step - 2), std::nullopt);
  EXPECT_EQ(found(step + 2), std::nullopt);
  const std::string code = totp_code(rfc_key(), step);
  EXPECT_EQ(step_of_code(rfc_key(), code.substr(0, 3) + " " + code.substr(3), now), step);
  for (const char* none : {"", "1", "0000000", "abcdef"})
    EXPECT_EQ(step_of_code(rfc_key(), none, now), std::nullopt) << none;
  EXPECT_EQ(totp_address(Secret("KEY"), "anna@x").reveal(),
            "otpauth://totp/Vedette:anna%40x?secret=KEY&issuer=Vedette&algorithm=SHA1&digits=6"
            "&period=30");
}

TEST(Seal, OpensWithItsKeyAtItsPlaceUnchanged) {
  const Seal seal(Secret("a key of enough randomness"));
  const std::string sealed = *seal.close(Secret("a secret"), "here");
  EXPECT_EQ(seal.open(sealed, "here")->reveal(), "a secret");
  EXPECT_NE(sealed, *seal.close(Secret("a secret"), "here"));
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_FALSE(seal.open(sealed, "there"));
  EXPECT_FALSE(Seal(Secret("another key")).open(sealed, "here"));
  EXPECT_FALSE(Seal(Secret()).open(sealed, "here"));
  EXPECT_FALSE(Seal(Secret()).close(Secret("x"), "here"));
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    std::string changed = sealed;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(seal.open(changed, "here")) << i;
    EXPECT_FALSE(seal.open(sealed.substr(0, i), "here")) << i;
  }
}

class SecondFactorTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(access_.set_up("link", "anna", Secret(good)));
    caller_ = *caller(log_in());
    enrol();
  }
  void enrol() {
    const auto begun = access_.begin_second_factor(caller_, Secret(good));
    ASSERT_TRUE(begun) << begun.error().message;
    key_ = begun->key;
    const auto codes = access_.confirm_second_factor(caller_, Secret(code()));
    ASSERT_TRUE(codes) << codes.error().message;
    recovery_ = *codes;
    clock_.advance(Duration::seconds(30));
  }
  [[nodiscard]] std::string code(int skew = 0) const {
    return totp_code(key_, totp_step(clock_.now()) + static_cast<std::uint64_t>(skew));
  }
  LogIn log_in(const std::string& code = {}, const Secret& device = {},
               const std::string& password = good) {
    auto tried = access_.log_in({"anna", Secret(password), device, "10.0.0.1", Secret(code)});
    EXPECT_TRUE(tried);
    return tried ? std::move(*tried) : LogIn();
  }
  std::optional<Caller> caller(const LogIn& in) {
    return access_.caller_of_session(in.session.reveal(), true).value_or(std::nullopt);
  }
  std::string last_audited() { return store_.audit_before(0, 1)->front().action; }

  fakes::FakeClock clock_;
  fakes::MemoryAccessStore store_{&audit_hash};
  Access access_{store_, clock_, Secret("link"), {Secret("a seal key"), {Role::admin}}};
  Caller caller_;
  Secret key_;
  std::vector<Secret> recovery_;
};

// S4: no entry without a code, and each is good once.
TEST_F(SecondFactorTest, ACodeIsNeededAndGoodOnce) {
  const auto without = log_in();
  EXPECT_EQ(without.outcome, Outcome::code_needed);
  EXPECT_TRUE(without.session.empty());
  EXPECT_EQ(log_in("000000").outcome, Outcome::wrong_code);
  EXPECT_EQ(last_audited(), "log_in.code_refused");
  const std::string now = code();
  EXPECT_EQ(log_in(now, {}, "wrong password here").outcome, Outcome::wrong);  // uses nothing up
  const auto in = log_in(now);
  ASSERT_EQ(in.outcome, Outcome::in);
  EXPECT_TRUE(caller(in));
  EXPECT_EQ(log_in(now, in.device).outcome, Outcome::wrong_code);       // a replay
  EXPECT_EQ(log_in(code(-1), in.device).outcome, Outcome::wrong_code);  // one from before it
  EXPECT_EQ(log_in(code(1), in.device).outcome, Outcome::in);           // the phone is ahead
  clock_.advance(Duration::seconds(30));
  EXPECT_EQ(log_in(code(), in.device).outcome, Outcome::wrong_code);  // it was that step
  clock_.advance(Duration::seconds(60));
  EXPECT_EQ(log_in(code(-1), in.device).outcome, Outcome::in);  // the phone is behind
}

TEST_F(SecondFactorTest, ARecoveryCodeIsGoodOnceAndANewSetEndsTheOld) {
  ASSERT_EQ(recovery_.size(), static_cast<std::size_t>(recovery_codes));
  EXPECT_EQ(access_.second_factor_of(caller_.user)->recovery_codes, recovery_.size());
  std::string typed(recovery_[3].reveal());
  typed[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(typed[0])));
  std::erase(typed, '-');
  const auto in = log_in(typed);
  ASSERT_EQ(in.outcome, Outcome::in);
  EXPECT_EQ(log_in(typed, in.device).outcome, Outcome::wrong_code);
  EXPECT_EQ(access_.second_factor_of(caller_.user)->recovery_codes, recovery_.size() - 1);
  EXPECT_FALSE(access_.renew_recovery_codes(caller_, Secret(good), Secret("123456")));
  EXPECT_FALSE(access_.renew_recovery_codes(caller_, Secret("wrong password"), Secret(code())));
  const auto fresh = access_.renew_recovery_codes(caller_, Secret(good), Secret(code()));
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_EQ(last_audited(), "second_factor.recovery_codes");
  EXPECT_EQ(log_in(std::string(recovery_[0].reveal()), in.device).outcome, Outcome::wrong_code);
  EXPECT_EQ(log_in(std::string(fresh->front().reveal()), in.device).outcome, Outcome::in);
  EXPECT_EQ((*store_.find_second_factor(caller_.user))->recovery_hashes[0].size(), 64U);
}

// Who has the password tries a hundred codes a day.
TEST(CodePace, GuessingCodesIsSlow) {
  GuessBrake brake({code_wait_max, codes_forgotten_after});
  int tried = 0;
  for (Duration now; now < Duration::hours(24); now = now + Duration::seconds(20)) {
    if (brake.wait({"user 1"}, now) > Duration()) continue;
    brake.note_wrong({"user 1"}, now);
    ++tried;
  }
  EXPECT_GE(tried, 90);
  EXPECT_LE(tried, 110);
}

// ... and the owner's browser does not wait for him.
TEST_F(SecondFactorTest, WhoGuessesCodesWaitsAndTheOwnerDoesNot) {
  const auto known = log_in(code());
  ASSERT_EQ(known.outcome, Outcome::in);
  LogIn last;
  for (int i = 0; i < 8 && last.outcome != Outcome::too_early; ++i) {
    last = log_in("guess");
    clock_.advance(Duration::milliseconds(1));
  }
  EXPECT_EQ(last.outcome, Outcome::too_early);
  clock_.advance(Duration::seconds(30));
  EXPECT_EQ(log_in(code(), known.device).outcome, Outcome::in);
}

TEST_F(SecondFactorTest, WithoutOneARoleThatNeedsItOnlyEnrols) {
  EXPECT_FALSE(access_.caller_of_session("x", true)->has_value());
  const auto in = log_in(code());
  EXPECT_FALSE(caller(in)->must_enrol);
  clock_.advance(Duration::seconds(30));
  ASSERT_TRUE(access_.remove_second_factor(*caller(in), Secret(good), Secret(code())));
  EXPECT_EQ(last_audited(), "second_factor.off");
  EXPECT_TRUE(caller(in)->must_enrol);
  ASSERT_TRUE(access_.add_user(caller_, "bert", Role::analyst, Secret(good)));
  const auto bert = access_.log_in({"bert", Secret(good), {}, "10.0.0.2"});
  EXPECT_FALSE(caller(*bert)->must_enrol);
}

TEST_F(SecondFactorTest, AnAdministratorResetsItAndTheSessionsEnd) {
  const auto in = log_in(code());
  EXPECT_FALSE(access_.begin_second_factor(*caller(in), Secret(good)));  // one is on
  ASSERT_TRUE(access_.reset_second_factor({"root", Role::admin}, caller_.user));
  EXPECT_FALSE(caller(in));
  EXPECT_EQ(log_in().outcome, Outcome::in);
  EXPECT_FALSE(access_.reset_second_factor({"root", Role::admin}, caller_.user));  // none is left
  std::vector<std::string> actions;
  const auto entries = *store_.audit_after(0, 100);
  for (const auto& entry : entries) actions.push_back(entry.action);
  EXPECT_NE(std::ranges::find(actions, "second_factor.reset"), actions.end());
}

TEST_F(SecondFactorTest, AKeyCountsOnlyAfterACodeOfIt) {
  ASSERT_TRUE(access_.reset_second_factor({"root", Role::admin}, caller_.user));
  const auto in = log_in();
  caller_ = *caller(in);
  EXPECT_FALSE(access_.confirm_second_factor(caller_, Secret("123456")));  // nothing was begun
  EXPECT_FALSE(access_.begin_second_factor(caller_, Secret("wrong password")));
  const auto begun = access_.begin_second_factor(caller_, Secret(good));
  ASSERT_TRUE(begun);
  EXPECT_FALSE(access_.confirm_second_factor(caller_, Secret("000000")));
  EXPECT_EQ(log_in({}, in.device).outcome, Outcome::in);
  const auto elsewhere = log_in({}, in.device);
  key_ = begun->key;
  ASSERT_TRUE(access_.confirm_second_factor(caller_, Secret(code())));
  EXPECT_FALSE(caller(elsewhere));
  EXPECT_TRUE(caller(in));
  EXPECT_EQ(log_in(code(), in.device).outcome, Outcome::wrong_code);  // the one of the enrolment
}

TEST_F(SecondFactorTest, NoSecretIsInTheAuditLogOrPlainInTheStore) {
  std::string all = (*store_.find_second_factor(caller_.user))->sealed_key;
  const auto entries = *store_.audit_after(0, 100);
  for (const auto& entry : entries) all += entry.actor + entry.object + entry.detail;
  EXPECT_EQ(all.find(key_.reveal()), std::string::npos);
  for (const auto& each : recovery_) EXPECT_EQ(all.find(each.reveal()), std::string::npos);
}

// Another key file, as after a restore elsewhere: codes say so, recovery codes work.
TEST_F(SecondFactorTest, WithoutItsKeyFileRecoveryCodesStillWork) {
  Access other(store_, clock_, Secret("link"), {Secret("another seal key"), {}});
  const auto tried = other.log_in({"anna", Secret(good), {}, "10.0.0.1", Secret(code())});
  ASSERT_FALSE(tried);
  EXPECT_NE(tried.error().message.find("seal-key"), std::string::npos);
  const auto in = other.log_in({"anna", Secret(good), {}, "10.0.0.1", recovery_[0]});
  ASSERT_TRUE(in);
  EXPECT_EQ(in->outcome, Outcome::in);
}

}  // namespace
}  // namespace vedette::access
