#include "intel/indicator_snapshot.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "intel/indicator_reader.h"
#include "intel/observable.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {
namespace {

using base::Duration;
using base::Timestamp;
using model::Indicator;

const Timestamp noon = *base::parse_iso("2026-06-01T12:00:00Z");

Indicator indicator(const std::string& value, const std::string& id = "indicator--1") {
  Indicator made;
  made.id = id;
  made.source = "MISP";
  made.observables = {*read_observable(value)};
  made.confidence = 100;
  made.modified = noon - Duration::hours(2);
  return made;
}

class Snapshot : public testing::Test {
 protected:
  void add(const Indicator& indicator, Timestamp received = noon - Duration::hours(1)) {
    EXPECT_TRUE(builder.add(indicator, received));
  }
  void finish() { made = std::move(builder).finish(); }
  // The indicator's value; empty: none.
  std::string at(const char* address, Timestamp when = noon) {
    const auto found = made->find_address(*base::parse_ip(address), when);
    return found ? found->value() : "";
  }
  std::string named(const char* name) {
    const auto found = made->find_domain(name, noon);
    return found ? found->value() : "";
  }

  IndicatorSnapshotBuilder builder{7};
  std::shared_ptr<const IndicatorSnapshot> made;
};

TEST_F(Snapshot, AnAddressIsFoundWithWhatIsSaidOfIt) {
  Indicator said = indicator("203.0.113.7");
  said.description = "scans SSH";
  add(said);
  finish();
  const auto found = made->find_address(*base::parse_ip("203.0.113.7"), noon);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "indicator--1");
  EXPECT_EQ(found->source, "MISP");
  EXPECT_EQ(found->value(), "203.0.113.7");
  EXPECT_EQ(found->description, "scans SSH");
  EXPECT_EQ(found->confidence, 100);
  EXPECT_EQ(at("203.0.113.8"), "");
  EXPECT_EQ(at("2001:db8::7"), "");
}

TEST_F(Snapshot, NothingIsFoundInNothing) {
  finish();
  EXPECT_EQ(at("203.0.113.7"), "");
  EXPECT_EQ(named("example.org"), "");
  EXPECT_EQ(made->observables(), 0U);
}

TEST_F(Snapshot, TheLongestNetworkWins) {
  add(indicator("198.51.0.0/16", "indicator--16"));
  add(indicator("198.51.100.0/24", "indicator--24"));
  add(indicator("2001:db8:1::/48", "indicator--48"));
  finish();
  EXPECT_EQ(at("198.51.100.9"), "198.51.100.0/24");
  EXPECT_EQ(at("198.51.7.9"), "198.51.0.0/16");
  EXPECT_EQ(at("198.52.7.9"), "");
  EXPECT_EQ(at("2001:db8:1:2::3"), "2001:db8:1::/48");
}

TEST_F(Snapshot, ANameIsFoundByThoseAboveIt) {
  add(indicator("evil.example"));
  finish();
  EXPECT_EQ(named("evil.example"), "evil.example");
  EXPECT_EQ(named("C2.Evil.Example."), "evil.example");
  EXPECT_EQ(named("notevil.example"), "");
  EXPECT_EQ(named("example"), "");
  EXPECT_EQ(named(""), "");
  EXPECT_EQ(named("."), "");
}

TEST_F(Snapshot, AHostsNameIsThatNameAlone) {
  Indicator host = indicator("c2.evil.example");
  host.observables = {*read_hostname("C2.Evil.example.")};
  Indicator unsure = indicator("evil.example", "indicator--2");
  unsure.confidence = 20;
  add(host);
  add(unsure);
  finish();
  EXPECT_EQ(made->find_domain("c2.evil.example", noon)->id, "indicator--1") << "the surer of both";
  EXPECT_EQ(made->find_domain("a.c2.evil.example", noon)->id, "indicator--2");
  EXPECT_EQ(made->find_domain("evil.example", noon)->id, "indicator--2");
  EXPECT_TRUE(made->find(*read_hostname("c2.evil.example"), noon));
  EXPECT_FALSE(made->find(*read_domain("c2.evil.example"), noon));
}

TEST_F(Snapshot, WhatAsksForAPortIsNotFoundWithoutOne) {
  Indicator asks = indicator("203.0.113.7");
  asks.observables[0].traffic.destination_port = 443;
  add(asks);
  finish();
  EXPECT_EQ(at("203.0.113.7"), "");
  Indicator any = indicator("203.0.113.7", "indicator--2");
  any.confidence = 10;
  IndicatorSnapshotBuilder over(7);
  ASSERT_TRUE(over.add(any, noon - Duration::hours(1)));
  made = std::move(over).finish_over(made);
  EXPECT_EQ(made->find_address(*base::parse_ip("203.0.113.7"), noon)->id, "indicator--2")
      << "the surer one does not hold for it";
}

