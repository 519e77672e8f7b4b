// Owns: what can go wrong with an answer of the simulated tenant, and the orders for it.
// Promises: each fault has one name, listed with its meaning by `all_faults`; an order says how
// often it strikes and whom. Must not know: how an answer is made. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::simulate::tenant {

enum class Fault : std::uint8_t {
  throttle_seconds,
  throttle_date,
  throttle_bare,
  status_500,
  status_502,
  status_503,
  status_504,
  gone,
  closed,
  silent,
  silent_header,
  silent_body,
  cut_body,
  cut_json,
  broken_chunk,
  gzip_corrupt,
  gzip_bomb,
  html_login,
  token_expires,
  next_foreign,
  next_loop,
  empty_page,
  repeated_page,
  same_id_twice,
  out_of_order,
  duplicate_keys,
  integer_2_64,
  lone_surrogate,
  nul_character,
  deep,
  huge_field,
  missing_value,
  wrong_types,
  clock_skew,
  beta_fails,
  beta_reshaped,
};

struct FaultName {
  Fault fault;
  std::string_view name;
  std::string_view meaning;
};
[[nodiscard]] std::span<const FaultName> all_faults();
[[nodiscard]] std::string_view name_of(Fault fault);

inline constexpr std::uint32_t forever = 0xFFFF'FFFF;

struct FaultOrder {
  Fault fault = Fault::status_503;
  std::uint32_t times = 1;
  std::string part;  // strikes only requests whose target holds this text; empty: data requests
};

// NAME[=TIMES][@PART]; TIMES is a number or "forever".
// Of those; not_found: there is no such fault.
[[nodiscard]] base::Result<FaultOrder> parse_fault_order(
    std::string_view text, std::span<const FaultName> known = all_faults());

}  // namespace vedette::simulate::tenant
