#include "simulate/tenant/tenant.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/http_text.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "fakes/fake_clock.h"
#include "simulate/tenant/gzip_bytes.h"
#include "simulate/tenant/log_analytics.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/tenant_client.h"

namespace vedette::simulate::tenant {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::string_view origin = "http://127.0.0.1:8700";

// A tenant, and somebody who asks it as a client would. Monday noon in UTC.
class Asked {
 public:
  explicit Asked(TenantOptions options = {}) : clock(*base::parse_iso("2026-06-15T12:00:00Z")) {
    options.start = clock.now();
    EXPECT_TRUE(check(options));
    tenant.emplace(options, clock);
  }

  TenantReply send(std::string method, std::string target, std::string body = {},
                   std::string authorization = {}) {
    TenantRequest request{
        std::move(method), std::move(target), {}, std::move(body), std::string(origin)};
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    return tenant->answer(request);
  }
  std::string token(std::string_view scope = "https://graph.microsoft.com") {
    const TenantOptions& options = tenant->options();
    const TenantReply reply =
        send("POST", "/" + options.tenant_id + "/oauth2/v2.0/token",
             "grant_type=client_credentials&client_id=" + options.client_id +
                 "&client_secret=" + base::percent_encode(options.client_secret) +
                 "&scope=" + base::percent_encode(std::string(scope) + "/.default"));
    const auto body = base::parse_json(reply.body);
    const auto* text = body ? (*body)["access_token"].as_string() : nullptr;
    EXPECT_NE(text, nullptr) << reply.body;
    return text != nullptr ? "Bearer " + *text : "";
  }
  // Waits out every quota first.
  TenantReply graph(const std::string& target, const std::string& method = "GET",
                    const std::string& body = {}) {
    clock.advance(Duration::seconds(3));
    if (graph_token.empty() || clock.now() - graph_token_made > Duration::minutes(50)) {
      graph_token = token();
      graph_token_made = clock.now();
    }
    return send(method, target, body, graph_token);
  }
  TenantReply arm(const std::string& method, const std::string& rest,
                  const std::string& body = {}) {
    if (arm_token.empty()) arm_token = token("https://management.azure.com");
    return send(method,
                "/subscriptions/" + std::string(subscription_id) + "/resourcegroups/" +
                    std::string(resource_group) +
                    "/providers/Microsoft.OperationalInsights/workspaces/" +
                    std::string(workspace_name) + "/providers/Microsoft.SecurityInsights/" + rest,
                body, arm_token);
  }

  fakes::FakeClock clock;
  std::optional<Tenant> tenant;
  std::string graph_token, arm_token;
  Timestamp graph_token_made;
};

TenantOptions small(std::uint32_t people = 60, std::uint32_t days = 8) {
  TenantOptions options;
  options.people = people;
  options.days = days;
  options.duplicate_permille = 0;
  options.disorder_permille = 0;
  return options;
}

// Pages are larger than what base/json reads from outside, so their elements are cut apart here.
std::vector<std::string> elements_of(std::string_view text) {
  std::vector<std::string> elements;
  const auto at = text.find("\"value\":[");
  if (at == std::string_view::npos) return elements;
  int depth = 0;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = at + 9; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (depth++ == 0) start = i;
    } else if (c == '}' || c == ']') {
      if (depth == 0) break;
      if (--depth == 0) elements.emplace_back(text.substr(start, i + 1 - start));
    }
  }
  return elements;
}
std::string text_after(std::string_view text, std::string_view key) {
  const std::string wanted = "\"" + std::string(key) + "\":\"";
  const auto at = text.rfind(wanted);
  if (at == std::string_view::npos) return {};
  const auto from = at + wanted.size();
  return std::string(text.substr(from, text.find('"', from) - from));
}
std::string next_link(const TenantReply& reply) {
  return text_after(reply.body, "@odata.nextLink");
}
base::Json parsed(const std::string& text) {
  auto json = base::parse_json(text);
  EXPECT_TRUE(json) << text.substr(0, 300);
  return json ? *std::move(json) : base::Json();
}
std::string member(const base::Json& json, std::string_view name) {
  const auto* text = json[name].as_string();
  return text != nullptr ? *text : std::string();
}
// Every record of a walk.
std::vector<base::Json> walk(Asked& asked, std::string target) {
  std::vector<base::Json> records;
  for (int pages = 0; !target.empty() && pages < 200; ++pages) {
    const TenantReply reply = asked.graph(target);
    EXPECT_EQ(reply.status, 200) << reply.body.substr(0, 400);
    for (const auto& element : elements_of(reply.body)) records.push_back(parsed(element));
    target = next_link(reply);
    if (!target.empty()) {
      EXPECT_TRUE(target.starts_with(origin));
      target = target.substr(origin.size());
    }
  }
  return records;
}
const std::string window =
    "createdDateTime%20ge%202026-06-12T00:00:00Z%20and%20"
    "createdDateTime%20le%202026-06-13T00:00:00Z";
const std::string every_kind =
    "%20and%20(signInEventTypes/any(t:%20t%20eq%20'interactiveUser')%20or%20"
    "signInEventTypes/any(t:%20t%20eq%20'nonInteractiveUser')%20or%20"
    "signInEventTypes/any(t:%20t%20eq%20'servicePrincipal')%20or%20"
    "signInEventTypes/any(t:%20t%20eq%20'managedIdentity'))";

