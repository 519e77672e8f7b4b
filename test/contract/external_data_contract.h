// What every body of ports::ExternalData must do. A World has `ports::ExternalData& external()`,
// `std::string there()` (an allowed address with the text "a,b\n"), `std::string nothing()` (an
// allowed one without anything), and `std::string forbidden()`.
#pragma once

#include <gtest/gtest.h>

#include "ports/external_data.h"

namespace vedette::contract {

template <typename World>
class ExternalDataContract : public testing::Test {
 protected:
  base::Result<std::string> read(const std::string& address, const std::stop_token& stop = {}) {
    return world_.external().read(address, 10'000, stop);
  }
  World world_;
};
TYPED_TEST_SUITE_P(ExternalDataContract);

TYPED_TEST_P(ExternalDataContract, GivesWhatIsThere) {
  for (int i = 0; i < 2; ++i) {
    const auto text = this->read(this->world_.there());
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, "a,b\n");
  }
}

TYPED_TEST_P(ExternalDataContract, SaysWhatIsNotThereAndWhatIsNotAllowed) {
  const auto nothing = this->read(this->world_.nothing());
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::ErrorCode::not_found);
  const auto forbidden = this->read(this->world_.forbidden());
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().code, base::ErrorCode::refused);
}

TYPED_TEST_P(ExternalDataContract, AStopEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = this->read(this->world_.there(), stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, base::ErrorCode::cancelled);
}

REGISTER_TYPED_TEST_SUITE_P(ExternalDataContract, GivesWhatIsThere,
                            SaysWhatIsNotThereAndWhatIsNotAllowed, AStopEndsIt);

}  // namespace vedette::contract
