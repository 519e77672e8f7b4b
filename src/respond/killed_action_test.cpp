// The process dies at each point of an action's life: before and behind every write to the store
// and every change in the directory. The next process goes on, and nothing has a second effect.
#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "fakes/fake_directory.h"
#include "fakes/memory_action_store.h"
#include "fakes/mortal.h"
#include "respond/action_desk.h"
#include "respond/action_runner.h"

namespace vedette::respond {
namespace {

using base::Duration;
using fakes::dead;
using fakes::Life;
using model::ActionKind;
using model::ActionState;

class MortalActions : public ports::ActionStore {
 public:
  template <typename T>
  using Result = base::Result<T>;
  using Record = ports::ActionRecord;
  MortalActions(ports::ActionStore& kept, Life& life) : kept_(kept), life_(life) {}

  Result<Record> request(const model::ActionRequest& request) override {
    return write([&] { return kept_.request(request); });
  }
  Result<void> change(std::span<Record> records,
                      const std::optional<model::AuditEntry>& audit) override {
    return write([&] { return kept_.change(records, audit); });
  }
  Result<void> set_trip_wire(const ports::TripWire& wire, const model::AuditEntry& audit) override {
    return write([&] { return kept_.set_trip_wire(wire, audit); });
  }
  Result<std::optional<Record>> find(std::int64_t id) override {
    return read([&] { return kept_.find(id); });
  }
  Result<std::optional<Record>> keyed(std::string_view key) override {
    return read([&] { return kept_.keyed(key); });
  }
  Result<std::vector<Record>> list(std::uint64_t incident, std::size_t limit) override {
    return read([&] { return kept_.list(incident, limit); });
  }
  Result<std::vector<Record>> due(base::Timestamp now, std::size_t limit) override {
    return read([&] { return kept_.due(now, limit); });
  }
  Result<std::uint64_t> accounts_since(base::Timestamp since, std::string_view but) override {
    return read([&] { return kept_.accounts_since(since, but); });
  }
  Result<std::uint64_t> blocks_since(base::Timestamp since, std::string_view but) override {
    return read([&] { return kept_.blocks_since(since, but); });
  }
  Result<std::vector<Record>> locks_of(std::string_view target) override {
    return read([&] { return kept_.locks_of(target); });
  }
  Result<ports::TripWire> trip_wire() override {
    return read([&] { return kept_.trip_wire(); });
  }

 private:
  template <typename Work>
  auto write(Work work) -> decltype(work()) {
    if (!life_.lives()) return dead();
    auto done = work();
    if (!life_.lives()) return dead();
    return done;
  }
  template <typename Work>
  auto read(Work work) -> decltype(work()) {
    if (life_.is_over()) return dead();
    return work();
  }

  ports::ActionStore& kept_;
  Life& life_;
};

class MortalDirectory : public ports::Directory {
 public:
  template <typename T>
  using Result = base::Result<T>;
  MortalDirectory(ports::Directory& kept, Life& life) : kept_(kept), life_(life) {}

  Result<ports::FoundAccounts> find(const model::AccountReference& account,
                                    const std::stop_token& stop) override {
    if (life_.is_over()) return dead();
    return kept_.find(account, stop);
  }
  Result<std::vector<ports::HeldRole>> roles(std::string_view id,
                                             const std::stop_token& stop) override {
    if (life_.is_over()) return dead();
    return kept_.roles(id, stop);
  }
  Result<std::uint64_t> count_users(const std::stop_token& stop) override {
    if (life_.is_over()) return dead();
    return kept_.count_users(stop);
  }
  Result<void> set_enabled(std::string_view id, bool enabled,
                           const std::stop_token& stop) override {
    return change([&] { return kept_.set_enabled(id, enabled, stop); });
  }
  Result<void> revoke_sessions(std::string_view id, const std::stop_token& stop) override {
    return change([&] { return kept_.revoke_sessions(id, stop); });
  }
  Result<void> confirm_compromised(std::string_view id, const std::stop_token& stop) override {
    return change([&] { return kept_.confirm_compromised(id, stop); });
  }
  Result<void> reset_second_factors(std::string_view id, const std::stop_token& stop) override {
    return change([&] { return kept_.reset_second_factors(id, stop); });
  }

