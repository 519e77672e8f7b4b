// A million random histories of incidents, accounts, people's decisions and troubles. At each
// change that reaches the directory the truth (not what the guard was told) is held against the
// promises: no protected account is sent a change, no cap is broken, nothing is done without its
// approval, nobody is locked after a person's touch or on a stale reading.
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "base/build_kind.h"
#include "base/hash.h"
#include "fakes/fake_address_block.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_directory.h"
#include "fakes/memory_action_store.h"
#include "respond/action_desk.h"
#include "respond/action_runner.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::ErrorCode;
using model::ActionKind;
using model::ActionMode;
using model::ActionState;

// For each of four seeds: a million, and 1,000 hits in all.
constexpr std::uint64_t histories = base::is_fast ? 250'000 : 10'000;
constexpr std::uint64_t hits_least = base::is_fast ? 250 : 5;
constexpr std::uint64_t histories_of_world = 8;
constexpr std::size_t members = 12;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) { return (state_ = base::hash_words(state_, ++turn_)) % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_, turn_ = 0;
};

// What is really so of the incident that everything in a history is about.
struct Truth {
  IncidentStanding standing = IncidentStanding::unattended;
  bool is_stale = false;  // the witness tells of what was long ago
  bool is_unread = false;
};

class TruthWitness : public IncidentWitness {
 public:
  TruthWitness(const Truth& truth, const ports::Clock& clock) : truth_(truth), clock_(clock) {}
  base::Result<IncidentTestimony> testify(std::uint64_t, const std::stop_token&) override {
    if (truth_.is_unread) return base::failure(ErrorCode::refused, "403");
    if (truth_.is_stale)
      return IncidentTestimony{IncidentStanding::unattended, "", clock_.now() - Duration::hours(1)};
    return IncidentTestimony{truth_.standing, "", clock_.now()};
  }

 private:
  const Truth& truth_;
  const ports::Clock& clock_;
};

// The directory, watched: each change goes to the judge first.
class WatchedDirectory : public fakes::FakeDirectory {
 public:
  WatchedDirectory(const ports::Clock& clock,
                   std::function<void(std::string_view, ActionKind)> watch)
      : FakeDirectory(clock), watch_(std::move(watch)) {}
  bool counts_people = true;

  Result<std::uint64_t> count_users(const std::stop_token& stop) override {
    if (!counts_people) return base::failure(ErrorCode::permission_denied, "403");
    return FakeDirectory::count_users(stop);
  }
  Result<void> set_enabled(std::string_view id, bool enabled,
                           const std::stop_token& stop) override {
    watch_(id, enabled ? ActionKind::enable_account : ActionKind::disable_account);
    return FakeDirectory::set_enabled(id, enabled, stop);
  }
  Result<void> revoke_sessions(std::string_view id, const std::stop_token& stop) override {
    watch_(id, ActionKind::revoke_sessions);
    return FakeDirectory::revoke_sessions(id, stop);
  }
  Result<void> confirm_compromised(std::string_view id, const std::stop_token& stop) override {
    watch_(id, ActionKind::confirm_compromised);
    return FakeDirectory::confirm_compromised(id, stop);
  }
  Result<void> reset_second_factors(std::string_view id, const std::stop_token& stop) override {
    watch_(id, ActionKind::reset_mfa);
    return FakeDirectory::reset_second_factors(id, stop);
  }

 private:
  const std::function<void(std::string_view, ActionKind)> watch_;
};

class WatchedBlock : public fakes::FakeAddressBlock {
 public:
  using Watch = std::function<void(const base::IpAddress&, ActionKind)>;
  WatchedBlock(const ports::Clock& clock, Watch watch)
      : FakeAddressBlock(clock), watch_(std::move(watch)) {}
  Result<void> block(const base::IpAddress& address, Duration span,
                     const std::stop_token& stop) override {
    watch_(address, ActionKind::block_address);
    return FakeAddressBlock::block(address, span, stop);
  }
  Result<void> unblock(const base::IpAddress& address, const std::stop_token& stop) override {
    watch_(address, ActionKind::unblock_address);
    return FakeAddressBlock::unblock(address, stop);
  }

 private:
  const Watch watch_;
};

