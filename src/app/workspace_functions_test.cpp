// What the functions of a workspace (ASIM's parsers, watch lists) give over rows, asked as a hunt
// asks. What they should: Microsoft's ASIM schema reference and the parsers of its native tables.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/given_rows.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/moment.h"
#include "kql/result/sink.h"

namespace vedette::app {
namespace {

using Tables = std::vector<std::pair<std::string_view, std::string>>;  // name, JSON lines

// CSV without its head, or the diagnostic's message.
std::string ask(std::string_view query, const Tables& tables) {
  static const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  GivenHunt hunt;
  hunt.text = query;
  hunt.inputs.now_ticks = *kql::parse_datetime("2026-06-01T12:00:00Z");
  for (const auto& [name, records] : tables)
    hunt.tables.push_back({catalogue.table(name), records});
  std::string text;
  const auto sink = kql::result::make_sink(kql::result::Format::csv,
                                           [&](std::string_view piece) { text += piece; });
  const auto done = run_over_given(hunt, catalogue, *sink);
  if (!done) return done.error().code + " " + done.error().message;
  std::string rows = text.substr(text.find('\n') + 1);
  std::erase(rows, '\r');
  return rows;
}

const Tables& log_ons() {
  static const Tables tables{
      {"ASimAuthenticationEventLogs",
       R"({"TimeGenerated":"2026-06-01T11:00:00Z","TargetUsername":"ann@contoso.example","SrcIpAddr":"192.0.2.7","SrcHostname":"desk-1","EventType":"Logon","EventResult":"Success","DvcHostname":"dc-1","TargetAppName":"sshd","RuleName":"first","_ItemId":"a1"}
{"TimeGenerated":"2026-06-01T10:00:00Z","TargetUsername":"bob@contoso.example","ActorUsername":"root","SrcIpAddr":"198.51.100.9","EventType":"Elevate","EventResult":"Failure","EventResultDetails":"Incorrect password","DvcIpAddr":"10.0.0.1","TargetUrl":"https://contoso.example","RuleNumber":7}
{"TimeGenerated":"2026-05-30T10:00:00Z","TargetUsername":"cy@contoso.example","SrcIpAddr":"192.0.2.8","EventType":"Logon","EventResult":"Success"})"}};
  return tables;
}

std::string users(std::string_view arguments) {
  return ask(fmt::format("_Im_Authentication({}) | sort by TimeGenerated desc | summarize "
                         "strcat_array(make_list(substring(User, 0, 3)), ' ')",
                         arguments),
             log_ons());
}

TEST(AsimParser, givesTheRowsThatItsParametersAskFor) {
  EXPECT_EQ(users(""), "ann bob cy@\n");
  EXPECT_EQ(users("starttime=ago(1d)"), "ann bob\n");
  EXPECT_EQ(users("endtime=ago(1d)"), "cy@\n");
  EXPECT_EQ(users("ago(90m), now()"), "ann\n");  // by their places
  EXPECT_EQ(users("starttime=datetime(null)"), "ann bob cy@\n");
  EXPECT_EQ(users("username_has_any=dynamic(['ann', 'root'])"), "ann bob\n");
  EXPECT_EQ(users("username_has_any=dynamic([])"), "ann bob cy@\n");
  EXPECT_EQ(users("targetappname_has_any=dynamic(['SSHD'])"), "ann\n");
  EXPECT_EQ(users("srcipaddr_has_any_prefix=dynamic(['192.0.2.'])"), "ann cy@\n");
  EXPECT_EQ(users("srchostname_has_any=dynamic(['desk'])"), "ann\n");
  EXPECT_EQ(users("eventtype_in=dynamic(['elevate'])"), "bob\n");
  EXPECT_EQ(users("eventresultdetails_in=dynamic(['incorrect password', 'No such user'])"),
            "bob\n");
  EXPECT_EQ(users("eventresult='Failure'"), "bob\n");
  EXPECT_EQ(users("eventresult='*'"), "ann bob cy@\n");
  EXPECT_EQ(users("starttime=ago(1d), eventtype_in=dynamic(['Logon']), pack=true"), "ann\n");
}

TEST(AsimParser, takesValuesThatAreComputed) {
  EXPECT_EQ(ask("let prefixes = toscalar(datatable(p: string)['198.51.'] | summarize "
                "make_list(p)); _Im_Authentication(srcipaddr_has_any_prefix=prefixes) | project "
                "User",
                log_ons()),
            "bob@contoso.example\n");
  EXPECT_EQ(ask("let none = toscalar(datatable(p: string)[] | summarize make_list(p)); "
                "_Im_Authentication(srcipaddr_has_any_prefix=none) | count",
                log_ons()),
            "3\n");
}

TEST(AsimParser, refusesAParameterThatItDoesNotHave) {
  EXPECT_EQ(users("colour='red'"), "KQL203 _Im_Authentication has no parameter 'colour'");
}

TEST(AsimParser, fillsItsAliases) {
  EXPECT_EQ(ask("imAuthentication() | where User startswith 'ann' | project User, IpAddr, Src, "
                "Dvc, Hostname, EventUid, Rule, LogonTarget, Application",
                log_ons()),
            "ann@contoso.example,192.0.2.7,desk-1,dc-1,dc-1,a1,first,sshd,sshd\n");
  EXPECT_EQ(ask("ASimAuthentication | where User startswith 'bob' | project Src, Dvc, Rule, "
                "LogonTarget",
                log_ons()),
            "198.51.100.9,10.0.0.1,7,https://contoso.example\n");
}

TEST(AsimParser, ofNamesGivesQueriesUnlessItIsAskedForOthers) {
  const Tables names{
      {"ASimDnsActivityLogs",
       R"({"TimeGenerated":"2026-06-01T11:00:00Z","EventType":"Query","DnsQuery":"www.contoso.example","SrcIpAddr":"192.0.2.7","EventResultDetails":"NOERROR","DnsResponseName":"203.0.113.5, 203.0.113.6"}
{"TimeGenerated":"2026-06-01T11:00:00Z","EventType":"Query","DnsQuery":"bad.example","SrcIpAddr":"192.0.2.8","EventResultDetails":"NXDOMAIN"}
{"TimeGenerated":"2026-06-01T11:00:00Z","EventType":"Update","DnsQuery":"host.contoso.example"})"}};
  const auto domains = [&](std::string_view call) {
    return ask(fmt::format("{} | sort by Domain asc | summarize strcat_array(make_list(Domain), "
                           "' ')",
                           call),
               names);
  };
  EXPECT_EQ(domains("_Im_Dns()"), "bad.example www.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(eventtype='lookup')"), "bad.example www.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(eventtype='Update')"), "host.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(eventtype='*') | where Domain has 'contoso'"),
            "host.contoso.example www.contoso.example\n");
  EXPECT_EQ(domains("_ASim_Dns | where Domain has 'contoso'"),
            "host.contoso.example www.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(domain_has_any=dynamic(['contoso.example']))"),
            "www.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(responsecodename='NXDOMAIN')"), "bad.example\n");
  EXPECT_EQ(domains("_Im_Dns(response_has_ipv4='203.0.113.6')"), "www.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(response_has_any_prefix=dynamic(['203.0.113.']))"),
            "www.contoso.example\n");
  EXPECT_EQ(domains("_Im_Dns(srcipaddr='192.0.2.8')"), "bad.example\n");
  EXPECT_EQ(domains("_Im_Dns(srcipaddr=dynamic(['192.0.2.8', '192.0.2.9']))"), "bad.example\n");
  EXPECT_EQ(domains("_Im_Dns(srcipaddr='*')"), "bad.example www.contoso.example\n");
}

