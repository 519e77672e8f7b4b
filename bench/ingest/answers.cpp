#include "answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace vedette::bench {
namespace {

constexpr std::size_t pages_made = 2;  // then they are used again, with other ids and times
constexpr std::uint64_t people = 2'000;

struct Application {
  const char *id, *name, *client;
};
constexpr std::array applications{
    Application{"de8bc8b5-d9f9-48b1-a8ad-b748da725064", "Graph Explorer", "Browser"},
    Application{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "Browser"},
    Application{"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams",
                "Mobile Apps and Desktop clients"},
    Application{"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office",
                "Mobile Apps and Desktop clients"},
    Application{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", "Browser"}};
constexpr std::array policies{"Require multifactor authentication for administrators",
                              "Exchange Online requires a compliant device",
                              "Block legacy authentication", "Office 365 app control",
                              "Medium sign-in risk blocks"};
struct City {
  const char *city, *state, *country;
  double latitude, longitude;
};
constexpr std::array cities{City{"Berlin", "Berlin", "DE", 52.52, 13.405},
                            City{"Mombasa", "Coast", "KE", -4.0435, 39.6682},
                            City{"Redmond", "Washington", "US", 47.674, -122.1215},
                            City{"São Paulo", "São Paulo", "BR", -23.5505, -46.6333}};

std::string guid(std::uint64_t number) {
  const std::uint64_t a = base::hash_words(number, 1), b = base::hash_words(number, 2);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xFFFF, a & 0xFFFF,
                     b >> 48, b & 0xFFFF'FFFF'FFFF);
}

std::string iso_time(std::int64_t unix_s) {
  const std::int64_t day = unix_s / 86'400 % 28, second = unix_s % 86'400;
  return fmt::format("2026-06-{:02}T{:02}:{:02}:{:02}Z", day + 1, second / 3'600, second / 60 % 60,
                     second % 60);
}

// What a record says behind its tokens: status, device, place, policies, steps.
void append_circumstances(std::string& out, std::uint64_t random, std::uint64_t person, int code) {
  const City& city = cities[person % cities.size()];
  out += fmt::format(
      R"(","incomingTokenType":"none","authenticationProtocol":"none",)"
      R"("resourceServicePrincipalId":"943603e4-e787-4fe9-93d1-e30f749aae39","mfaDetail":null,)"
      R"("status":{{"errorCode":{},"failureReason":"{}","additionalDetails":null}},)"
      R"("deviceDetail":{{"deviceId":"{}","displayName":"DESKTOP-{:05}","operatingSystem":)"
      R"("Windows 10","browser":"Chrome {}.0.4844","isCompliant":{},"isManaged":false,)"
      R"("trustType":"Azure AD registered"}},"location":{{"city":"{}","state":"{}",)"
      R"("countryOrRegion":"{}","geoCoordinates":{{"altitude":null,"latitude":{},)"
      R"("longitude":{}}}}},)"
      R"("appliedConditionalAccessPolicies":[)",
      code,
      code == 0       ? "Other."
      : code == 50126 ? "Invalid username or password or Invalid on-premise username or password."
                      : "Strong Authentication is required.",
      guid(person + 1'000'000), person, 99 + random % 20, person % 3 == 0, city.city, city.state,
      city.country, city.latitude, city.longitude);
  const std::size_t policies_applied = 2 + random / 13 % 3;
  for (std::size_t i = 0; i < policies_applied; ++i)
    out += fmt::format(
        R"({}{{"id":"{}","displayName":"{}","enforcedGrantControls":[],)"
        R"("enforcedSessionControls":[],)"
        R"("result":"notEnabled","conditionsSatisfied":"none","conditionsNotSatisfied":"none",)"
        R"("includeRulesSatisfied":[],"excludeRulesSatisfied":[]}})",
        i == 0 ? "" : ",", guid(i + 77), policies[i]);
  out +=
      R"(],"authenticationProcessingDetails":[{"key":"Root Key Type","value":"Unknown"},)"
      R"({"key":"Oauth Scope Info","value":"[\"Application.ReadWrite.All\",\"openid\",)"
      R"(\"profile\",\"User.Read\",\"email\",\"AuditLog.Read.All\"]"}],)"
      R"("networkLocationDetails":[{"networkType":"namedNetwork","networkNames":["Offices"]}],)"
      R"("authenticationDetails":[{"authenticationStepDateTime":"2026-06-01T07:59:30Z",)"
      R"("authenticationMethod":"Password","authenticationMethodDetail":"Password in the cloud",)"
      R"("succeeded":true,"authenticationStepResultDetail":"Correct password",)"
      R"("authenticationStepRequirement":"Primary authentication"}],)"
      R"("authenticationRequirementPolicies":[],"sessionLifetimePolicies":[],)"
      R"("privateLinkDetails":{"policyId":"","policyName":"","resourceId":"",)"
      R"("policyTenantId":""}})";
}

}  // namespace