TEST(SimulatedTenant, TheSameSeedGivesTheSameBytes) {
  const std::string target = "/beta/auditLogs/signIns?$filter=" + window + every_kind;
  Asked one(small()), same(small());
  TenantOptions other = small();
  other.seed = 2;
  Asked different(other);
  const std::string body = one.graph(target).body;
  EXPECT_GT(elements_of(body).size(), 500U);
  EXPECT_EQ(body, same.graph(target).body);
  EXPECT_NE(body, different.graph(target).body);
  EXPECT_EQ(one.graph("/v1.0/auditLogs/directoryAudits").body,
            same.graph("/v1.0/auditLogs/directoryAudits").body);
}

TEST(SimulatedTenant, SignInsAreNewestFirstAndEachComesOnceOverAllPages) {
  Asked asked(small());
  std::set<std::string> ids;
  std::string last = "9999";
  const auto records =
      walk(asked, "/beta/auditLogs/signIns?$top=97&$filter=" + window + every_kind);
  for (const auto& record : records) {
    const std::string time = member(record, "createdDateTime");
    EXPECT_LE(base::parse_iso(time)->ticks,
              last == "9999" ? INT64_MAX : base::parse_iso(last)->ticks);
    EXPECT_GE(time, "2026-06-12T00:00:00");
    EXPECT_LE(time, "2026-06-13T00:00:00Z");
    last = time;
    EXPECT_TRUE(ids.insert(member(record, "id")).second);
  }
  EXPECT_GT(records.size(), 1'000U);
  const auto ascending =
      walk(asked,
           "/beta/auditLogs/signIns?$orderby=createdDateTime%20asc&$filter=" + window + every_kind);
  ASSERT_EQ(ascending.size(), records.size());
  EXPECT_EQ(member(ascending.front(), "id"), member(records.back(), "id"));
}

TEST(SimulatedTenant, BetaDocumentsHaveTheMembersAndSizeOfPublishedExamples) {
  Asked asked(small());
  const auto page =
      elements_of(asked.graph("/beta/auditLogs/signIns?$top=200&$filter=" + window).body);
  ASSERT_FALSE(page.empty());
  std::size_t bytes = 0;
  for (const auto& document : page) bytes += document.size();
  EXPECT_GE(bytes / page.size(), 3'000U);
  EXPECT_LE(bytes / page.size(), 4'500U);
  for (const std::string_view name :
       {"authenticationDetails", "uniqueTokenIdentifier", "autonomousSystemNumber", "userAgent",
        "signInEventTypes", "networkLocationDetails", "riskEventTypes_v2", "sessionId"})
    EXPECT_NE(page.front().find("\"" + std::string(name) + "\""), std::string::npos) << name;
  const auto old =
      elements_of(asked.graph("/v1.0/auditLogs/signIns?$top=5&$filter=" + window).body);
  ASSERT_FALSE(old.empty());
  EXPECT_EQ(old.front().find("signInEventTypes"), std::string::npos);
  EXPECT_NE(old.front().find("appliedConditionalAccessPolicies"), std::string::npos);
}

TEST(SimulatedTenant, FiltersSelectWhatTheySay) {
  Asked asked(small());
  const auto failed = walk(asked, "/beta/auditLogs/signIns?$filter=" + window +
                                      "%20and%20status/errorCode%20eq%2050126");
  EXPECT_FALSE(failed.empty());
  for (const auto& record : failed)
    EXPECT_EQ(record["status"]["errorCode"].number_or(0), 50126) << member(record, "id");
  const auto services =
      walk(asked, "/beta/auditLogs/signIns?$filter=" + window +
                      "%20and%20signInEventTypes/any(t:t%20eq%20'servicePrincipal')");
  EXPECT_FALSE(services.empty());
  for (const auto& record : services) EXPECT_FALSE(member(record, "servicePrincipalId").empty());
  const auto selected = asked.graph("/v1.0/auditLogs/signIns?$top=1&$select=id,userId");
  const auto elements = elements_of(selected.body);
  ASSERT_EQ(elements.size(), 1U);
  EXPECT_EQ(parsed(elements[0]).as_object()->size(), 2U);
}

TEST(SimulatedTenant, FiltersThatTheServiceRefusesAreRefused) {
  Asked asked(small());
  for (const std::string_view filter :
       {"createdDateTime%20gt%202026-06-12T00:00:00Z", "createdDateTime%20ge%20'2026-06-12'",
        "signInEventTypes/any(t:%20t%20eq%20'servicePrincipal')", "nothing%20eq%201",
        "createdDateTime%20ge%202026-01-01T00:00:00Z", "userId%20eq%20'", "(userId%20eq%20'a'"})
    EXPECT_EQ(asked.graph("/v1.0/auditLogs/signIns?$filter=" + std::string(filter)).status, 400)
        << filter;
  EXPECT_EQ(asked
                .graph("/v1.0/auditLogs/directoryAudits?$filter="
                       "createdDateTime%20ge%202026-06-12T00:00:00Z")
                .status,
            400);
  EXPECT_EQ(asked.graph("/v1.0/auditLogs/signIns?$top=0").status, 400);
}

TEST(SimulatedTenant, ASignInIsFoundByItsId) {
  Asked asked(small());
  const auto page =
      elements_of(asked.graph("/beta/auditLogs/signIns?$top=1&$filter=" + window).body);
  ASSERT_EQ(page.size(), 1U);
  const std::string id = member(parsed(page[0]), "id");
  EXPECT_EQ(asked.graph("/beta/auditLogs/signIns/" + id).body, page[0]);
  EXPECT_EQ(asked.graph("/beta/auditLogs/signIns/00000000-0000-0000-0000-000000000000").status,
            404);
  const auto audits = elements_of(asked.graph("/v1.0/auditLogs/directoryAudits?$top=1").body);
  ASSERT_EQ(audits.size(), 1U);
  EXPECT_EQ(asked.graph("/v1.0/auditLogs/directoryAudits/" + member(parsed(audits[0]), "id")).body,
            audits[0]);
}

TEST(SimulatedTenant, RecordsComeLateAndSomeChangeUnderTheSameId) {
  Asked asked(small(100, 3));
  std::map<std::string, std::string> seen;
  std::size_t late = 0, changed = 0;
  const std::string since =
      "/beta/auditLogs/signIns?$filter=createdDateTime%20ge%20"
      "2026-06-15T11:00:00Z%20and%20createdDateTime%20le%20"
      "2026-06-15T12:00:00Z" +
      every_kind;
  for (int round = 0; round < 8; ++round) {
    for (const auto& record : walk(asked, since)) {
      const std::string text = base::format_json(record);
      const auto [known, fresh] = seen.try_emplace(member(record, "id"), text);
      if (fresh && round > 0) ++late;
      if (!fresh && known->second != text) {
        ++changed;
        known->second = text;
      }
    }
    asked.clock.advance(Duration::minutes(6));
  }
  EXPECT_GT(late, 0U);
  EXPECT_GT(changed, 0U);
  EXPECT_GT(seen.size(), 150U);
}

TEST(SimulatedTenant, SomeRecordsComeTwiceAndOutOfOrderWhenAsked) {
  TenantOptions options = small();
  options.duplicate_permille = 50;
  options.disorder_permille = 50;
  Asked asked(options);
  std::set<std::string> ids;
  std::size_t twice = 0, disordered = 0;
  Timestamp last{INT64_MAX};
  for (const auto& record : walk(asked, "/beta/auditLogs/signIns?$filter=" + window + every_kind)) {
    if (!ids.insert(member(record, "id")).second) ++twice;
    const auto time = *base::parse_iso(member(record, "createdDateTime"));
    if (time > last) ++disordered;
    last = time;
  }
  EXPECT_GT(twice, 10U);
  EXPECT_GT(disordered, 10U);
}

TEST(SimulatedTenant, TheSixthReportInTenSecondsIsThrottledWithAWaitThatIsEnough) {
  Asked asked(small());
  const std::string token = asked.token();
  const auto ask = [&](const std::string& path) { return asked.send("GET", path, {}, token); };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask("/v1.0/auditLogs/directoryAudits?$top=1").status, 200);
  const TenantReply refused = ask("/v1.0/auditLogs/signIns?$top=1");
  EXPECT_EQ(refused.status, 429);
  std::string wait;
  for (const auto& [name, value] : refused.headers)
    if (name == "retry-after") wait = value;
  const auto seconds = base::parse_unsigned(wait);
  ASSERT_TRUE(seconds);
  asked.clock.advance(Duration::seconds(static_cast<std::int64_t>(*seconds)));
  EXPECT_EQ(ask("/v1.0/auditLogs/signIns?$top=1").status, 200);
  EXPECT_EQ(ask("/v1.0/identityProtection/riskyUsers").status, 200);
  const TenantReply risk = ask("/v1.0/identityProtection/riskyUsers");
  EXPECT_EQ(risk.status, 429);
  for (const auto& [name, value] : risk.headers) EXPECT_NE(name, "retry-after");
  EXPECT_EQ(ask("/v1.0/users?$top=1").status, 200);
}

TEST(SimulatedTenant, TokensEndAndServeOneServiceOnly) {
  TenantOptions options = small();
  options.token_lifetime_s = 600;
  Asked asked(options);
  const std::string token = asked.token();
  EXPECT_EQ(asked.send("GET", "/v1.0/users", {}, token).status, 200);
  EXPECT_EQ(asked.send("GET", "/v1.0/users").status, 401);
  EXPECT_EQ(asked.send("GET", "/v1.0/users", {}, token + "x").status, 401);
  EXPECT_EQ(
      asked.send("GET", "/v1.0/users", {}, asked.token("https://management.azure.com")).status,
      401);
  asked.clock.advance(Duration::seconds(601));
  EXPECT_EQ(asked.send("GET", "/v1.0/users", {}, token).status, 401);
}

TEST(SimulatedTenant, AWrongSecretAndAnUnknownTenantGetEntrasErrors) {
  Asked asked(small());
  const TenantOptions& options = asked.tenant->options();
  const std::string form =
      "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com"
      "%2F.default&client_id=" +
      options.client_id + "&client_secret=";
  const auto wrong =
      asked.send("POST", "/" + options.tenant_id + "/oauth2/v2.0/token", form + "guess");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_NE(wrong.body.find("AADSTS7000215"), std::string::npos);
  EXPECT_EQ(wrong.body.find(options.client_secret), std::string::npos);
  const auto unknown = asked.send("POST", "/other.example/oauth2/v2.0/token", form + "guess");
  EXPECT_NE(unknown.body.find("AADSTS90002"), std::string::npos);
  const auto old = asked.send("POST", "/" + options.tenant_id + "/oauth2/token",
                              "grant_type=client_credentials&resource=https%3A%2F%2Fapi."
                              "loganalytics.io&client_id=" +
                                  options.client_id + "&client_secret=" + options.client_secret);
  EXPECT_EQ(old.status, 200);
  EXPECT_EQ(member(parsed(old.body), "expires_in"), "3599");  // a text, as there
}

TEST(SimulatedTenant, ADeviceCodeIsPendingUntilSomebodyEntersIt) {
  Asked asked(small());
  const TenantOptions& options = asked.tenant->options();
  const std::string base_path = "/" + options.tenant_id + "/oauth2/v2.0/";
  const auto issued = parsed(asked
                                 .send("POST", base_path + "devicecode",
                                       "client_id=" + options.client_id +
                                           "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default")
                                 .body);
  const std::string poll =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=" +
      options.client_id + "&device_code=" + member(issued, "device_code");
  const auto ask = [&] { return parsed(asked.send("POST", base_path + "token", poll).body); };
  EXPECT_EQ(member(ask(), "error"), "authorization_pending");
  EXPECT_EQ(member(ask(), "error"), "slow_down");
  asked.clock.advance(Duration::seconds(11));
  const auto given = ask();
  EXPECT_EQ(asked.send("GET", "/v1.0/users", {}, "Bearer " + member(given, "access_token")).status,
            200);
  EXPECT_EQ(member(ask(), "error"), "bad_verification_code");
}

TEST(SimulatedTenant, AManagedIdentityNeedsItsHeader) {
  Asked asked(small());
  const std::string target =
      "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
      "https%3A%2F%2Fgraph.microsoft.com%2F";
  EXPECT_EQ(asked.send("GET", target).status, 400);
  TenantRequest request{"GET", target, {{"metadata", "true"}}, {}, std::string(origin)};
  const auto reply = parsed(asked.tenant->answer(request).body);
  EXPECT_EQ(asked.send("GET", "/v1.0/users", {}, "Bearer " + member(reply, "access_token")).status,
            200);
}

TEST(SimulatedTenant, ADisabledAccountSignsInNoMoreAndTheAuditSaysWho) {
  Asked asked(small(60, 2));
  const auto recent = walk(asked,
                           "/beta/auditLogs/signIns?$filter=createdDateTime%20ge%20"
                           "2026-06-15T06:00:00Z%20and%20userPrincipalName%20ne%20''" +
                               every_kind);
  std::map<std::string, int> counts;
  for (const auto& record : recent) ++counts[member(record, "userPrincipalName")];
  // Somebody busy whom the app may touch.
  std::string user;
  int most = 0;
  for (const auto& [name, count] : counts) {
    if (name.empty() || count <= most) continue;
    const auto memberships =
        elements_of(asked.graph("/v1.0/users/" + base::percent_encode(name) + "/memberOf").body);
    bool role = false;
    for (const auto& element : memberships)
      role |= element.find("#microsoft.graph.directoryRole") != std::string::npos;
    if (role) continue;
    const auto tried = asked.graph("/v1.0/users/" + base::percent_encode(name), "PATCH",
                                   R"({"accountEnabled":true})");
    if (tried.status != 204) continue;
    user = name;
    most = count;
  }
  ASSERT_FALSE(user.empty());
  const std::string path = "/v1.0/users/" + base::percent_encode(user);
  EXPECT_EQ(asked.graph(path, "PATCH", R"({"accountEnabled":false})").status, 204);
  EXPECT_FALSE(
      *parsed(asked.graph(path + "?$select=accountEnabled").body)["accountEnabled"].as_bool());
  const std::string from = base::format_iso(asked.clock.now());
  asked.clock.advance(Duration::hours(20));
  const auto after = walk(asked, "/beta/auditLogs/signIns?$filter=createdDateTime%20ge%20" + from +
                                     "%20and%20userPrincipalName%20eq%20'" +
                                     base::percent_encode(user) + "'" + every_kind);
  for (const auto& record : after)
    EXPECT_EQ(record["status"]["errorCode"].number_or(0), 50057) << base::format_json(record);
  const auto audits = walk(asked,
                           "/v1.0/auditLogs/directoryAudits?$filter="
                           "activityDisplayName%20eq%20'Disable%20account'");
  ASSERT_EQ(audits.size(), 1U);
  EXPECT_EQ(member((*audits[0]["targetResources"].as_array())[0], "userPrincipalName"), user);
  // Enabled again, the person goes on.
  EXPECT_EQ(asked.graph(path, "PATCH", R"({"accountEnabled":true})").status, 204);
  const std::string again = base::format_iso(asked.clock.now());
  asked.clock.advance(Duration::hours(34));
  EXPECT_FALSE(
      walk(asked, "/beta/auditLogs/signIns?$filter=createdDateTime%20ge%20" + again +
                      "%20and%20status/errorCode%20eq%200%20and%20userPrincipalName%20eq%20'" +
                      base::percent_encode(user) + "'" + every_kind)
          .empty());
}

TEST(SimulatedTenant, AHybridTenantsSyncEnablesTheAccountAgain) {
  TenantOptions options = small(60, 1);
  options.hybrid = true;
  options.app_may_touch_administrators = true;
  Asked asked(options);
  const auto users = elements_of(asked.graph("/v1.0/users?$top=12&$select=id").body);
  const std::string path = "/v1.0/users/" + member(parsed(users.back()), "id");
  const auto enabled = [&] {
    return *parsed(asked.graph(path + "?$select=accountEnabled").body)["accountEnabled"].as_bool();
  };
  EXPECT_EQ(asked.graph(path, "PATCH", R"({"accountEnabled":false})").status, 204);
  EXPECT_FALSE(enabled());
  asked.clock.advance(Duration::minutes(31));
  EXPECT_TRUE(enabled());
}

TEST(SimulatedTenant, AdministratorsAreOutOfReach) {
  Asked asked(small());
  const auto emergency = asked.graph("/v1.0/users/emergency1%40northwind.example", "PATCH",
                                     R"({"accountEnabled":false})");
  EXPECT_EQ(emergency.status, 403);
  EXPECT_NE(emergency.body.find("Authorization_RequestDenied"), std::string::npos);
}

TEST(SimulatedTenant, LicencesAndConsentsDecideWhatIsAnswered) {
  TenantOptions options = small();
  options.licence = Licence::free;
  Asked unpaid(options);
  const auto refused = unpaid.graph("/v1.0/auditLogs/signIns");
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
            std::string::npos);
  EXPECT_EQ(unpaid.graph("/v1.0/auditLogs/directoryAudits").status, 200);
  options.licence = Licence::p1;
  Asked plain(options);
  const auto page = plain.graph("/v1.0/auditLogs/signIns?$top=1");
  EXPECT_NE(page.body.find(R"("riskLevelAggregated":"hidden")"), std::string::npos);
  EXPECT_EQ(plain.graph("/v1.0/identityProtection/riskDetections").status, 403);
  options.licence = Licence::p2;
  options.withheld_permissions = {"AuditLog.Read.All"};
  Asked unconsented(options);
  const auto missing = unconsented.graph("/v1.0/auditLogs/signIns");
  EXPECT_EQ(missing.status, 403);
  EXPECT_NE(missing.body.find("AuditLog.Read.All"), std::string::npos);
}

// What `vedette demo` shows: attacks around the start, the first of them to be seen at once.
TEST(SimulatedTenant, TheStoryIsAroundTheStart) {
  TenantOptions options = small();
  options.story = true;
  Asked told(options), quiet(small());
  const auto count = [](Asked& asked, std::string_view kind, std::string_view from) {
    return walk(asked, "/beta/auditLogs/signIns?$filter=createdDateTime%20ge%20" +
                           std::string(from) + "%20and%20signInEventTypes/any(t:t%20eq%20'" +
                           std::string(kind) + "')")
        .size();
  };
  // An hour before the start: a spray, a guessed password, a second factor that is asked for.
  const auto before = count(told, "interactiveUser", "2026-06-15T11:00:00Z");
  EXPECT_GT(before, count(quiet, "interactiveUser", "2026-06-15T11:00:00Z") + 60);
  told.clock.advance(Duration::minutes(30));
  quiet.clock.advance(Duration::minutes(30));
  // The thief of the session came after it, and a role was given.
  EXPECT_GT(count(told, "interactiveUser", "2026-06-15T11:00:00Z"), before + 3);
  const auto audits = walk(
      told, "/v1.0/auditLogs/directoryAudits?$filter=activityDateTime%20ge%202026-06-15T11:00:00Z");
  std::set<std::string> activities;
  for (const auto& audit : audits) activities.insert(member(audit, "activityDisplayName"));
  EXPECT_TRUE(activities.contains("Add member to role")) << audits.size();
  EXPECT_TRUE(activities.contains("Consent to application"));
}

// Every attack of the truth is in what the APIs answer.
TEST(SimulatedTenant, TheTruthIsInTheRecords) {
  TenantOptions options = small(100, 12);
  options.attack_cycle_hours = 48;
  options.quotas = false;
  Asked asked(options);
  const Timestamp from = *base::parse_iso("2026-06-07T00:00:00Z");
  std::set<std::string> kinds;
  std::size_t found = 0;
  const std::string truths = asked.tenant->truth(from, *base::parse_iso("2026-06-12T00:00:00Z"));
  for (const auto line : base::split(truths, '\n')) {
    if (line.empty()) continue;
    const auto truth = parsed(std::string(line));
    kinds.insert(member(truth, "kind"));
    EXPECT_FALSE(truth["users"].as_array()->empty());
    EXPECT_FALSE(truth["addresses"].as_array()->empty());
    const auto& ids = *truth["sign_in_ids"].as_array();
    ASSERT_FALSE(ids.empty());
    for (const auto* id : {&ids.front(), &ids.back()}) {
      const auto record = asked.graph("/beta/auditLogs/signIns/" + *id->as_string());
      EXPECT_EQ(record.status, 200) << line.substr(0, 200);
      ++found;
    }
    for (const auto& id : *truth["audit_ids"].as_array())
      EXPECT_EQ(asked.graph("/v1.0/auditLogs/directoryAudits/" + *id.as_string()).status, 200);
  }
  EXPECT_EQ(kinds.size(), 11U);
  EXPECT_GE(found, 22U);
}

TEST(SimulatedTenant, RiskyUsersComeFromAttacksAndCanBeJudged) {
  Asked asked(small(100, 10));
  const auto users = walk(asked, "/v1.0/identityProtection/riskyUsers");
  ASSERT_FALSE(users.empty());
  const std::string id = member(users.front(), "id");
  EXPECT_EQ(asked
                .graph("/v1.0/identityProtection/riskyUsers/dismiss", "POST",
                       "{\"userIds\":[\"" + id + "\"]}")
                .status,
            204);
  EXPECT_EQ(
      member(parsed(asked.graph("/v1.0/identityProtection/riskyUsers/" + id).body), "riskState"),
      "dismissed");
  const auto detections = walk(asked, "/v1.0/identityProtection/riskDetections?$top=50");
  EXPECT_FALSE(detections.empty());
  EXPECT_EQ(asked
                .graph("/v1.0/identityProtection/riskDetections?$filter="
                       "createdDateTime%20ge%202026-06-12T00:00:00Z")
                .status,
            400);
}

TEST(SimulatedTenant, IncidentsAreChangedWithTheirEtagOnly) {
  TenantOptions options = small(60, 10);
  options.attack_cycle_hours = 24;
  Asked asked(options);
  EXPECT_EQ(asked.arm("GET", "incidents").status, 400);  // no api-version
  const std::string version = "api-version=2024-03-01";
  std::size_t listed = 0;
  std::string target = "incidents?$top=20&" + version, first;
  while (!target.empty()) {
    const auto page = asked.arm("GET", target);
    ASSERT_EQ(page.status, 200) << page.body;
    const auto elements = elements_of(page.body);
    listed += elements.size();
    if (first.empty()) first = elements.front();
    const std::string link = text_after(page.body, "nextLink");
    const auto at = link.find("incidents?");
    target = link.empty() ? "" : link.substr(at);
  }
  EXPECT_GT(listed, 50U);
  const auto incident = parsed(first);
  const std::string path = "incidents/" + member(incident, "name");
  const auto body = [&](const std::string& etag) {
    return "{\"etag\":" + base::format_json(base::Json(base::Json::Value(etag))) +
           R"(,"properties":{"title":"t","severity":"High","status":"Active"}})";
  };
  const std::string etag = member(incident, "etag");
  const auto changed = asked.arm("PUT", path + "?" + version, body(etag));
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(asked.arm("PUT", path + "?" + version, body(etag)).status, 409);
  EXPECT_EQ(
      asked.arm("PUT", path + "/comments/one?" + version, R"({"properties":{"message":"seen"}})")
          .status,
      201);
  // A comment moves the etag as well.
  const std::string old = member(parsed(changed.body), "etag");
  EXPECT_EQ(asked.arm("PUT", path + "?" + version, body(old)).status, 409);
  EXPECT_EQ(elements_of(asked.arm("GET", path + "/comments?" + version).body).size(), 1U);
  EXPECT_EQ(elements_of(asked.arm("POST", path + "/alerts?" + version).body).size(), 1U);
  EXPECT_NE(asked.arm("POST", path + "/entities?" + version).body.find("\"kind\":\"Account\""),
            std::string::npos);
  EXPECT_EQ(elements_of(asked.arm("GET", path + "/relations?" + version).body).size(), 1U);
  EXPECT_EQ(asked.arm("PUT", "incidents?" + version, body("")).status, 405);
  const auto active =
      asked.arm("GET", "incidents?$filter=properties/status%20eq%20'Active'&" + version);
  EXPECT_EQ(elements_of(active.body).size(), 1U);
}

TEST(SimulatedTenant, ActivityIsListedInBlobsOnceSubscribed) {
  Asked asked(small(100, 4));
  const std::string token = asked.token("https://manage.office.com");
  const std::string base_path =
      "/api/v1.0/" + asked.tenant->options().tenant_id + "/activity/feed/";
  const auto ask = [&](const std::string& method, const std::string& target) {
    return asked.send(method, target, {}, token);
  };
  const std::string content = base_path +
                              "subscriptions/content?contentType=Audit.SharePoint"
                              "&startTime=2026-06-12T00:00:00&endTime=2026-06-13T00:00:00";
  EXPECT_NE(ask("GET", content).body.find("AF20022"), std::string::npos);
  EXPECT_EQ(ask("POST", base_path + "subscriptions/start?contentType=Audit.SharePoint").status,
            200);
  std::string target = content;
  std::set<std::string> ids;
  std::size_t blobs = 0, pages = 0;
  while (!target.empty()) {
    const auto page = ask("GET", target);
    ASSERT_EQ(page.status, 200) << page.body;
    ++pages;
    const auto listed = parsed(page.body);
    for (const auto& blob : *listed.as_array()) {
      ++blobs;
      const auto records = ask("GET", member(blob, "contentUri").substr(origin.size()));
      const auto parsed_records = parsed(records.body);
      ASSERT_NE(parsed_records.as_array(), nullptr);
      EXPECT_FALSE(parsed_records.as_array()->empty());
      for (const auto& record : *parsed_records.as_array())
        EXPECT_TRUE(ids.insert(member(record, "Id")).second);
    }
    target.clear();
    for (const auto& [name, value] : page.headers)
      if (name == "NextPageUri") target = value.substr(origin.size());
  }
  EXPECT_GT(blobs, 40U);
  EXPECT_GT(pages, 1U);
  EXPECT_GT(ids.size(), 100U);
  EXPECT_NE(ask("GET", base_path + "subscriptions/content?contentType=Audit.SharePoint"
                                   "&startTime=2026-06-10T00:00:00&endTime=2026-06-13T00:00:00")
                .body.find("AF20030"),
            std::string::npos);
}

TEST(SimulatedTenant, AWorkspaceAnswersASmallSetOfQueriesAndRefusesOthersByName) {
  Asked asked(small());
  const std::string token = asked.token("https://api.loganalytics.io");
  const std::string path = "/v1/workspaces/" + std::string(workspace_id) + "/query";
  const auto ask = [&](const std::string& query) {
    base::JsonWriter out;
    out.begin_object().member("query", query).end_object();
    return asked.send("POST", path, out.text(), token);
  };
  const auto rows = [](const TenantReply& reply) {
    const auto json = parsed(reply.body);
    return (*json["tables"].as_array())[0]["rows"].as_array()->size();
  };
  EXPECT_EQ(rows(ask("SigninLogs | take 5")), 5U);
  EXPECT_EQ(rows(ask("print 1")), 1U);
  EXPECT_EQ(rows(ask("Heartbeat | where TimeGenerated between (datetime(2026-06-14T00:00:00Z) .. "
                     "datetime(2026-06-14T00:09:59Z))")),
            10U);
  EXPECT_EQ(rows(ask("AuditLogs | where TimeGenerated > ago(1d) | take 2")), 2U);
  const auto refused = ask("SigninLogs | summarize count() by UserId");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("summarize count() by UserId"), std::string::npos);
  EXPECT_EQ(ask("SecurityEvent | take 1").status, 400);
  EXPECT_EQ(asked.send("POST", path, "{}", {}).status, 401);
}