class World {
 public:
  World(std::uint64_t seed, std::array<std::uint64_t, guard_reasons>& hits)
      : chance_(seed), hits_(hits) {
    settings_.mode = chance_.one_in(12) ? ActionMode::propose : ActionMode::automatic;
    lenient_.two_persons = false;
    settings_.break_glass = {"glass"};
    settings_.service_accounts = {"service"};
    settings_.approver_accounts = {"approver"};
    settings_.own_applications = {"ours"};
    if (chance_.one_in(20)) settings_.break_glass.clear();
    if (chance_.one_in(10)) settings_.approvers = {"berta"};
    if (chance_.one_in(8)) settings_.accounts_a_day = 2;
    if (chance_.one_in(2)) settings_.blocks_a_day = chance_.below(2);
    for (std::size_t i = 0; i < members; ++i) directory_.add("m" + std::to_string(i), name_of(i));
    for (const char* id : {"glass", "service", "approver", "admin", "eligible", "sync"})
      directory_.add(id, std::string(id) + "@example.org");
    directory_.add("guest", "guest@example.org").account.kind = ports::AccountKind::guest;
    directory_.add("shared", "shared@example.org").account.kind =
        ports::AccountKind::shared_mailbox;
    directory_.add("unknown", "unknown@example.org").account.kind = ports::AccountKind::unknown;
    auto& app = directory_.add("app", "app@example.org").account;
    app.kind = ports::AccountKind::service_principal;
    auto& own = directory_.add("own", "own@example.org").account;
    own.kind = ports::AccountKind::service_principal;
    own.application_id = "ours";
    directory_.at("admin")->roles = {{"Global Administrator", false}};
    directory_.at("eligible")->roles = {{"Global Administrator", true}};
    directory_.at("sync")->roles = {{"Directory Synchronization Accounts", false}};
    directory_.people = chance_.one_in(10) ? 200 : 2'000;
    restart();
  }

  // One incident, what is asked because of it, and what happens meanwhile.
  void history() {
    ++incident_;
    truth_ = {};
    const std::uint64_t events = 2 + chance_.below(4);
    const std::int64_t id = ask();
    for (std::uint64_t i = 0; i < events; ++i) {
      if (i > 0 || chance_.one_in(3)) happen(id);
      step();
    }
    calm_down();
  }

  std::uint64_t locks = 0;  // histories that reached one, at most
  std::uint64_t changes = 0;
  std::uint64_t ordered = 0;  // that came after a lock of the same policy

 private:
  static std::string name_of(std::size_t i) { return "m" + std::to_string(i) + "@example.org"; }

  void restart() {
    runner_ = std::make_unique<ActionRunner>(
        settings_,
        ActionRooms{
            store_, directory_, witness_, clock_, [this] { return switch_; },
            [](std::string_view) {}, [](bool, const std::string&) {},
            [this](const GuardVerdict& verdict) {
              ++hits_[static_cast<std::size_t>(verdict.reason)];
              seen_ = verdict.reason;
            },
            AddressRooms{block_,
                         [this](const base::IpAddress& each) {
                           return chance_.one_in(8) ? std::nullopt : std::optional(each == own_);
                         },
                         [this](const base::IpAddress& each) { return each == allowed_; }}});
  }
  void step() {
    const auto locked = changes;
    ASSERT_TRUE(runner_->step({}));
    if (changes > locked && counted_ != incident_) {
      counted_ = incident_;
      ++locks;
    }
  }

  std::int64_t ask() {
    model::ActionRequest request;
    request.incident = chance_.one_in(40) ? 0 : incident_;
    request.mode = chance_.one_in(12)   ? ActionMode::propose
                   : chance_.one_in(30) ? ActionMode::dry_run
                                        : ActionMode::automatic;
    request.kind = chance_.one_in(10)   ? ActionKind::revoke_sessions
                   : chance_.one_in(20) ? ActionKind::confirm_compromised
                   : chance_.one_in(20) ? ActionKind::reset_mfa
                   : chance_.one_in(20) ? ActionKind::enable_account
                                        : ActionKind::disable_account;
    request.policy = "policy";
    request.requested_by = "vedette";
    if (chance_.one_in(8)) {
      request.policy = "";
      request.requested_by = chance_.one_in(2) ? "anna" : "berta";
    }
    request.requested = clock_.now();
    if (chance_.one_in(40)) request.requested = clock_.now() - Duration::hours(30);
    request.evidence = clock_.now() - Duration::hours(120);
    if (chance_.one_in(40)) request.evidence = {};
    if (chance_.one_in(40)) request.evidence = clock_.now() - Duration::hours(24 * 20);
    if (chance_.one_in(40)) request.evidence = clock_.now() + Duration::hours(2);
    request.is_forgeable = chance_.one_in(30);
    if (chance_.one_in(6))
      which(request);
    else
      whom(request.account);
    if (request.incident == 0) request.reason = std::to_string(incident_);
    const std::int64_t id = store_.request(request)->id;
    // As the shipped policies do.
    if (request.kind == ActionKind::disable_account && chance_.one_in(4)) {
      request.kind = ActionKind::revoke_sessions;
      EXPECT_TRUE(store_.request(request));
    }
    return id;
  }