TEST(AsimParser, ofSessionsLooksAtBothEnds) {
  const Tables sessions{
      {"ASimNetworkSessionLogs",
       R"({"TimeGenerated":"2026-06-01T11:00:00Z","SrcIpAddr":"10.0.0.1","DstIpAddr":"203.0.113.5","DstPortNumber":443,"DvcAction":"Allow","DstHostname":"www.contoso.example","EventResult":"Success"}
{"TimeGenerated":"2026-06-01T11:00:00Z","SrcIpAddr":"203.0.113.5","DstIpAddr":"10.0.0.2","DstPortNumber":22,"DvcAction":"Deny","SrcHostname":"scanner","EventResult":"Failure","EventType":"EndpointNetworkSession","NetworkDirection":"Inbound"})"}};
  const auto ports = [&](std::string_view arguments) {
    return ask(fmt::format("_Im_NetworkSession({}) | sort by DstPortNumber asc | summarize "
                           "strcat_array(make_list(DstPortNumber), ' ')",
                           arguments),
               sessions);
  };
  EXPECT_EQ(ports("ipaddr_has_any_prefix=dynamic(['203.0.113.'])"), "22 443\n");
  EXPECT_EQ(ports("srcipaddr_has_any_prefix=dynamic(['203.0.113.'])"), "22\n");
  EXPECT_EQ(ports("dstipaddr_has_any_prefix=dynamic(['203.0.113.'])"), "443\n");
  EXPECT_EQ(ports("dstportnumber=22"), "22\n");
  EXPECT_EQ(ports("dstportnumber=int(null)"), "22 443\n");
  EXPECT_EQ(ports("hostname_has_any=dynamic(['scanner', 'nobody'])"), "22\n");
  EXPECT_EQ(ports("dvcaction=dynamic(['Deny'])"), "22\n");
  EXPECT_EQ(ports("eventresult='Success'"), "443\n");
  EXPECT_EQ(
      ask("_Im_NetworkSession(dstportnumber=22) | project IpAddr, Hostname, Src, Dst", sessions),
      "10.0.0.2,scanner,scanner,10.0.0.2\n");
}

TEST(AsimParser, ofProcessesKnowsTheirTypes) {
  const Tables processes{
      {"ASimProcessEventLogs",
       R"({"TimeGenerated":"2026-06-01T11:00:00Z","EventType":"ProcessCreated","TargetProcessName":"C:\\Windows\\powershell.exe","TargetProcessCommandLine":"powershell -enc AAAA http://203.0.113.5/x","ActorUsername":"ann","TargetProcessSHA256":"ab12"}
{"TimeGenerated":"2026-06-01T11:00:00Z","EventType":"ProcessTerminated","TargetProcessName":"C:\\Windows\\cmd.exe","ActorUsername":"bob"})"}};
  const auto actors = [&](std::string_view call) {
    return ask(fmt::format("{} | sort by ActorUsername asc | summarize "
                           "strcat_array(make_list(ActorUsername), ' ')",
                           call),
               processes);
  };
  EXPECT_EQ(actors("_Im_ProcessEvent()"), "ann bob\n");
  EXPECT_EQ(actors("_Im_ProcessCreate()"), "ann\n");
  EXPECT_EQ(actors("imProcessTerminate"), "bob\n");
  EXPECT_EQ(actors("_Im_ProcessEvent(commandline_has_all=dynamic(['powershell', 'enc']))"),
            "ann\n");
  EXPECT_EQ(actors("_Im_ProcessEvent(commandline_has_any_ip_prefix=dynamic(['203.0.113.']))"),
            "ann\n");
  EXPECT_EQ(actors("_Im_ProcessEvent(targetprocess_has_any=dynamic(['cmd.exe']))"), "bob\n");
  EXPECT_EQ(actors("_Im_ProcessEvent(hashes_has_any=dynamic(['AB12']))"), "ann\n");
  EXPECT_EQ(actors("_Im_ProcessEvent(eventtype='ProcessTerminated')"), "bob\n");
}

// Each parameter that the catalogue knows can be asked for: its condition binds.
TEST(AsimParser, takesEveryParameterThatIsDocumented) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  std::size_t asked = 0;
  for (const std::string_view name : catalogue.function_names()) {
    if (!name.starts_with("_Im_")) continue;
    const auto* function = catalogue.function(name);
    std::string call = fmt::format("{}(", name);
    for (const auto& parameter : function->parameters) {
      std::string_view value = "'x'";
      if (parameter.type == kql::Type::dynamic) value = "dynamic(['x'])";
      if (parameter.type == kql::Type::datetime) value = "ago(1d)";
      if (parameter.type == kql::Type::int32) value = "22";
      if (parameter.type == kql::Type::boolean) value = "true";
      if (!call.ends_with('(')) call += ", ";
      call += fmt::format("{}={}", parameter.name, value);
      ++asked;
    }
    EXPECT_EQ(ask(call + ") | count", {}), "0\n") << call;
  }
  EXPECT_GT(asked, 100U);
}

TEST(WatchList, givesItsNewestItemsAndThoseOfKeys) {
  const Tables lists{
      {"Watchlist",
       R"({"WatchlistAlias":"vip","_DTItemId":"1","_DTItemType":"watchlist-item","_DTItemStatus":"Create","_DTTimestamp":"2026-05-01T00:00:00Z","SearchKey":"ann","WatchlistItem":{"Name":"Ann","Level":"1"}}
{"WatchlistAlias":"vip","_DTItemId":"1","_DTItemType":"watchlist-item","_DTItemStatus":"Update","_DTTimestamp":"2026-05-02T00:00:00Z","SearchKey":"ann","WatchlistItem":{"Name":"Ann","Level":"2"}}
{"WatchlistAlias":"vip","_DTItemId":"2","_DTItemType":"watchlist-item","_DTItemStatus":"Create","_DTTimestamp":"2026-05-01T00:00:00Z","SearchKey":"bob","WatchlistItem":{"Name":"Bob","Level":"3"}}
{"WatchlistAlias":"gone","_DTItemId":"3","_DTItemType":"watchlist-item","_DTItemStatus":"Delete","_DTTimestamp":"2026-05-01T00:00:00Z","SearchKey":"x","WatchlistItem":{}})"}};
  EXPECT_EQ(ask("_GetWatchlist('VIP') | sort by SearchKey asc | project Name, Level", lists),
            "Ann,2\nBob,3\n");
  EXPECT_EQ(ask("_GetWatchlist('vip', dynamic(['bob'])) | project Name", lists), "Bob\n");
  EXPECT_EQ(
      ask("_GetWatchlist(watchlistAlias='vip', keys=dynamic(['ann'])) | project Level", lists),
      "2\n");
  EXPECT_EQ(ask("_GetWatchlistAlias() | project WatchlistAlias", lists), "vip\n");
  EXPECT_EQ(ask("_GetWatchlist('vip', name='x')", lists),
            "KQL203 _GetWatchlist takes watchlistAlias and keys");
}

TEST(WorkspaceFunction, isAnotherNameOfATable) {
  const Tables health{
      {"SentinelHealth", R"({"TimeGenerated":"2026-06-01T11:00:00Z","Status":"Success"})"}};
  EXPECT_EQ(ask("_SentinelHealth() | project Status", health), "Success\n");
}

}  // namespace
}  // namespace vedette::app