// ---- Faults ----

TEST(SimulatedTenant, EveryFaultHasANameThatParses) {
  for (const auto& known : all_faults()) {
    const auto order = parse_fault_order(std::string(known.name) + "=3@/users");
    ASSERT_TRUE(order) << known.name;
    EXPECT_EQ(order->fault, known.fault);
    EXPECT_EQ(order->times, 3U);
    EXPECT_EQ(order->part, "/users");
    EXPECT_EQ(name_of(known.fault), known.name);
  }
  EXPECT_EQ(parse_fault_order("503=forever")->times, forever);
  EXPECT_NE(parse_fault_order("thottle-date").error().message.find("throttle-date"),
            std::string::npos);
  EXPECT_FALSE(parse_fault_order("503=0"));
}

// What a fault does to the first page of sign-ins, and that the next request is well again.
TenantReply struck(Asked& asked, Fault fault) {
  asked.tenant->add_fault({fault, 1, ""});
  TenantReply reply = asked.graph("/beta/auditLogs/signIns?$top=5&$filter=" + window);
  EXPECT_EQ(asked.tenant->faults_waiting(), 0U) << name_of(fault);
  return reply;
}

TEST(SimulatedTenant, FaultsOfStatus) {
  Asked asked(small());
  const auto header = [](const TenantReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers)
      if (key == name) return value;
    return std::string();
  };
  EXPECT_EQ(header(struck(asked, Fault::throttle_seconds), "retry-after"), "2");
  EXPECT_TRUE(header(struck(asked, Fault::throttle_date), "retry-after").ends_with(" GMT"));
  EXPECT_EQ(header(struck(asked, Fault::throttle_bare), "retry-after"), "");
  EXPECT_EQ(struck(asked, Fault::throttle_bare).status, 429);
  EXPECT_EQ(struck(asked, Fault::status_500).status, 500);
  EXPECT_NE(struck(asked, Fault::status_502).body.find("<html>"), std::string::npos);
  EXPECT_EQ(struck(asked, Fault::status_503).status, 503);
  EXPECT_EQ(struck(asked, Fault::status_504).status, 504);
  EXPECT_EQ(struck(asked, Fault::gone).status, 410);
  EXPECT_EQ(struck(asked, Fault::beta_fails).status, 400);
  const auto page = struck(asked, Fault::html_login);
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Sign in"), std::string::npos);
  EXPECT_EQ(asked.graph("/beta/auditLogs/signIns?$top=5&$filter=" + window).status, 200);
}

