#include "simulate/attack.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "simulate/names.h"

namespace vedette::simulate {
namespace {

struct KindFacts {
  std::string_view scenario;
  std::string_view rule;           // empty: only its success is seen
  std::uint64_t weight;            // how often, of 100
  std::uint64_t attempts_needed;   // fewer owe no alert
  std::uint64_t attempts_certain;  // this many owe one beyond doubt, even when the log ended early
};

constexpr std::array<KindFacts, attack_kinds> facts = {
    {{"fast_guessing", "brute_force", 62, 3, 9},
     {"slow_guessing", "brute_force", 8, 3, 9},
     {"guessed", "brute_force", 8, 3, 9},
     {"spray", "password_spray", 7, 8, 12},
     {"spray_guessed", "password_spray", 2, 8, 12},
     {"one_user_from_many", "brute_force_user", 5, 20, 32},
     {"one_network", "brute_force_network", 5, 6, 14},
     {"low_and_slow", "", 3, 5, 8}}};

const KindFacts& facts_of(AttackKind kind) {
  return facts[static_cast<std::size_t>(kind)];
}

bool needs_account(const Attack& attack) {
  return attack.succeeds || attack.targets == Targets::account || attack.targets == Targets::mixed;
}

base::Timestamp timestamp_of(std::int64_t time_us) {
  return time_us == 0 ? base::Timestamp{} : base::Timestamp{base::unix_epoch_ticks + time_us * 10};
}

}  // namespace

AttackKind AttackPlanner::pick_kind() {
  std::uint64_t pick = random_.below(100);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (pick < facts[i].weight) return static_cast<AttackKind>(i);
    pick -= facts[i].weight;
  }
  return AttackKind::fast_guessing;
}

