// Owns: the script of `vedette demo`: within 24 minutes of event time every detector shows itself
// once, among ordinary traffic, from addresses all over the map.
// Promises: the same for every seed but for jitter; played 30 times faster it takes 48 seconds.
// Must not know: clocks. Called from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "simulate/attack.h"
#include "simulate/authlog_options.h"
#include "simulate/world.h"

namespace vedette::simulate {

struct ScriptedAttack {
  std::int64_t offset_us = 0;  // after the log's start
  Attack attack;
};

inline constexpr int story_speed = 30;
inline constexpr int story_minutes = 24;

// Options for the story: its stamps begin so early that, played at story_speed from `now` on, the
// last ones are about the wall clock's.
[[nodiscard]] AuthlogOptions story_options(base::Timestamp now);
// The networks of the story's attackers: nobody else may come from there.
[[nodiscard]] std::vector<base::IpAddress> story_addresses();
// In the order of their offsets.
[[nodiscard]] std::vector<ScriptedAttack> story_attacks(const World& world);

}  // namespace vedette::simulate