TEST(SimulatedTenant, FaultsOfTheWire) {
  Asked asked(small());
  EXPECT_EQ(struck(asked, Fault::closed).wire->bytes, "");
  EXPECT_TRUE(struck(asked, Fault::silent).wire->then_silent);
  EXPECT_EQ(struck(asked, Fault::silent_header).wire->bytes.find("\r\n\r\n"), std::string::npos);
  const auto half = struck(asked, Fault::silent_body);
  EXPECT_TRUE(half.wire->then_silent);
  EXPECT_NE(half.wire->bytes.find("\"value\":["), std::string::npos);
  EXPECT_LT(struck(asked, Fault::cut_body).wire->bytes.size(), half.body.size());
  EXPECT_NE(struck(asked, Fault::broken_chunk).wire->bytes.find("not-a-number"), std::string::npos);
  const auto cut = struck(asked, Fault::cut_json);
  EXPECT_FALSE(cut.wire);
  EXPECT_FALSE(base::parse_json(cut.body));
  EXPECT_TRUE(struck(asked, Fault::gzip_corrupt).body.starts_with("\x1f\x8b"));
  EXPECT_LT(struck(asked, Fault::gzip_bomb).body.size(), 4'000'000U);
  const auto skewed = struck(asked, Fault::clock_skew);
  EXPECT_NE(skewed.body.find("\"value\":["), std::string::npos);
}

