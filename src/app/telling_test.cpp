#include "app/telling.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace vedette::app {
namespace {

detect::ChangedAlert alert(std::uint64_t id) {
  detect::ChangedAlert changed;
  changed.alert.id = id;
  changed.alert.reasons = {"a reason that is long enough to have memory of its own"};
  return changed;
}

// More than fit into all batches, so that the thread that adds has to wait for the one that tells.
TEST(Telling, TellsAllInTheirOrderWhateverIsWaiting) {
  constexpr std::uint64_t alerts = 2'000;
  std::vector<std::uint64_t> told;
  int times = 0;
  Telling telling([&](const detect::ChangedAlert& changed) { told.push_back(changed.alert.id); },
                  [&] { ++times; });
  for (std::uint64_t id = 0; id < alerts; ++id) {
    telling.add(alert(id));
    if (id % 100 == 7) telling.hand_over();
  }
  telling.finish();
  ASSERT_EQ(told.size(), alerts);
  for (std::uint64_t id = 0; id < alerts; ++id) EXPECT_EQ(told[id], id);
  EXPECT_GT(times, 20) << "told in several turns";
}

TEST(Telling, WhatIsLeftIsToldAtTheEnd) {
  std::vector<std::uint64_t> told;
  {
    Telling telling([&](const detect::ChangedAlert& changed) { told.push_back(changed.alert.id); },
                    [] {});
    telling.hand_over();  // of nothing
    telling.add(alert(7));
  }
  EXPECT_EQ(told, std::vector<std::uint64_t>{7});
}

}  // namespace
}  // namespace vedette::app