SignInPages::SignInPages(std::size_t records_a_page, std::uint64_t seed) : seed_(seed) {
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < pages_made; ++i) {
    Page& page = pages_.emplace_back();
    page.text =
        R"({"@odata.context":"https://graph.microsoft.com/beta/$metadata#auditLogs/signIns",)"
        R"("value":[)";
    for (std::size_t record = 0; record < records_a_page; ++record) {
      if (record > 0) page.text += ',';
      const std::size_t before = page.text.size();
      page.places.emplace_back();
      make_record(page, i * records_a_page + record);
      sizes.push_back(page.text.size() - before);
    }
    page.text += "]}";
  }
  std::ranges::nth_element(sizes, sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2));
  median_bytes_ = sizes[sizes.size() / 2];
}

void SignInPages::make_record(Page& page, std::uint64_t number) {
  const std::uint64_t random = base::hash_words(number, seed_);
  const std::uint64_t person = random % people;
  const Application& app = applications[random / 7 % applications.size()];
  const int code = random % 40 == 0 ? 50126 : random % 15 == 0 ? 50074 : 0;
  const char* kind = random % 3 == 0 ? "interactiveUser" : "nonInteractiveUser";
  std::string& out = page.text;
  const auto own = [&](std::uint64_t part, bool is_time) {
    page.places.back().push_back({out.size(), part, is_time});
    out += is_time ? iso_time(0) : guid(0);
  };
  out += R"({"id":")";
  own(0, false);
  out += R"(","createdDateTime":")";
  own(0, true);
  out += fmt::format(
      R"(","userDisplayName":"Person Number {0}","userPrincipalName":"person{0}@contoso.com",)"
      R"("userId":"{1}","appId":"{2}","appDisplayName":"{3}","ipAddress":"{4}.{5}.{6}.{7}",)"
      R"("ipAddressFromResourceProvider":null,"clientAppUsed":"{8}","userAgent":"Mozilla/5.0 )"
      R"((Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{9}.0.4844 )"
      R"(Safari/537.36","correlationId":")",
      person, guid(person), app.id, app.name, 20 + person % 180, person / 180 % 256,
      person * 7 % 256, random / 11 % 3, app.client, 99 + random % 20);
  own(1, false);
  out += fmt::format(
      R"(","conditionalAccessStatus":"{}","originalRequestId":"","isInteractive":{},)"
      R"("tokenIssuerName":"","tokenIssuerType":"AzureAD","processingTimeInMilliseconds":{},)"
      R"("riskDetail":"none","riskLevelAggregated":"none","riskLevelDuringSignIn":"none",)"
      R"("riskState":"none","riskEventTypes_v2":[],"resourceDisplayName":"Microsoft Graph",)"
      R"("resourceId":"00000003-0000-0000-c000-000000000000",)"
      R"("resourceTenantId":"84841066-274d-4ec0-a5c1-276be684bdd3",)"
      R"("homeTenantId":"84841066-274d-4ec0-a5c1-276be684bdd3","homeTenantName":"",)"
      R"("authenticationMethodsUsed":[],"authenticationRequirement":"{}","signInIdentifier":"",)"
      R"("signInIdentifierType":null,"servicePrincipalName":"","signInEventTypes":["{}"],)"
      R"("servicePrincipalId":"","federatedCredentialId":"","userType":"member",)"
      R"("flaggedForReview":false,"isTenantRestricted":false,"autonomousSystemNumber":{},)"
      R"("crossTenantAccessType":"none","servicePrincipalCredentialKeyId":"",)"
      R"("servicePrincipalCredentialThumbprint":"","uniqueTokenIdentifier":")",
      code == 0 ? "success" : "notApplied", *kind == 'i', 40 + random % 400,
      random % 2 == 0 ? "multiFactorAuthentication" : "singleFactorAuthentication", kind,
      1'000 + person % 60'000);
  own(2, false);
  out += R"(","sessionId":")";
  own(3, false);
  append_circumstances(out, random, person, code);
}

const std::string& SignInPages::next(std::int64_t now_s) {
  Page& page = pages_[used_++ % pages_.size()];
  for (const std::vector<Place>& record : page.places) {
    const std::uint64_t number = ++records_;
    for (const Place& place : record) {
      const std::string text = place.is_time
                                   ? iso_time(now_s - static_cast<std::int64_t>(number % 60))
                                   : guid(base::hash_words(number * 4 + place.part, seed_));
      std::ranges::copy(text, page.text.begin() + static_cast<std::ptrdiff_t>(place.at));
    }
  }
  return page.text;
}

}  // namespace vedette::bench
