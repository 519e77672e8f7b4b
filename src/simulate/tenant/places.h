// Owns: the cities people live in and travel to, and the networks they come from: at home, at the
// office, by phone, through VPNs and relays; and those that attackers rent.
// Promises: constant data; each network belongs to one autonomous system and is shown at one city,
// as Entra would show it (a phone's at its carrier's gateway, a VPN's at its exit).
// Must not know: who comes from there. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace vedette::simulate::tenant {

enum class Weekend : std::uint8_t { saturday_sunday, friday_saturday };

struct City {
  std::string_view name, state, country, zone;
  double latitude, longitude;
  Weekend weekend;
  std::uint8_t weight;  // of 100: how many people live there; 0 for cities only travelled to
};

enum class NetworkKind : std::uint8_t { home, phone, office, vpn, relay, hosting, anonymous };

struct Network {
  NetworkKind kind;
  std::uint8_t city;
  std::uint32_t autonomous_system;
  std::uint32_t first_address;
  std::uint8_t bits;
};

using CityIndex = std::uint8_t;
using NetworkIndex = std::uint8_t;

[[nodiscard]] std::span<const City> cities();
[[nodiscard]] std::span<const Network> networks();
// The networks of that kind that are shown at that city; a phone's may be shown at another city of
// the country. Never empty for home and phone.
[[nodiscard]] NetworkIndex network_at(NetworkKind kind, CityIndex city);
// All of that kind, wherever they are.
[[nodiscard]] std::span<const NetworkIndex> networks_of(NetworkKind kind);
// The nth address of a network; the same n gives the same address.
[[nodiscard]] base::IpAddress address_in(NetworkIndex network, std::uint64_t n);

// Local time of the cities. One thread.
class WorldClock {
 public:
  WorldClock();
  // The instant of `second_of_day` (may be negative or past the day) on that local day (days since
  // 1970-01-01).
  [[nodiscard]] base::Timestamp at(CityIndex city, std::int64_t day,
                                   std::int64_t second_of_day) const;

 private:
  std::vector<base::TimeZone> zones_;
};

// 0 Monday .. 6 Sunday.
[[nodiscard]] int weekday_of(std::int64_t day);
[[nodiscard]] bool is_weekend(CityIndex city, std::int64_t day);
// The public holidays that fall on the same date every year.
[[nodiscard]] bool is_holiday(CityIndex city, std::int64_t day);

}  // namespace vedette::simulate::tenant
