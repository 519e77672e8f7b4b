#include "net/external_reader.h"

#include <gtest/gtest.h>

#include "fmt/format.h"
#include "net/http_receiver.h"

namespace vedette::net {
namespace {

using base::ErrorCode;

constexpr int timeout_ms = 10'000;

bool allows(std::string_view entry, std::string_view address) {
  const auto host = parse_allowed_host(entry);
  EXPECT_TRUE(host.has_value()) << entry;
  const auto parts = parse_web_address(address);
  EXPECT_TRUE(parts.has_value()) << address;
  return host && parts && host->allows(*parts);
}

TEST(AllowedHost, NameAloneMeansHttpsOfThatNameOnly) {
  EXPECT_TRUE(allows("feeds.example.org", "https://feeds.example.org/a.csv?x=1"));
  EXPECT_TRUE(allows("Feeds.Example.org", "https://FEEDS.example.ORG/a.csv"));
  EXPECT_FALSE(allows("feeds.example.org", "http://feeds.example.org/a.csv"));
  EXPECT_FALSE(allows("example.org", "https://feeds.example.org/a.csv"));
  EXPECT_FALSE(allows("example.org", "https://example.org.evil.net/a.csv"));
  EXPECT_FALSE(allows("example.org", "https://example.org@evil.net/a.csv"));
  EXPECT_FALSE(allows("example.org", "https://evil@example.org/a.csv"));
  EXPECT_TRUE(allows("*.example.org", "https://a.b.example.org/"));
  EXPECT_TRUE(allows("*.example.org", "https://example.org/"));
  EXPECT_FALSE(allows("*.example.org", "https://badexample.org/"));
  EXPECT_FALSE(allows("example.org:8443", "https://example.org/"));
  EXPECT_TRUE(allows("example.org:8443", "https://example.org:8443/"));
}

TEST(AllowedHost, AnOriginMeansExactlyItself) {
  EXPECT_TRUE(allows("http://10.0.0.5:8080", "http://10.0.0.5:8080/x"));
  EXPECT_FALSE(allows("http://10.0.0.5:8080", "http://10.0.0.5/x"));
  EXPECT_FALSE(allows("http://10.0.0.5:8080", "https://10.0.0.5:8080/x"));
  EXPECT_TRUE(allows("127.0.0.1", "http://127.0.0.1:9000/x"));
  EXPECT_TRUE(allows("::1", "http://[::1]:9000/x"));
  EXPECT_TRUE(allows("http://files.local/", "http://files.local/x"));
}

TEST(AllowedHost, WhatIsNoHostIsRefused) {
  for (const char* text : {"", "*", "*.", "a b", "https://u@h", "http://h/path", "ftp://h",
                           "*.10.0.0.1", "h?x", "https://*.example.org"})
    EXPECT_FALSE(parse_allowed_host(text)) << text;
}

class ExternalReading : public ::testing::Test {
 protected:
  void SetUp() override {
    auto listening =
        HttpReceiver::listen(*base::parse_ip("127.0.0.1"), 0,
                             [this](const ReceivedRequest& asked) { return answer(asked); });
    ASSERT_TRUE(listening) << listening.error().message;
    receiver_ = std::move(*listening);
  }
  ReceiverReply answer(const ReceivedRequest& asked) const {
    if (asked.target == "/there") return {302, {{"Location", "rows.csv"}}, ""};
    if (asked.target == "/away") return {302, {{"Location", away_}}, ""};
    if (asked.target == "/round") return {302, {{"Location", "/round"}}, ""};
    if (asked.target == "/rows.csv" && asked.method == "GET") return {200, {}, "a,b\n1,2\n"};
    return {404, {}, "no"};
  }
  [[nodiscard]] std::string at(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", receiver_->port(), path);
  }
  static base::Result<std::string> read(const std::vector<std::string>& hosts,
                                        const std::string& address) {
    ExternalReader reader(*ExternalReader::parse_hosts(hosts));
    return reader.read(address, timeout_ms, {});
  }

  std::string away_ = "https://elsewhere.example.org/";
  std::unique_ptr<HttpReceiver> receiver_;
};

TEST_F(ExternalReading, ReadsWhatIsAllowedAndFollowsItsRedirects) {
  EXPECT_EQ(read({"127.0.0.1"}, at("/rows.csv")).value_or(""), "a,b\n1,2\n");
  EXPECT_EQ(read({at("")}, at("/there")).value_or(""), "a,b\n1,2\n");
  const auto missing = read({"127.0.0.1"}, at("/none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
}

TEST_F(ExternalReading, RefusesOtherHostsAndNamesTheRemedy) {
  const auto refused = read({"example.org"}, at("/rows.csv"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_NE(refused.error().message.find(
                fmt::format("--allow-host http://127.0.0.1:{}", receiver_->port())),
            std::string::npos)
      << refused.error().message;
  for (const char* address : {"file:///etc/passwd", "ftp://example.org/x", "gopher://x", ""})
    EXPECT_EQ(read({"example.org"}, address).error().code, ErrorCode::refused) << address;
}

TEST_F(ExternalReading, RedirectsLeadNoWhereElse) {
  for (const char* target : {"https://elsewhere.example.org/", "file:///etc/passwd"}) {
    away_ = target;
    const auto away = read({"127.0.0.1"}, at("/away"));
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().code, ErrorCode::refused) << target;
  }
  EXPECT_EQ(read({"127.0.0.1"}, at("/round")).error().code, ErrorCode::refused);
}

// *.localhost is this machine (RFC 6761): a name that points to a private address.
TEST_F(ExternalReading, NameThatMeansPrivateAddressIsNotReached) {
  const std::string host = fmt::format("feed.localhost:{}", receiver_->port());
  const auto hidden = read({host}, "https://" + host + "/rows.csv");
  ASSERT_FALSE(hidden);
  EXPECT_NE(hidden.error().message.find("private address"), std::string::npos)
      << hidden.error().message;
  EXPECT_EQ(read({"http://" + host}, "http://" + host + "/rows.csv").value_or(""), "a,b\n1,2\n");
}

}  // namespace
}  // namespace vedette::net
