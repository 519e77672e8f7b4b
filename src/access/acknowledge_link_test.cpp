#include "access/acknowledge_link.h"

#include <gtest/gtest.h>

#include "access/key.h"

namespace vedette::access {
namespace {

using base::Duration;
using base::ErrorCode;

constexpr base::Timestamp issued = base::Timestamp::from_unix_seconds(1'780'272'000);

std::string text_of(const base::Secret& link) {
  return std::string(link.reveal());
}

TEST(AcknowledgeLink, SaysWhatWasSigned) {
  const base::Secret key = new_key();
  for (const char* channel : {"mail", "", "a.b/c?d=<e>\n\xff"}) {
    const AcknowledgeClaim claim{7, channel, issued};
    const std::string link = text_of(sign_link(key, claim));
    EXPECT_EQ(link.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789.-_"),
              std::string::npos)
        << link;
    EXPECT_EQ(link, text_of(sign_link(key, claim))) << "a mail is the same at each attempt";
    const auto read = read_link(key, link, issued + acknowledge_link_age_max);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, claim);
  }
}

TEST(AcknowledgeLink, WhatWasChangedOrMadeUpIsNone) {
  const base::Secret key = new_key();
  const std::string link = text_of(sign_link(key, {7, "mail", issued}));
  for (std::size_t at = 0; at < link.size(); ++at) {
    for (const char put : {'A', 'b', '0', '.', '%', '\0'}) {
      std::string other = link;
      if (other[at] == put) continue;
      other[at] = put;
      const auto read = read_link(key, other, issued);
      ASSERT_FALSE(read) << other;
      EXPECT_EQ(read.error().code, ErrorCode::permission_denied) << other;
    }
    EXPECT_FALSE(read_link(key, link.substr(0, at), issued));
  }
  EXPECT_FALSE(read_link(key, link + "A", issued));
  EXPECT_FALSE(read_link(key, "", issued));
  EXPECT_FALSE(read_link(key, std::string(1'000'000, 'A'), issued));
  EXPECT_FALSE(read_link(new_key(), link, issued)) << "of another installation";
}

TEST(AcknowledgeLink, IsNotForEver) {
  const base::Secret key = new_key();
  const std::string link = text_of(sign_link(key, {7, "mail", issued}));
  const auto late = read_link(key, link, issued + acknowledge_link_age_max + Duration::seconds(1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::refused);
  EXPECT_TRUE(read_link(key, link, issued - Duration::minutes(4)));
  EXPECT_FALSE(read_link(key, link, issued - Duration::hours(1)));
}

}  // namespace
}  // namespace vedette::access