TEST_F(Snapshot, BlankNeverEqualsBlank) {
  for (const char* blank : {"", " ", "\t"}) {
    EXPECT_FALSE(read_observable(blank));
    EXPECT_FALSE(read_address(blank));
    EXPECT_FALSE(read_key("ipv4-addr:value", blank));
  }
  Indicator empty = indicator("203.0.113.7");
  empty.observables = {{model::ObservableType::domain, ""}};
  add(empty);
  finish();
  EXPECT_EQ(made->observables(), 0U);
  EXPECT_FALSE(made->find({model::ObservableType::sha256, ""}, noon));
}

TEST_F(Snapshot, NoEndIsNoEndAndWhatIsOverIsOver) {
  Indicator ends = indicator("203.0.113.7");
  ends.valid_until = noon;
  Indicator begins = indicator("203.0.113.8", "indicator--2");
  begins.valid_from = noon;
  add(ends);
  add(begins);
  finish();
  EXPECT_EQ(at("203.0.113.7", noon - Duration::seconds(1)), "203.0.113.7");
  EXPECT_EQ(at("203.0.113.7", noon), "");
  EXPECT_EQ(at("203.0.113.8", noon - Duration::seconds(1)), "");
  EXPECT_EQ(at("203.0.113.8", noon + Duration::hours(24 * 3650)), "203.0.113.8");
}

TEST_F(Snapshot, TheVersionModifiedLastHoldsWhateverTheOrder) {
  Indicator older = indicator("203.0.113.7"), newer = indicator("203.0.113.8");
  newer.modified = older.modified + Duration::seconds(1);
  add(newer);
  add(older, noon - Duration::minutes(1));
  finish();
  EXPECT_EQ(at("203.0.113.8"), "203.0.113.8");
  EXPECT_EQ(at("203.0.113.7"), "");
  EXPECT_EQ(made->indicators(), 1U);
}

TEST_F(Snapshot, OfTheSameAgeTheOneReceivedLastHolds) {
  add(indicator("203.0.113.7"), noon - Duration::minutes(2));
  add(indicator("203.0.113.8"), noon - Duration::minutes(1));
  finish();
  EXPECT_EQ(at("203.0.113.8"), "203.0.113.8");
  EXPECT_EQ(at("203.0.113.7"), "");
}

TEST_F(Snapshot, WhatIsRevokedIsGoneAndComesBackByALaterVersion) {
  Indicator revoked = indicator("203.0.113.7"), back = indicator("203.0.113.9");
  revoked.is_revoked = true;
  revoked.modified = noon;
  add(indicator("203.0.113.7"));
  add(revoked);
  Indicator other = back;
  other.id = "indicator--2";
  add(other);
  Indicator gone = other;
  gone.is_revoked = true;
  gone.modified = noon;
  add(gone);
  other.modified = noon + Duration::hours(1);
  add(other);
  finish();
  EXPECT_EQ(at("203.0.113.7"), "");
  EXPECT_EQ(at("203.0.113.9"), "203.0.113.9");
}

TEST_F(Snapshot, SourcesSpeakForThemselvesAndTheSurestIsTold) {
  Indicator unsure = indicator("203.0.113.7");
  unsure.source = "a list";
  unsure.confidence = 30;
  add(indicator("203.0.113.7"));
  add(unsure);
  Indicator revoked = unsure;
  revoked.is_revoked = true;
  revoked.modified = noon;
  revoked.source = "a third one";
  add(revoked);
  finish();
  EXPECT_EQ(made->find_address(*base::parse_ip("203.0.113.7"), noon)->source, "MISP");
  EXPECT_EQ(made->indicators(), 2U);
}

TEST_F(Snapshot, ResolversAndPrivateAddressesAreNeverFound) {
  add(indicator("8.8.8.8", "indicator--a"));
  add(indicator("8.8.0.0/16", "indicator--b"));
  finish();
  EXPECT_EQ(at("8.8.8.8"), "");
  EXPECT_EQ(at("8.8.8.9"), "8.8.0.0/16");
  for (const char* bad : {"10.1.2.3", "192.168.0.0/16", "127.0.0.1", "::1", "fe80::1", "0.0.0.0/0",
                          "::/0", "224.0.0.1", "192.0.0.0/7", "160.0.0.0/8/"})
    EXPECT_FALSE(read_address(bad)) << bad;
}

TEST_F(Snapshot, WhatReachedUsLaterIsNotFound) {
  add(indicator("203.0.113.7"), noon);
  Indicator newer = indicator("203.0.113.7");
  newer.modified = noon + Duration::hours(3);
  add(newer, noon + Duration::hours(3));
  finish();
  EXPECT_EQ(at("203.0.113.7", noon - Duration::seconds(1)), "");
  EXPECT_EQ(at("203.0.113.7", noon), "203.0.113.7");
}

