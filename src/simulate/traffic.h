// Owns: what is no attack: people at work, background visitors from everywhere, scanners and local
// activity, each far below every threshold, chosen by the hour of the day.
// Promises: everything that fails does so within the budgets of World.
// Must not know: lines, the schedule. One thread.
#pragma once

#include <cstdint>

#include "simulate/activity.h"
#include "simulate/connection.h"
#include "simulate/world.h"

namespace vedette::simulate {

enum class FillerKind : std::uint8_t { visitor, person, activity };

// One piece of ordinary traffic; which members count depends on the kind.
struct Filler {
  FillerKind kind = FillerKind::visitor;
  ConnectionPlan connection;
  bool logs_in_again = false;  // a person who mistyped will log in once more soon
  ActivityKind activity = ActivityKind::cron;
  base::IpAddress address;
  std::uint8_t host = 0;
  std::uint32_t account = 0;
  std::uint32_t lines = 1;
  bool address_is_new = false;
};

class Traffic {
 public:
  Traffic(World& world, AddressSource& addresses, SeededRandom& random, std::int64_t zone_us)
      : world_(world), addresses_(addresses), random_(random), zone_us_(zone_us) {}

  [[nodiscard]] Filler next(std::int64_t now_us, bool compresses_repeats);
  // A background visitor's one or two tries.
  [[nodiscard]] ConnectionPlan visit(const base::IpAddress& address, bool is_new,
                                     std::int64_t now_us);
  // A log-in of that person; `tries` failures first.
  [[nodiscard]] ConnectionPlan log_in(std::size_t account, std::uint8_t tries);

 private:
  [[nodiscard]] std::uint64_t weight_of_work(std::int64_t now_us) const;
  void pick_activity(Filler& filler);

  World& world_;
  AddressSource& addresses_;
  SeededRandom& random_;
  std::int64_t zone_us_;
};

}  // namespace vedette::simulate
