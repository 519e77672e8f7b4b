#include "app/command_user.h"

#include <gtest/gtest.h>

#include <sstream>

#include "access/access.h"
#include "access/audit_chain.h"
#include "access/totp.h"
#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/sqlite_access.h"

namespace vedette::app {
namespace {

using base::Secret;
using model::Role;

constexpr const char* good = "correct horse battery";

class CommandUser : public testing::Test {
 protected:
  struct Said {
    int code = 0;
    std::string output, errors;
  };
  // What `serve` has open meanwhile.
  void SetUp() override {
    auto store = store::sqlite::SqliteAccess::open(folder_.file("state.db"), &access::audit_hash);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    access_ = std::make_unique<access::Access>(
        *store_, clock_, Secret("link"),
        access::SecondFactorRules{Secret("a seal key"), {Role::viewer}});
  }
  Said run(std::vector<std::string> words, const std::string& typed = good) {
    words.push_back("--data");
    words.push_back(folder_.path().string());
    std::ostringstream output, errors;
    const int code =
        run_user(words, {clock_, "rooty", [&] { return Secret(typed); }, output, errors});
    return {code, output.str(), errors.str()};
  }
  access::LogIn log_in(const std::string& name, const std::string& password = good,
                       const std::string& code = {}) {
    auto tried = access_->log_in({name, Secret(password), {}, "10.0.0.1", Secret(code)});
    EXPECT_TRUE(tried);
    return tried ? std::move(*tried) : access::LogIn();
  }
  std::optional<access::Caller> caller(const access::LogIn& in) {
    return access_->caller_of_session(in.session.reveal(), true).value_or(std::nullopt);
  }
  bool gets_in(const std::string& name, const std::string& password = good) {
    return log_in(name, password).outcome == access::LogIn::Outcome::in;
  }

  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::sqlite::SqliteAccess> store_;
  std::unique_ptr<access::Access> access_;
};

TEST_F(CommandUser, MakesShowsAndRemovesPeople) {
  EXPECT_NE(run({"list"}).output.find("Nobody yet"), std::string::npos);
  EXPECT_EQ(run({"add", "anna", "--role", "admin"}).code, exit_done);
  EXPECT_EQ(run({"add", "bert", "--role", "analyst"}).code, exit_done);
  EXPECT_EQ(run({"add", "bert", "--role", "analyst"}).code, exit_failed);  // is there already
  EXPECT_EQ(run({"add", "carl", "--role", "viewer"}, "short").code, exit_failed);
  EXPECT_FALSE(*access_->needs_set_up());
  EXPECT_TRUE(gets_in("anna"));
  const std::string listed = run({"list"}).output;
  EXPECT_NE(listed.find("bert                     analyst    allowed   off            never"),
            std::string::npos)
      << listed;
  EXPECT_EQ(run({"role", "BERT", "--role", "responder"}).code, exit_done);
  EXPECT_EQ(caller(log_in("bert"))->role, Role::responder);
  const auto session = log_in("bert");
  EXPECT_EQ(run({"disable", "bert"}).code, exit_done);
  EXPECT_FALSE(caller(session));
  EXPECT_FALSE(gets_in("bert"));
  EXPECT_EQ(run({"enable", "bert"}).code, exit_done);
  EXPECT_TRUE(gets_in("bert"));
  EXPECT_EQ(run({"remove", "bert"}).code, exit_done);
  EXPECT_FALSE(gets_in("bert"));
  EXPECT_EQ(store_->audit_before(0, 9)->at(1).actor, "local rooty");
  EXPECT_EQ(access::verify_audit(*store_, "")->broken, 0U);
}

TEST_F(CommandUser, TheLastAdministratorStays) {
  ASSERT_EQ(run({"add", "anna", "--role", "admin"}).code, exit_done);
  for (const auto& words : {std::vector<std::string>{"disable", "anna"},
                            {"remove", "anna"},
                            {"role", "anna", "--role", "viewer"}}) {
    const Said said = run(words);
    EXPECT_EQ(said.code, exit_failed);
    EXPECT_NE(said.errors.find("last administrator"), std::string::npos) << said.errors;
  }
  EXPECT_TRUE(gets_in("anna"));
}

TEST_F(CommandUser, ThePasswordIsReadOrMadeAndNeverInTheLog) {
  ASSERT_EQ(run({"add", "anna", "--role", "admin"}).code, exit_done);
  const auto session = log_in("anna");
  EXPECT_EQ(run({"reset-password", "anna"}, "seven green bottles").code, exit_done);
  EXPECT_FALSE(caller(session));
  EXPECT_TRUE(gets_in("anna", "seven green bottles"));
  const Said made = run({"reset-password", "anna"}, "");
  const std::string marker = "The password is ";
  const auto at = made.output.find(marker);
  ASSERT_NE(at, std::string::npos) << made.output;
  EXPECT_TRUE(gets_in("anna", made.output.substr(at + marker.size(), 43)));
  const auto entries = *store_->audit_after(0, 99);
  for (const auto& entry : entries) EXPECT_EQ(entry.detail.find("bottles"), std::string::npos);
}

TEST_F(CommandUser, TheWayBackInWithoutThePhone) {
  ASSERT_EQ(run({"add", "anna", "--role", "admin"}).code, exit_done);
  const access::Caller anna = *caller(log_in("anna"));
  const auto begun = access_->begin_second_factor(anna, Secret(good));
  ASSERT_TRUE(begun);
  const std::string code = access::totp_code(begun->key, access::totp_step(clock_.now()));
  ASSERT_TRUE(access_->confirm_second_factor(anna, Secret(code)));
  EXPECT_EQ(log_in("anna").outcome, access::LogIn::Outcome::code_needed);
  EXPECT_NE(run({"list"}).output.find("allowed   on "), std::string::npos);
  EXPECT_EQ(run({"reset-second-factor", "anna"}).code, exit_done);
  EXPECT_TRUE(gets_in("anna"));
  EXPECT_EQ(run({"reset-second-factor", "anna"}).code, exit_failed);  // there is none any more
}

TEST_F(CommandUser, WrongWordsDoNothing) {
  EXPECT_EQ(run({}).code, exit_usage);
  EXPECT_EQ(run({"add", "anna"}).code, exit_usage);
  EXPECT_EQ(run({"add", "anna", "--role", "king"}).code, exit_usage);
  EXPECT_EQ(run({"disable", "nobody"}).code, exit_failed);
  EXPECT_TRUE(*access_->needs_set_up());
}

}  // namespace
}  // namespace vedette::app
