#include "respond/policy_round.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "respond/guard.h"
#include "respond/policy_limits.h"
#include "respond/policy_match.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::Result;
using model::CaseState;
using model::Incident;
using model::PolicyCase;

constexpr std::size_t page_incidents = 500;

bool shares_alert(const Incident& a, const Incident& b) {
  return a.origin && b.origin &&
         std::ranges::any_of(a.origin->alert_ids, [&](const std::string& id) {
           return std::ranges::find(b.origin->alert_ids, id) != b.origin->alert_ids.end();
         });
}

}  // namespace

PolicyRounds::PolicyRounds(PolicyRooms rooms, std::vector<Policy> policies)
    : rooms_(std::move(rooms)), policies_(std::move(policies)) {}

void PolicyRounds::look_at_clock() {
  const auto seen = clock_watch_.look(rooms_.clock);
  now_ = seen.now;
  jumped_.clear();
  // What passed while we looked is nobody's jump.
  if (!seen.is_jump(seen.took)) return;
  const bool is_back = seen.drift.ticks < 0;
  jumped_ = fmt::format("the clock was set {} by {}", is_back ? "back" : "forward",
                        base::format_duration({is_back ? -seen.drift.ticks : seen.drift.ticks}));
  rooms_.notice(true, jumped_ + ": policies ask before they act");
}

Result<std::vector<PolicyRounds::Armed>> PolicyRounds::armed() {
  std::vector<Armed> all;
  for (const auto& one : VEDETTE_TRY(rooms_.policies.armed())) {
    const auto policy = std::ranges::find(policies_, one.name, &Policy::name);
    if (policy != policies_.end() && policy->hash == one.hash) {
      all.push_back({&*policy, one});
      told_unarmed_.erase(one.name);
    } else if (told_unarmed_.insert(one.name).second) {
      rooms_.notice(true, fmt::format("policy {} {}: it does nothing until a person arms it again "
                                      "(vedette policy arm {})",
                                      one.name,
                                      policy == policies_.end() ? "is not there any more"
                                                                : "was changed since it was armed",
                                      one.name));
    }
  }
  return all;
}

Result<PolicyRounds::Incidents> PolicyRounds::open_incidents() {
  Incidents all;
  ports::IncidentFilter filter;
  filter.open_only = true;
  filter.limit = page_incidents;
  while (all.size() < open_incidents_max) {
    auto page = VEDETTE_TRY(rooms_.incidents.list(filter));
    if (page.empty()) return all;
    filter.before_number = page.back().number;
    for (Incident& incident : page) all.emplace(incident.number, std::move(incident));
  }
  rooms_.notice(true, fmt::format("more than {} incidents are open: policies see the newest",
                                  open_incidents_max));
  return all;
}

// A correlation closed the incident: the one that has its alerts now goes on, with the earliest
// date, and was matched because this one was.
Result<void> PolicyRounds::follow_merge(const PolicyCase& of, Incidents& incidents, Cases& cases) {
  const auto source = VEDETTE_TRY(rooms_.incidents.find(of.incident));
  if (!source || !source->origin || !source->origin->is_redirected() || source->merged_into != 0 ||
      source->status != model::IncidentStatus::closed)
    return {};
  const auto target = std::ranges::find_if(
      incidents, [&](const auto& each) { return shares_alert(*source, each.second); });
  if (target == incidents.end()) return {};
  ports::IncidentCommit change;
  Incident older = *source, newer = target->second;
  older.merged_into = newer.number;
  newer.origin->lineage_created =
      std::min(newer.origin->lineage_created, older.origin->lineage_created);
  change.incidents = {older, newer};
  const auto note = [&](std::size_t index, std::string text) {
    change.timeline.push_back(
        {index,
         {0, model::TimelineKind::merged, now_, {}, std::string(own_name), std::move(text)}});
  };
  note(0, fmt::format("its alerts go on in incident {}", newer.number));
  note(1, fmt::format("incident {} was merged into this; the clock is that of the earlier one",
                      older.number));
  const auto done = rooms_.incidents.commit(change);
  if (!done && done.error().code == base::ErrorCode::unavailable) return {};  // the next round
  if (!done) return std::unexpected(done.error());
  ++newer.revision;
  target->second = newer;
  const auto known = cases.find({newer.number, of.policy});
  if (known != cases.end()) return {};  // its clock finds the earlier date by itself
  PolicyCase heir;
  heir.incident = newer.number;
  heir.policy = of.policy;
  heir.why = fmt::format("incident {} was merged into it: {}", older.number, of.why);
  heir.matched = heir.changed = now_;
  heir.started = of.started;
  heir.ask_why = of.ask_why;
  VEDETTE_TRY_VOID(rooms_.policies.save({.cases = {heir}}));
  cases.emplace(std::pair(newer.number, of.policy), heir);
  return {};
}

