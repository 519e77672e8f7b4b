#include "server/proxies.h"

#include <gtest/gtest.h>

namespace vedette::server {
namespace {

using net::ReceivedRequest;
using Headers = std::vector<std::pair<std::string, std::string>>;

class ProxiesTest : public testing::Test {
 protected:
  static ReceivedRequest settled(const std::string& peer, const Headers& headers) {
    const Proxies proxies({*base::parse_network("10.0.0.0/8"), *base::parse_network("fd00::1")});
    ReceivedRequest request{"GET", "/", headers, "", peer};
    proxies.settle(request);
    return request;
  }
  static std::string address_behind(const std::string& peer, const std::string& chain) {
    return settled(peer, {{"x-forwarded-for", chain}}).peer;
  }
};

TEST_F(ProxiesTest, OnlyNamedProxiesAreBelieved) {
  const auto stranger = settled(
      "192.0.2.1", {{"host", "x"}, {"x-forwarded-for", "8.8.8.8"}, {"x-forwarded-proto", "https"}});
  EXPECT_EQ(stranger.peer, "192.0.2.1");
  EXPECT_FALSE(stranger.is_tls);
  ASSERT_EQ(stranger.headers.size(), 1U);  // nobody reads the rest
  const auto known =
      settled("10.0.0.5", {{"x-forwarded-for", "8.8.8.8"}, {"x-forwarded-proto", "HTTPS"}});
  EXPECT_EQ(known.peer, "8.8.8.8");
  EXPECT_TRUE(known.is_tls);
  EXPECT_FALSE(settled("10.0.0.5", {{"x-forwarded-proto", "http"}}).is_tls);
  EXPECT_FALSE(settled("10.0.0.5", {{"x-forwarded-proto", "https,http"}}).is_tls);
}

// What a browser writes itself stands in front of what the proxies add.
TEST_F(ProxiesTest, OfAChainTheLastThatIsNoProxyCounts) {
  EXPECT_EQ(address_behind("10.0.0.5", "1.1.1.1, 8.8.8.8"), "8.8.8.8");
  EXPECT_EQ(address_behind("10.0.0.5", "1.1.1.1, 8.8.8.8, 10.0.0.6"), "8.8.8.8");
  EXPECT_EQ(address_behind("fd00::1", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(address_behind("10.0.0.5", "10.0.0.7"), "10.0.0.7");
  for (const char* odd : {"", "unknown", "1.1.1.1, _hidden", "8.8.8.8:1234", ",", "<script>"})
    EXPECT_EQ(address_behind("10.0.0.5", odd), "10.0.0.5") << odd;
  const auto two =
      settled("10.0.0.5", {{"x-forwarded-for", "1.1.1.1"}, {"x-forwarded-for", "8.8.4.4"}});
  EXPECT_EQ(two.peer, "8.8.4.4");
}

}  // namespace
}  // namespace vedette::server