TEST(SimulatedTenant, FaultsOfPaging) {
  Asked asked(small());
  const std::string target = "/beta/auditLogs/signIns?$top=5&$filter=" + window;
  const auto right = elements_of(asked.graph(target).body);
  EXPECT_TRUE(next_link(struck(asked, Fault::next_foreign))
                  .starts_with("https://graph.microsoft.example/"));
  EXPECT_EQ(next_link(struck(asked, Fault::next_loop)), std::string(origin) + target);
  const auto empty = struck(asked, Fault::empty_page);
  EXPECT_TRUE(elements_of(empty.body).empty());
  EXPECT_EQ(elements_of(asked.graph(next_link(empty).substr(origin.size())).body), right);
  const auto repeated = struck(asked, Fault::repeated_page);
  EXPECT_EQ(elements_of(repeated.body), right);
  EXPECT_EQ(elements_of(asked.graph(next_link(repeated).substr(origin.size())).body), right);
  const auto twice = elements_of(struck(asked, Fault::same_id_twice).body);
  ASSERT_EQ(twice.size(), 6U);
  EXPECT_EQ(twice.front(), twice.back());
  const auto turned = elements_of(struck(asked, Fault::out_of_order).body);
  EXPECT_EQ(std::vector(turned.rbegin(), turned.rend()), right);
  const auto last = struck(asked, Fault::token_expires);
  EXPECT_EQ(asked.graph(next_link(last).substr(origin.size())).status, 401);
  asked.graph_token.clear();
  EXPECT_EQ(asked.graph(next_link(last).substr(origin.size())).status, 200);
}

