// Owns: policies in a running `serve`: their part of the state, the witness, and the thread that
// looks again and again. Promises: a round that fails is told once and made again; the end waits
// for the round that runs. Must not know: what policies say. Started and stopped by one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/incident_witness.h"
#include "app/origin_write_back.h"
#include "ports/action_store.h"
#include "respond/policy_round.h"
#include "store/sqlite/sqlite_policies.h"

namespace vedette::app {

// All outlive it.
struct PolicyGround {
  const Configuration& configuration;
  std::string state_path;
  ports::IncidentStore& incidents;
  ports::ActionStore* actions = nullptr;  // null: nobody is there who could act
  ports::Clock& clock;
  SignInWorld sign_in;
  std::function<void(bool is_problem, const std::string& text)> notice;
  std::function<void()> messages_wait;
  std::function<bool()> make_room;  // on a full disk
};

class PolicyLine {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<PolicyLine>> start(const PolicyGround& ground);
  explicit PolicyLine(const PolicyGround& ground) : ground_(ground) {}  // for start
  ~PolicyLine() { stop(); }
  PolicyLine(const PolicyLine&) = delete;
  PolicyLine& operator=(const PolicyLine&) = delete;
  void stop();

  [[nodiscard]] respond::IncidentWitness& witness() { return *witness_; }

 private:
  void run(const std::stop_token& stop);

  const PolicyGround ground_;
  std::unique_ptr<store::sqlite::SqlitePolicies> store_;
  std::unique_ptr<StoredIncidentWitness> witness_;
  std::unique_ptr<respond::PolicyRounds> rounds_;
  std::unique_ptr<SentinelLines> lines_;
  std::unique_ptr<OriginWriteBack> write_back_;  // null: nobody wants it
  std::jthread thread_;
};

}  // namespace vedette::app