  // An address: a stranger's, mostly.
  void which(model::ActionRequest& request) {
    constexpr auto addresses =
        std::to_array<const char*>({"20.30.40.50", "20.30.40.51", "2a00:1450::7", "20.30.40.52",
                                    "10.0.0.7", "20.0.0.1", "20.0.0.2", "nowhere"});
    request.kind = chance_.one_in(20) ? ActionKind::unblock_address : ActionKind::block_address;
    request.account = {addresses.at(chance_.below(addresses.size())), {}, {}};
  }

  void whom(model::AccountReference& account) {
    constexpr auto others =
        std::to_array<const char*>({"glass", "service", "approver", "admin", "eligible", "sync",
                                    "guest", "shared", "unknown", "app", "own", "nobody"});
    // A name that looks like a protected one is somebody else's, or nobody's.
    auto& member = *directory_.at("m" + std::to_string(chance_.below(members)));
    member.account.principal_name =
        chance_.one_in(20) ? "gl\xD0\xB0ss@example.org" : member.account.object_id + "@example.org";
    if (!chance_.one_in(4)) {
      if (chance_.one_in(2))
        account.principal_name = member.account.principal_name;
      else
        account.object_id = member.account.object_id;
    } else {
      const std::string other = others.at(chance_.below(others.size()));
      if (chance_.one_in(2))
        account.object_id = other;
      else
        account.principal_name = other + "@EXAMPLE.org";
    }
    if (chance_.one_in(25)) {
      account = {"", "", "shared-name@example.org"};
      for (const char* id : {"m1", "m2"})
        directory_.at(id)->account.mail = "shared-name@example.org";
    }
  }

  void happen(std::int64_t id) {
    constexpr auto people = std::to_array<const char*>({"anna", "berta", "carl"});
    const std::string name = people.at(chance_.below(people.size()));
    const Decider by{name, clock_.now()};
    switch (chance_.below(24)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        // The command line may not know the settings: the guard must.
        decided_ += ActionDesk(store_, chance_.one_in(2) ? lenient_ : settings_)
                        .approve(by, id)
                        .has_value();
        approvals_.emplace_back(id, by);
        if (chance_.one_in(8)) clock_.advance(Duration::minutes(45));
        break;
      case 5:
        decided_ += ActionDesk(store_, settings_).refuse(by, id).has_value();
        break;
      case 6:
        decided_ += ActionDesk(store_, settings_).undo(by, id).has_value();
        break;
      case 7:
        truth_.standing = static_cast<IncidentStanding>(1 + chance_.below(3));
        break;
      case 8:
        truth_.is_stale = true;
        break;
      case 9:
        truth_.is_unread = true;
        break;
      case 10:
        switch_ = chance_.one_in(2) ? SwitchPosition::on : SwitchPosition::unreadable;
        break;
      case 11:
        switch_ = SwitchPosition::off;
        break;
      case 12:
        directory_.role_trouble = base::Error{ErrorCode::permission_denied, "403"};
        break;
      case 13:
        directory_.counts_people = false;
        break;
      case 14:
        directory_.change_trouble = base::Error{ErrorCode::unavailable, "503"};
        break;
      case 15:
        directory_.answer_trouble = base::Error{ErrorCode::unavailable, "no answer in time"};
        break;
      case 16:
        directory_.read_trouble = base::Error{ErrorCode::rate_limited, "429"};
        break;
      case 17:
        restart();  // as after a kill
        break;
      case 18:
        clock_.set(clock_.now() + Duration::hours(chance_.one_in(2) ? 120 : 2));
        break;
      case 19:
        directory_.at("m1")->account.mail = "m1@example.org";  // one is left of that name
        break;
      case 20:
        calm_down();
        break;
      default:
        clock_.advance(Duration::minutes(1 + static_cast<std::int64_t>(chance_.below(60))));
        break;
    }
  }