TEST_F(Snapshot, HashesUrlsAndMailAreFound) {
  const std::string hash(64, 'A');
  add(indicator(hash, "indicator--h"));
  add(indicator("hxxp://Evil[.]example/Path", "indicator--u"));
  add(indicator("Bad@Evil.example", "indicator--m"));
  finish();
  EXPECT_TRUE(made->find(*read_hash(std::string(64, 'a')), noon));
  EXPECT_TRUE(made->find(*read_url("http://evil.example/Path"), noon));
  EXPECT_FALSE(made->find(*read_url("http://evil.example/path"), noon));
  EXPECT_TRUE(made->find(*read_email("bad@evil.example"), noon));
}

TEST_F(Snapshot, AllOfManyAreFound) {
  constexpr std::uint32_t count = 20'000;
  const auto address = [](std::uint32_t i) {
    return base::format_ip(base::IpAddress::from_v4(0x5000'0000U + i * 977));
  };
  for (std::uint32_t i = 0; i < count; ++i)
    add(indicator(address(i), fmt::format("indicator--{}", i)));
  finish();
  for (std::uint32_t i = 0; i < count; ++i) {
    ASSERT_EQ(at(address(i).c_str()), address(i));
    ASSERT_EQ(at(base::format_ip(base::IpAddress::from_v4(0x5000'0000U + i * 977 + 1)).c_str()),
              "");
  }
}

TEST(StixPattern, WhatIsWrittenIsReadBack) {
  const std::vector<model::Observable> all{*read_observable("203.0.113.7"),
                                           *read_observable("2001:db8::1"),
                                           *read_observable("198.51.100.0/24"),
                                           *read_observable("evil.example"),
                                           *read_observable("http://evil.example/it's\\here"),
                                           *read_observable("a@evil.example"),
                                           *read_observable(std::string(32, '1')),
                                           *read_observable(std::string(40, '2')),
                                           *read_observable(std::string(64, '3')),
                                           *read_observable(std::string(128, '4'))};
  const auto read = read_stix_pattern(write_stix_pattern(all));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, all);
  std::vector<model::Observable> traffic{*read_address("203.0.113.7"), *read_hostname("a.example"),
                                         *read_domain("a.example"), *read_address("2001:db8::/32")};
  traffic[0].traffic = {model::TrafficEnd::source, 0, 22, {"tcp", "ssh"}};
  traffic[1].traffic = {model::TrafficEnd::either, 0, 8080, {}};
  traffic[2].traffic = {model::TrafficEnd::destination, 53, 443, {}};
  const auto back = read_stix_pattern(write_stix_pattern(traffic));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, traffic);
  EXPECT_EQ(write_stix_pattern({*read_domain("a.example")}, Subdomains::unsaid),
            "[domain-name:value = 'a.example']");
}

TEST_F(Snapshot, AFewThatChangedLieOverTheRest) {
  add(indicator("203.0.113.7", "indicator--a"));
  add(indicator("203.0.113.8", "indicator--b"));
  add(indicator("198.51.100.0/24", "indicator--c"));
  finish();
  const auto below = made;
  IndicatorSnapshotBuilder changes(7);
  Indicator revoked = indicator("203.0.113.7", "indicator--a");
  revoked.is_revoked = true;
  Indicator moved = indicator("203.0.113.9", "indicator--b");
  for (Indicator* each : {&revoked, &moved}) {
    each->modified = noon;
    ASSERT_TRUE(changes.add(*each, noon - Duration::hours(1)));
  }
  ASSERT_TRUE(changes.add(indicator("192.0.2.0/25", "indicator--d"), noon - Duration::hours(1)));
  made = std::move(changes).finish_over(below);
  EXPECT_EQ(at("203.0.113.7"), "");
  EXPECT_EQ(at("203.0.113.8"), "") << "its indicator is about another address now";
  EXPECT_EQ(at("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(at("198.51.100.200"), "198.51.100.0/24");
  EXPECT_EQ(at("192.0.2.5"), "192.0.2.0/25");
  EXPECT_EQ(made->indicators(), 3U);
  EXPECT_EQ(made->observables(), 3U);
  EXPECT_EQ(below->indicators(), 3U);
}

TEST_F(Snapshot, OnlyThoseThatCameLaterAreFoundWhenTheyAreAskedFor) {
  add(indicator("203.0.113.7", "indicator--a"), noon - Duration::hours(2));
  add(indicator("203.0.113.8", "indicator--b"), noon - Duration::hours(1));
  finish();
  const LookUp later{noon, noon - Duration::hours(2)};
  EXPECT_FALSE(made->find_address(*base::parse_ip("203.0.113.7"), later));
  EXPECT_TRUE(made->find_address(*base::parse_ip("203.0.113.8"), later));
  EXPECT_EQ(made->latest(), noon - Duration::hours(1));
}

}  // namespace
}  // namespace vedette::intel
