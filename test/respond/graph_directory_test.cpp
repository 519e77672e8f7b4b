// Graph as a directory, and the whole life of a lock, against the simulated tenant.
#include "cloud/graph_directory.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "cloud/app_sign_in.h"
#include "cloud/oauth_tokens.h"
#include "contract/directory_contract.h"
#include "fakes/fake_clock.h"
#include "fakes/memory_action_store.h"
#include "respond/action_desk.h"
#include "respond/action_runner.h"
#include "simulate/tenant/people.h"
#include "simulate/tenant/tenant.h"
#include "simulate/tenant/tenant_client.h"

namespace vedette {
namespace {

using base::Duration;
using base::ErrorCode;
using model::ActionKind;
using model::ActionState;
using simulate::tenant::Fault;
using simulate::tenant::TenantOptions;

TenantOptions small_tenant() {
  TenantOptions options;
  options.people = 120;
  options.days = 1;
  options.start = *base::parse_iso("2026-06-01T12:00:00Z");
  return options;
}

// A tenant, and Graph as we ask it.
class TenantWorld {
 public:
  explicit TenantWorld(const TenantOptions& options = small_tenant())
      : clock_(options.start),
        people_(options),
        tenant_(options, clock_),
        tokens_(std::make_unique<cloud::AppSignIn>(
                    cloud::AppIdentity{"https://login.microsoftonline.com", options.tenant_id,
                                       options.client_id},
                    cloud::proof_by_secret([]() -> base::Result<base::Secret> {
                      return base::Secret("simulated-secret");
                    }),
                    std::make_unique<simulate::tenant::TenantClient>(tenant_), clock_),
                clock_) {}

  ports::Directory& directory() { return directory_; }
  [[nodiscard]] std::string id(const std::string& who) const {
    if (who == "app") return format_guid(people_.workloads().front().id);
    return format_guid(person(who).id);
  }
  [[nodiscard]] std::string name(const std::string& who) const {
    return person(who).user_principal_name;
  }
  [[nodiscard]] std::string application_id() const {
    return format_guid(people_.workloads().front().app_id);
  }
  [[nodiscard]] std::uint64_t people() const { return people_.people().size(); }
  [[nodiscard]] base::Timestamp now() const { return clock_.now(); }

  fakes::FakeClock& clock() { return clock_; }
  simulate::tenant::Tenant& tenant() { return tenant_; }

 private:
  [[nodiscard]] const simulate::tenant::Person& person(const std::string& who) const {
    using simulate::tenant::AccountKind;
    const auto& all = people_.people();
    const auto of_kind = [&](AccountKind kind) -> const simulate::tenant::Person& {
      return *std::ranges::find(all, kind, &simulate::tenant::Person::kind);
    };
    if (who == "guest") return of_kind(AccountKind::guest);
    if (who == "shared") return of_kind(AccountKind::service);
    // The first role of all is Global Administrator's.
    if (who == "admin") return people_.person(people_.roles().front().active.back());
    if (who == "eligible") return people_.person(only_eligible());
    for (const auto index : people_.workers())
      if (!has_role(index)) return people_.person(index);
    return all.front();
  }
  [[nodiscard]] bool has_role(std::uint32_t index, bool counts_eligible = true) const {
    return std::ranges::any_of(people_.roles(), [&](const auto& role) {
      return std::ranges::find(role.active, index) != role.active.end() ||
             (counts_eligible && std::ranges::find(role.eligible, index) != role.eligible.end());
    });
  }
  [[nodiscard]] std::uint32_t only_eligible() const {
    for (const auto& role : people_.roles())
      for (const auto index : role.eligible)
        if (!has_role(index, false)) return index;
    return 0;
  }

  fakes::FakeClock clock_;
  simulate::tenant::Directory people_;
  simulate::tenant::Tenant tenant_;
  cloud::OAuthTokens tokens_;
  simulate::tenant::TenantClient client_{tenant_};
  cloud::GraphDirectory directory_{{}, client_, tokens_, clock_};
};

class UnattendedWitness : public respond::IncidentWitness {
 public:
  explicit UnattendedWitness(const ports::Clock& clock) : clock_(clock) {}
  base::Result<respond::IncidentTestimony> testify(std::uint64_t, const std::stop_token&) override {
    return respond::IncidentTestimony{respond::IncidentStanding::unattended, "", clock_.now()};
  }