Result<RoundCounts> PolicyRounds::run(const std::stop_token& stop) {
  counts_ = {};
  look_at_clock();
  const auto by = VEDETTE_TRY(armed());
  if (by.empty()) return counts_;
  Incidents incidents = VEDETTE_TRY(open_incidents());
  Cases cases;
  for (auto& one : VEDETTE_TRY(rooms_.policies.cases(0)))
    cases.emplace(std::pair(one.incident, one.policy), std::move(one));
  // Cases of incidents that were closed: merged, or over.
  std::vector<PolicyCase> left;
  for (const auto& [key, one] : cases)
    if (one.state != CaseState::over && !incidents.contains(one.incident)) left.push_back(one);
  for (const PolicyCase& one : left) {
    if (one.state == CaseState::running) VEDETTE_TRY_VOID(follow_merge(one, incidents, cases));
    auto incident = VEDETTE_TRY(rooms_.incidents.find(one.incident));
    if (incident) incidents.emplace(one.incident, *std::move(incident));
  }
  for (const auto& [number, incident] : incidents)
    for (const Armed& each : by) {
      if (stop.stop_requested()) return counts_;
      VEDETTE_TRY_VOID(look(each, incident, cases, stop));
    }
  return counts_;
}

Result<void> PolicyRounds::look(const Armed& by, const Incident& incident, const Cases& cases,
                                const std::stop_token& stop) {
  const auto known = cases.find({incident.number, by.policy->name});
  PolicyCase before;
  const bool is_new = known == cases.end();
  if (is_new) {
    if (incident.status == model::IncidentStatus::closed) return {};
    auto why = why_matched(by.policy->match, incident);
    if (!why) return {};
    before = open_case(*by.policy, by.armed, incident, *std::move(why), now_);
    ++counts_.matched;
  } else {
    before = known->second;
  }
  messages_.clear();
  CaseMove move = advance(before, *by.policy, by.armed, incident, now_);
  if (is_new) {
    move.changed = true;
    move.notes.insert(
        move.notes.begin(),
        fmt::format("{}: it is one of its incidents: {}; the clock began on {}", by.policy->name,
                    before.why, base::format_seconds(move.after.started)));
  }
  if (!jumped_.empty() && move.after.state == CaseState::running && move.after.ask_why.empty()) {
    move.after.ask_why = jumped_;
    move.notes.push_back(fmt::format("{}: a person will be asked: {}", by.policy->name, jumped_));
    move.changed = true;
  }
  if (move.after.state == CaseState::acting) VEDETTE_TRY_VOID(hear(by, incident, move));
  // The words of a step are settled before it is known what can be done: they are said first.
  tell(by, incident, move);
  if (!move.owner.empty()) {
    const auto given = assign(by, incident, move);
    // Somebody else changed the incident meanwhile: the next round looks at it as it is then.
    if (!given && given.error().code == base::ErrorCode::unavailable) return {};
    if (!given) return given;
  }
  if (!move.acting.empty()) VEDETTE_TRY_VOID(act(by, incident, move, stop));
  return save(by, incident, move);
}

// What reaches nobody is no word: without it nobody is locked but on a person's own.
void PolicyRounds::tell(const Armed& by, const Incident& incident, CaseMove& move) {
  for (const Saying& saying : move.sayings) {
    auto messages = say(view_of(by, incident, move), saying);
    const bool runs = move.after.state == model::CaseState::running;
    if (messages.empty() && runs && move.after.ask_why.empty()) {
      move.after.ask_why = "nobody could be told: the policy names no channel that there is";
      move.notes.push_back(
          fmt::format("{}: a person will be asked: {}", by.policy->name, move.after.ask_why));
      move.changed = true;
    }
    std::ranges::move(messages, std::back_inserter(messages_));
  }
}

// Nobody's, it becomes somebody's; what a person decided stays. It is no person's touch. Done
// before the case says so, since doing it again changes nothing.
Result<void> PolicyRounds::assign(const Armed& by, const Incident& incident, CaseMove& move) {
  if (incident.owner == move.owner) return {};
  if (!incident.owner.empty()) {
    move.notes.push_back(fmt::format("{}: it was not assigned to {}: it is {}'s already",
                                     by.policy->name, move.owner, incident.owner));
    return {};
  }
  ports::IncidentCommit change;
  change.incidents = {incident};
  change.incidents.front().owner = move.owner;
  change.incidents.front().updated = now_;
  change.timeline.push_back(
      {0,
       {0,
        model::TimelineKind::assigned,
        now_,
        {},
        std::string(own_name),
        fmt::format("assigned to {} by the policy {}", move.owner, by.policy->name)}});
  VEDETTE_TRY(rooms_.incidents.commit(change));
  return {};
}

CaseView PolicyRounds::view_of(const Armed& by, const Incident& incident,
                               const CaseMove& move) const {
  return {*by.policy, by.armed, move.after, incident, rooms_.channels, now_};
}

