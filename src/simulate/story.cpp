#include "simulate/story.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <utility>

namespace vedette::simulate {
namespace {

// Addresses of large access and hosting providers, one in each place, so that a map has something
// to show. Nothing is said about who uses them: the log is simulated, and its hosts say so.
constexpr std::string_view guesser = "218.92.0.107";           // China
constexpr std::string_view sprayer = "51.15.54.101";           // Netherlands
constexpr std::string_view patient_guesser = "133.18.201.12";  // Japan
constexpr std::string_view intruder = "91.240.118.77";         // Russia
constexpr std::string_view crowd_network = "177.54.144.0";     // Brazil
constexpr std::array<std::string_view, 30> crowd = {
    "14.160.70.58",   "117.247.73.11",  "189.112.84.9",  "200.54.108.17",  "181.49.176.36",
    "197.5.145.102",  "105.96.11.65",   "102.22.81.4",   "196.219.64.18",  "185.220.101.33",
    "89.248.165.52",  "46.101.132.9",   "85.209.11.227", "163.172.68.11",  "79.137.70.33",
    "121.138.50.66",  "220.80.223.144", "126.77.40.3",   "1.179.185.50",   "180.243.8.22",
    "49.145.192.8",   "58.65.211.1",    "157.245.60.9",  "198.199.94.12",  "138.197.170.22",
    "190.104.24.131", "187.141.71.27",  "201.249.182.5", "212.156.98.210", "82.200.65.218"};

base::IpAddress address_of(std::string_view text) {
  const auto address = base::parse_ip(text);
  assert(address);
  return *address;
}

std::size_t account_of(const World& world, std::string_view name) {
  std::size_t i = 0;
  while (world.account(i).name != name) ++i;
  return i;
}

Attack scripted(AttackKind kind, Targets targets, std::uint32_t launches, std::int64_t gap_us) {
  Attack attack;
  attack.kind = kind;
  attack.targets = targets;
  attack.launches = launches;
  attack.gap_us = gap_us;
  attack.try_gap_us = second_us;
  attack.duration_us = gap_us * launches;
  attack.lines = launches * 4ULL;
  return attack;
}

}  // namespace

AuthlogOptions story_options(base::Timestamp now) {
  AuthlogOptions options;
  options.rate_lines_per_second = 2;
  options.format = AuthlogFormat::rfc3339;
  options.duration = base::Duration::minutes(story_minutes);
  options.start = now - options.duration + base::Duration::minutes(1);
  options.story = true;
  return options;
}

std::vector<base::IpAddress> story_addresses() {
  std::vector<base::IpAddress> addresses;
  for (const std::string_view text : {guesser, sprayer, patient_guesser, intruder, crowd_network})
    addresses.push_back(address_of(text));
  for (const std::string_view text : crowd) addresses.push_back(address_of(text));
  return addresses;
}

std::vector<ScriptedAttack> story_attacks(const World& world) {
  std::vector<ScriptedAttack> script;
  const auto add = [&](std::int64_t offset_s, Attack attack) {
    script.push_back({offset_s * second_us, std::move(attack)});
  };

  Attack guessing = scripted(AttackKind::fast_guessing, Targets::account, 24, 4 * second_us);
  guessing.account = account_of(world, "root");
  guessing.addresses = {address_of(guesser)};
  add(60, std::move(guessing));

  Attack patient = scripted(AttackKind::low_and_slow, Targets::account, 9, 105 * second_us);
  patient.account = account_of(world, "carla");
  patient.addresses = {address_of(patient_guesser)};
  patient.succeeds = true;
  add(90, std::move(patient));

  Attack spraying = scripted(AttackKind::spray, Targets::spread, 14, 57 * second_us);
  spraying.name_start = 30;
  spraying.addresses = {address_of(sprayer)};
  add(120, std::move(spraying));

  Attack many = scripted(AttackKind::one_user_from_many, Targets::account, 60, 3 * second_us);
  many.account = account_of(world, "alice");
  for (const std::string_view text : crowd) many.addresses.push_back(address_of(text));
  many.changes_host = true;
  add(690, std::move(many));

  Attack network = scripted(AttackKind::one_network, Targets::dictionary, 52, 4 * second_us);
  for (std::uint64_t i = 0; i < 26; ++i) {
    network.addresses.push_back(address_of(crowd_network));
    network.addresses.back().low |= 11 + 7 * i;
  }
  network.host = 1;
  add(930, std::move(network));

  Attack intrusion = scripted(AttackKind::guessed, Targets::account, 20, 3 * second_us);
  intrusion.account = account_of(world, "bob");
  intrusion.addresses = {address_of(intruder)};
  intrusion.succeeds = true;
  add(1200, std::move(intrusion));

  std::ranges::sort(script, {}, &ScriptedAttack::offset_us);
  return script;
}

}  // namespace vedette::simulate