// Brute force counts 3 in 60 s. Fast: at least 15 in 60 s; slow: at least 5; in all at least 20.
void AttackPlanner::size_guessing(Attack& attack, std::uint64_t lines_max) {
  const bool slow = attack.kind == AttackKind::slow_guessing;
  std::int64_t spacing_us = random_.between(300'000, 4 * second_us);
  std::int64_t attempts = 20LL << random_.below(slow ? 3 : 6);
  attempts += random_.between(0, attempts - 1);
  attempts =
      std::max<std::int64_t>(24, std::min(attempts, static_cast<std::int64_t>(lines_max / 2)));
  static constexpr std::array<std::uint8_t, 8> tries = {1, 3, 6, 6, 6, 6, 6, 6};
  attack.tries = tries[random_.index(tries.size())];
  if (slow) {
    spacing_us = random_.between(8 * second_us, 11 * second_us);
    attack.tries = 1;
  }
  attack.launches = static_cast<std::uint32_t>((attempts + attack.tries - 1) / attack.tries);
  attack.gap_us = spacing_us * attack.tries;
  // Within one connection sshd itself waits; faster guessers use several at a time.
  attack.try_gap_us = std::clamp<std::int64_t>(spacing_us, 1'100'000, 3 * second_us);
  attack.compress_repeats = attack.tries > 2 && random_.chance(100);
  if (attack.tries == 6) attack.ending = Ending::too_many;
  if (attack.tries < 3 && random_.chance(60)) attack.method = TryMethod::keyboard_interactive;
  attack.changes_host = random_.chance(150);
  // A pause shorter than the ten quiet minutes that close an attack.
  if (attempts >= 60 && random_.chance(100)) {
    attack.pause_after = attack.launches / 2;
    attack.pause_us = random_.between(2 * minute_us, 5 * minute_us);
  }
  attack.comes_back = attack.kind == AttackKind::fast_guessing && random_.chance(80);
  pick_guessing_targets(attack);
}

void AttackPlanner::pick_guessing_targets(Attack& attack) {
  if (attack.kind == AttackKind::guessed) {
    attack.targets = Targets::account;
    return;
  }
  const std::uint64_t pick = random_.below(100);
  if (pick < 35)
    attack.targets = Targets::account;
  else if (pick < 50)
    attack.targets = Targets::one_unknown;
  else if (pick < 86)
    attack.targets = Targets::dictionary;
  else if (pick < 95)
    attack.targets = Targets::mixed;
  else
    attack.targets = Targets::hostile;
}

// Spraying counts 8 users in 30 minutes: at least 14 in at most 24; at most 2 tries in 60 s.
void AttackPlanner::size_spray(Attack& attack) {
  attack.targets = Targets::spread;
  attack.launches = static_cast<std::uint32_t>(random_.between(14, 24));
  attack.gap_us = random_.between(56 * second_us, 90 * second_us);
  attack.changes_host = random_.chance(300);
}

// One user counts 20 tries from 10 addresses in 10 minutes: at least 60 tries from at least 26
// addresses in at most 9; each address comes back after 78 s or later.
void AttackPlanner::size_one_user(Attack& attack) {
  attack.targets = Targets::account;
  const std::int64_t count = random_.between(26, 60);
  while (std::ssize(attack.addresses) < count) attack.addresses.push_back(addresses_.next(random_));
  attack.launches = static_cast<std::uint32_t>(random_.between(60, 130));
  attack.gap_us = random_.between(3'300'000, 4 * second_us);
  attack.changes_host = true;
}

// One network counts 6 tries from 3 addresses in 60 s: at least 12 from 12; each address comes back
// after 90 s or later, 4 tries at most.
void AttackPlanner::size_one_network(Attack& attack) {
  attack.targets = Targets::dictionary;
  const std::int64_t count = random_.between(26, 60);
  if (attack.addresses.empty())
    attack.addresses = addresses_.next_network(random_, static_cast<std::size_t>(count));
  const auto addresses = std::ssize(attack.addresses);
  attack.launches = static_cast<std::uint32_t>(addresses * random_.between(2, 4));
  attack.gap_us = random_.between(105 * second_us, 115 * second_us) / addresses;
}

// Success after failures counts 5 on one user in an hour: at least 9 in at most 50 minutes; one in
// 60 s.
void AttackPlanner::size_low_and_slow(Attack& attack) {
  attack.targets = Targets::account;
  attack.launches = static_cast<std::uint32_t>(random_.between(9, 13));
  attack.gap_us = random_.between(110 * second_us, 190 * second_us);
}

void AttackPlanner::measure(Attack& attack) {
  ConnectionPlan typical;
  typical.tries = attack.tries;
  typical.method = attack.method;
  typical.ending = attack.ending;
  typical.compress_repeats = attack.compress_repeats;
  typical.account = attack.targets == Targets::account ? 0 : nobody;
  const Host& host = world_.hosts()[attack.host];
  attack.lines =
      std::uint64_t{attack.launches} * Connection::lines_of(typical, host, compresses_repeats_);
  attack.duration_us = attack.gap_us * attack.launches * 105 / 100 +
                       attack.try_gap_us * attack.tries + attack.pause_us + 20 * second_us;
  if (!attack.succeeds) return;
  attack.lines += 8;
  attack.duration_us += 3 * minute_us;
}

bool AttackPlanner::claim_account(Attack& attack, std::int64_t now_us) {
  const std::int64_t end_us = now_us + attack.duration_us;
  const std::size_t count = world_.accounts().size();
  for (int round = 0; round < 8; ++round) {
    // A system account first (root most of all), then people.
    attack.account = round == 0 && random_.chance(300) ? 0
                     : random_.chance(400)             ? random_.index(world_.first_person())
                                                       : random_.index(count);
    const bool claimed = attack.kind == AttackKind::one_user_from_many
                             ? world_.reserve(attack.account, now_us, end_us)
                             : world_.take_slot(attack.account, now_us, end_us);
    if (claimed) return true;
  }
  return false;
}

std::optional<Attack> AttackPlanner::plan(AttackKind kind, std::int64_t now_us,
                                          std::int64_t end_us_max, std::uint64_t lines_max,
                                          std::vector<base::IpAddress> from) {
  Attack attack;
  attack.kind = kind;
  attack.addresses = std::move(from);
  attack.name_start = random_.below(5'000);
  attack.host = world_.pick_attacked_host(random_);
  attack.ending = random_.chance(500)   ? Ending::closed
                  : random_.chance(700) ? Ending::bye
                                        : Ending::reset;
  attack.succeeds = kind == AttackKind::guessed || kind == AttackKind::spray_guessed ||
                    kind == AttackKind::low_and_slow;
  switch (kind) {
    case AttackKind::fast_guessing:
    case AttackKind::slow_guessing:
    case AttackKind::guessed:
      size_guessing(attack, lines_max);
      break;
    case AttackKind::spray:
    case AttackKind::spray_guessed:
      size_spray(attack);
      break;
    case AttackKind::one_user_from_many:
      size_one_user(attack);
      break;
    case AttackKind::one_network:
      size_one_network(attack);
      break;
    case AttackKind::low_and_slow:
      size_low_and_slow(attack);
      break;
  }
  measure(attack);
  if (now_us + attack.duration_us > end_us_max) return std::nullopt;
  if (needs_account(attack) && !claim_account(attack, now_us)) return std::nullopt;
  if (attack.addresses.empty()) attack.addresses.push_back(addresses_.next(random_));
  return attack;
}

void AttackPlanner::name_user(Attack& attack, std::int64_t now_us, ConnectionPlan& plan) {
  const std::uint64_t i = attack.launched;
  const auto use_account = [&](std::size_t account) {
    plan.account = static_cast<int>(account);
    plan.user = world_.account(account).name;
  };
  switch (attack.targets) {
    case Targets::account:
      use_account(attack.account);
      return;
    case Targets::one_unknown:
      unknown_name(attack.name_start, plan.user);
      return;
    case Targets::dictionary:
      unknown_name(attack.name_start + i, plan.user);
      return;
    case Targets::mixed:
      if (i % 2 == 0)
        use_account(attack.account);
      else
        unknown_name(attack.name_start + i, plan.user);
      return;
    case Targets::hostile:
      hostile_name(random_, base::format_ip(world_.jump_host()), plan.user);
      return;
    case Targets::spread:
      break;
  }
  // Different names each time; accounts as far as their budgets allow.
  const std::size_t account = (attack.name_start + 7 * i) % world_.accounts().size();
  if (i % 2 == 0 && world_.take_slot(account, now_us, now_us))
    use_account(account);
  else
    unknown_name(attack.name_start + i, plan.user);
}

ConnectionPlan AttackPlanner::next_connection(Attack& attack, std::int64_t now_us) {
  ConnectionPlan plan;
  plan.address = attack.addresses[attack.launched % attack.addresses.size()];
  plan.address_is_new = !attack.is_return && attack.launched < attack.addresses.size();
  plan.host = attack.changes_host ? world_.pick_attacked_host(random_) : attack.host;
  plan.tries = attack.tries;
  plan.method = attack.method;
  plan.ending = attack.ending;
  plan.compress_repeats = attack.compress_repeats;
  plan.try_gap_us = attack.try_gap_us;
  name_user(attack, now_us, plan);
  ++attack.launched;
  ++attack.connections_open;
  if (attack.users.size() < base::limits::alert_users_max &&
      std::ranges::find(attack.users, plan.user) == attack.users.end())
    attack.users.push_back(plan.user);
  return plan;
}

ConnectionPlan AttackPlanner::success_connection(const Attack& attack) {
  ConnectionPlan plan;
  plan.address = attack.addresses.front();
  plan.account = static_cast<int>(attack.account);
  plan.user = world_.account(attack.account).name;
  plan.host = attack.host;
  plan.tries = 0;
  plan.ending = Ending::accepted;
  plan.session_us = random_.between(3 * second_us, 40 * second_us);
  return plan;
}

std::int64_t AttackPlanner::next_gap_us(const Attack& attack) {
  if (attack.launched >= attack.launches)  // the success comes after the last try has ended
    return attack.try_gap_us * attack.tries + random_.between(6 * second_us, 40 * second_us);
  const std::int64_t jitter_us = attack.gap_us / 20;
  const std::int64_t gap_us = attack.gap_us + random_.between(-jitter_us, jitter_us);
  return attack.launched == attack.pause_after ? gap_us + attack.pause_us : gap_us;
}

std::vector<PlannedAlert> alerts_of(const Attack& attack, const World& world, bool complete) {
  const KindFacts& kind = facts_of(attack.kind);
  std::vector<PlannedAlert> alerts;
  if (attack.attempts < kind.attempts_needed) return alerts;
  PlannedAlert alert;
  alert.scenario = kind.scenario;
  alert.first_event = timestamp_of(attack.first_us);
  alert.last_event = timestamp_of(attack.last_us);
  alert.attempts = attack.attempts;
  alert.addresses = std::min<std::uint64_t>(attack.addresses.size(), attack.launched);
  alert.users = attack.users;
  alert.certain = complete || attack.attempts >= kind.attempts_certain;
  const base::IpAddress& address = attack.addresses.front();
  const model::Entity by_address{model::EntityType::ip, base::format_ip(address)};
  alert.entity = by_address;
  if (attack.kind == AttackKind::one_user_from_many)
    alert.entity = {model::EntityType::account, world.account(attack.account).name};
  if (attack.kind == AttackKind::one_network)
    alert.entity = {model::EntityType::network,
                    base::format_network({address.network(24, 64), address.is_v4() ? 120 : 64})};
  if (!kind.rule.empty()) {
    alert.rule = kind.rule;
    alerts.push_back(alert);
  }
  if (attack.success_us != 0) {
    alert.rule = "success_after_failures";
    alert.entity = by_address;
    alert.success = timestamp_of(attack.success_us);
    alert.users = {world.account(attack.account).name};
    alerts.push_back(std::move(alert));
  }
  return alerts;
}

}  // namespace vedette::simulate
