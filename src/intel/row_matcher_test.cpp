#include "intel/row_matcher.h"

#include <gtest/gtest.h>

#include "intel/indicator_reader.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {
namespace {

using base::Timestamp;
using model::IndicatorMatch;
using model::ObservedOutcome;
using model::ObservedSide;
using model::TableBatch;

const Timestamp noon = *base::parse_iso("2026-06-01T12:00:00Z");
constexpr const char* hash = "d41d8cd98f00b204e9800998ecf8427e";

using Cells = std::vector<std::pair<const char*, const char*>>;

TableBatch table_of(const char* name, const std::vector<Cells>& rows, std::uint64_t first_id = 1) {
  TableBatch batch{std::string(name)};
  for (const Cells& cells : rows) {
    batch.add_row({noon, noon, first_id++, 0});
    for (const auto& [column, text] : cells) batch.set_text(batch.column(column), text);
  }
  return batch;
}

class RowMatcherTest : public testing::Test {
 protected:
  void know(const char* line) {
    const auto read = read_list_line(line, {"MISP", 100});
    ASSERT_TRUE(read) << line;
    ASSERT_TRUE(builder.add(*read, noon));
  }
  std::vector<IndicatorMatch> look(const std::vector<TableBatch>& tables) {
    if (!snapshot) snapshot = std::move(builder).finish();
    return matcher.look(*snapshot, lists, tables);
  }
  // What is seen in one cell; empty: nothing.
  std::string seen(const char* table, const char* column, const char* text) {
    const auto matches = look({table_of(table, {{{column, text}}})});
    std::string all;
    for (const auto& each : matches) all += (all.empty() ? "" : " ") + each.observed.value;
    return all;
  }