  void calm_down() {
    directory_.role_trouble.reset();
    directory_.change_trouble.reset();
    directory_.answer_trouble.reset();
    directory_.read_trouble.reset();
    directory_.counts_people = true;
    truth_.is_stale = truth_.is_unread = false;
    switch_ = SwitchPosition::off;
    if (chance_.one_in(4)) clock_.advance(Duration::hours(1));
  }

  // ---- the judge ----

  [[nodiscard]] bool is_protected(const fakes::FakeDirectory::Account& account) const {
    if (account.account.object_id == "glass") return !settings_.break_glass.empty();
    constexpr auto ids = std::to_array<std::string_view>(
        {"service", "approver", "admin", "eligible", "sync", "guest", "shared", "app", "own"});
    return !account.roles.empty() || std::ranges::find(ids, account.account.object_id) != ids.end();
  }

  // The approval of that action by somebody else than who asked, half an hour old at most.
  [[nodiscard]] bool is_approved(const ports::ActionRecord& record) const {
    return std::ranges::any_of(approvals_, [&](const auto& each) {
      return each.first == record.id && each.second.name != record.request.requested_by &&
             each.second.name == record.approved_by && each.second.now == record.approved &&
             clock_.now() - each.second.now <= Duration::minutes(30) &&
             (settings_.approvers.empty() || each.second.name == "berta");
    });
  }

