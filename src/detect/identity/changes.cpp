// sensitive_change: what was changed of who may do what, by how grave it is. What people do to
// their own account every day is told only when something about them was suspicious before.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using model::ObjectKind;
using model::Severity;

enum class Sort : std::uint8_t {
  role,
  consent,
  credential,
  second_factor,
  policy,
  federation,
  mail_rule,
  mail_forwarding,
  mail_access,
  owner,
  guest,
  password_reset,
};

struct Activity {
  std::string_view name;  // in lower case; how it begins
  Sort sort;
};
// Source: Microsoft Entra audit log activity reference; Exchange's cmdlets as the Management
// Activity API names them.
constexpr auto activities = std::to_array<Activity>({
    {"add member to role", Sort::role},
    {"add eligible member to role", Sort::role},
    {"consent to application", Sort::consent},
    {"add delegated permission grant", Sort::consent},
    {"add app role assignment to service principal", Sort::consent},
    {"add service principal credentials", Sort::credential},
    {"update application – certificates and secrets", Sort::credential},
    {"update service principal – certificates and secrets", Sort::credential},
    {"disable strong authentication", Sort::second_factor},
    {"user registered security info", Sort::second_factor},
    {"user deleted security info", Sort::second_factor},
    {"user changed default security info", Sort::second_factor},
    {"admin registered security info", Sort::second_factor},
    {"admin deleted security info", Sort::second_factor},
    {"add conditional access policy", Sort::policy},
    {"update conditional access policy", Sort::policy},
    {"delete conditional access policy", Sort::policy},
    {"update named location", Sort::policy},
    {"set domain authentication", Sort::federation},
    {"set federation settings on domain", Sort::federation},
    {"new-inboxrule", Sort::mail_rule},
    {"set-inboxrule", Sort::mail_rule},
    {"updateinboxrules", Sort::mail_rule},
    {"new-transportrule", Sort::mail_forwarding},
    {"set-transportrule", Sort::mail_forwarding},
    {"set-mailbox", Sort::mail_forwarding},
    {"mailitemsaccessed", Sort::mail_access},
    {"add-mailboxpermission", Sort::owner},
    {"add owner to", Sort::owner},
    {"invite external user", Sort::guest},
    {"reset password (by admin)", Sort::password_reset},
    {"reset user password", Sort::password_reset},
});

// The trace of when secrets or permissions of applications were changed last.
constexpr std::uint64_t applications_changed = 1;

// Something about that person was found in the last day.
bool is_suspect(const Scene& scene) {
  const Trace* alarm = scene.world.traces.find(alarm_of(scene.event.person));
  return alarm != nullptr && scene.event.time - alarm->last_seen < Duration::hours(24);
}

// Nothing: not worth a word.
struct Verdict {
  Severity severity = Severity::informational;
  std::string_view unusual, usual, first_step;
  bool is_told = true;
};

Verdict judge_role(const Scene& scene, const ObservedChange& change) {
  const bool by_plan =
      base::to_lower_ascii(change.activity).find("pim activation") != std::string::npos;
  Verdict verdict{Severity::low, "a role gives power over the tenant",
                  "a new colleague in IT; an approval in privileged identity management",
                  "ask whoever gave it; take the role back if nobody knows"};
  if (by_plan)
    verdict.severity = is_suspect(scene) ? Severity::high : Severity::informational;
  else if (change.is_privileged)
    verdict.severity = Severity::high;
  return verdict;
}

Verdict judge_consent(const Scene& scene, const ObservedChange& change) {
  const bool for_all = change.terms.find("AllPrincipals") != std::string::npos;
  Verdict verdict{Severity::informational,
                  "the application may now read or change what it was allowed, without a password",
                  "a new application that people were told to use",
                  "look at who made the application; take the consent back if nobody knows it"};
  if (!change.terms.empty()) verdict.severity = for_all ? Severity::high : Severity::medium;
  if (is_suspect(scene)) verdict.severity = Severity::high;
  return verdict;
}

// From where the person came in last without anything strange about it.
bool is_where_they_are(const Scene& scene) {
  return scene.person != nullptr && scene.person->last.time.is_set() &&
         egress_of(scene.event.address) == egress_of(scene.person->last.address);
}

Verdict judge_second_factor(const Scene& scene, const ObservedChange& change) {
  const bool by_self = base::to_lower_ascii(change.target) == scene.event.user;
  Verdict verdict{Severity::medium, "whoever rules the second factor rules the account",
                  "a new phone; the help desk", "ask the person whether it was them"};
  if (is_suspect(scene)) {
    verdict.severity = Severity::high;
    verdict.unusual = "something about this person was suspicious within the last day";
    // After an attack people, too, change their second factors.
    if (by_self && is_where_they_are(scene)) verdict.severity = Severity::informational;
  } else if (by_self) {
    verdict.is_told = false;
  }
  return verdict;
}

Verdict judge_mail(const ObservedChange& change, Sort sort) {
  Verdict verdict{Severity::high, "mail leaves the mailbox without its owner's doing",
                  "somebody on leave whose colleague takes over",
                  "remove it, revoke sessions, and see which mail left"};
  const bool sends_on = change.terms.find("Forward") != std::string::npos ||
                        change.terms.find("Redirect") != std::string::npos;
  if (sends_on) return verdict;
  if (sort == Sort::mail_forwarding) verdict.is_told = false;  // another setting of the mailbox
  const bool hides = change.terms.find("DeleteMessage") != std::string::npos;
  verdict.severity = hides ? Severity::low : Severity::informational;
  verdict.unusual = hides ? "the rule hides mail from the owner" : "mail is sorted by a new rule";
  verdict.usual = "newsletters that somebody does not want";
  verdict.first_step = "look at the rule";
  return verdict;
}

