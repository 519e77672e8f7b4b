// What every body of ports::Resolver must do. A World has `ports::Resolver& resolver()` and
// `std::string unknown_name()`: a name that its resolver does not know.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ports/resolver.h"

namespace vedette::contract {

template <typename World>
class ResolverContract : public testing::Test {
 protected:
  World world_;
};
TYPED_TEST_SUITE_P(ResolverContract);

TYPED_TEST_P(ResolverContract, KnowsLocalhost) {
  const auto found = this->world_.resolver().resolve("localhost");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_FALSE(found->empty());
  for (const auto& address : *found) EXPECT_TRUE(address.is_special()) << base::format_ip(address);
  EXPECT_EQ(std::set(found->begin(), found->end()).size(), found->size()) << "an address twice";
}

TYPED_TEST_P(ResolverContract, AnAddressIsItsOwnName) {
  for (const char* text : {"192.0.2.7", "2001:db8::7"}) {
    const auto found = this->world_.resolver().resolve(text);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(base::format_ip(found->front()), text);
  }
}

TYPED_TEST_P(ResolverContract, AnUnknownNameIsNotFound) {
  const auto found = this->world_.resolver().resolve(this->world_.unknown_name());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::ErrorCode::not_found) << found.error().message;
}

TYPED_TEST_P(ResolverContract, WhatIsNoNameIsSaidSo) {
  using std::string_literals::operator""s;
  for (const std::string& text : {""s, std::string(300, 'a'), "a\0b"s}) {
    const auto found = this->world_.resolver().resolve(text);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, base::ErrorCode::invalid_argument);
  }
}

REGISTER_TYPED_TEST_SUITE_P(ResolverContract, KnowsLocalhost, AnAddressIsItsOwnName,
                            AnUnknownNameIsNotFound, WhatIsNoNameIsSaidSo);

}  // namespace vedette::contract
