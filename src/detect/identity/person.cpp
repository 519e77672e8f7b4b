#include "detect/identity/person.h"

#include <algorithm>
#include <tuple>

namespace vedette::detect::identity {
namespace {

std::uint8_t one_more(std::uint8_t days) {
  return days == UINT8_MAX ? days : static_cast<std::uint8_t>(days + 1);
}

// The entry of that kind, a free one, or the one that may leave.
template <typename List, typename HabitOf>
auto& entry_for(List& list, std::uint64_t what, HabitOf habit_of) {
  for (auto& each : list)
    if (habit_of(each).what == what || habit_of(each).what == 0) return each;
  return *std::ranges::min_element(list, {}, [&](const auto& each) {
    const Habit& habit = habit_of(each);
    return std::tuple(habit.is_believed(), habit.last_day, habit.days, habit.what);
  });
}

}  // namespace

void Habit::see(std::uint64_t seen, std::int32_t day, bool suspicious) {
  if (what != seen) *this = {seen, day, 0, 1, suspicious};
  // History comes from its end to its beginning; a day within the span was counted already.
  const std::int32_t first_day = last_day - span_days;
  if (day >= first_day && day <= last_day) return;
  days = one_more(days);
  last_day = std::max(last_day, day);
  span_days = static_cast<std::uint16_t>(
      std::min(last_day - std::min(first_day, day), std::int32_t{UINT16_MAX}));
}

const Place* Person::place(std::uint64_t network) const {
  const auto* found =
      std::ranges::find_if(places, [&](const Place& each) { return each.network.what == network; });
  return found == places.end() ? nullptr : found;
}

bool Person::knows_network(std::uint64_t network) const {
  const Place* known = place(network);
  return known != nullptr && known->network.is_believed();
}

bool Person::knows_country(const CountryCode& country) const {
  return std::ranges::any_of(places, [&](const Place& each) {
    return each.network.is_believed() && each.country == country;
  });
}

bool Person::has_believed_place() const {
  return std::ranges::any_of(places, [](const Place& each) { return each.network.is_believed(); });
}

const Place* Person::home() const {
  const Place* most = nullptr;
  for (const Place& each : places)
    if (each.network.is_believed() &&
        (most == nullptr || std::tuple(each.network.days, each.network.what) >
                                std::tuple(most->network.days, most->network.what)))
      most = &each;
  return most;
}

bool Person::knows_device(std::uint64_t device) const {
  return device != 0 && std::ranges::any_of(devices, [&](const Habit& each) {
           return each.what == device && each.is_believed();
         });
}

std::uint64_t Person::device_of(std::uint64_t session) const {
  if (session == 0) return 0;
  for (const KnownSession& each : sessions)
    if (each.session == session) return each.device;
  return 0;
}

void Person::learn(const Observed& seen, bool suspicious, bool is_somewhere) {
  const ObservedSignIn& sign_in = seen.sign_in;
  last_seen = std::max(last_seen, seen.time);
  if (sign_in.result != model::SignInResult::success) return;
  const std::int32_t day = day_of(seen.time);
  last_success = std::max(last_success, seen.time);
  Place& place =
      entry_for(places, sign_in.network, [](auto& each) -> auto& { return each.network; });
  place.network.see(sign_in.network, day, suspicious);
  place.country = sign_in.country;
  place.longitude = sign_in.longitude;
  for (const std::uint64_t device : {sign_in.device, sign_in.agent})
    if (device != 0)
      entry_for(devices, device, [](auto& each) -> auto& {
        return each;
      }).see(device, day, suspicious);
  if (const std::uint64_t device = identity::device_of(sign_in);
      sign_in.session != 0 && device != 0 && device_of(sign_in.session) == 0) {
    sessions[next_session] = {sign_in.session, device};
    next_session = static_cast<std::uint8_t>((next_session + 1) % sessions_kept);
  }
  (sign_in.is_legacy ? legacy : modern).see(1, day, suspicious);
  has_second_factor = has_second_factor || sign_in.is_multi_factor;
  if (suspicious) return;
  if (day > hours_day) {
    hours_day = day;
    hours_today = 0;
  }
  const auto hour = static_cast<std::uint32_t>((seen.time.unix_seconds() % 86'400) / 3'600);
  if (sign_in.kind == model::SignInKind::interactive && (hours_today >> hour & 1U) == 0) {
    hours_today |= 1U << hour;
    hours[hour] = one_more(hours[hour]);
  }
  if (!is_somewhere || sign_in.precision == Precision::none || seen.time < last.time) return;
  last = {seen.time,
          seen.id,
          sign_in.network,
          sign_in.session,
          identity::device_of(sign_in),
          seen.address,
          sign_in.latitude,
          sign_in.longitude,
          sign_in.country,
          sign_in.precision,
          sign_in.network_class,
          {}};
  last.city.assign(seen.city);
}

void Guesses::add(const Guess& guess) {
  last_seen = std::max(last_seen, guess.time);
  ring[written++ % ring.size()] = guess;
}

void Source::add(const SprayedUser& user) {
  last_seen = std::max(last_seen, user.time);
  auto* end = users.begin() + used;
  if (auto* same = std::find_if(
          users.begin(), end, [&](const SprayedUser& each) { return each.person == user.person; });
      same != end) {
    std::rotate(same, same + 1, end);
    --used;
  } else if (used == users.size()) {
    std::rotate(users.begin(), users.begin() + 1, users.end());
    --used;
  }
  users[used++] = user;
}

void Source::retract(std::uint64_t person, base::Timestamp since) {
  auto* end = users.begin() + used;
  auto* kept = std::remove_if(users.begin(), end, [&](const SprayedUser& each) {
    return each.person == person && each.time >= since;
  });
  std::fill(kept, end, SprayedUser{});
  used = static_cast<std::uint32_t>(kept - users.begin());
}

void Egress::add(std::uint64_t person) {
  if (is_shared() ||
      std::find(people.begin(), people.begin() + used, person) != people.begin() + used)
    return;
  people[used++] = person;
}

}  // namespace vedette::detect::identity
