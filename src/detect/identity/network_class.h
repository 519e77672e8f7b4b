// Owns: what kind of network an autonomous system is, as far as the place of a sign-in says where a
// person is: built-in numbers first, else words in its operator's name. Promises: what is not known
// is `unknown`. Must not know: who comes from there. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::detect::identity {

enum class NetworkClass : std::uint8_t {
  unknown,
  mobile,           // a carrier: phones are shown at its gateway
  hosting,          // rented machines; a company's own VPN may stand there too
  consumer_vpn,     // exits that people buy
  anonymiser,       // Tor and its like
  relay,            // a private relay of the phone's maker
  company_gateway,  // secure web gateways (SASE): the company's egress
  microsoft,        // Microsoft's own services act for the person
};

[[nodiscard]] NetworkClass class_of(std::uint32_t autonomous_system, std::string_view organisation);
[[nodiscard]] std::string_view describe(NetworkClass network);

}  // namespace vedette::detect::identity