 private:
  template <typename Work>
  Result<void> change(Work work) {
    if (!life_.lives()) return dead();
    auto done = work();
    if (!life_.lives()) return dead();
    return done;
  }

  ports::Directory& kept_;
  Life& life_;
};

class UnattendedWitness : public IncidentWitness {
 public:
  explicit UnattendedWitness(const ports::Clock& clock) : clock_(clock) {}
  base::Result<IncidentTestimony> testify(std::uint64_t, const std::stop_token&) override {
    return IncidentTestimony{IncidentStanding::unattended, "", clock_.now()};
  }

 private:
  const ports::Clock& clock_;
};

class KilledAction : public testing::Test {
 protected:
  KilledAction() {
    settings_.mode = model::ActionMode::automatic;
    settings_.break_glass = {"glass"};
    directory_.add("id-anna", "anna@example.org");
  }
  model::ActionRequest request(ActionKind kind) {
    model::ActionRequest made;
    made.incident = 7;
    made.kind = kind;
    made.mode = model::ActionMode::automatic;
    made.account.principal_name = "anna@example.org";
    made.policy = "policy";
    made.requested_by = "vedette";
    made.requested = clock_.now();
    made.evidence = clock_.now();
    return made;
  }
  // The whole life, as far as this process lives: lock, end sessions, three looks, undo.
  void live(Life& life) {
    MortalActions store(store_, life);
    MortalDirectory directory(directory_, life);
    ActionRunner runner(
        settings_,
        ActionRooms{store, directory, witness_, clock_, [] { return SwitchPosition::off; },
                    [](std::string_view) {}, [](bool, const std::string&) {}});
    const auto step = [&] {
      for (int i = 0; i < 3 && !life.is_over(); ++i)
        if (!runner.step({})) break;
    };
    const auto lock = store.request(request(ActionKind::disable_account));
    const auto sessions = store.request(request(ActionKind::revoke_sessions));
    for (const auto minutes : {0, 10, 30, 50}) {
      if (life.is_over()) return;
      clock_.advance(Duration::minutes(minutes));
      step();
    }
    if (!lock || !sessions) return;
    if (ActionDesk(store, settings_).undo({"berta", clock_.now()}, lock->id)) step();
  }

  fakes::FakeClock clock_;
  fakes::FakeDirectory directory_{clock_};
  fakes::MemoryActionStore store_;
  UnattendedWitness witness_{clock_};
  GuardSettings settings_;
};

int points_of_whole_life() {
  class Whole : public KilledAction {
   public:
    void TestBody() override {}
    int count() {
      constexpr int plenty = 1'000;
      int passed = 0;
      for (int n = 1; n < plenty; ++n) {
        Whole world;
        Life life(n);
        world.live(life);
        if (!life.is_over()) break;
        passed = n;
      }
      return passed;
    }
  };
  return Whole().count();
}

TEST_F(KilledAction, NowhereHasASecondEffect) {
  const int points = points_of_whole_life();
  ASSERT_GT(points, 20);
  for (int n = 1; n <= points; ++n) {
    SCOPED_TRACE(n);
    class World : public KilledAction {
     public:
      void TestBody() override {}
      void run(int at) {
        Life first(at);
        live(first);
        ASSERT_TRUE(first.is_over());
        Life second(1'000);
        live(second);
        ASSERT_FALSE(second.is_over());
        EXPECT_EQ(directory_.effects(ActionKind::disable_account), 1U);
        EXPECT_EQ(directory_.effects(ActionKind::enable_account), 1U);
        EXPECT_EQ(directory_.effects(ActionKind::revoke_sessions), 1U);
        EXPECT_EQ(directory_.changes.front().kind, ActionKind::disable_account)
            << "sessions that end before the account is disabled begin again";
        EXPECT_LE(directory_.changes.size(), 4U) << "one call may be made again, with no effect";
        EXPECT_TRUE(directory_.at("id-anna")->account.is_enabled);
        EXPECT_EQ((*store_.find(1))->state, ActionState::undone);
        EXPECT_EQ((*store_.find(2))->state, ActionState::verified);
      }
    };
    World().run(n);
  }
}

}  // namespace
}  // namespace vedette::respond
