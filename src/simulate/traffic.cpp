#include "simulate/traffic.h"

#include <algorithm>
#include <array>
#include <utility>

#include "simulate/names.h"

namespace vedette::simulate {
namespace {

constexpr std::int64_t session_us_max = 2 * 60 * minute_us;

// What is not an ssh log-in, and how often, of 26.
constexpr std::array<std::pair<ActivityKind, std::uint64_t>, activity_kinds> activities = {
    {{ActivityKind::cron, 6},
     {ActivityKind::sudo, 5},
     {ActivityKind::sudo_failed, 1},
     {ActivityKind::su, 1},
     {ActivityKind::su_failed, 1},
     {ActivityKind::password_change, 1},
     {ActivityKind::health_check, 4},
     {ActivityKind::scan_silent, 2},
     {ActivityKind::scan_http, 1},
     {ActivityKind::scan_old_ciphers, 1},
     {ActivityKind::scan_reset, 1},
     {ActivityKind::scan_timeout, 1},
     {ActivityKind::scan_throttled, 1}}};
constexpr std::uint64_t activity_weight = 26;

}  // namespace

std::uint64_t Traffic::weight_of_work(std::int64_t now_us) const {
  const std::int64_t local_s = (now_us + zone_us_) / second_us;
  const std::int64_t hour = local_s / 3600 % 24;
  const std::int64_t weekday = (local_s / 86'400 + 3) % 7;  // 0 is Monday
  if (weekday >= 5) return 5;
  if (hour >= 8 && hour < 18) return 20;
  return hour >= 18 && hour < 23 ? 9 : 3;
}

Filler Traffic::next(std::int64_t now_us, bool compresses_repeats) {
  Filler filler;
  const std::uint64_t work = weight_of_work(now_us);
  const std::uint64_t pick = random_.below(62 + activity_weight + work);
  if (pick < 62) {
    filler.connection = visit(addresses_.next(random_), true, now_us);
  } else if (pick < 62 + work) {
    filler.kind = FillerKind::person;
    const std::size_t first = world_.first_person();
    const std::size_t account = first + random_.index(world_.accounts().size() - first);
    std::uint8_t tries = 0;
    if (!world_.account(account).uses_key && random_.chance(200) &&
        world_.may_mistype(account, now_us))
      tries = random_.chance(300) ? 2 : 1;
    filler.connection = log_in(account, tries);
    filler.account = static_cast<std::uint32_t>(account);
    filler.logs_in_again = tries == 2 && random_.chance(300);
  } else {
    filler.kind = FillerKind::activity;
    pick_activity(filler);
    return filler;
  }
  filler.lines = Connection::lines_of(filler.connection, world_.hosts()[filler.connection.host],
                                      compresses_repeats);
  return filler;
}

void Traffic::pick_activity(Filler& filler) {
  std::uint64_t pick = random_.below(activity_weight);
  for (const auto& [kind, weight] : activities) {
    if (pick < weight) {
      filler.activity = kind;
      break;
    }
    pick -= weight;
  }
  const bool is_scan = filler.activity > ActivityKind::health_check;
  filler.host = is_scan ? world_.pick_attacked_host(random_) : world_.pick_used_host(random_);
  const std::size_t first = world_.first_person();
  filler.account =
      static_cast<std::uint32_t>(first + random_.index(world_.accounts().size() - first));
  filler.address = base::IpAddress::from_v4(0x0A00'0004U);  // the load balancer's checks
  if (is_scan) filler.address = addresses_.next(random_);
  filler.address_is_new = is_scan;
  filler.lines = Activity::lines_of(filler.activity);
}

ConnectionPlan Traffic::visit(const base::IpAddress& address, bool is_new, std::int64_t now_us) {
  ConnectionPlan plan;
  plan.address = address;
  plan.address_is_new = is_new;
  plan.host = world_.pick_attacked_host(random_);
  plan.tries = random_.chance(350) ? 2 : 1;
  plan.try_gap_us = random_.between(1'500'000, 4 * second_us);
  const std::uint64_t method = random_.below(100);
  if (method < 8) {
    plan.method = TryMethod::public_key;
    plan.tries = 1;
  } else if (method < 14) {
    plan.method = TryMethod::keyboard_interactive;
  } else if (method < 18) {
    plan.tries = 0;  // looked, and left
  }
  const std::uint64_t ending = random_.below(100);
  plan.ending = ending < 50 ? Ending::closed : ending < 85 ? Ending::bye : Ending::reset;
  const std::size_t account = random_.index(world_.first_person());
  if (random_.chance(150) && world_.take_slot(account, now_us, now_us)) {
    plan.account = static_cast<int>(account);
    plan.user = world_.account(account).name;
  } else {
    unknown_name(random_.chance(700) ? random_.below(120) : random_.below(6'000), plan.user);
  }
  return plan;
}

ConnectionPlan Traffic::log_in(std::size_t account, std::uint8_t tries) {
  const Account& person = world_.account(account);
  ConnectionPlan plan;
  plan.address = person.address;
  plan.user = person.name;
  plan.account = static_cast<int>(account);
  plan.host = world_.pick_used_host(random_);
  plan.tries = tries;
  plan.try_gap_us = random_.between(2 * second_us, 6 * second_us);
  plan.ending = Ending::accepted;
  if (person.uses_key) plan.method = TryMethod::public_key;
  plan.session_us = std::clamp(random_.exponential(8 * minute_us), second_us, session_us_max);
  return plan;
}

}  // namespace vedette::simulate
