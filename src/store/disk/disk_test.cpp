// Room on real disks: the contract, a disk that is small, and the reserve.
#include <gtest/gtest.h>

#include <fstream>

#include "contract/disk_space_contract.h"
#include "fakes/small_disk.h"
#include "fakes/temporary_folder.h"
#include "store/disk/reserve_file.h"
#include "store/disk/system_disk_space.h"

namespace vedette::contract {
namespace {

struct SystemDiskSpaceWorld {
  ports::DiskSpace& disk_space() { return disk_space_; }
  [[nodiscard]] std::string place() const { return folder_.path().string(); }
  store::disk::SystemDiskSpace disk_space_;
  fakes::TemporaryFolder folder_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(System, DiskSpaceContract, SystemDiskSpaceWorld);

}  // namespace
}  // namespace vedette::contract

namespace vedette::store::disk {
namespace {

TEST(ReserveFileTest, TakesItsRoomAndGivesItBack) {
  const fakes::TemporaryFolder folder;
  ReserveFile reserve(folder.file("reserve"), 3'000'000);
  EXPECT_FALSE(reserve.is_held());
  ASSERT_TRUE(reserve.hold());
  EXPECT_TRUE(reserve.is_held());
  EXPECT_TRUE(reserve.hold());
  ASSERT_TRUE(reserve.give_up());
  EXPECT_FALSE(reserve.is_held());
  EXPECT_TRUE(reserve.give_up());
}

TEST(ReserveFileTest, AFileThatOnlyLooksLongIsNoReserve) {
  const fakes::TemporaryFolder folder;
  std::ofstream(folder.file("reserve")).close();
  std::filesystem::resize_file(folder.file("reserve"), 3'000'000);
  ReserveFile reserve(folder.file("reserve"), 3'000'000);
  EXPECT_FALSE(reserve.is_held());
  ASSERT_TRUE(reserve.hold());
  EXPECT_TRUE(reserve.is_held());
}

TEST(ReserveFileTest, LetsAFullDiskTakeAFewThingsMore) {
  const fakes::SmallDisk disk("4m");
  if (!disk.mounted()) GTEST_SKIP() << "a small tmpfs cannot be mounted (needs root)";
  SystemDiskSpace space;
  ReserveFile reserve(disk.file("reserve"), 1'000'000);
  ASSERT_TRUE(reserve.hold());
  EXPECT_LT(space.room_at(disk.file("reserve"))->free_bytes, 3'300'000U);
  std::ofstream(disk.file("ballast")) << std::string(5'000'000, 'x');
  EXPECT_EQ(space.room_at(disk.file("reserve"))->free_bytes, 0U);
  ReserveFile second(disk.file("second"), 1'000'000);
  const auto refused = second.hold();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::limit_exceeded);
  ASSERT_TRUE(reserve.give_up());
  EXPECT_GT(space.room_at(disk.file("ballast"))->free_bytes, 900'000U);
}

}  // namespace
}  // namespace vedette::store::disk