 private:
  const ports::Clock& clock_;
};

// The runner upon a tenant.
class TenantResponse {
 public:
  explicit TenantResponse(const TenantOptions& options = small_tenant()) : world(options) {
    settings.mode = model::ActionMode::automatic;
    settings.break_glass = {"some-break-glass-account"};
    runner = std::make_unique<respond::ActionRunner>(
        settings, respond::ActionRooms{store, world.directory(), witness, world.clock(),
                                       [] { return respond::SwitchPosition::off; },
                                       [](std::string_view) {}, [](bool, const std::string&) {}});
  }
  std::int64_t ask(const std::string& who, ActionKind kind = ActionKind::disable_account) {
    model::ActionRequest request;
    request.incident = 7;
    request.kind = kind;
    request.mode = model::ActionMode::automatic;
    request.account.principal_name = world.name(who);
    request.policy = "credential-phishing";
    request.requested_by = "vedette";
    request.requested = world.now();
    request.evidence = world.now() - Duration::hours(1);
    return store.request(request)->id;
  }
  void step() { ASSERT_TRUE(runner->step({})); }
  ports::ActionRecord record(std::int64_t id) { return **store.find(id); }
  bool is_enabled(const std::string& who) {
    return world.directory().find({world.id(who), "", ""}, {})->account->is_enabled;
  }

