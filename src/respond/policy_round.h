// Owns: one look at all open incidents by all armed policies: which match, what is due, what is
// said, what is asked for. Promises: a step, its messages and its timeline entries are one
// transaction; an action is asked for only after the witness, asked at that moment, said that
// nobody attends to the incident; an answer that does not come means that nothing is done now and
// it is asked again. A wall clock that leaves the steady one by more than an hour makes each
// running clock ask a person. A policy whose text is not the one that was armed does nothing. Must
// not know: where incidents live, how accounts are changed. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ports/action_store.h"
#include "ports/clock.h"
#include "ports/incident_store.h"
#include "ports/policy_store.h"
#include "respond/case_words.h"
#include "respond/clock_watch.h"
#include "respond/deadline.h"
#include "respond/incident_witness.h"
#include "respond/policy.h"

namespace vedette::respond {

// All outlive the rounds.
struct PolicyRooms {
  ports::IncidentStore& incidents;
  ports::PolicyStore& policies;
  ports::ActionStore* actions = nullptr;  // null: nobody is there who could act
  IncidentWitness& witness;
  ports::Clock& clock;
  std::vector<std::string> channels;  // all that there are
  std::function<void(bool is_problem, const std::string& text)> notice;
  // A named moment, at which a test may end the process; may be empty.
  std::function<void(std::string_view name)> passing = {};
};

struct RoundCounts {
  std::uint64_t matched = 0, messages = 0, actions = 0;
};

class PolicyRounds {
 public:
  PolicyRounds(PolicyRooms rooms, std::vector<Policy> policies);

  // An error: the store does not answer; what was not done is done by the next round.
  [[nodiscard]] base::Result<RoundCounts> run(const std::stop_token& stop);

 private:
  using Cases = std::map<std::pair<std::uint64_t, std::string>, model::PolicyCase>;
  using Incidents = std::map<std::uint64_t, model::Incident>;
  struct Armed {
    const Policy* policy = nullptr;
    model::ArmedPolicy armed;
  };

  void look_at_clock();
  [[nodiscard]] base::Result<std::vector<Armed>> armed();
  [[nodiscard]] base::Result<Incidents> open_incidents();
  [[nodiscard]] base::Result<void> follow_merge(const model::PolicyCase& of, Incidents& incidents,
                                                Cases& cases);
  [[nodiscard]] base::Result<void> look(const Armed& by, const model::Incident& incident,
                                        const Cases& cases, const std::stop_token& stop);
  void tell(const Armed& by, const model::Incident& incident, CaseMove& move);
  [[nodiscard]] base::Result<void> assign(const Armed& by, const model::Incident& incident,
                                          CaseMove& move);
  [[nodiscard]] base::Result<void> act(const Armed& by, const model::Incident& incident,
                                       CaseMove& move, const std::stop_token& stop);
  [[nodiscard]] base::Result<void> request(const Armed& by, const model::Incident& incident,
                                           CaseMove& move);
  [[nodiscard]] base::Result<void> hear(const Armed& by, const model::Incident& incident,
                                        CaseMove& move);
  [[nodiscard]] base::Result<void> save(const Armed& by, const model::Incident& incident,
                                        CaseMove& move);
  [[nodiscard]] CaseView view_of(const Armed& by, const model::Incident& incident,
                                 const CaseMove& move) const;

  const PolicyRooms rooms_;
  const std::vector<Policy> policies_;
  std::set<std::string> told_unarmed_;  // names, since the start
  std::string witness_trouble_;         // that was told
  ClockWatch clock_watch_;
  std::string jumped_;  // in this round: by how much
  base::Timestamp now_;
  RoundCounts counts_;
  std::vector<ports::OutboxMessage> messages_;  // of the case that is looked at
};

}  // namespace vedette::respond
