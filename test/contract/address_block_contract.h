// What every body of ports::AddressBlock must do. A World has `ports::AddressBlock& block()`.
#pragma once

#include <gtest/gtest.h>

#include "ports/address_block.h"

namespace vedette::contract {

template <typename World>
class AddressBlockContract : public testing::Test {
 protected:
  bool is_blocked(const char* address) {
    const auto is = world_.block().is_blocked(*base::parse_ip(address), {});
    EXPECT_TRUE(is) << is.error().message;
    return is.value_or(false);
  }
  World world_;
};
TYPED_TEST_SUITE_P(AddressBlockContract);

TYPED_TEST_P(AddressBlockContract, ACallSetsAState) {
  constexpr auto span = base::Duration::hours(1);
  for (const char* address : {"203.0.113.9", "2001:db8::7"}) {
    const auto ip = *base::parse_ip(address);
    EXPECT_FALSE(this->is_blocked(address));
    for (int i = 0; i < 2; ++i) {
      const auto done = this->world_.block().block(ip, span, {});
      EXPECT_TRUE(done) << done.error().message;
      EXPECT_TRUE(this->is_blocked(address));
    }
    EXPECT_FALSE(this->is_blocked("198.51.100.3"));
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(this->world_.block().unblock(ip, {}));
      EXPECT_FALSE(this->is_blocked(address));
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(AddressBlockContract, ACallSetsAState);

}  // namespace vedette::contract
