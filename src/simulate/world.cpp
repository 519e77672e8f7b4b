#include "simulate/world.h"

#include <algorithm>
#include <utility>

#include "simulate/names.h"

namespace vedette::simulate {
namespace {

// Failures on one user from one address are counted for an hour: a person mistypes at most twice in
// that.
constexpr std::int64_t person_rest_us = 75 * minute_us;
// Longer than the hour that detectors look back from a success.
constexpr std::int64_t memory_us = 65 * minute_us;
// At most three users of one shared place fail within the half hour that spraying is looked for in.
constexpr std::int64_t place_rest_us = 11 * minute_us;
constexpr std::size_t people_count = 300;

std::string make_fingerprint(SeededRandom& random) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text = "SHA256:";
  for (int i = 0; i < 43; ++i) text += alphabet[random.index(alphabet.size())];
  return text;
}

}  // namespace

World::World(const AuthlogOptions& options, SeededRandom& random, AddressSource& addresses) {
  add_hosts(options, random);
  // Jump hosts first, then offices: private networks, as a company has them, no two in one /24.
  for (std::uint32_t i = 0; i < 3; ++i)
    places_.push_back({base::IpAddress::from_v4(0x0A00'050AU + (i << 8)), false, 0});
  for (std::uint32_t i = 0; i < 5; ++i)
    places_.push_back({base::IpAddress::from_v4(0x0A14'0000U + (i << 8)), true, 0});
  std::uint32_t user_id = 0;
  for (const std::string_view name : system_names())
    add_account(std::string(name), user_id++, random, addresses);
  first_person_ = accounts_.size();
  for (std::size_t i = 0; i < people_count; ++i) {
    const auto names = people_names();
    std::string name(names[i % names.size()]);
    if (i >= names.size()) name += static_cast<char>('a' + i / names.size());
    add_account(std::move(name), 1000 + static_cast<std::uint32_t>(i), random, addresses);
  }
}

void World::add_hosts(const AuthlogOptions& options, SeededRandom& random) {
  for (std::size_t i = 0; i < options.hosts.size(); ++i) {
    Host host;
    host.name = options.hosts[i];
    host.uses_pam = i % 2 == 0;
    if (options.naming == SshdNaming::sshd_session) host.version = SshdVersion::session_9_8;
    if (options.naming == SshdNaming::sshd && i % 4 == 2) host.version = SshdVersion::old_7_2;
    if (options.naming == SshdNaming::mixed && i % 4 == 1) host.version = SshdVersion::session_9_8;
    if (options.naming == SshdNaming::mixed && i % 4 >= 2) host.version = SshdVersion::auth_10_0;
    if (i % 4 == 3) host.pid_max = 32'768;
    host.listener_pid = 700 + static_cast<std::uint32_t>(random.below(200));
    host.logind_pid = 500 + static_cast<std::uint32_t>(random.below(150));
    host.pid = 1000 + static_cast<std::uint32_t>(random.below(20'000));
    hosts_.push_back(std::move(host));
  }
}

void World::add_account(std::string name, std::uint32_t user_id, SeededRandom& random,
                        AddressSource& addresses) {
  Account account;
  account.name = std::move(name);
  account.user_id = user_id;
  account.key_fingerprint = make_fingerprint(random);
  account.uses_key = random.chance(700);
  const std::uint64_t kind = random.below(100);
  if (kind < 45) {
    account.address = addresses.next(random);
  } else {
    account.place = static_cast<int>(kind < 65 ? random.below(3) : 3 + random.below(5));
    const Place& place = places_[static_cast<std::size_t>(account.place)];
    account.address = place.address;
    if (place.is_network) account.address.low |= 20 + random.below(200);
  }
  accounts_.push_back(std::move(account));
}

std::uint8_t World::pick_attacked_host(SeededRandom& random) const {
  const std::size_t pick = random.index(hosts_.size());
  const bool move_to_edge = hosts_[pick].uses_pam && hosts_.size() > 1 && random.chance(600);
  return static_cast<std::uint8_t>(move_to_edge ? pick ^ (pick + 1 < hosts_.size() ? 1U : 0U)
                                                : pick);
}

std::uint8_t World::pick_used_host(SeededRandom& random) const {
  const std::size_t pick = random.index(hosts_.size());
  const bool move_inside = !hosts_[pick].uses_pam && random.chance(700);
  return static_cast<std::uint8_t>(move_inside ? pick - 1 : pick);
}

bool World::take_slot(std::size_t account, std::int64_t now_us, std::int64_t until_us) {
  auto& slots = accounts_[account].slots_end_us;
  const auto free = std::ranges::find_if(slots, [&](std::int64_t end) { return end <= now_us; });
  if (free == slots.end()) return false;
  *free = until_us + slot_rest_us;
  return true;
}

bool World::reserve(std::size_t account, std::int64_t now_us, std::int64_t until_us) {
  Account& target = accounts_[account];
  auto& slots = target.slots_end_us;
  if (std::ranges::any_of(slots, [&](std::int64_t end) { return end > now_us; })) return false;
  // A log-in of the owner who mistyped within an hour of such an attack would rightly look odd.
  if (target.failure_allowed_us > now_us + person_rest_us - memory_us) return false;
  target.failure_allowed_us = until_us + memory_us;
  slots.fill(until_us + 2 * slot_rest_us);
  return true;
}

bool World::may_mistype(std::size_t account, std::int64_t now_us) {
  Account& person = accounts_[account];
  Place* place = person.place < 0 ? nullptr : &places_[static_cast<std::size_t>(person.place)];
  if (now_us < person.failure_allowed_us) return false;
  if (place != nullptr && now_us < place->failure_allowed_us) return false;
  if (!take_slot(account, now_us, now_us)) return false;
  person.failure_allowed_us = now_us + person_rest_us;
  if (place != nullptr) place->failure_allowed_us = now_us + place_rest_us;
  return true;
}

}  // namespace vedette::simulate