  void watch(std::string_view id, ActionKind kind) {
    ++changes;
    const auto records = *store_.list(0, 1'000);
    const auto found = std::ranges::find_if(records, [&](const auto& record) {
      return record.state == ActionState::sending && record.target == id &&
             record.request.kind == kind && record.changed == clock_.now();
    });
    ASSERT_NE(found, records.end()) << "nothing says that this was to be sent";
    const auto& request = found->request;
    if (kind == ActionKind::enable_account) {
      ASSERT_TRUE(request.policy.empty());
      ASSERT_TRUE(ours_.contains(std::string(id))) << "it was not us who disabled it";
      return;
    }
    ASSERT_FALSE(is_protected(*directory_.at(id))) << id;
    ASSERT_EQ(switch_, SwitchPosition::off);
    ASSERT_FALSE(store_.trip_wire()->tripped.is_set());
    if (request.incident != 0) {
      ASSERT_FALSE(truth_.is_stale || truth_.is_unread) << "on a stale reading";
      ASSERT_NE(truth_.standing, IncidentStanding::over);
    }
    if (!is_approved(*found)) {
      ASSERT_EQ(seen_, GuardReason::automatic);
      ASSERT_EQ(settings_.mode, ActionMode::automatic);
      ASSERT_EQ(request.mode, ActionMode::automatic);
      ASSERT_FALSE(request.is_forgeable || request.policy.empty() || request.incident == 0);
      ASSERT_NE(kind, ActionKind::confirm_compromised);
      ASSERT_NE(kind, ActionKind::reset_mfa);
      ASSERT_EQ(truth_.standing, IncidentStanding::unattended) << "after a person's touch";
    }
    touched_.emplace_back(clock_.now(), id);
    if (kind == ActionKind::disable_account) ours_.insert(std::string(id));
    check_order(*found);
    check_caps();
  }

  // Of what a policy wants of one account for one incident, what comes first has ended, or waits
  // for a person.
  void check_order(const ports::ActionRecord& sent) {
    if (!begun_.insert(sent.id).second || sent.request.policy.empty()) return;  // tried again
    auto first = sent.request;
    first.kind = ActionKind::disable_account;
    const auto lock = *store_.keyed(model::action_key(first));
    if (!lock || lock->id >= sent.id) return;
    ++ordered;
    ASSERT_FALSE(lock->state == ActionState::requested || lock->state == ActionState::approved ||
                 lock->state == ActionState::sending)
        << "the account is not disabled yet: " << lock->outcome;
  }

  void watch_block(const base::IpAddress& address, ActionKind kind) {
    ++changes;
    const auto records = *store_.list(0, 1'000);
    const auto found = std::ranges::find_if(records, [&](const auto& record) {
      return record.state == ActionState::sending && record.target == base::format_ip(address) &&
             record.request.kind == kind;
    });
    if (kind == ActionKind::unblock_address) return;  // also at a block's end
    ASSERT_NE(found, records.end()) << "nothing says that this was to be sent";
    ASSERT_FALSE(address.is_special() || address == own_ || address == allowed_);
    ASSERT_TRUE(is_approved(*found)) << "an address is blocked by people only";
    ASSERT_EQ(switch_, SwitchPosition::off);
    if (found->request.incident != 0) {
      ASSERT_FALSE(truth_.is_stale || truth_.is_unread) << "on a stale reading";
    }
    blocks_.emplace_back(clock_.now(), address);
    std::set<base::IpAddress> day;
    for (const auto& [at, each] : blocks_)
      if (clock_.now() - at < Duration::hours(24)) day.insert(each);
    ASSERT_LE(day.size(), settings_.blocks_a_day);
  }

  void check_caps() {
    std::set<std::string_view> hour, day;
    for (const auto& [at, id] : touched_) {
      if (clock_.now() - at < Duration::hours(1)) hour.insert(id);
      if (clock_.now() - at < Duration::hours(24)) day.insert(id);
    }
    ASSERT_LE(hour.size(), 3U);
    ASSERT_LE(day.size(), settings_.accounts_a_day);
    ASSERT_LE(day.size(), directory_.people / 100);
  }

  Chance chance_;
  std::array<std::uint64_t, guard_reasons>& hits_;
  fakes::FakeClock clock_;
  WatchedDirectory directory_{clock_,
                              [this](std::string_view id, ActionKind kind) { watch(id, kind); }};
  const base::IpAddress own_ = *base::parse_ip("20.0.0.1"), allowed_ = *base::parse_ip("20.0.0.2");
  WatchedBlock block_{clock_, [this](const base::IpAddress& address, ActionKind kind) {
                        watch_block(address, kind);
                      }};
  fakes::MemoryActionStore store_;
  Truth truth_;
  TruthWitness witness_{truth_, clock_};
  GuardSettings settings_, lenient_;
  SwitchPosition switch_ = SwitchPosition::off;
  std::unique_ptr<ActionRunner> runner_;
  std::uint64_t incident_ = 0, counted_ = 0, decided_ = 0;
  GuardReason seen_ = GuardReason::stop_unreadable;
  std::vector<std::pair<std::int64_t, Decider>> approvals_;
  std::vector<std::pair<base::Timestamp, std::string>> touched_;
  std::vector<std::pair<base::Timestamp, base::IpAddress>> blocks_;
  std::set<std::string> ours_;
  std::set<std::int64_t> begun_;
};

class Histories : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Histories, NoneBreaksAPromise) {
  std::array<std::uint64_t, guard_reasons> hits{};
  std::uint64_t locks = 0, ordered = 0;
  for (std::uint64_t i = 0; i < histories && !HasFailure(); i += histories_of_world) {
    World world(GetParam() * 1'000'000'007ULL + i, hits);
    for (std::uint64_t n = 0; n < histories_of_world; ++n) world.history();
    locks += world.locks;
    ordered += world.ordered;
    if (HasFailure()) ADD_FAILURE() << "in the world that begins with history " << i;
  }
  EXPECT_GE(locks, histories / 10) << "too few histories reach a lock";
  EXPECT_GE(ordered, histories / 100) << "too few end sessions after a lock";
  for (std::size_t i = 0; i < guard_reasons; ++i)
    EXPECT_GE(hits[i], hits_least) << name_of(static_cast<GuardReason>(i));
  std::string told = std::to_string(locks) + " of " + std::to_string(histories) + " locked;";
  for (std::size_t i = 0; i < guard_reasons; ++i)
    told += " " + std::string(name_of(static_cast<GuardReason>(i))) + " " + std::to_string(hits[i]);
  RecordProperty("reached", told);
  if (HasFailure()) ADD_FAILURE() << told;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Histories, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace vedette::respond
