#include "simulate/tenant/attacks.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>

#include "base/json.h"
#include "base/limits.h"
#include "simulate/seeded_random.h"
#include "simulate/tenant/apps.h"
#include "simulate/tenant/audit_document.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::array<std::string_view, attack_kinds> names = {"password_spray",
                                                              "slow_password_spray",
                                                              "brute_force_success",
                                                              "token_theft",
                                                              "mfa_fatigue",
                                                              "consent_phishing",
                                                              "role_grant",
                                                              "mail_forwarding",
                                                              "legacy_protocol",
                                                              "break_glass_use",
                                                              "after_hours_administrator"};

constexpr std::int64_t hour_s = 3'600;
constexpr std::int64_t day_s = 24 * hour_s;
constexpr std::int64_t minute_s = 60;

// The story: what was over when the demo began, what is under way, and what comes while somebody
// looks. A record is shown a minute or two after it happened.
struct Scene {
  AttackKind kind;
  std::int64_t after_start_s;
};
constexpr auto scenes = std::to_array<Scene>({
    {AttackKind::slow_password_spray, -9 * hour_s},
    {AttackKind::password_spray, -50 * minute_s},
    {AttackKind::legacy_protocol, -40 * minute_s},
    {AttackKind::brute_force_success, -30 * minute_s},
    {AttackKind::consent_phishing, -20 * minute_s},
    {AttackKind::mfa_fatigue, -12 * minute_s},
    {AttackKind::mail_forwarding, -4 * minute_s},
    {AttackKind::role_grant, -4 * minute_s},
    {AttackKind::break_glass_use, 20},
    {AttackKind::token_theft, minute_s},
});

// Writes one campaign.
class Plan {
 public:
  // An attack of the story begins at `at`, whoever's clock it would go by in a cycle.
  Plan(const TenantOptions& options, const Directory& directory, const Habits& habits,
       AttackKind kind, std::int64_t cycle, std::optional<base::Timestamp> at = {})
      : options_(options),
        directory_(directory),
        habits_(habits),
        at_(at),
        seed_(base::hash_words(
            base::hash_words(options.seed, 0x61747461 + static_cast<std::uint64_t>(kind)),
            static_cast<std::uint64_t>(cycle))),
        random_(seed_),
        start_s_(cycle * options.attack_cycle_hours * hour_s) {
    made_.kind = kind;
    made_.cycle = cycle;
  }

  Campaign make() {
    switch (made_.kind) {
      case AttackKind::password_spray:
        spray();
        break;
      case AttackKind::slow_password_spray:
        spray_slowly();
        break;
      case AttackKind::brute_force_success:
        guess();
        break;
      case AttackKind::token_theft:
        steal_token();
        break;
      case AttackKind::mfa_fatigue:
        tire();
        break;
      case AttackKind::consent_phishing:
        phish_consent();
        break;
      case AttackKind::role_grant:
        grant_role();
        break;
      case AttackKind::mail_forwarding:
        forward_mail();
        break;
      case AttackKind::legacy_protocol:
        use_old_protocol();
        break;
      case AttackKind::break_glass_use:
        break_glass();
        break;
      case AttackKind::after_hours_administrator:
        work_at_night();
        break;
    }
    return std::move(made_);
  }

 private:
  // Each kind takes its victims from its own part of the workers, so that no account suffers two
  // attacks of one cycle (administrators come first among the workers and are left to their own).
  std::uint32_t pick_victim() {
    const auto& workers = directory_.workers();
    const std::size_t first = std::min(directory_.administrators().size() + 2, workers.size() / 2);
    const std::size_t part = std::max<std::size_t>((workers.size() - first) / attack_kinds, 1);
    const std::size_t at =
        first + static_cast<std::size_t>(made_.kind) * part + random_.index(part);
    const std::uint32_t victim = workers[std::min(at, workers.size() - 1)];
    made_.users.push_back(victim);
    return victim;
  }
  std::uint32_t pick_administrator() {
    const auto& administrators = directory_.administrators();
    const std::uint32_t victim = administrators[random_.index(administrators.size())];
    made_.users.push_back(victim);
    return victim;
  }
  NetworkIndex pick_network() {
    const auto rented = networks_of(NetworkKind::hosting);
    return rented[random_.index(rented.size())];
  }
  base::IpAddress pick_address(NetworkIndex network) {
    const base::IpAddress address = address_in(network, random_.next());
    made_.addresses.push_back(address);
    return address;
  }
  // A moment of the cycle that leaves `length_s` for what follows.
  base::Timestamp any_time(std::int64_t length_s) {
    if (at_) return *at_;
    const std::int64_t room_s =
        static_cast<std::int64_t>(options_.attack_cycle_hours) * hour_s - length_s;
    return base::Timestamp::from_unix_seconds(
        start_s_ + random_.between(0, std::max<std::int64_t>(room_s, 1)));
  }
  // A day of the person's calendar inside the cycle, on which they work if there is one.
  std::int64_t pick_day(std::uint32_t person, bool at_work) {
    if (at_) return at_->unix_seconds() / day_s;
    const std::int64_t first = start_s_ / day_s;
    const std::int64_t days = std::max<std::int64_t>(options_.attack_cycle_hours / 24, 1);
    const std::int64_t from = random_.between(0, days - 1);
    for (std::int64_t i = 0; i < days; ++i) {
      const std::int64_t day = first + (from + i) % days;
      if (habits_.works_on(person, day) == at_work &&
          habits_.city_on(person, day) == directory_.person(person).city)
        return day;
    }
    return first + from;
  }
  base::Timestamp local(std::uint32_t person, std::int64_t day, std::int64_t second_of_day) {
    if (at_) return *at_;
    return habits_.local_time(directory_.person(person).city, day, second_of_day);
  }