  IndicatorSnapshotBuilder builder{7};
  std::shared_ptr<const IndicatorSnapshot> snapshot;
  WarningLists lists;
  RowMatcher matcher;
};

TEST_F(RowMatcherTest, AddressesOfBothSidesInAnyTable) {
  know("203.0.113.7");
  const auto matches = look({table_of("CommonSecurityLog", {{{"SourceIP", "203.0.113.7"}},
                                                            {{"DestinationIP", "203.0.113.7"}},
                                                            {{"SourceIP", "203.0.113.8"}}}),
                             table_of("Custom_CL", {{{"src_ip_s", "203.0.113.7"}}}, 10)});
  ASSERT_EQ(matches.size(), 3U);
  EXPECT_EQ(matches[0].side, ObservedSide::source);
  EXPECT_EQ(matches[1].side, ObservedSide::destination);
  EXPECT_EQ(matches[1].column, "DestinationIP");
  EXPECT_EQ(matches[2].table, "Custom_CL");
}

TEST_F(RowMatcherTest, InWhateverFormTheyStand) {
  know("203.0.113.7");
  know("2001:db8::7");
  EXPECT_EQ(seen("OfficeActivity", "ClientIP", "203.0.113.7:52011"), "203.0.113.7");
  EXPECT_EQ(seen("OfficeActivity", "ClientIP", "[2001:db8::7]:443"), "2001:db8::7");
  EXPECT_EQ(seen("OfficeActivity", "ClientIP", "::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(seen("ASimWebSessionLogs", "HttpRequestXff", "10.0.0.1, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(seen("OfficeActivity", "ClientIP", "203.0.113.70"), "");
  EXPECT_EQ(seen("OfficeActivity", "ClientIP", "[203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(seen("OfficeActivity", "ClientIP", "["), "");
}

TEST_F(RowMatcherTest, NamesWithTheirSubdomainsAndNotOthersThatEndSo) {
  know("evil.example.com");
  EXPECT_EQ(seen("ASimDnsActivityLogs", "DnsQuery", "a.b.Evil.example.com."),
            "a.b.evil.example.com");
  EXPECT_EQ(seen("ASimDnsActivityLogs", "DnsQuery", "notevil.example.com"), "");
  EXPECT_EQ(seen("ASimDnsActivityLogs", "DnsQuery", "example.com"), "");
  EXPECT_EQ(seen("DnsEvents", "Name", "evil.example.com"), "evil.example.com");
  EXPECT_EQ(seen("AuditLogs", "Name", "evil.example.com"), "") << "a name of something else";
}

TEST_F(RowMatcherTest, UrlsByThemselvesAndByTheirHost) {
  know("http://bad.test.example/it.exe");
  know("evil.example.com");
  know("203.0.113.7");
  EXPECT_EQ(seen("UrlClickEvents", "Url", "HTTP://Bad.test.example/it.exe#x"),
            "http://bad.test.example/it.exe");
  EXPECT_EQ(seen("UrlClickEvents", "Url", "http://bad.test.example/other"), "");
  EXPECT_EQ(seen("UrlClickEvents", "Url", "https://u:p@www.evil.example.com:8443/x?y"),
            "www.evil.example.com");
  EXPECT_EQ(seen("UrlClickEvents", "Url", "https://203.0.113.7/x"), "203.0.113.7");
  EXPECT_EQ(seen("DeviceNetworkEvents", "RemoteUrl", "evil.example.com"), "evil.example.com");
  EXPECT_EQ(seen("DeviceNetworkEvents", "RemoteUrl", "bad.test.example/it.exe"),
            "http://bad.test.example/it.exe");
}

TEST_F(RowMatcherTest, MailAddressesAndHashes) {
  know("bad@mail.example");
  know("evil.example.com");
  know(hash);
  EXPECT_EQ(seen("EmailEvents", "SenderFromAddress", "Somebody <Bad@Mail.example>"),
            "bad@mail.example");
  EXPECT_EQ(seen("EmailEvents", "SenderFromAddress", "x@evil.example.com"), "evil.example.com");
  EXPECT_EQ(seen("CommonSecurityLog", "FileHash", "D41D8CD98F00B204E9800998ECF8427E"), hash);
  EXPECT_EQ(seen("Sysmon_CL", "Hashes_s", "SHA1=x,MD5=D41D8CD98F00B204E9800998ECF8427E"), hash);
}

TEST_F(RowMatcherTest, FreeTextIsSearchedForAllOfThem) {
  know("203.0.113.7");
  know("evil.example.com");
  know("http://bad.test.example/it.exe");
  know(hash);
  const auto text = [&](const char* message) { return seen("Syslog", "SyslogMessage", message); };
  EXPECT_EQ(text("[UFW BLOCK] IN=eth0 SRC=203.0.113.7 DST=10.0.0.1 LEN=60"), "203.0.113.7");
  EXPECT_EQ(text("connect to 203.0.113.7:443."), "203.0.113.7");
  EXPECT_EQ(text("query[A] www.evil.example.com from 10.0.0.9"), "www.evil.example.com");
  EXPECT_EQ(text("GET \"http://bad.test.example/it.exe\" 200"), "http://bad.test.example/it.exe");
  EXPECT_EQ(text("src:203.0.113.7/4711 denied"), "203.0.113.7");
  EXPECT_EQ(text("md5 d41d8cd98f00b204e9800998ecf8427e found"), hash);
  EXPECT_EQ(text("203.0.113.77 is not 203.0.113.70"), "");
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("::: ... [] == :// @ . http://"), "");
}

TEST_F(RowMatcherTest, MembersOfDynamicColumns) {
  know("203.0.113.7");
  EXPECT_EQ(seen("AuditLogs", "InitiatedBy", R"({"user":{"ipAddress":"203.0.113.7"}})"),
            "203.0.113.7");
  EXPECT_EQ(seen("AuditLogs", "InitiatedBy", R"({"user":null})"), "");
  EXPECT_EQ(seen("AuditLogs", "InitiatedBy", "{"), "");
}

TEST_F(RowMatcherTest, OneEventInSeveralTablesIsOneMatch) {
  know("203.0.113.7");
  const auto matches =
      look({table_of("Syslog", {{{"SyslogMessage", "Failed password from 203.0.113.7 port 1"}}}),
            table_of("ASimAuthenticationEventLogs", {{{"SrcIpAddr", "203.0.113.7"},
                                                      {"EventResult", "Failure"},
                                                      {"TargetUsername", "root"},
                                                      {"DvcHostname", "web1"},
                                                      {"TargetAppName", "sshd"}}})});
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].table, "ASimAuthenticationEventLogs");
  EXPECT_EQ(matches[0].outcome, ObservedOutcome::log_in_failed);
  EXPECT_EQ(matches[0].account, "root");
  EXPECT_EQ(matches[0].host, "web1");
  EXPECT_EQ(matches[0].service, "sshd");
}

TEST_F(RowMatcherTest, HowItEnded) {
  know("203.0.113.7");
  const auto outcome = [&](const char* table, const char* column, const char* text,
                           const char* address) {
    const auto matches = look({table_of(table, {{{address, "203.0.113.7"}, {column, text}}})});
    EXPECT_EQ(matches.size(), 1U);
    return matches.empty() ? ObservedOutcome::unknown : matches[0].outcome;
  };
  EXPECT_EQ(outcome("SigninLogs", "ResultType", "0", "IPAddress"),
            ObservedOutcome::log_in_succeeded);
  EXPECT_EQ(outcome("SigninLogs", "ResultType", "50126", "IPAddress"),
            ObservedOutcome::log_in_failed);
  EXPECT_EQ(outcome("CommonSecurityLog", "DeviceAction", "Deny", "SourceIP"),
            ObservedOutcome::blocked);
  EXPECT_EQ(outcome("CommonSecurityLog", "DeviceAction", "denied", "SourceIP"),
            ObservedOutcome::blocked);
  EXPECT_EQ(outcome("CommonSecurityLog", "DeviceAction", "Allow", "SourceIP"),
            ObservedOutcome::unknown);
}

TEST_F(RowMatcherTest, BlankNeverEqualsBlank) {
  EXPECT_FALSE(read_list_line("\"\"", {"MISP", 100}));
  know("203.0.113.7");
  EXPECT_EQ(seen("CommonSecurityLog", "SourceIP", " "), "");
  EXPECT_EQ(seen("CommonSecurityLog", "RequestURL", "http://"), "");
  EXPECT_EQ(seen("EmailEvents", "SenderFromAddress", "@"), "");
}

TEST_F(RowMatcherTest, IndicatorsThemselvesAndIncidentsAreNotMatched) {
  know("203.0.113.7");
  EXPECT_EQ(seen("ThreatIntelligenceIndicator", "NetworkSourceIP", "203.0.113.7"), "");
  EXPECT_EQ(seen("VedetteIncidentDetails", "ClientIP", "203.0.113.7"), "");
}

TEST_F(RowMatcherTest, WhatCameBeforeTheIndicatorIsNotMatched) {
  const auto read = read_list_line("203.0.113.7", {"MISP", 100});
  ASSERT_TRUE(builder.add(*read, noon + base::Duration::seconds(1)));
  EXPECT_EQ(seen("CommonSecurityLog", "SourceIP", "203.0.113.7"), "");
}

TEST_F(RowMatcherTest, WarningListsTakeMatchesAway) {
  know("google.com");
  know("http://www.google.com/");
  know("http://www.google.com/url?q=bad");
  know("198.51.100.0/24");
  know("evil.example.com");
  ASSERT_TRUE(
      lists.add("ours", R"({"name":"Our proxies","type":"cidr","list":["198.51.100.7/32"]})"));
  ASSERT_TRUE(
      lists.add("names", R"({"name":"N","type":"hostname","list":[".good.evil.example.com"]})"));
  EXPECT_EQ(seen("DnsEvents", "Name", "www.google.com"), "");
  EXPECT_EQ(seen("UrlClickEvents", "Url", "http://www.google.com/"), "");
  EXPECT_EQ(seen("UrlClickEvents", "Url", "http://www.google.com/url?q=bad"),
            "http://www.google.com/url?q=bad")
      << "a page of a large site may be bad";
  EXPECT_EQ(seen("CommonSecurityLog", "SourceIP", "198.51.100.7"), "");
  EXPECT_EQ(seen("CommonSecurityLog", "SourceIP", "198.51.100.8"), "198.51.100.8");
  EXPECT_EQ(seen("DnsEvents", "Name", "a.good.evil.example.com"), "");
  EXPECT_EQ(seen("DnsEvents", "Name", "bad.evil.example.com"), "bad.evil.example.com");
  EXPECT_GE(matcher.passed_over().at("the largest sites"), 2U);
  EXPECT_GE(matcher.passed_over().at("Our proxies"), 1U);
  EXPECT_GE(matcher.passed_over().at("N"), 1U);
}

TEST(WarningListsTest, AFileThatIsNotUnderstoodIsRefusedWhole) {
  WarningLists lists;
  const std::size_t before = lists.entries();
  EXPECT_EQ(lists.add("a", R"({"type":"regex","list":["^a"]})").error().message,
            "lists of type regex are not understood");
  EXPECT_FALSE(lists.add("b", R"({"type":"cidr","list":["203.0.113.0/24","x"]})"));
  EXPECT_FALSE(lists.add("c", "{"));
  EXPECT_FALSE(lists.add("d", R"({"type":"string"})"));
  EXPECT_EQ(lists.entries(), before);
  EXPECT_EQ(lists.lists(), 1U);
  ASSERT_TRUE(lists.add("plain", "203.0.113.0/24 # ours\n\n# nothing\nbad.example\n"));
  EXPECT_EQ(lists.list_of({model::ObservableType::ipv4, "203.0.113.9"}, "203.0.113.9"), "plain");
  EXPECT_EQ(lists.list_of({model::ObservableType::domain, "bad.example"}, "bad.example"), "plain");
  EXPECT_EQ(lists.list_of({model::ObservableType::domain, "a.bad.example"}, "a.bad.example"), "");
}

// An indicator of a pattern, as STIX writes it.
class TrafficTest : public RowMatcherTest {
 protected:
  void know_pattern(const std::string& pattern) {
    model::Indicator made;
    made.id = "indicator--" + std::to_string(++known);
    made.source = "TAXII";
    made.confidence = 100;
    const auto read = read_stix_pattern(pattern);
    ASSERT_TRUE(read) << read.error().message;
    made.observables = *read;
    ASSERT_TRUE(builder.add(made, noon));
  }
  // How many rows with these cells are found.
  std::size_t found(const char* table, const std::vector<Cells>& rows) {
    return look({table_of(table, rows)}).size();
  }
  int known = 0;
};

TEST_F(TrafficTest, APortMustBeKnownAndTheSame) {
  know_pattern(
      "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]");
  EXPECT_EQ(
      found("CommonSecurityLog", {{{"DestinationIP", "198.51.100.7"}, {"DestinationPort", "443"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"DestinationPort", "80"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"SourcePort", "443"}},
                                  {{"DestinationIP", "198.51.100.7"}},
                                  {{"DestinationIP", "198.51.100.8"}, {"DestinationPort", "443"}}}),
      1U);
  EXPECT_EQ(found("SigninLogs", {{{"IPAddress", "198.51.100.7"}}}), 0U) << "has no ports";
  EXPECT_EQ(found("OfficeActivity", {{{"ClientIP", "198.51.100.7:443"}}}), 1U)
      << "the port stands with the address";
  EXPECT_EQ(found("OfficeActivity", {{{"ClientIP", "198.51.100.7:52011"}}}), 0U);
  EXPECT_EQ(found("Fw_CL", {{{"dest_ip_s", "198.51.100.7"}, {"dest_port_s", "443"}}}), 1U);
}

TEST_F(TrafficTest, NumbersAreAsGoodAsTexts) {
  know_pattern(
      "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]");
  for (const char* name : {"DestinationPort", "dst_port_d"}) {
    TableBatch batch{"Any_CL"};
    batch.add_row({noon, noon, 1, 0});
    batch.set_text(batch.column("DestinationIP"), "198.51.100.7");
    batch.set(batch.column(name), std::int64_t{443});
    batch.add_row({noon, noon, 2, 0});
    batch.set_text(batch.column("DestinationIP"), "198.51.100.7");
    batch.set(batch.column(name), 443.0);
    EXPECT_EQ(look({batch}).size(), 2U) << name;
  }
}

TEST_F(TrafficTest, AConnectionIsSeenFromBothItsEnds) {
  know_pattern(
      "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]");
  know_pattern(
      "[network-traffic:src_ref.value = '198.51.100.9' AND network-traffic:dst_port = 3389]");
  know_pattern("[ipv4-addr:value = '198.51.100.5' AND network-traffic:dst_port = 53]");
  EXPECT_EQ(
      found("ASimNetworkSessionLogs", {{{"SrcIpAddr", "198.51.100.7"}, {"SrcPortNumber", "443"}},
                                       {{"SrcIpAddr", "198.51.100.7"}, {"DstPortNumber", "443"}}}),
      1U)
      << "its own port is asked for, on whichever side it stands";
  EXPECT_EQ(
      found("ASimNetworkSessionLogs", {{{"SrcIpAddr", "198.51.100.9"}, {"DstPortNumber", "3389"}},
                                       {{"DstIpAddr", "198.51.100.9"}, {"SrcPortNumber", "3389"}},
                                       {{"DstIpAddr", "198.51.100.9"}, {"DstPortNumber", "3389"}}}),
      2U);
  EXPECT_EQ(
      found("ASimNetworkSessionLogs", {{{"SrcIpAddr", "198.51.100.5"}, {"DstPortNumber", "53"}},
                                       {{"DstIpAddr", "198.51.100.5"}, {"DstPortNumber", "53"}},
                                       {{"SrcIpAddr", "198.51.100.5"}, {"SrcPortNumber", "53"}}}),
      2U)
      << "nothing is said of where the address stands";
}

TEST_F(TrafficTest, ProtocolsOfAnyLayer) {
  know_pattern(
      "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:protocols[0] = 'ipv4' "
      "AND network-traffic:protocols[1] = 'tcp' AND network-traffic:protocols[2] = 'https']");
  EXPECT_EQ(
      found("CommonSecurityLog", {{{"DestinationIP", "198.51.100.7"},
                                   {"Protocol", "TCP"},
                                   {"ApplicationProtocol", "HTTPS"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"Protocol", "6/https"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"Protocol", "TCP"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"Protocol", "UDP/https"}}}),
      2U);
}

TEST_F(TrafficTest, NamesAndUrlsHaveTheirPort) {
  know_pattern("[domain-name:value = 'c2.example' AND network-traffic:dst_port = 8443]");
  know_pattern("[domain-name:value = 'web.example' AND network-traffic:dst_port = 443]");
  EXPECT_EQ(found("UrlClickEvents", {{{"Url", "https://c2.example:8443/x"}},
                                     {{"Url", "https://c2.example/x"}},
                                     {{"Url", "https://web.example/x"}},
                                     {{"Url", "http://web.example/x"}}}),
            2U);
  EXPECT_EQ(found("DeviceNetworkEvents", {{{"RemoteUrl", "c2.example"}, {"RemotePort", "8443"}},
                                          {{"RemoteUrl", "c2.example"}, {"RemotePort", "443"}}}),
            1U);
  EXPECT_EQ(found("ASimDnsActivityLogs", {{{"DnsQuery", "c2.example"}}}), 0U);
}

TEST_F(TrafficTest, TheSameValueInManyRowsIsAskedForEachOfThem) {
  know_pattern(
      "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]");
  EXPECT_EQ(
      found("CommonSecurityLog", {{{"DestinationIP", "198.51.100.7"}, {"DestinationPort", "80"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"DestinationPort", "443"}},
                                  {{"DestinationIP", "198.51.100.7"}, {"DestinationPort", "443"}}}),
      2U);
}

TEST(ObservedColumnsTest, TheFileIsReadAndNamesAreComparedLoosely) {
  const auto& columns = observed_columns();
  EXPECT_EQ(columns.of("X_CL", "Source_IP_s").size(), 1U);
  EXPECT_TRUE(columns.of("X_CL", "Nothing").empty());
  EXPECT_TRUE(columns.is_never("VedetteQuarantine"));
  EXPECT_FALSE(columns.is_never("Syslog"));
  EXPECT_FALSE(ObservedColumns::read("address source A\naddress destination a_s\n")) << "twice";
  EXPECT_FALSE(ObservedColumns::read("address nowhere A\n"));
  EXPECT_FALSE(ObservedColumns::read("address\n"));
}

}  // namespace
}  // namespace vedette::intel
