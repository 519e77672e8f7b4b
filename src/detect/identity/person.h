// Owns: what is learned of one person, of one source and of one shared egress: plain bytes of fixed
// size (`sizeof(Person)` is what a tracked person costs). Promises: what is suspicious is kept
// apart until it was seen on three days; the entry not seen for longest leaves first. Must not
// know: settings, detectors. The pipeline's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/ip.h"
#include "base/time.h"
#include "detect/episode.h"
#include "detect/identity/identity_limits.h"
#include "detect/identity/observed.h"

namespace vedette::detect::identity {

// On this many days something suspicious was seen before it is believed to be the person's own.
inline constexpr std::uint8_t days_until_believed = 3;

[[nodiscard]] constexpr std::int32_t day_of(base::Timestamp time) {
  return static_cast<std::int32_t>((time.ticks - base::unix_epoch_ticks) /
                                   (86'400 * base::ticks_per_second));
}

// Something seen again and again: a network, a device.
struct Habit {
  std::uint64_t what = 0;  // 0: free
  std::int32_t last_day = 0;
  std::uint16_t span_days = 0;  // from the first to the last one
  std::uint8_t days = 0;        // on how many it was seen, at most 255
  bool is_suspect = false;

  [[nodiscard]] bool is_believed() const {
    return what != 0 && (!is_suspect || days >= days_until_believed);
  }
  void see(std::uint64_t seen, std::int32_t day, bool suspicious);
};

struct Place {
  Habit network;
  CountryCode country{};
  float longitude = 0;
};

struct KnownSession {
  std::uint64_t session = 0, device = 0;  // the device's hash, or its agent's
};

// The last log-in of which the place is known.
struct LastLogIn {
  base::Timestamp time;
  std::uint64_t id = 0, network = 0, session = 0, device = 0;
  base::IpAddress address;
  float latitude = 0, longitude = 0;
  CountryCode country{};
  Precision precision = Precision::none;
  NetworkClass network_class = NetworkClass::unknown;
  ShortText<18> city;
};

struct Person {
  base::Timestamp first_seen, last_seen;
  base::Timestamp last_success;
  LastLogIn last;
  std::array<Place, places_kept> places{};
  std::array<Habit, devices_kept> devices{};
  std::array<KnownSession, sessions_kept> sessions{};
  Habit modern, legacy;                  // days on which it used such protocols
  std::array<std::uint8_t, 24> hours{};  // UTC; on how many days it was active then
  std::int32_t hours_day = 0;
  std::uint32_t hours_today = 0;  // a bit each
  std::uint8_t next_session = 0;
  bool has_second_factor = false;  // was asked for one, or had given it

  [[nodiscard]] const Place* place(std::uint64_t network) const;
  [[nodiscard]] bool knows_network(std::uint64_t network) const;
  [[nodiscard]] bool knows_country(const CountryCode& country) const;
  [[nodiscard]] bool has_believed_place() const;
  // The place with most days; null: none yet.
  [[nodiscard]] const Place* home() const;
  [[nodiscard]] bool knows_device(std::uint64_t device) const;
  [[nodiscard]] bool has_devices() const { return devices[0].what != 0; }
  // The device that the session began on; 0: not known.
  [[nodiscard]] std::uint64_t device_of(std::uint64_t session) const;

  // After it was judged. `is_somewhere`: the place is where the person is, as far as that is known.
  void learn(const Observed& seen, bool suspicious, bool is_somewhere);
};
static_assert(std::is_trivially_copyable_v<Person>);

// A wrong credential or a refused second factor.
struct Guess {
  base::Timestamp time;
  std::uint64_t id = 0, network = 0;  // the provider
  bool is_refusal = false;            // of a second factor
};

struct Guesses {
  base::Timestamp last_seen;
  std::array<Guess, guesses_kept> ring{};
  std::uint32_t written = 0;

  void add(const Guess& guess);
};
static_assert(std::is_trivially_copyable_v<Guesses>);

struct SprayedUser {
  base::Timestamp time;
  std::uint64_t person = 0, id = 0;
  ShortText<46> name;
};

// An address, a network or a program from or by which people fail who never came from there.
struct Source {
  base::Timestamp last_seen;
  std::array<SprayedUser, sprayed_users_kept> users{};  // by time, the oldest first
  std::uint32_t used = 0;

  void add(const SprayedUser& user);
  // The person came in from there after all.
  void retract(std::uint64_t person, base::Timestamp since);
};
static_assert(std::is_trivially_copyable_v<Source>);

// What several people come by: a network of 256 addresses (or /64), with devices of theirs (an
// office, the company's VPN, its web gateway); or a program, from networks of theirs.
struct Egress {
  base::Timestamp last_seen;
  std::array<std::uint64_t, 4> people{};
  std::uint32_t used = 0;

  [[nodiscard]] bool is_shared() const { return used >= people.size(); }
  void add(std::uint64_t person);
};
static_assert(std::is_trivially_copyable_v<Egress>);

// That something was seen of the tenant: an application that reads mail, a change of applications.
struct Trace {
  base::Timestamp last_seen;
};

// Which device it is as far as it says: the directory's, else how it looks.
[[nodiscard]] inline std::uint64_t device_of(const ObservedSignIn& sign_in) {
  return sign_in.device != 0 ? sign_in.device : sign_in.agent;
}

}  // namespace vedette::detect::identity
