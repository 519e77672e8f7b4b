// Owns: the bounds of what the identity detections remember. Must not know: what it is for.
#pragma once

#include <cstddef>

namespace vedette::detect::identity {

// Of one person: networks they come from, devices, sessions; wrong credentials and refusals.
inline constexpr std::size_t places_kept = 8;
inline constexpr std::size_t devices_kept = 6;
inline constexpr std::size_t sessions_kept = 3;
inline constexpr int guesses_kept = 24;
// People who failed from one source and never came from there.
inline constexpr int sprayed_users_kept = 32;
// Of the tenant. The one not seen for longest leaves first.
inline constexpr std::size_t guessed_people_max = 100'000;
inline constexpr std::size_t sources_max = 20'000;
inline constexpr std::size_t egresses_max = 50'000;
inline constexpr std::size_t alerts_open_max = 10'000;
// Events that something late may still come before, and ids of those that are settled.
inline constexpr std::size_t unsettled_max = 400'000;
inline constexpr std::size_t settled_ids_max = 500'000;
inline constexpr std::size_t finding_ids_max = 60;
// Lines of working hours, and shifts of one's week: each log-in is held against them.
inline constexpr std::size_t schedules_max = 200;
inline constexpr std::size_t shifts_max = 28;

}  // namespace vedette::detect::identity