  SignIn& sign_in(base::Timestamp time, std::uint32_t person, NetworkIndex network,
                  const base::IpAddress& address, Outcome outcome) {
    SignIn made;
    made.time = time + base::Duration{static_cast<std::int64_t>(random_.below(10'000'000))};
    made.key = base::hash_words(seed_, ++count_);
    made.actor = person;
    made.network = network;
    made.address = address;
    made.outcome = outcome;
    made.app = app_office_home;
    made.session = base::hash_words(seed_, person);
    made.campaign = static_cast<std::uint16_t>(made_.kind);
    made_.sign_ins.push_back(made);
    return made_.sign_ins.back();
  }
  void change(base::Timestamp time, ChangeKind kind, std::uint32_t initiator, std::uint32_t target,
              std::uint16_t subject = 0) {
    made_.changes.push_back({time, base::hash_words(seed_, ++count_), made_.addresses.front(),
                             initiator, target, static_cast<std::uint16_t>(made_.kind), subject,
                             kind, false});
  }
  void operation(base::Timestamp time, OperationKind kind, std::uint32_t person) {
    made_.operations.push_back({time, base::hash_words(seed_, ++count_), made_.addresses.front(),
                                person, static_cast<std::uint16_t>(made_.kind), kind,
                                app_outlook_web});
  }
  static base::Duration seconds(std::int64_t n) { return base::Duration::seconds(n); }

  // One address tries one password on most accounts, and one account has it.
  void spray() {
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    const std::uint32_t lucky = pick_victim();
    base::Timestamp at = any_time(hour_s);
    for (const std::uint32_t person : directory_.workers()) {
      if (person == lucky || random_.chance(250)) continue;
      if (made_.users.size() < base::limits::simulated_victims_max) made_.users.push_back(person);
      sign_in(at, person, network, address, Outcome::wrong_password).app = app_azure_cli;
      at = at + seconds(random_.between(1, 4));
    }
    SignIn& success = sign_in(at, lucky, network, address, Outcome::success);
    success.app = app_azure_cli;
    success.risk = RiskKind::spray;
    success.changes = true;
  }