TEST(SimulatedTenant, FaultsOfJson) {
  Asked asked(small());
  const std::string keys = struck(asked, Fault::duplicate_keys).body;
  EXPECT_NE(keys.find("\"value\":[]"), std::string::npos);
  EXPECT_NE(keys.find("\"value\":[{"), std::string::npos);
  EXPECT_NE(struck(asked, Fault::integer_2_64).body.find("18446744073709551616"),
            std::string::npos);
  EXPECT_NE(struck(asked, Fault::lone_surrogate).body.find("\\ud83d"), std::string::npos);
  EXPECT_NE(struck(asked, Fault::nul_character).body.find("\\u0000"), std::string::npos);
  EXPECT_NE(struck(asked, Fault::deep).body.find(std::string(10'000, '[')), std::string::npos);
  EXPECT_GT(struck(asked, Fault::huge_field).body.size(), 10'000'000U);
  EXPECT_EQ(struck(asked, Fault::missing_value).body.find("\"value\":["), std::string::npos);
  EXPECT_NE(struck(asked, Fault::wrong_types).body.find("\"value\":\""), std::string::npos);
  EXPECT_EQ(struck(asked, Fault::beta_reshaped).body.find("\"createdDateTime\":"),
            std::string::npos);
}

TEST(SimulatedTenant, FaultsStrikeOnlyThePartThatIsNamed) {
  Asked asked(small());
  asked.tenant->add_fault({Fault::status_503, 2, "/directoryAudits"});
  EXPECT_EQ(asked.graph("/v1.0/auditLogs/signIns?$top=1").status, 200);
  EXPECT_EQ(asked.graph("/v1.0/auditLogs/directoryAudits?$top=1").status, 503);
  EXPECT_EQ(asked.graph("/v1.0/auditLogs/directoryAudits?$top=1").status, 503);
  EXPECT_EQ(asked.graph("/v1.0/auditLogs/directoryAudits?$top=1").status, 200);
  asked.tenant->add_fault({Fault::status_503, 1, "/oauth2/"});
  EXPECT_EQ(asked.send("POST", "/common/oauth2/v2.0/token", "x=1").status, 503);
}

TEST(SimulatedTenant, AClientInThisProcessMeetsTheSameFaults) {
  Asked asked(small());
  TenantClient client(*asked.tenant);
  const std::string token = asked.token();
  const auto ask = [&] {
    ports::HttpRequest request;
    request.method = "GET";
    request.url = base::Secret("https://any.example/v1.0/users?$top=2");
    request.headers = {{"Authorization", token}};
    return client.send(request);
  };
  const auto page = ask();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_NE(page->body.find("https://any.example/v1.0/users?"), std::string::npos);
  asked.tenant->add_fault({Fault::silent, 1, ""});
  EXPECT_EQ(ask().error().code, base::ErrorCode::unavailable);
}

// ---- Parts ----

TEST(SimulatedTenantFilter, ReadsPrecedenceQuotesAndNegation) {
  constexpr std::array<Property, 3> properties = {
      {{"a"}, {"n", PropertyType::number}, {"t", PropertyType::time, true}}};
  const Vocabulary vocabulary{"thing", properties};
  const auto matches = [&](std::string_view text) {
    const auto filter = Filter::parse(text, vocabulary);
    EXPECT_TRUE(filter) << text;
    return filter && filter->matches([](std::string_view name) -> FilterValue {
      if (name == "a") return std::string("O'Brien");
      if (name == "n") return std::int64_t{7};
      return *base::parse_iso("2026-06-01T00:00:00Z");
    });
  };
  EXPECT_TRUE(matches("a eq 'o''brien'"));
  EXPECT_TRUE(matches("n eq 1 or n eq 7 and a eq 'O''Brien'"));
  EXPECT_FALSE(matches("(n eq 1 or n eq 7) and a eq 'x'"));
  EXPECT_TRUE(matches("not (n eq 1) and startsWith(a,'O')"));
  EXPECT_TRUE(matches("t ge 2026-06-01T02:00:00+02:00 and t le 2026-06-01T00:00:00Z"));
  EXPECT_TRUE(matches("contains(a, 'brie')"));
  std::string deep(200, '(');
  EXPECT_FALSE(Filter::parse(deep + "n eq 1", vocabulary));
  std::string negations;
  for (int i = 0; i < 500; ++i) negations += "not ";
  EXPECT_FALSE(Filter::parse(negations + "n eq 1", vocabulary));
}

TEST(SimulatedTenantWorkspace, RefusesWhatItWouldAnswerWrongly) {
  const Timestamp now = *base::parse_iso("2026-06-15T12:00:00Z");
  const auto query = parse_table_query(
      "SigninLogs | where TimeGenerated > ago(1h) and TimeGenerated <= now()", now);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->bounds.to, now);
  // As our own collector asks.
  const auto arrived = parse_table_query(
      "AuditLogs | where ingestion_time() >= datetime(2026-06-15T11:00:00Z) and "
      "ingestion_time() <= datetime(2026-06-15T11:30:00Z) ",
      now);
  ASSERT_TRUE(arrived);
  EXPECT_EQ(base::format_iso(arrived->bounds.from), "2026-06-15T11:00:00Z");
  for (const std::string_view text :
       {"SigninLogs | take 5 | where TimeGenerated > ago(1d)", "SigninLogs | where UserId == 'x'",
        "SigninLogs | where TimeGenerated > ago(1d) or true", "print 1 | take 1",
        "SigninLogs | sort", "print now()"})
    EXPECT_FALSE(parse_table_query(text, now)) << text;
}

}  // namespace
}  // namespace vedette::simulate::tenant
