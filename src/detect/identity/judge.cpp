#include "detect/identity/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace vedette::detect::identity {
namespace {

using model::EntityType;

bool is_excepted(const Scene& scene, IdentityRule rule) {
  const Observed& event = scene.event;
  return std::ranges::any_of(scene.ground.settings.exceptions, [&](const Exception& each) {
    if (event.time < each.from || event.time >= each.until) return false;
    if (!each.rule.empty() && each.rule != name_of(rule)) return false;
    if (!each.user.empty() && each.user != event.user && each.user != event.user_id) return false;
    if (!each.country.empty() && each.country != view(event.sign_in.country)) return false;
    return each.networks.empty() ||
           std::ranges::any_of(each.networks, [&](const base::IpNetwork& network) {
             return network.contains(event.address);
           });
  });
}

// What says that somebody else may have come in as the person.
bool is_alarm(IdentityRule rule, model::Severity severity) {
  switch (rule) {
    case IdentityRule::guessed_password:
    case IdentityRule::mfa_fatigue:
    case IdentityRule::impossible_travel:
    case IdentityRule::stolen_session:
    case IdentityRule::unusual_location:
    case IdentityRule::legacy_authentication:
      return severity > model::Severity::informational;
    default:
      return false;
  }
}

void learn_use(const Scene& scene, std::uint64_t key) {
  const Egress* known = scene.world.egresses.find(key);
  const bool is_news = known == nullptr || !known->is_shared() ||
                       scene.event.time - known->last_seen > base::Duration::hours(24);
  if (!is_news) return;
  Egress& egress = scene.world.egresses.change(key);
  egress.last_seen = std::max(egress.last_seen, scene.event.time);
  egress.add(scene.event.person);
}

// Whoever comes with a device that is theirs, again, shows that the address is no stranger's, and
// who comes from a network of theirs that the program is none.
void learn_egress(const Scene& scene) {
  if (scene.person == nullptr) return;
  const ObservedSignIn& sign_in = scene.sign_in();
  if (sign_in.program != 0 && scene.person->knows_network(sign_in.network))
    learn_use(scene, sign_in.program);
  if (!scene.person->knows_device(sign_in.device) && !sign_in.is_company_device &&
      !scene.person->knows_device(sign_in.agent))
    return;
  learn_use(scene, egress_of(scene.event.address));
}

}  // namespace

std::uint64_t egress_of(const base::IpAddress& address) {
  const base::IpAddress network = address.network(24, 64);
  return base::hash_words(network.high, network.low);
}

std::uint64_t alarm_of(std::uint64_t person) {
  return base::hash_words(person, 0x616c61726d);
}

std::string place_text(std::string_view city, const CountryCode& country) {
  std::string text(city);
  if (!text.empty() && country[0] != 0) text += ", ";
  return text + std::string(view(country));
}

base::Duration cool_down_of(IdentityRule rule, const IdentitySettings& settings) {
  const base::Duration usual = base::Duration::minutes(settings.cool_down_minutes);
  // One alert a night; and attacks that take their time are one attack.
  const base::Duration night = base::Duration::hours(12);
  switch (rule) {
    case IdentityRule::after_hours:
    case IdentityRule::administrator_use:
    case IdentityRule::legacy_authentication:
    case IdentityRule::high_risk_country:
    case IdentityRule::password_spray:
      return std::max(usual, night);
    // Of one person from one provider: whoever comes again from there is the same, until it is
    // believed to be the person.
    case IdentityRule::stolen_session:
    case IdentityRule::impossible_travel:
    case IdentityRule::unusual_location:
      return std::max(usual, base::Duration::hours(24LL * days_until_believed));
    default:
      return usual;
  }
}

void tell(const Scene& scene, IdentityRule rule, std::uint64_t subject, model::Severity severity,
          Words words, Finding finding) {
  const auto& off = scene.ground.settings.off;
  if (is_excepted(scene, rule) || std::ranges::find(off, name_of(rule)) != off.end()) return;
  const Observed& event = scene.event;
  if (is_alarm(rule, severity)) {
    Trace& alarm = scene.world.traces.change(alarm_of(event.person));
    alarm.last_seen = std::max(alarm.last_seen, event.time);
  }
  finding.rule = rule;
  finding.subject = subject;
  finding.time = event.time;
  finding.event_id = event.id;
  finding.severity = severity;
  finding.title = std::move(words.title);
  finding.reasons = std::move(words.happened);
  if (!words.unusual.empty()) finding.reasons.push_back("unusual: " + words.unusual);
  if (!words.usual.empty()) finding.reasons.push_back("usually: " + words.usual);
  if (!words.first_step.empty()) finding.reasons.push_back("first: " + words.first_step);
  finding.entities.insert(finding.entities.begin(), {EntityType::account, event.user});
  if (event.address != base::IpAddress{})
    finding.entities.push_back({EntityType::ip, base::format_ip(event.address)});
  scene.world.note(std::move(finding), cool_down_of(rule, scene.ground.settings));
}

bool is_listed(const Scene& scene, const std::vector<std::string>& list) {
  return std::ranges::any_of(list, [&](const std::string& each) {
    return is_meant(each, scene.account, scene.event.user, scene.event.user_id);
  });
}

std::string came_text(const Scene& scene) {
  const std::string place = place_text(scene.event.city, scene.sign_in().country);
  std::string text = fmt::format("{}: from {}", base::format_seconds(scene.event.time),
                                 base::format_ip(scene.event.address));
  if (!place.empty()) text += ", " + place;
  if (!scene.event.application.empty()) text += ", to " + scene.event.application;
  return text;
}

void learn_history(World& world, const Observed& event) {
  if (event.change || event.sign_in.result != model::SignInResult::success) return;
  Person& person = world.people.change(event.person);
  if (!person.first_seen.is_set() || event.time < person.first_seen) person.first_seen = event.time;
  person.learn(event, false, true);
}

void judge(const Ground& ground, World& world, const Observed& event) {
  const model::Identity* account = nullptr;
  if (ground.directory != nullptr) {
    account = ground.directory->find(event.user);
    if (account == nullptr && !event.user_id.empty())
      account = ground.directory->find(event.user_id);
  }
  const Scene scene{ground, world, event, account, world.people.find(event.person)};
  if (event.change) return judge_change(scene);
  judge_account(scene);
  if (!scene.is_success()) return judge_failure(scene);
  judge_success_after_failures(scene);
  const bool is_suspicious = judge_place(scene);
  judge_hours(scene, is_suspicious);
  const bool is_somewhere = !is_company_exit(scene);
  if (!is_suspicious) learn_egress(scene);
  Person& person = world.people.change(event.person);
  if (!person.first_seen.is_set()) person.first_seen = event.time;
  person.learn(event, is_suspicious, is_somewhere);
}

}  // namespace vedette::detect::identity