  void spray_slowly() {
    base::Timestamp at = any_time(12 * hour_s);
    const NetworkIndex network = pick_network();
    for (int i = 0; i < 4; ++i) pick_address(network);
    const auto& workers = directory_.workers();
    const std::size_t first = random_.index(workers.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(40, workers.size()); ++i) {
      const std::uint32_t person = workers[(first + i) % workers.size()];
      made_.users.push_back(person);
      sign_in(at, person, network, made_.addresses[i % 4], Outcome::wrong_password);
      at = at + seconds(random_.between(600, 1'080));
    }
    made_.succeeds = false;
  }

  void guess() {
    const std::uint32_t victim = pick_victim();
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    base::Timestamp at = any_time(2 * hour_s);
    for (std::int64_t left = random_.between(25, 45); left > 0; --left) {
      sign_in(at, victim, network, address,
              random_.chance(150) ? Outcome::locked : Outcome::wrong_password);
      at = at + seconds(random_.between(3, 12));
    }
    sign_in(at + seconds(70), victim, network, address, Outcome::success).risk =
        RiskKind::unfamiliar;
  }

  // The person works as ever; the thief goes on with the person's own session from far away.
  void steal_token() {
    const std::uint32_t victim = pick_victim();
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    const std::int64_t day = pick_day(victim, true);
    base::Timestamp at = local(victim, day, 11 * hour_s + random_.between(0, hour_s));
    const std::uint64_t session = habits_.session_of(victim, day, Device::laptop);
    for (int i = 0; i < 24; ++i) {
      SignIn& use = sign_in(at, victim, network, address, Outcome::success);
      use.kind = i == 0 ? SignInKind::interactive : SignInKind::non_interactive;
      use.app = i % 3 == 0 ? app_outlook_web : app_office_home;
      use.mfa = Mfa::by_claim;
      use.session = session;
      use.stolen = true;
      if (i == 0) {
        use.risk = RiskKind::token;
        use.changes = true;
      }
      if (i % 4 == 1) operation(at, OperationKind::mail_items_accessed, victim);
      at = at + seconds(random_.between(120, 900));
    }
  }

  void tire() {
    const std::uint32_t victim = pick_victim();
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    base::Timestamp at = local(victim, pick_day(victim, true), hour_s + random_.between(0, hour_s));
    for (std::int64_t left = random_.between(12, 22); left > 0; --left) {
      sign_in(at, victim, network, address, Outcome::mfa_denied).mfa = Mfa::notification;
      at = at + seconds(random_.between(25, 70));
    }
    SignIn& success = sign_in(at, victim, network, address, Outcome::success);
    success.mfa = Mfa::notification;
    success.risk = RiskKind::unfamiliar;
    success.changes = true;
    change(at + seconds(200), ChangeKind::register_security_info, victim, victim);
  }

  void phish_consent() {
    const std::uint32_t victim = pick_victim();
    const NetworkIndex home = network_at(NetworkKind::home, directory_.person(victim).city);
    // The person's own hand, the attacker's application: the address is innocent.
    const base::IpAddress address = pick_address(home);
    const base::Timestamp at =
        local(victim, pick_day(victim, true), 14 * hour_s + random_.between(0, hour_s));
    SignIn& asked = sign_in(at, victim, home, address, Outcome::app_not_consented);
    asked.app = app_mail_helper;
    asked.device = Device::laptop;
    SignIn& given = sign_in(at + seconds(25), victim, home, address, Outcome::success);
    given.app = app_mail_helper;
    given.device = Device::laptop;
    given.mfa = Mfa::by_claim;
    change(at + seconds(24), ChangeKind::add_permission_grant, victim, victim);
    change(at + seconds(24), ChangeKind::consent_to_application, victim, victim);
    operation(at + seconds(1'200), OperationKind::mail_items_accessed, victim);
  }

  void grant_role() {
    const std::uint32_t administrator = pick_administrator();
    const std::uint32_t accomplice = pick_victim();
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    const base::Timestamp at = any_time(3 * hour_s);
    SignIn& entry = sign_in(at, administrator, network, address, Outcome::success);
    entry.app = app_portal;
    entry.mfa = Mfa::by_claim;
    entry.stolen = true;
    change(at + seconds(260), ChangeKind::add_member_to_role, administrator, accomplice, 0);
  }

  void forward_mail() {
    const std::uint32_t victim = pick_victim();
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    const base::Timestamp at = any_time(3 * hour_s);
    SignIn& entry = sign_in(at, victim, network, address, Outcome::success);
    entry.app = app_outlook_web;
    entry.risk = RiskKind::unlikely_travel;
    operation(at + seconds(180), OperationKind::inbox_rule_made, victim);
    operation(at + seconds(240), OperationKind::forwarding_set, victim);
    operation(at + seconds(900), OperationKind::mail_items_accessed, victim);
  }

  void use_old_protocol() {
    const std::uint32_t victim = pick_victim();
    const NetworkIndex network = pick_network();
    const base::IpAddress address = pick_address(network);
    base::Timestamp at = any_time(6 * hour_s);
    for (int i = 0; i < 18; ++i) {
      SignIn& use = sign_in(at, victim, network, address,
                            i < 10 ? Outcome::wrong_password : Outcome::success);
      use.client = Client::imap;
      use.app = app_exchange;
      at = at + seconds(random_.between(200, 900));
    }
  }

  void break_glass() {
    made_.users.push_back(0);
    const auto hidden = networks_of(NetworkKind::anonymous);
    const NetworkIndex network = hidden[random_.index(hidden.size())];
    const base::IpAddress address = pick_address(network);
    const base::Timestamp at = any_time(hour_s);
    sign_in(at, 0, network, address, Outcome::wrong_password).app = app_portal;
    SignIn& entry = sign_in(at + seconds(40), 0, network, address, Outcome::success);
    entry.app = app_portal;
    entry.risk = RiskKind::anonymous;
    entry.changes = true;
  }

  void work_at_night() {
    const std::uint32_t administrator = pick_administrator();
    const NetworkIndex home = network_at(NetworkKind::home, directory_.person(administrator).city);
    const base::IpAddress address = pick_address(home);
    const base::Timestamp at = local(administrator, pick_day(administrator, true),
                                     2 * hour_s + random_.between(0, hour_s));
    SignIn& entry = sign_in(at, administrator, home, address, Outcome::success);
    entry.app = app_portal;
    entry.device = Device::laptop;
    entry.mfa = Mfa::notification;
    change(at + seconds(400), ChangeKind::add_user, administrator, administrator);
  }

  const TenantOptions& options_;
  const Directory& directory_;
  const Habits& habits_;
  const std::optional<base::Timestamp> at_;
  const std::uint64_t seed_;
  SeededRandom random_;
  const std::int64_t start_s_;
  std::uint64_t count_ = 0;
  Campaign made_;
};

}  // namespace

std::string_view name_of(AttackKind kind) {
  return names[static_cast<std::size_t>(kind)];
}

base::Timestamp Campaign::first() const {
  base::Timestamp time{INT64_MAX};
  for (const auto& record : sign_ins) time = std::min(time, record.time);
  for (const auto& record : changes) time = std::min(time, record.time);
  for (const auto& record : operations) time = std::min(time, record.time);
  return time;
}
base::Timestamp Campaign::last() const {
  base::Timestamp time;
  for (const auto& record : sign_ins) time = std::max(time, record.time);
  for (const auto& record : changes) time = std::max(time, record.time);
  for (const auto& record : operations) time = std::max(time, record.time);
  return time;
}

std::int64_t Attacks::cycle_of(base::Timestamp time) const {
  return time.unix_seconds() / (options_.attack_cycle_hours * hour_s);
}

Attacks::Cycle Attacks::cycle(std::int64_t number) const {
  for (auto it = known_.begin(); it != known_.end(); ++it) {
    if (it->first != number) continue;
    known_.splice(known_.begin(), known_, it);
    return known_.front().second;
  }
  auto campaigns = std::make_shared<std::vector<Campaign>>();
  for (std::size_t kind = 0; kind < attack_kinds; ++kind)
    campaigns->push_back(
        Plan(options_, directory_, habits_, static_cast<AttackKind>(kind), number).make());
  known_.emplace_front(number, std::move(campaigns));
  if (known_.size() > base::limits::simulated_cycles_kept) known_.pop_back();
  return known_.front().second;
}

Attacks::Cycle Attacks::story() const {
  if (story_ != nullptr) return story_;
  auto campaigns = std::make_shared<std::vector<Campaign>>();
  if (options_.story)
    for (const Scene& scene : scenes)
      campaigns->push_back(Plan(options_, directory_, habits_, scene.kind, story_cycle,
                                options_.start + base::Duration::seconds(scene.after_start_s))
                               .make());
  story_ = std::move(campaigns);
  return story_;
}

std::vector<Attacks::Cycle> Attacks::reaching(base::Timestamp from, base::Timestamp to) const {
  // A campaign that is planned by somebody's own clock may begin a day outside of its cycle.
  const base::Duration slack = base::Duration::hours(24);
  std::vector<Cycle> cycles;
  for (std::int64_t number = cycle_of(from - slack); number <= cycle_of(to + slack); ++number)
    cycles.push_back(cycle(number));
  cycles.push_back(story());
  return cycles;
}

std::string format_truth(const Campaign& campaign, const Directory& directory) {
  base::JsonWriter out;
  out.begin_object()
      .member("kind", name_of(campaign.kind))
      .key("succeeds")
      .boolean(campaign.succeeds);
  out.member("first", base::format_iso(campaign.first()));
  out.member("last", base::format_iso(campaign.last()));
  out.key("users").begin_array();
  for (const std::uint32_t user : campaign.users)
    out.string(directory.person(user).user_principal_name);
  out.end_array().key("addresses").begin_array();
  for (const auto& address : campaign.addresses) out.string(base::format_ip(address));
  out.end_array().key("sign_in_ids").begin_array();
  for (const auto& record : campaign.sign_ins) out.string(format_guid(record.id()));
  out.end_array().key("audit_ids").begin_array();
  for (const auto& record : campaign.changes) out.string(audit_id(record));
  out.end_array().key("activity_ids").begin_array();
  for (const auto& record : campaign.operations) out.string(format_guid(record.id()));
  out.end_array().end_object();
  return out.take() + "\n";
}

}  // namespace vedette::simulate::tenant
