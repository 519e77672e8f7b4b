// Owns: the source addresses of simulated strangers: public, spread over the whole routed space (so
// that geography shows something), each in a /24 (IPv4) or /64 (IPv6) of its own, so that no two
// strangers ever look like one network by chance.
// Promises: no address twice, without remembering any: a keyed permutation of the prefixes is
// walked. Must not know: what the strangers do. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ip.h"
#include "simulate/seeded_random.h"

namespace vedette::simulate {

class AddressSource {
 public:
  explicit AddressSource(std::uint64_t seed);

  // These networks are in use already and are never given out (at most a few dozen).
  void keep_out(const base::IpAddress& address) { kept_out_.push_back(network_of(address)); }
  // An address whose /24 or /64 was never given out before; about 3 % are IPv6.
  [[nodiscard]] base::IpAddress next(SeededRandom& random);
  // `count` different addresses of one fresh network.
  [[nodiscard]] std::vector<base::IpAddress> next_network(SeededRandom& random, std::size_t count);

  [[nodiscard]] static base::IpAddress network_of(const base::IpAddress& address) {
    return address.network(24, 64);
  }

 private:
  base::IpAddress next_prefix(bool v6);

  std::uint64_t key_;
  std::uint64_t v4_index_ = 0;
  std::uint64_t v6_index_ = 0;
  std::vector<base::IpAddress> kept_out_;
};

}  // namespace vedette::simulate
