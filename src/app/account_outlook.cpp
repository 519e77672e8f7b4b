#include "app/account_outlook.h"

#include "base/text.h"
#include "respond/standing.h"

namespace vedette::app {
namespace {

ports::FoundAccounts found_of(const model::Identity* identity) {
  if (identity == nullptr) return {};
  ports::DirectoryAccount account;
  account.object_id = base::to_lower_ascii(identity->id);
  account.principal_name = identity->name;
  account.kind = base::equals_ignoring_case(identity->user_type, "Guest")
                     ? ports::AccountKind::guest
                     : ports::AccountKind::member;
  account.is_enabled = identity->is_enabled;
  return {1, account};
}

std::vector<ports::HeldRole> roles_of(const model::Identity& identity) {
  std::vector<ports::HeldRole> roles;
  for (const auto& role : identity.roles) roles.push_back({role, false});
  for (const auto& role : identity.eligible_roles) roles.push_back({role, true});
  return roles;
}

}  // namespace

AccountOutlook outlook_of(const model::AccountReference& account, const model::Incident& incident,
                          respond::Until until, const OutlookGround& ground) {
  AccountOutlook outlook{account, nullptr, std::nullopt};
  for (const auto* name : {&account.object_id, &account.principal_name, &account.mail})
    if (outlook.identity == nullptr && !name->empty())
      outlook.identity = ground.directory.find(*name);
  if (ground.directory.identities().empty()) return outlook;
  // As a policy would ask at this moment.
  ports::ActionRecord record;
  record.request.incident = incident.number;
  record.request.mode = model::ActionMode::automatic;
  record.request.account = account;
  record.request.policy = "outlook";
  record.request.requested_by = respond::own_name;
  record.request.requested = record.request.evidence = ground.now;
  const auto standing = respond::standing_of(incident, until);
  respond::GuardState state;
  state.now = ground.now;
  state.kill_switch = ground.kill_switch;
  state.is_tripped = ground.is_tripped;
  state.found = found_of(outlook.identity);
  if (outlook.identity != nullptr) state.roles = roles_of(*outlook.identity);
  state.people = ground.directory.identities().size();
  state.testimony = {standing.standing, standing.why, ground.now};
  state.accounts_this_hour = ground.accounts_this_hour;
  state.accounts_today = ground.accounts_today;
  outlook.verdict = respond::judge(record, ground.guard, state);
  return outlook;
}

}  // namespace vedette::app
