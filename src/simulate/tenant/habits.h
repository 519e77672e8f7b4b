// Owns: what people and workloads do on an ordinary day: when they sign in, from where, with what,
// and how it goes; with everything that looks odd and is innocent: wrong passwords, phones at
// distant gateways, VPNs, relays, journeys, night shifts.
// Promises: a person's day is a function of the options, the person and the day alone. Must not
// know: attacks, what was changed through the API. One thread (the zones' cache).
#pragma once

#include <cstdint>
#include <vector>

#include "simulate/tenant/people.h"
#include "simulate/tenant/places.h"
#include "simulate/tenant/sign_in.h"

namespace vedette::simulate::tenant {

class Habits {
 public:
  Habits(const TenantOptions& options, const Directory& directory)
      : options_(options), directory_(directory) {}

  // What the person does on that day of their own calendar (days since 1970-01-01), in no order.
  void append_day(std::uint32_t person, std::int64_t local_day, std::vector<SignIn>& out) const;
  // What a workload does on that UTC day.
  void append_workload_day(std::uint32_t workload, std::int64_t day,
                           std::vector<SignIn>& out) const;
  // Where the person is on that day: at home, or travelling.
  [[nodiscard]] CityIndex city_on(std::uint32_t person, std::int64_t local_day) const;
  [[nodiscard]] bool works_on(std::uint32_t person, std::int64_t local_day) const;
  // What ties together the sign-ins of one device on one day.
  [[nodiscard]] std::uint64_t session_of(std::uint32_t person, std::int64_t local_day,
                                         Device device) const;
  // That local time of that city, for others who plan by people's clocks.
  [[nodiscard]] base::Timestamp local_time(CityIndex city, std::int64_t day,
                                           std::int64_t second_of_day) const {
    return clock_.at(city, day, second_of_day);
  }

 private:
  class Day;

  const TenantOptions& options_;
  const Directory& directory_;
  WorldClock clock_;
};

}  // namespace vedette::simulate::tenant