  TenantWorld world;
  fakes::MemoryActionStore store;
  respond::GuardSettings settings;
  UnattendedWitness witness{world.clock()};
  std::unique_ptr<respond::ActionRunner> runner;
};

TEST(GraphResponse, AnAccountIsLockedAndGivenBack) {
  TenantResponse response;
  const auto lock = response.ask("member");
  const auto revoke = response.ask("member", ActionKind::revoke_sessions);
  response.step();
  EXPECT_EQ(response.record(lock).state, ActionState::done) << response.record(lock).outcome;
  EXPECT_EQ(response.record(revoke).state, ActionState::done) << response.record(revoke).outcome;
  EXPECT_FALSE(response.is_enabled("member"));
  for (const auto minutes : {10, 30, 50}) {
    response.world.clock().advance(Duration::minutes(minutes));
    response.step();
  }
  EXPECT_EQ(response.record(lock).state, ActionState::verified);
  EXPECT_EQ(response.record(revoke).state, ActionState::verified);
  respond::ActionDesk desk(response.store, response.settings);
  ASSERT_TRUE(desk.undo({"berta", response.world.now()}, lock));
  response.step();
  EXPECT_TRUE(response.is_enabled("member"));
  EXPECT_EQ(response.record(lock).state, ActionState::undone);
}

TEST(GraphResponse, SecondFactorsAreRemovedWhenAPersonAgreed) {
  TenantResponse response;
  const auto reset = response.ask("member", ActionKind::reset_mfa);
  response.step();
  EXPECT_EQ(response.record(reset).state, ActionState::waiting_for_approval);
  respond::ActionDesk desk(response.store, response.settings);
  ASSERT_TRUE(desk.approve({"berta", response.world.now()}, reset));
  // Of two methods the first one only goes when the other is gone.
  response.world.tenant().add_fault({Fault::status_503, 1, "/authentication/"});
  response.step();
  response.world.clock().advance(Duration::minutes(2));
  response.step();
  EXPECT_EQ(response.record(reset).state, ActionState::done) << response.record(reset).outcome;
  const auto undone = desk.undo({"berta", response.world.now()}, reset);
  ASSERT_FALSE(undone);
  EXPECT_NE(undone.error().message.find("cannot be undone"), std::string::npos);
}

TEST(GraphResponse, SecondFactorsAreNotRemovedLongAfterTheyWereBegun) {
  TenantResponse response;
  const auto reset = response.ask("member", ActionKind::reset_mfa);
  response.step();
  respond::ActionDesk desk(response.store, response.settings);
  ASSERT_TRUE(desk.approve({"berta", response.world.now()}, reset));
  response.world.tenant().add_fault({Fault::status_503, 1, "/authentication/"});
  response.step();
  EXPECT_EQ(response.record(reset).state, ActionState::sending);
  // The person may have set up new ones by then.
  response.world.clock().advance(Duration::minutes(20));
  response.step();
  EXPECT_EQ(response.record(reset).state, ActionState::waiting_for_approval);
  EXPECT_NE(response.record(reset).outcome.find("may be half done"), std::string::npos);
}

TEST(GraphResponse, WithoutThePermissionNoSecondFactorGoes) {
  TenantOptions options = small_tenant();
  options.withheld_permissions = {"UserAuthenticationMethod.ReadWrite.All"};
  TenantResponse response(options);
  const auto reset = response.ask("member", ActionKind::reset_mfa);
  response.step();
  respond::ActionDesk desk(response.store, response.settings);
  ASSERT_TRUE(desk.approve({"berta", response.world.now()}, reset));
  response.step();
  EXPECT_EQ(response.record(reset).state, ActionState::failed);
  EXPECT_NE(response.record(reset).outcome.find("UserAuthenticationMethod.ReadWrite.All"),
            std::string::npos);
}

TEST(GraphResponse, ASynchronisedAccountFlipsBackAndIsToldOf) {
  TenantOptions options = small_tenant();
  options.hybrid = true;
  TenantResponse response(options);
  const auto lock = response.ask("member");
  response.step();
  for (const auto minutes : {10, 30}) {
    response.world.clock().advance(Duration::minutes(minutes));
    response.step();
  }
  EXPECT_EQ(response.record(lock).state, ActionState::reverted_elsewhere);
  EXPECT_NE(response.record(lock).outcome.find("on premises"), std::string::npos);
}

TEST(GraphResponse, WhoIsProtectedIsToldAheadByADryRun) {
  TenantResponse response;
  for (const auto& [who, words] : {std::pair("admin", "holds the role Global Administrator"),
                                   {"eligible", "may activate the role"},
                                   {"guest", "guests are locked in their own tenant"},
                                   {"shared", "shared mailbox"}}) {
    const auto id = response.ask(who);
    response.step();
    EXPECT_EQ(response.record(id).state, ActionState::denied);
    EXPECT_NE(response.record(id).outcome.find(words), std::string::npos)
        << response.record(id).outcome;
    EXPECT_TRUE(response.is_enabled(who));
  }
}

TEST(GraphResponse, OnePermissionLessIsAClearWordAndNoLock) {
  struct Less {
    const char* permission;
    ActionState state;
    const char* words;
  };
  for (const auto& [permission, state, words] :
       {Less{"User.EnableDisableAccount.All", ActionState::failed, "User.EnableDisableAccount.All"},
        Less{"RoleManagement.Read.Directory", ActionState::denied, "cannot be told which"},
        Less{"Group.Read.All", ActionState::done, ""},
        Less{"MailboxSettings.Read", ActionState::waiting_for_approval, "MailboxSettings.Read"},
        Less{"User.Read.All", ActionState::denied, "User.Read.All"}}) {
    TenantOptions options = small_tenant();
    options.withheld_permissions = {permission};
    TenantResponse response(options);
    const auto id = response.ask("member");
    response.step();
    EXPECT_EQ(response.record(id).state, state) << permission << response.record(id).outcome;
    EXPECT_NE(response.record(id).outcome.find(words), std::string::npos)
        << response.record(id).outcome;
  }
}

TEST(GraphResponse, TroublesOfTheServiceMakeNothingHappenTwice) {
  const std::string accounts = "/v1.0/users/";
  for (const Fault fault : {Fault::throttle_seconds, Fault::throttle_bare, Fault::status_503,
                            Fault::status_500, Fault::closed, Fault::silent, Fault::silent_header,
                            Fault::silent_body, Fault::cut_body, Fault::html_login}) {
    for (std::uint32_t times = 1; times <= 3; ++times) {
      TenantResponse response;
      const auto id = response.ask("member");
      response.world.tenant().add_fault({fault, times, accounts});
      for (int i = 0; i < 12; ++i) {
        response.step();
        response.world.clock().advance(Duration::minutes(2));
      }
      EXPECT_EQ(response.record(id).state, ActionState::done)
          << name_of(fault) << ": " << response.record(id).outcome;
      EXPECT_FALSE(response.is_enabled("member"));
    }
  }
}

TEST(GraphDirectory, AWaitThatIsAskedForIsKept) {
  TenantWorld world;
  world.tenant().add_fault({Fault::throttle_seconds, 1, "/users/"});
  const auto refused = world.directory().find({world.id("member"), "", ""}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  const auto asked = world.tenant().requests();
  EXPECT_FALSE(world.directory().find({world.id("member"), "", ""}, {}));
  EXPECT_EQ(world.tenant().requests(), asked) << "nothing is asked meanwhile";
  world.clock().advance(Duration::minutes(10));
  EXPECT_TRUE(world.directory().find({world.id("member"), "", ""}, {}));
}

TEST(GraphDirectory, ATokenThatIsNotTakenIsRenewedOnce) {
  TenantWorld world;
  ASSERT_TRUE(world.directory().find({world.id("member"), "", ""}, {}));
  world.clock().advance(Duration::hours(2));
  EXPECT_TRUE(world.directory().find({world.id("member"), "", ""}, {}));
}

TEST(GraphDirectory, WithoutALicenceForItNobodyIsEligible) {
  TenantOptions options = small_tenant();
  options.licence = simulate::tenant::Licence::free;
  TenantWorld world(options);
  const auto roles = world.directory().roles(world.id("eligible"), {});
  ASSERT_TRUE(roles) << roles.error().message;
  EXPECT_TRUE(roles->empty());
}

}  // namespace

namespace contract {
namespace {
INSTANTIATE_TYPED_TEST_SUITE_P(Graph, DirectoryContract, TenantWorld);
}  // namespace
}  // namespace contract
}  // namespace vedette
