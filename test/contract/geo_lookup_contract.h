// What every body of ports::GeoLookup must do. A World has `const ports::GeoLookup& lookup()` and
// `std::vector<std::pair<base::IpAddress, std::string>> known()`: public addresses (at least one)
// that it knows, with their ISO country codes.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "ports/geo_lookup.h"

namespace vedette::contract {

template <typename World>
class GeoLookupContract : public testing::Test {
 protected:
  World world_;
};
TYPED_TEST_SUITE_P(GeoLookupContract);

TYPED_TEST_P(GeoLookupContract, KnowsTheCountryOfKnownAddresses) {
  const auto known = this->world_.known();
  ASSERT_FALSE(known.empty());
  for (const auto& [address, country_code] : known)
    EXPECT_EQ(this->world_.lookup().locate(address).country_code, country_code)
        << base::format_ip(address);
}

TYPED_TEST_P(GeoLookupContract, CoordinatesAreOnTheGlobe) {
  for (const auto& [address, country_code] : this->world_.known()) {
    const model::Location place = this->world_.lookup().locate(address);
    if (!place.has_coordinates) continue;
    EXPECT_LE(std::abs(place.latitude), 90) << base::format_ip(address);
    EXPECT_LE(std::abs(place.longitude), 180) << base::format_ip(address);
  }
}

TYPED_TEST_P(GeoLookupContract, SpecialAddressesAreNowhere) {
  for (const char* text : {"127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.0.1", "0.0.0.0",
                           "224.0.0.1", "::1", "::", "fe80::1", "fc00::1"}) {
    const model::Location place = this->world_.lookup().locate(*base::parse_ip(text));
    EXPECT_EQ(place.country_code, "") << text;
    EXPECT_EQ(place.city, "") << text;
    EXPECT_EQ(place.autonomous_system, 0U) << text;
    EXPECT_FALSE(place.has_coordinates) << text;
  }
}

TYPED_TEST_P(GeoLookupContract, ManyThreadsGetTheSameAnswers) {
  const auto known = this->world_.known();
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round)
          for (const auto& [address, country_code] : known)
            if (this->world_.lookup().locate(address).country_code != country_code) ++wrong;
      });
  }
  EXPECT_EQ(wrong, 0);
}

REGISTER_TYPED_TEST_SUITE_P(GeoLookupContract, KnowsTheCountryOfKnownAddresses,
                            CoordinatesAreOnTheGlobe, SpecialAddressesAreNowhere,
                            ManyThreadsGetTheSameAnswers);

}  // namespace vedette::contract
