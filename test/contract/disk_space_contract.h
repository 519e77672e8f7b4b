// What every body of ports::DiskSpace must do. A World has `ports::DiskSpace& disk_space()` and
// `std::string place()`, a path that is there.
#pragma once

#include <gtest/gtest.h>

#include "ports/disk_space.h"

namespace vedette::contract {

template <typename World>
class DiskSpaceContract : public testing::Test {
 protected:
  World world_;
};
TYPED_TEST_SUITE_P(DiskSpaceContract);

TYPED_TEST_P(DiskSpaceContract, ADiskHasNoMoreFreeThanItHas) {
  const auto room = this->world_.disk_space().room_at(this->world_.place());
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_GT(room->total_bytes, 0U);
  EXPECT_LE(room->free_bytes, room->total_bytes);
}

TYPED_TEST_P(DiskSpaceContract, APlaceThatIsNotThereIsNotFound) {
  const auto room = this->world_.disk_space().room_at("/no/such/place");
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().code, base::ErrorCode::not_found);
}

REGISTER_TYPED_TEST_SUITE_P(DiskSpaceContract, ADiskHasNoMoreFreeThanItHas,
                            APlaceThatIsNotThereIsNotFound);

}  // namespace vedette::contract
