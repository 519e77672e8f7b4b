#include "app/alert_places.h"

#include <gtest/gtest.h>

#include "fakes/fake_geo_lookup.h"

namespace vedette::app {
namespace {

model::Alert alert_of(std::uint64_t id, const std::string& address) {
  model::Alert alert;
  alert.id = id;
  alert.entities.push_back({model::EntityType::account, "root"});
  if (!address.empty()) alert.entities.push_back({model::EntityType::ip, address});
  return alert;
}

class AlertPlacesTest : public ::testing::Test {
 protected:
  AlertPlacesTest() { move_to("Gdansk"); }
  void move_to(const std::string& city) {
    model::Location location;
    location.city = city;
    geo_.set(*base::parse_ip("192.0.2.7"), location);
    geo_.set(*base::parse_ip("193.0.14.129"), location);
  }
  std::string city_of(model::Alert alert) {
    places_.locate(alert);
    return alert.location.city;
  }

  fakes::FakeGeoLookup geo_;
  AlertPlaces places_{geo_};
};

TEST_F(AlertPlacesTest, AnAlertKeepsItsPlaceWhileItIsOpen) {
  EXPECT_EQ(city_of(alert_of(1, "193.0.14.129")), "Gdansk");
  move_to("Lund");
  EXPECT_EQ(city_of(alert_of(1, "193.0.14.129")), "Gdansk");
  EXPECT_EQ(city_of(alert_of(2, "193.0.14.129")), "Lund");
}

TEST_F(AlertPlacesTest, AClosedAlertIsForgotten) {
  model::Alert closed = alert_of(1, "193.0.14.129");
  EXPECT_EQ(city_of(closed), "Gdansk");
  closed.status = model::AlertStatus::closed;
  move_to("Lund");
  EXPECT_EQ(city_of(closed), "Gdansk");
  EXPECT_EQ(city_of(closed), "Lund");
}

TEST_F(AlertPlacesTest, WithoutAnAddressThereIsNoPlace) {
  EXPECT_EQ(city_of(alert_of(1, "")), "");
  EXPECT_EQ(city_of(alert_of(2, "no address")), "");
}

}  // namespace
}  // namespace vedette::app
