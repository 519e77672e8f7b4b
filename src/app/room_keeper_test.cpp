#include "app/room_keeper.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_disk_space.h"
#include "fakes/temporary_folder.h"

namespace vedette::app {
namespace {

class RoomKeeperTest : public ::testing::Test {
 protected:
  std::string have_free(std::uint64_t bytes) {
    disk.set_free(bytes);
    clock.advance(base::Duration::seconds(1));
    return keeper.tick();
  }

  const fakes::TemporaryFolder folder;
  const DataLayout data{folder.path()};
  fakes::FakeDiskSpace disk;
  fakes::FakeClock clock;
  journal::RoomWatch room{disk, clock, folder.path().string(), {8'000'000, 0}};
  std::vector<std::string> told;
  RoomKeeper keeper{data, 8'000'000, room,
                    [this](bool, const std::string& text) { told.push_back(text); }};
};

TEST_F(RoomKeeperTest, TheReserveIsHeldGivenUpOnceAndTakenAgain) {
  have_free(100'000'000);
  EXPECT_EQ(std::filesystem::file_size(data.reserve()), 1'000'000U);
  EXPECT_EQ(keeper.trouble(), "");
  have_free(0);
  EXPECT_TRUE(std::filesystem::exists(data.reserve())) << "nobody needed it yet";
  EXPECT_TRUE(keeper.make_room());
  EXPECT_FALSE(std::filesystem::exists(data.reserve()));
  EXPECT_FALSE(keeper.make_room()) << "there is no more of it";
  have_free(1'000'000);
  EXPECT_NE(keeper.trouble(), "");
  EXPECT_FALSE(std::filesystem::exists(data.reserve()));
  have_free(100'000'000);
  EXPECT_TRUE(std::filesystem::exists(data.reserve()));
  have_free(100'000'000);
  EXPECT_EQ(keeper.trouble(), "");
  EXPECT_EQ(told.size(), 2U) << "that it was given up, and that it is there again";
}

TEST_F(RoomKeeperTest, WhatWasShortIsKnownUntilItWasTold) {
  have_free(100'000'000);
  EXPECT_EQ(keeper.story(), "");
  have_free(0);
  have_free(100'000'000);
  EXPECT_NE(keeper.story(), "") << "while it was short nothing could be written";
  keeper.was_told();
  EXPECT_EQ(keeper.story(), "");
}

TEST_F(RoomKeeperTest, AShortageBetweenTwoLooksIsKnown) {
  EXPECT_EQ(have_free(100'000'000), "");
  disk.set_free(0);
  clock.advance(base::Duration::seconds(1));
  EXPECT_FALSE(room.may_take());
  EXPECT_NE(have_free(100'000'000), "") << "sources waited for it";
  EXPECT_NE(keeper.story(), "");
  EXPECT_EQ(have_free(100'000'000), "");
}

TEST_F(RoomKeeperTest, AnotherProgramMayGiveItUp) {
  have_free(100'000'000);
  EXPECT_TRUE(give_up_reserve(data));
  EXPECT_FALSE(give_up_reserve(data));
  have_free(0);
  EXPECT_NE(keeper.trouble(), "");
}

}  // namespace
}  // namespace vedette::app
