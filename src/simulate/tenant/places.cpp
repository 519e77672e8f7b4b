#include "simulate/tenant/places.h"

#include <array>
#include <cassert>
#include <utility>

#include "base/hash.h"

namespace vedette::simulate::tenant {
namespace {

using enum NetworkKind;
constexpr Weekend west = Weekend::saturday_sunday;
constexpr Weekend east = Weekend::friday_saturday;

constexpr auto all_cities = std::to_array<City>({
    {"Berlin", "Berlin", "DE", "Europe/Berlin", 52.5200, 13.4050, west, 24},
    {"Munich", "Bayern", "DE", "Europe/Berlin", 48.1374, 11.5755, west, 8},
    {"Hamburg", "Hamburg", "DE", "Europe/Berlin", 53.5511, 9.9937, west, 5},
    {"London", "England", "GB", "Europe/London", 51.5074, -0.1278, west, 12},
    {"Manchester", "England", "GB", "Europe/London", 53.4808, -2.2426, west, 3},
    {"Paris", "Ile-De-France", "FR", "Europe/Paris", 48.8566, 2.3522, west, 4},
    {"Madrid", "Madrid", "ES", "Europe/Madrid", 40.4168, -3.7038, west, 3},
    {"Amsterdam", "Noord-Holland", "NL", "Europe/Amsterdam", 52.3676, 4.9041, west, 3},
    {"Warsaw", "Mazowieckie", "PL", "Europe/Warsaw", 52.2297, 21.0122, west, 4},
    {"New York", "New York", "US", "America/New_York", 40.7128, -74.0060, west, 10},
    {"Chicago", "Illinois", "US", "America/Chicago", 41.8781, -87.6298, west, 3},
    {"Seattle", "Washington", "US", "America/Los_Angeles", 47.6062, -122.3321, west, 3},
    {"Toronto", "Ontario", "CA", "America/Toronto", 43.6532, -79.3832, west, 2},
    {"Sao Paulo", "Sao Paulo", "BR", "America/Sao_Paulo", -23.5505, -46.6333, west, 2},
    {"Bengaluru", "Karnataka", "IN", "Asia/Kolkata", 12.9716, 77.5946, west, 6},
    {"Singapore", "Central Singapore", "SG", "Asia/Singapore", 1.3521, 103.8198, west, 2},
    {"Tokyo", "Tokyo", "JP", "Asia/Tokyo", 35.6762, 139.6503, west, 1},
    {"Sydney", "New South Wales", "AU", "Australia/Sydney", -33.8688, 151.2093, west, 2},
    {"Tel Aviv", "Tel Aviv", "IL", "Asia/Jerusalem", 32.0853, 34.7818, east, 2},
    {"Auckland", "Auckland", "NZ", "Pacific/Auckland", -36.8485, 174.7633, west, 1},
    {"Dubai", "Dubai", "AE", "Asia/Dubai", 25.2048, 55.2708, west, 0},
    {"Johannesburg", "Gauteng", "ZA", "Africa/Johannesburg", -26.2041, 28.0473, west, 0},
    {"Lagos", "Lagos", "NG", "Africa/Lagos", 6.5244, 3.3792, west, 0},
    {"Moscow", "Moskva", "RU", "Europe/Moscow", 55.7558, 37.6173, west, 0},
    {"Bucharest", "Bucuresti", "RO", "Europe/Bucharest", 44.4268, 26.1025, west, 0},
    {"Hanoi", "Ha Noi", "VN", "Asia/Ho_Chi_Minh", 21.0278, 105.8342, west, 0},
});

constexpr std::uint32_t v4(unsigned a, unsigned b) {
  return (a << 24) | (b << 16);
}

// Autonomous systems and prefixes as the registries have them, roughly.
constexpr auto all_networks = std::to_array<Network>({
    {home, 0, 3320, v4(87, 128), 12},
    {home, 1, 3320, v4(84, 144), 12},
    {home, 2, 3209, v4(88, 64), 12},
    {home, 3, 2856, v4(86, 128), 11},
    {home, 4, 5089, v4(80, 0), 13},
    {home, 5, 3215, v4(90, 0), 11},
    {home, 6, 3352, v4(83, 32), 12},
    {home, 7, 33915, v4(84, 24), 13},
    {home, 8, 5617, v4(83, 0), 12},
    {home, 9, 701, v4(71, 96), 12},
    {home, 10, 7922, v4(73, 0), 12},
    {home, 11, 7922, v4(73, 96), 13},
    {home, 12, 812, v4(99, 224), 12},
    {home, 13, 27699, v4(177, 32), 12},
    {home, 14, 24560, v4(122, 160), 13},
    {home, 15, 9506, v4(116, 86), 16},
    {home, 16, 4713, v4(153, 128), 11},
    {home, 17, 1221, v4(101, 160), 12},
    {home, 18, 8551, v4(79, 176), 14},
    {home, 19, 4771, v4(122, 56), 14},
    {home, 20, 5384, v4(94, 56), 14},
    {home, 21, 5713, v4(41, 240), 14},
    {home, 22, 29465, v4(105, 112), 12},
    {home, 23, 12389, v4(95, 24), 13},
    {home, 24, 8708, v4(86, 120), 13},
    {home, 25, 45899, v4(14, 160), 12},
    // Phones, at their carriers' gateways.
    {phone, 0, 6805, v4(176, 0), 13},
    {phone, 1, 3320, v4(80, 187), 16},
    {phone, 3, 12576, v4(31, 64), 13},
    {phone, 5, 5410, v4(176, 128), 11},
    {phone, 6, 12430, v4(77, 208), 13},
    {phone, 7, 1136, v4(188, 200), 14},
    {phone, 8, 43447, v4(37, 47), 16},
    {phone, 9, 21928, v4(172, 56), 14},
    {phone, 11, 20057, v4(107, 64), 12},
    {phone, 12, 36522, v4(184, 144), 13},
    {phone, 13, 26615, v4(189, 40), 14},
    {phone, 14, 55836, v4(49, 32), 12},
    {phone, 15, 45143, v4(118, 189), 16},
    {phone, 16, 9605, v4(1, 72), 13},
    {phone, 17, 4804, v4(49, 176), 13},
    {phone, 18, 12400, v4(2, 52), 14},
    {phone, 19, 9500, v4(115, 188), 14},
    {phone, 20, 15802, v4(5, 32), 16},
    {phone, 21, 29975, v4(41, 0), 12},
    {phone, 22, 37148, v4(197, 210), 16},
    // The company's own lines.
    {office, 0, 3320, v4(193, 159), 24},
    {office, 3, 2856, v4(194, 72), 24},
    {office, 9, 701, v4(65, 198), 24},
    {office, 14, 9498, v4(125, 17), 24},
    {office, 18, 8551, v4(212, 179), 24},
    // Its VPN's exits, and those that people buy.
    {vpn, 7, 16509, v4(52, 57), 24},
    {vpn, 9, 16509, v4(52, 20), 24},
    {vpn, 24, 9009, v4(89, 37), 24},
    {vpn, 3, 212238, v4(138, 199), 24},
    {relay, 5, 36183, v4(172, 224), 16},
    {relay, 10, 13335, v4(104, 28), 16},
    // What attackers use.
    {hosting, 24, 9009, v4(185, 220), 22},
    {hosting, 7, 14061, v4(167, 99), 17},
    {hosting, 23, 48693, v4(193, 233), 20},
    {hosting, 15, 16509, v4(13, 228), 17},
    {hosting, 9, 14061, v4(159, 203), 18},
    {hosting, 25, 135905, v4(103, 153), 22},
    {hosting, 22, 37282, v4(102, 89), 18},
    {hosting, 10, 63949, v4(45, 79), 18},
    {anonymous, 0, 60729, v4(185, 100), 22},
    {anonymous, 7, 208294, v4(192, 42), 22},
});

struct Holiday {
  std::string_view country;
  int month, day;
};
constexpr auto holidays = std::to_array<Holiday>({
    {"DE", 5, 1},   {"DE", 10, 3},  {"DE", 12, 25}, {"DE", 12, 26}, {"GB", 12, 25}, {"GB", 12, 26},
    {"FR", 5, 1},   {"FR", 7, 14},  {"FR", 8, 15},  {"FR", 11, 11}, {"FR", 12, 25}, {"ES", 5, 1},
    {"ES", 8, 15},  {"ES", 10, 12}, {"ES", 12, 25}, {"NL", 4, 27},  {"NL", 12, 25}, {"NL", 12, 26},
    {"PL", 5, 1},   {"PL", 5, 3},   {"PL", 11, 11}, {"PL", 12, 25}, {"PL", 12, 26}, {"US", 7, 4},
    {"US", 6, 19},  {"US", 11, 11}, {"US", 12, 25}, {"CA", 7, 1},   {"CA", 12, 25}, {"BR", 9, 7},
    {"BR", 11, 15}, {"BR", 12, 25}, {"IN", 1, 26},  {"IN", 8, 15},  {"IN", 10, 2},  {"SG", 8, 9},
    {"SG", 12, 25}, {"JP", 2, 11},  {"JP", 5, 3},   {"JP", 11, 3},  {"JP", 11, 23}, {"AU", 1, 26},
    {"AU", 4, 25},  {"AU", 12, 25}, {"NZ", 2, 6},   {"NZ", 12, 25},
});

// The networks of each kind, in the table's order.
std::array<std::vector<NetworkIndex>, 7> group_networks() {
  std::array<std::vector<NetworkIndex>, 7> groups;
  for (std::size_t i = 0; i < all_networks.size(); ++i)
    groups[static_cast<std::size_t>(all_networks[i].kind)].push_back(static_cast<NetworkIndex>(i));
  return groups;
}

}  // namespace

std::span<const City> cities() {
  return all_cities;
}
std::span<const Network> networks() {
  return all_networks;
}

std::span<const NetworkIndex> networks_of(NetworkKind kind) {
  static const auto groups = group_networks();
  return groups[static_cast<std::size_t>(kind)];
}

NetworkIndex network_at(NetworkKind kind, CityIndex city) {
  const auto candidates = networks_of(kind);
  for (const NetworkIndex index : candidates)
    if (all_networks[index].city == city) return index;
  for (const NetworkIndex index : candidates)
    if (all_cities[all_networks[index].city].country == all_cities[city].country) return index;
  // A phone abroad keeps the gateway of its home's carrier; a city without its own has none.
  return kind == phone ? network_at(home, city) : candidates.front();
}

base::IpAddress address_in(NetworkIndex network, std::uint64_t n) {
  const Network& at = all_networks[network];
  const std::uint64_t size = 1ULL << (32 - at.bits);
  // Neither the network's own address nor its last one.
  const std::uint64_t host = base::hash_words(n, network + 1ULL) % (size - 2) + 1;
  return base::IpAddress::from_v4(at.first_address + static_cast<std::uint32_t>(host));
}

WorldClock::WorldClock() {
  for (const City& city : all_cities) {
    auto zone = base::TimeZone::find(city.zone);
    // A machine without tzdata: the sun's time is near enough for a simulation.
    zones_.push_back(zone ? *std::move(zone)
                          : base::TimeZone::fixed(base::Duration::minutes(
                                static_cast<std::int64_t>(city.longitude * 4))));
  }
}

base::Timestamp WorldClock::at(CityIndex city, std::int64_t day, std::int64_t second_of_day) const {
  return zones_[city].to_utc(day * 86'400 + second_of_day);
}

int weekday_of(std::int64_t day) {
  return static_cast<int>(((day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

bool is_weekend(CityIndex city, std::int64_t day) {
  const int weekday = weekday_of(day);
  if (all_cities[city].weekend == Weekend::friday_saturday) return weekday == 4 || weekday == 5;
  return weekday >= 5;
}

bool is_holiday(CityIndex city, std::int64_t day) {
  const base::CivilDate date = base::civil_from_days(day);
  if (date.month == 1 && date.day == 1) return all_cities[city].weekend == Weekend::saturday_sunday;
  for (const Holiday& holiday : holidays)
    if (holiday.month == date.month && holiday.day == date.day &&
        holiday.country == all_cities[city].country)
      return true;
  return false;
}

}  // namespace vedette::simulate::tenant