// It is time. The incident is asked for once more, where it lives.
Result<void> PolicyRounds::act(const Armed& by, const Incident& incident, CaseMove& move,
                               const std::stop_token& stop) {
  const auto testimony = rooms_.witness.testify(incident.number, stop);
  if (!testimony) {
    if (witness_trouble_ != testimony.error().message)
      rooms_.notice(true,
                    fmt::format("policy {}: incident {} cannot be asked for now, so nobody is "
                                "locked yet: {}",
                                by.policy->name, incident.number, testimony.error().message));
    witness_trouble_ = testimony.error().message;
    return {};
  }
  witness_trouble_.clear();
  if (testimony->standing == IncidentStanding::unattended) return request(by, incident, move);
  move.changed = true;
  move.after.state = CaseState::over;
  move.after.ending = testimony->why;
  move.after.changed = now_;
  move.notes.push_back(fmt::format("{}: the clock stopped: {}", by.policy->name, testimony->why));
  if (testimony->standing == IncidentStanding::unclear)
    std::ranges::move(say(view_of(by, incident, move), {CaseWord::unclear, 0}),
                      std::back_inserter(messages_));
  return {};
}

Result<void> PolicyRounds::request(const Armed& by, const Incident& incident, CaseMove& move) {
  move.changed = true;
  move.after.changed = now_;
  const auto accounts = accounts_of(incident);
  if (accounts.empty() || rooms_.actions == nullptr) {
    move.after.state = CaseState::over;
    move.after.ending = accounts.empty() ? "it names no account that could be locked"
                                         : "no directory is set up, so nobody could be locked";
    move.notes.push_back(fmt::format("{}: {}", by.policy->name, move.after.ending));
    std::ranges::move(say(view_of(by, incident, move), {CaseWord::nobody, 0}),
                      std::back_inserter(messages_));
    return {};
  }
  const ActingMode mode = acting_mode(*by.policy, by.armed, move.after, incident);
  const Duration waited = now_ - move.after.started;
  for (const std::size_t step : move.acting)
    for (const auto& account : accounts) {
      model::ActionRequest wanted;
      wanted.incident = incident.number;
      wanted.kind = by.policy->steps[step].kind == StepKind::lock
                        ? model::ActionKind::disable_account
                        : model::ActionKind::revoke_sessions;
      wanted.mode = mode.mode;
      wanted.account = account;
      wanted.policy = by.policy->name;
      wanted.requested_by = own_name;
      wanted.reason = fmt::format("nobody attended to incident {} within {}{}{}",
                                  shown_id(incident), base::format_duration(waited),
                                  mode.why.empty() ? "" : "; asked first: ", mode.why);
      wanted.requested = now_;
      wanted.evidence = incident.last_event;
      // Anybody can write a line of a log; what a cloud's own service says is its own.
      wanted.is_forgeable = !incident.origin.has_value();
      VEDETTE_TRY(rooms_.actions->request(wanted));
      ++counts_.actions;
    }
  if (rooms_.passing) rooms_.passing("after_action_request");
  move.after.steps_done = static_cast<std::uint32_t>(move.acting.back() + 1);
  if (move.after.steps_done == by.policy->steps.size()) move.after.state = CaseState::acting;
  move.notes.push_back(fmt::format("{}: asked to lock {} ({})", by.policy->name,
                                   affected_of(incident),
                                   mode.mode == model::ActionMode::automatic ? "by itself"
                                   : mode.mode == model::ActionMode::propose ? "with approval"
                                                                             : "dry run"));
  return {};
}

// What became of the actions that were asked for.
Result<void> PolicyRounds::hear(const Armed& by, const Incident& incident, CaseMove& move) {
  if (rooms_.actions == nullptr) return {};
  auto actions = VEDETTE_TRY(rooms_.actions->list(incident.number, actions_read_max));
  std::erase_if(actions, [&](const ports::ActionRecord& each) {
    return each.request.policy != by.policy->name;
  });
  std::ranges::reverse(actions);  // as they were asked for
  if (actions.empty()) return {};
  const std::string outcome = outcome_of(actions);
  if (!outcome.empty() && outcome != move.after.told) {
    move.after.told = outcome;
    move.changed = true;
    move.notes.push_back(fmt::format("{}: {}", by.policy->name, outcome));
    std::ranges::move(say_outcome(view_of(by, incident, move), actions, outcome),
                      std::back_inserter(messages_));
  }
  if (!outcome.empty() && is_final(actions)) {
    move.after.state = CaseState::over;
    move.after.ending = "its actions came to their end";
    move.changed = true;
  }
  return {};
}

Result<void> PolicyRounds::save(const Armed& by, const Incident& incident, CaseMove& move) {
  if (!move.changed && messages_.empty()) return {};
  move.after.changed = now_;
  ports::CaseCommit commit;
  commit.cases = {move.after};
  for (auto& note : move.notes)
    commit.entries.push_back({incident.number,
                              model::TimelineKind::policy,
                              now_,
                              {},
                              std::string(own_name),
                              std::move(note)});
  counts_.messages += messages_.size();
  commit.messages = std::move(messages_);
  messages_.clear();
  if (rooms_.passing) rooms_.passing("before_policy_step");
  const auto saved = rooms_.policies.save(commit);
  // The incident may be forgotten meanwhile.
  if (!saved && saved.error().code == base::ErrorCode::not_found) return {};
  if (!saved) return std::unexpected(base::Error(saved.error()).within(by.policy->name));
  if (rooms_.passing) rooms_.passing("after_policy_step");
  return {};
}

}  // namespace vedette::respond