// Mail that an application reads which was never seen to: told when secrets or consents of
// applications changed shortly before.
Verdict judge_mail_access(const Scene& scene, const ObservedChange& change) {
  const std::uint64_t reader = base::hash_words(base::hash_bytes(change.container), 0x6d61696c);
  const bool is_known = scene.world.traces.find(reader) != nullptr;
  Trace& remembered = scene.world.traces.change(reader);
  remembered.last_seen = std::max(remembered.last_seen, scene.event.time);
  const Trace* applications = scene.world.traces.find(applications_changed);
  const bool after_change =
      applications != nullptr && scene.event.time - applications->last_seen < Duration::hours(24);
  Verdict verdict{Severity::medium,
                  "this application never read mail here, and within a day before it an "
                  "application's secrets or permissions were changed",
                  "a new application that was announced",
                  "find out whose application it is; take its permissions and secrets away"};
  verdict.is_told = !is_known && after_change && !change.container.empty();
  return verdict;
}

Verdict judge_sort(const Scene& scene, const ObservedChange& change, Sort sort) {
  switch (sort) {
    case Sort::role:
      return judge_role(scene, change);
    case Sort::consent:
      return judge_consent(scene, change);
    case Sort::credential:
      return {is_suspect(scene) ? Severity::high : Severity::medium,
              "whoever has the new secret can come in as the application, without second factor",
              "a secret that ran out and was renewed",
              "ask whoever added it; remove secrets that nobody knows"};
    case Sort::second_factor:
      return judge_second_factor(scene, change);
    case Sort::policy:
      return {Severity::medium, "the rules of who may come in were changed",
              "a planned change of the policies", "compare the policy with what was planned"};
    case Sort::federation:
      return {Severity::high,
              "whoever holds the new key can sign tokens for everybody of the domain",
              "a move of the identity provider, which is always planned",
              "compare with the plan at once; undo it if there is none"};
    case Sort::mail_rule:
    case Sort::mail_forwarding:
      return judge_mail(change, sort);
    case Sort::mail_access:
      return judge_mail_access(scene, change);
    case Sort::owner:
      return {change.target_kind == ObjectKind::application ||
                      change.container_kind == ObjectKind::role || change.is_privileged
                  ? Severity::medium
                  : Severity::informational,
              "an owner can add members, secrets and permissions", "a colleague who takes over",
              "ask the former owner"};
    case Sort::guest:
      return {Severity::informational, "somebody from outside may come in",
              "a project with a partner", "ask whoever invited them"};
    case Sort::password_reset:
      break;
  }
  const model::Identity* target =
      scene.ground.directory == nullptr ? nullptr : scene.ground.directory->find(change.target);
  Verdict verdict{Severity::high, "the password of an administrator was reset by somebody else",
                  "the help desk at an administrator's wish", "ask the administrator"};
  verdict.is_told = target != nullptr && target->is_administrator;
  return verdict;
}

// With it applications can do more than before: what they do next is looked at.
void remember_application_change(const Scene& scene, Sort sort) {
  if (sort != Sort::consent && sort != Sort::credential) return;
  Trace& applications = scene.world.traces.change(applications_changed);
  applications.last_seen = std::max(applications.last_seen, scene.event.time);
}

std::string happened_text(const Scene& scene, const ObservedChange& change) {
  std::string text = fmt::format("{}: {}", base::format_seconds(scene.event.time), change.activity);
  if (!change.target.empty()) text += fmt::format(", {}", change.target);
  if (!change.container.empty()) text += fmt::format(", {}", change.container);
  text +=
      fmt::format(", done by {}", scene.event.user.empty() ? "an unknown hand" : scene.event.user);
  if (scene.event.address != base::IpAddress{})
    text += " from " + base::format_ip(scene.event.address);
  return text;
}

}  // namespace

void judge_change(const Scene& scene) {
  const ObservedChange& change = *scene.event.change;
  if (!change.is_success) return;
  const std::string name = base::to_lower_ascii(change.activity);
  const auto* known = std::ranges::find_if(
      activities, [&](const Activity& each) { return name.starts_with(each.name); });
  if (known == activities.end()) return;
  const Verdict verdict = judge_sort(scene, change, known->sort);
  remember_application_change(scene, known->sort);
  if (!verdict.is_told) return;
  Words words;
  const std::string about = change.target.empty() ? scene.event.user : change.target;
  words.title = fmt::format("{}: {}", change.activity, about);
  words.happened.push_back(happened_text(scene, change));
  if (!change.terms.empty()) words.happened.push_back("the record speaks of " + change.terms);
  words.unusual = verdict.unusual;
  words.usual = verdict.usual;
  words.first_step = verdict.first_step;
  Finding finding;
  finding.techniques = {"T1098"};
  if (!change.target.empty() && change.target_kind == ObjectKind::user)
    finding.entities.push_back({model::EntityType::account, base::to_lower_ascii(change.target)});
  // What belongs to one act is one alert: a consent and its grants, a rule and what it forwards to.
  const std::uint64_t subject =
      base::hash_words(base::hash_words(scene.event.person, base::hash_bytes(about)),
                       static_cast<std::uint64_t>(
                           known->sort == Sort::mail_forwarding ? Sort::mail_rule : known->sort));
  tell(scene, IdentityRule::sensitive_change, subject, verdict.severity, std::move(words),
       std::move(finding));
}

}  // namespace vedette::detect::identity
