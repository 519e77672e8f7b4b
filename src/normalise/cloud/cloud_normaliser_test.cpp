#include "normalise/cloud/cloud_normaliser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/json.h"
#include "base/time_zone.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/identity_reader.h"

namespace vedette::normalise::cloud {
namespace {

using Cells = std::map<std::string, std::string>;

constexpr std::string_view tenant = "84841066-274d-4ec0-a5c1-276be684bdd3";

std::string text_of(const model::TableBatch& batch, const model::CellValue& value) {
  if (const auto* text = std::get_if<model::TextCell>(&value))
    return std::string(batch.text_of(*text));
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* moment = std::get_if<base::Timestamp>(&value)) return base::format_iso(*moment);
  return "?";
}

// One row's filled columns, and its head.
struct Row {
  Cells cells;
  model::RowHead head;
};

std::vector<Row> rows_of(const model::TableBatch& batch) {
  std::vector<Row> rows(batch.row_count());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].head = batch.heads()[i];
  for (const auto& column : batch.columns())
    for (std::size_t i = 0; i < column.rows.size(); ++i)
      rows[column.rows[i]].cells[column.name] = text_of(batch, column.values[i]);
  return rows;
}

class CloudNormaliserTest : public testing::Test {
 protected:
  CloudCounts read(std::string_view format, const std::string& payload, bool keep = true) {
    payload_ = payload;
    model::RawBatch batch;
    source_ = fmt::format("graph:{}:signIns", tenant);
    batch.source_name = source_;
    batch.received = received;
    batch.journal_position = ++position_;
    batch.bytes = payload_;
    const CloudCounts counts = normaliser.read(batch, format, keep);
    if (keep)
      normaliser.add_log_in_rows(
          [this](const base::IpAddress&) -> const model::Location& { return place; });
    std::vector<model::TableBatch> taken;
    normaliser.take(taken);
    if (auto quarantined = quarantine.take()) taken.push_back(std::move(*quarantined));
    tables.clear();
    for (const auto& each : taken) tables[each.table()] = rows_of(each);
    return counts;
  }
  Cells only(const std::string& table) {
    EXPECT_EQ(tables[table].size(), 1U) << table;
    return tables[table].empty() ? Cells() : tables[table].front().cells;
  }

  QuarantineRows quarantine;
  CloudNormaliser normaliser{quarantine};
  model::Location place;
  base::Timestamp received = *base::parse_iso("2026-06-01T08:00:00Z");
  std::map<std::string, std::vector<Row>> tables;

 private:
  std::string payload_, source_;
  std::uint64_t position_ = 0;
};

std::string page(const std::string& records) {
  return R"({"@odata.context":"x","value":[)" + records + "]}";
}

std::string sign_in(const std::string& id, const std::string& more) {
  return R"({"id":")" + id + R"(","createdDateTime":"2026-06-01T07:59:30.1234567Z")" + more + "}";
}

std::string failure(const std::string& id, int code) {
  return sign_in(id,
                 fmt::format(R"(,"userPrincipalName":"Anna@contoso.com","ipAddress":"192.0.2.7",)"
                             R"("status":{{"errorCode":{}}})",
                             code));
}

TEST_F(CloudNormaliserTest, ASignInFillsItsColumns) {
  const auto counts = read(model::graph_sign_ins_format, page(sign_in("s1", R"(,
    "userPrincipalName":"anna@contoso.com","userType":"member","tokenIssuerType":"azureAD",
    "isInteractive":true,"flaggedForReview":null,"autonomousSystemNumber":33771,
    "riskEventTypes_v2":[],"originalRequestId":"",
    "status":{"errorCode":0,"failureReason":"Other.","additionalDetails":null},
    "deviceDetail":{"deviceId":"d1","operatingSystem":"Windows 10","browser":null,
                    "isCompliant":false},
    "location":{"city":"Mombasa","countryOrRegion":"KE",
                "geoCoordinates":{"latitude":-4.05,"longitude":39.66}},
    "appliedConditionalAccessPolicies":[{"id":"p","result":"notEnabled"}])")));
  EXPECT_EQ(counts.records, 1U);
  EXPECT_EQ(counts.unreadable, 0U);
  EXPECT_EQ(only("SigninLogs"),
            (Cells{{"AADTenantId", std::string(tenant)},
                   {"AppliedConditionalAccessPolicies", R"([{"id":"p","result":"notEnabled"}])"},
                   {"AutonomousSystemNumber", "33771"},
                   {"Category", "SignInLogs"},
                   {"ConditionalAccessPolicies", R"([{"id":"p","result":"notEnabled"}])"},
                   {"CreatedDateTime", "2026-06-01T07:59:30.1234567Z"},
                   {"DeviceDetail",
                    R"({"deviceId":"d1","operatingSystem":"Windows 10","isCompliant":false})"},
                   {"DurationMs", "0"},
                   {"Id", "s1"},
                   {"IsInteractive", "true"},
                   {"Level", "4"},
                   {"Location", "KE"},
                   {"LocationDetails", R"({"city":"Mombasa","countryOrRegion":"KE",)"
                                       R"("geoCoordinates":{"latitude":-4.05,"longitude":39.66}})"},
                   {"OperationName", "Sign-in activity"},
                   {"OperationVersion", "1.0"},
                   {"Resource", "Microsoft.aadiam"},
                   {"ResourceGroup", "Microsoft.aadiam"},
                   {"ResourceId", fmt::format("/tenants/{}/providers/Microsoft.aadiam", tenant)},
                   {"ResultSignature", "None"},
                   {"ResultType", "0"},
                   {"RiskEventTypes_V2", "[]"},
                   {"SourceSystem", "Azure AD"},
                   {"Status", R"({"errorCode":0,"failureReason":"Other."})"},
                   {"TokenIssuerType", "AzureAD"},
                   {"UserPrincipalName", "anna@contoso.com"},
                   {"UserType", "Member"}}));
  const Row& row = tables["SigninLogs"].front();
  EXPECT_EQ(base::format_iso(row.head.generated), "2026-06-01T07:59:30.1234567Z");
  EXPECT_EQ(row.head.received, received);
  ASSERT_EQ(normaliser.sign_ins().size(), 1U);
  EXPECT_EQ(row.head.item_id, normaliser.sign_ins()[0].event.id);
}

TEST_F(CloudNormaliserTest, EachKindOfSignInHasItsTable) {
  read(model::graph_sign_ins_format,
       page(sign_in("1", R"(,"signInEventTypes":["interactiveUser"])") + "," +
            sign_in("2", R"(,"signInEventTypes":["nonInteractiveUser"],"status":{"errorCode":50074},
                        "processingTimeInMilliseconds":132)") +
            "," + sign_in("3", R"(,"signInEventTypes":["ServicePrincipal"],
                              "servicePrincipalName":"app","status":{"errorCode":0})") +
            "," + sign_in("4", R"(,"signInEventTypes":["managedIdentity"])") + "," +
            sign_in("5", "")));
  EXPECT_EQ(tables["SigninLogs"].size(), 2U);
  const Cells silent = only("AADNonInteractiveUserSignInLogs");
  EXPECT_EQ(silent.at("Status"), R"({"errorCode":50074})");
  EXPECT_EQ(silent.at("ResultType"), "50074");
  EXPECT_EQ(silent.at("ProcessingTimeInMs"), "132");
  EXPECT_EQ(silent.at("SignInEventTypes"), R"(["nonInteractiveUser"])");
  EXPECT_EQ(silent.at("Category"), "NonInteractiveUserSignInLogs");
  EXPECT_EQ(only("AADServicePrincipalSignInLogs").at("Identity"), "app");
  EXPECT_EQ(only("AADManagedIdentitySignInLogs").at("Category"), "ManagedIdentitySignInLogs");
  EXPECT_EQ(tables["ASimAuthenticationEventLogs"].size(), 5U);
}

TEST_F(CloudNormaliserTest, TheSameSignInIsTheSameRow) {
  read(model::graph_sign_ins_format, page(failure("same", 50126)));
  const auto first = tables["SigninLogs"].at(0).head;
  EXPECT_EQ(normaliser.log_ins().size(), 1U);
  read(model::graph_sign_ins_format, page(failure("other", 0) + " ,\n " + failure("same", 50126)));
  const auto again = tables["SigninLogs"].at(1).head;
  EXPECT_EQ(first.item_id, again.item_id);
  EXPECT_EQ(first.content_hash, again.content_hash);
  EXPECT_EQ(normaliser.log_ins().size(), 1U);  // the other one
  read(model::graph_sign_ins_format, page(failure("same", 0)));
  EXPECT_EQ(first.item_id, tables["SigninLogs"].at(0).head.item_id);
  EXPECT_NE(first.content_hash, tables["SigninLogs"].at(0).head.content_hash);
  EXPECT_EQ(normaliser.sign_ins().size(), 1U);
  EXPECT_TRUE(normaliser.log_ins().empty());
}

TEST_F(CloudNormaliserTest, OnlyCredentialsAndTheirSuccessesAreLogIns) {
  read(model::graph_sign_ins_format,
       page(failure("1", 50126) + "," + failure("2", 50074) + "," + failure("3", 500121) + "," +
            failure("4", 53003) + "," + failure("5", 70044) + "," + failure("6", 0) + "," +
            sign_in("7", R"(,"status":{"errorCode":0},"signInEventTypes":["nonInteractiveUser"])") +
            "," + sign_in("8", R"(,"status":{"errorCode":0},"clientAppUsed":"IMAP4",
                              "signInEventTypes":["nonInteractiveUser"])") +
            "," + sign_in("9", R"(,"status":{"errorCode":7000215},
                              "signInEventTypes":["servicePrincipal"])")));
  using model::SignInResult;
  std::vector<SignInResult> results;
  for (const auto& each : normaliser.sign_ins()) results.push_back(each.result);
  EXPECT_EQ(results,
            (std::vector{SignInResult::credential_failure, SignInResult::interrupted,
                         SignInResult::mfa_denied, SignInResult::blocked, SignInResult::interrupted,
                         SignInResult::success, SignInResult::success, SignInResult::success,
                         SignInResult::credential_failure}));
  ASSERT_EQ(normaliser.log_ins().size(), 3U);
  const model::AuthEvent& failed = normaliser.log_ins()[0];
  EXPECT_EQ(failed.user.view(), "anna@contoso.com");
  EXPECT_EQ(failed.result, model::AuthResult::failure);
  EXPECT_EQ(base::format_ip(failed.address), "192.0.2.7");
  EXPECT_EQ(failed.record.view(), failure("1", 50126));
}

TEST_F(CloudNormaliserTest, LogInsAreInTheOrderOfTheirTimes) {
  const auto at = [](int second) {
    return fmt::format(R"({{"id":"{0}","createdDateTime":"2026-06-01T07:00:{0}Z",)"
                       R"("status":{{"errorCode":50126}}}})",
                       second);
  };
  read(model::graph_sign_ins_format, page(at(30) + "," + at(20) + "," + at(10)));  // newest first
  ASSERT_EQ(normaliser.log_ins().size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(normaliser.log_ins(), {}, &model::AuthEvent::time));
}

TEST_F(CloudNormaliserTest, WhatWasSeenOutlivesARestart) {
  read(model::graph_sign_ins_format, page(failure("1", 50126)));
  CloudNormaliser next(quarantine);
  next.recall(normaliser.seen());
  model::RawBatch batch;
  const std::string payload = page(failure("1", 50126) + "," + failure("2", 50126));
  batch.bytes = payload;
  batch.received = received;
  next.read(batch, model::graph_sign_ins_format, false);
  EXPECT_EQ(next.log_ins().size(), 1U);
}

TEST_F(CloudNormaliserTest, DetectorsAreGivenEachVersionOfASignInAndEachChangeOnce) {
  read(model::graph_sign_ins_format, page(failure("a", 50074) + "," + failure("b", 0)));
  ASSERT_EQ(normaliser.new_sign_ins().size(), 2U);
  const std::uint64_t id = normaliser.new_sign_ins()[0]->event.id;
  // The overlap brings both again, and one with its outcome.
  read(model::graph_sign_ins_format, page(failure("b", 0) + "," + failure("a", 500121)));
  ASSERT_EQ(normaliser.new_sign_ins().size(), 1U);
  EXPECT_EQ(normaliser.new_sign_ins()[0]->event.id, id);
  EXPECT_EQ(normaliser.new_sign_ins()[0]->result, model::SignInResult::mfa_denied);
  const auto audit = [](int second) {
    return fmt::format(R"({{"id":"{0}","activityDateTime":"2026-06-01T07:00:{0}Z",)"
                       R"("activityDisplayName":"Add user","result":"success"}})",
                       second);
  };
  read(model::graph_directory_audits_format, page(audit(20) + "," + audit(10)));
  ASSERT_EQ(normaliser.changes().size(), 2U);
  EXPECT_LT(normaliser.changes()[0].time, normaliser.changes()[1].time);
  read(model::graph_directory_audits_format, page(audit(20) + "," + audit(30)));
  EXPECT_EQ(normaliser.changes().size(), 1U);
}

TEST_F(CloudNormaliserTest, ABackFillPushesNothingLiveOutOfMemory) {
  SeenSignIns seen;
  ASSERT_TRUE(seen.add(1, received, true));
  for (std::uint64_t key = 2; key < 300'000; ++key) ASSERT_TRUE(seen.add(key, received, false));
  EXPECT_FALSE(seen.add(1, received, false));
  EXPECT_FALSE(seen.add(299'999, received, true));
  EXPECT_TRUE(seen.add(2, received, false));  // the oldest of what was read back
  SeenSignIns next;
  next.recall(seen.all());
  EXPECT_FALSE(next.add(1, received, true));
  EXPECT_TRUE(next.add(3, received + base::Duration::hours(1), true));
  // Longer than any overlap or sweep.
  EXPECT_TRUE(next.add(4, received + base::Duration::hours(50), true));
  EXPECT_TRUE(next.add(1, received + base::Duration::hours(50), true));
}

TEST_F(CloudNormaliserTest, PeopleAndPlacesOfTheTenant) {
  read(model::graph_identities_format, page(R"({"user":{"id":"A-1",
      "userPrincipalName":"Anna@contoso.com","displayName":"Anna","userType":"Member",
      "accountEnabled":true,"usageLocation":"de"},
    "mailbox":{"timeZone":"W. Europe Standard Time","workingHours":{"daysOfWeek":["monday","friday"],
      "startTime":"08:30:00.0000000","endTime":"17:00:00.0000000","timeZone":{"name":"x"}}},
    "groups":[{"id":"g","displayName":"Staff","takesRoles":false}],
    "roles":[{"id":"r","displayName":"Global Administrator","eligible":true},
             {"id":"q","displayName":"Reports Reader","eligible":false}]},
   {"user":{"id":"b-2","userPrincipalName":"bob@contoso.com","accountEnabled":false},
    "mailbox":{"timeZone":"Nowhere Time"},
    "groups":[{"id":"h","displayName":"Guarded","takesRoles":true}],"roles":[]})"));
  ASSERT_EQ(normaliser.identities().size(), 2U);
  const model::Identity& anna = normaliser.identities()[0];
  EXPECT_EQ(anna.id, "a-1");
  EXPECT_EQ(anna.name, "anna@contoso.com");
  EXPECT_EQ(anna.zone, "Europe/Berlin");
  EXPECT_EQ(anna.country, "DE");
  EXPECT_EQ(anna.hours, (model::WorkingHours{0b10001, 8 * 60 + 30, 17 * 60}));
  EXPECT_EQ(anna.roles, std::vector<std::string>{"Reports Reader"});
  EXPECT_EQ(anna.eligible_roles, std::vector<std::string>{"Global Administrator"});
  EXPECT_TRUE(anna.is_administrator && anna.is_protected);
  const model::Identity& bob = normaliser.identities()[1];
  EXPECT_EQ(bob.zone, "");
  EXPECT_FALSE(bob.is_enabled || bob.is_administrator);
  EXPECT_TRUE(bob.is_protected);
  EXPECT_EQ(normaliser.locations(), nullptr);

  read(model::graph_named_locations_format,
       page(R"({"@odata.type":"#microsoft.graph.ipNamedLocation",
      "id":"l1","displayName":"Offices","isTrusted":true,
      "ipRanges":[{"cidrAddress":"192.0.2.0/24"},{"cidrAddress":"2001:db8::/32"},{"cidrAddress":"?"}]},
    {"id":"l2","displayName":"Abroad","countriesAndRegions":["us","FR"]})"));
  ASSERT_NE(normaliser.locations(), nullptr);
  ASSERT_EQ(normaliser.locations()->size(), 2U);
  EXPECT_EQ(normaliser.locations()->at(0).networks.size(), 2U);
  EXPECT_EQ(normaliser.locations()->at(1).countries, (std::vector<std::string>{"US", "FR"}));
  EXPECT_EQ(tables["VedetteNamedLocations"].size(), 2U);
  EXPECT_EQ(tables["VedetteNamedLocations"][0].cells.at("IpRanges"),
            R"(["192.0.2.0/24","2001:db8::/32","?"])");
}

TEST_F(CloudNormaliserTest, EveryZoneOfWindowsIsOneThatTzdataKnows) {
  std::size_t zones = 0;
  for (std::string_view rest = built_in_windows_zones(); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with('#')) continue;
    ++zones;
    EXPECT_TRUE(base::TimeZone::find(line.substr(line.find('=') + 1))) << line;
  }
  EXPECT_GT(zones, 130U);
}

class AuditedLogIns : public CloudNormaliserTest {
 protected:
  static std::string log_in(const std::string& id, const std::string& more) {
    return R"({"Id":")" + id + R"(","CreationTime":"2026-06-01T07:00:00","RecordType":15,)" +
           R"("Workload":"AzureActiveDirectory","UserId":"Anna@contoso.com",)" +
           R"("ClientIP":"192.0.2.7:443")" + more + "}";
  }
  const std::string log_ins =
      "[" + log_in("1", R"(,"Operation":"UserLoginFailed","ErrorNumber":"50126",
                      "LogonError":"InvalidUserNameOrPassword")") +
      "," + log_in("2", R"(,"Operation":"UserLoggedIn","ErrorNumber":"0","ExtendedProperties":[
                      {"Name":"UserAgent","Value":"curl"},
                      {"Name":"RequestType","Value":"OAuth2:Token"}])") +
      "," + log_in("3", R"(,"Operation":"UserLoggedIn","ResultStatus":"Success")") + "," +
      log_in("4", R"(,"Operation":"Update user.")") + "]";

  void read_from(CloudNormaliser& reader, std::string source, std::string_view format,
                 const std::string& payload) {
    model::RawBatch batch;
    batch.source_name = source;
    batch.received = received;
    batch.bytes = payload;
    reader.read(batch, format, false);
    count = reader.sign_ins().size();
    guesses = reader.log_ins().size();
    agent = count > 1 ? std::string(reader.sign_ins()[1].user_agent) : std::string();
    address = count > 0 ? base::format_ip(reader.sign_ins()[0].event.address) : std::string();
  }
  std::size_t count = 0, guesses = 0;
  std::string agent, address;
};

TEST_F(AuditedLogIns, AreSignInsOnlyWhereTheTenantIsGivenNone) {
  CloudNormaliser reader(quarantine,
                         [](std::string_view) -> SourceTenant { return {tenant, true}; });
  const auto activity = model::management_activity_format;
  read_from(reader, "management-activity:contoso:Audit.AzureActiveDirectory", activity, log_ins);
  EXPECT_EQ(count, 0U);
  // Other feeds are refused too; these two have no bearing on it.
  read_from(reader, "graph:contoso:risk-detections", model::cloud_refusal_format, "{}");
  read_from(reader, "graph:contoso:sign-ins:non-interactive", model::cloud_refusal_format, "{}");
  read_from(reader, "management-activity:contoso:Audit.AzureActiveDirectory", activity, log_ins);
  EXPECT_EQ(count, 0U);
  read_from(reader, "graph:contoso:sign-ins:interactive", model::cloud_refusal_format,
            R"({"missing":"licence"})");
  read_from(reader, "management-activity:contoso:Audit.AzureActiveDirectory", activity, log_ins);
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(guesses, 2U);  // a token that was refreshed says nothing of guessing
  EXPECT_EQ(agent, "curl");
  EXPECT_EQ(address, "192.0.2.7");
  EXPECT_EQ(reader.without_sign_ins().size(), 1U);
  // They come after all: bought.
  read_from(reader, "graph:contoso:sign-ins:interactive", model::graph_sign_ins_format, page(""));
  read_from(reader, "management-activity:contoso:Audit.AzureActiveDirectory", activity, log_ins);
  EXPECT_EQ(count, 0U);
}

TEST_F(AuditedLogIns, AreAllThereIsWhereNobodyAsksForSignIns) {
  CloudNormaliser reader(quarantine,
                         [](std::string_view) -> SourceTenant { return {tenant, false}; });
  read_from(reader, "management-activity:contoso:Audit.AzureActiveDirectory",
            model::management_activity_format, log_ins);
  EXPECT_EQ(count, 3U);
}

TEST_F(CloudNormaliserTest, WhatDoesNotFitIsNamedAndTheRestIsKept) {
  const auto counts = read(model::graph_sign_ins_format,
                           page(R"({"id":"1","createdDateTime":"yesterday","isInteractive":"maybe",
                                    "appDisplayName":{"an":"object"},"Status":{"errorCode":"50126"}})"
                                R"(,{"createdDateTime":"2026-06-01T07:00:00Z","id":"2","id":"3"})"
                                R"(,{"appId":"no id"})"));
  EXPECT_EQ(counts.records, 3U);
  EXPECT_EQ(counts.unreadable, 3U);
  ASSERT_EQ(tables["SigninLogs"].size(), 3U);
  const Row& row = tables["SigninLogs"][0];
  EXPECT_EQ(row.cells.at("ResultType"), "50126");
  EXPECT_EQ(row.cells.at("AppDisplayName"), R"({"an":"object"})");
  EXPECT_FALSE(row.cells.contains("IsInteractive"));
  EXPECT_EQ(row.head.generated, received);
  EXPECT_EQ(tables["SigninLogs"][1].cells.at("Id"), "3");
  const auto& quarantined = tables["VedetteQuarantine"];
  ASSERT_EQ(quarantined.size(), 3U);
  EXPECT_EQ(quarantined[0].cells.at("Reason"),
            "it has no time; SigninLogs.CreatedDateTime would be no datetime; "
            "SigninLogs.IsInteractive would be no bool");
  EXPECT_EQ(quarantined[1].cells.at("Reason"), "a member stands there twice");
  EXPECT_EQ(quarantined[2].cells.at("Reason"), "it does not say who it is; it has no time");
  EXPECT_EQ(quarantined[2].cells.at("Payload"), R"({"appId":"no id"})");
}

TEST_F(CloudNormaliserTest, ABrokenRecordIsQuarantinedAloneEvenWhenRowsAreNotWanted) {
  const std::string payload = page(failure("1", 50126) + R"(,{"id":nul},)" + failure("2", 50126));
  auto counts = read(model::graph_sign_ins_format, payload);
  EXPECT_EQ(counts.unreadable, 1U);
  EXPECT_EQ(tables["SigninLogs"].size(), 2U);
  EXPECT_EQ(only("VedetteQuarantine").at("Payload"), R"({"id":nul})");
  EXPECT_EQ(only("VedetteQuarantine").at("Source"), fmt::format("graph:{}:signIns", tenant));
  counts = read(model::graph_sign_ins_format, payload, false);
  EXPECT_EQ(counts.unreadable, 1U);
  EXPECT_TRUE(tables.empty());
  EXPECT_EQ(normaliser.sign_ins().size(), 2U);
}

TEST_F(CloudNormaliserTest, ALogInIsARowOfTheCommonSchema) {
  place.country = "Germany";
  place.organisation = "Example Net";
  read(model::graph_sign_ins_format, page(failure("1", 50126)));
  const Cells row = only("ASimAuthenticationEventLogs");
  EXPECT_EQ(row.at("EventResult"), "Failure");
  EXPECT_EQ(row.at("EventResultDetails"), "No such user or password");
  EXPECT_EQ(row.at("EventOriginalResultDetails"), "50126");
  EXPECT_EQ(row.at("TargetUsername"), "anna@contoso.com");
  EXPECT_EQ(row.at("TargetUsernameType"), "UPN");
  EXPECT_EQ(row.at("SrcIpAddr"), "192.0.2.7");
  EXPECT_EQ(row.at("SrcGeoCountry"), "Germany");
  EXPECT_EQ(row.at("SrcIsp"), "Example Net");
  EXPECT_EQ(row.at("EventProduct"), "Entra ID");
}

TEST_F(CloudNormaliserTest, RecordsOfTheUnifiedLogGoWhereTheirWorkloadBelongs) {
  const auto counts = read(model::management_activity_format, R"([
    {"Id":"a","CreationTime":"2026-06-01T07:00:00","RecordType":1,"Workload":"Exchange",
     "Operation":"New-InboxRule","UserType":2,"UserId":"anna@contoso.com","ClientIP":"192.0.2.1:99",
     "ExternalAccess":false,"Parameters":[{"Name":"ForwardTo","Value":"x@evil.example"}],
     "LogonType":1},
    {"Id":"b","CreationTime":"2026-06-01T07:00:01","RecordType":15,
     "Workload":"AzureActiveDirectory","Operation":"UserLoginFailed","Unheard":{"of":null,"x":1}}])");
  EXPECT_EQ(counts.unreadable, 0U);
  const Cells office = only("OfficeActivity");
  EXPECT_EQ(office.at("RecordType"), "ExchangeAdmin");
  EXPECT_EQ(office.at("UserType"), "Admin");
  EXPECT_EQ(office.at("Logon_Type"), "Admin");
  EXPECT_EQ(office.at("ExternalAccess"), "False");
  EXPECT_EQ(office.at("OfficeWorkload"), "Exchange");
  EXPECT_EQ(office.at("Parameters"), R"([{"Name":"ForwardTo","Value":"x@evil.example"}])");
  EXPECT_EQ(base::format_iso(tables["OfficeActivity"][0].head.generated), "2026-06-01T07:00:00Z");
  const Cells other = only("VedetteOtherActivity");
  EXPECT_EQ(other.at("RecordType"), "AzureActiveDirectoryStsLogon");
  EXPECT_EQ(
      other.at("Record"),
      R"({"Id":"b","CreationTime":"2026-06-01T07:00:01","RecordType":15,)"
      R"("Workload":"AzureActiveDirectory","Operation":"UserLoginFailed","Unheard":{"x":1}})");
}

TEST_F(CloudNormaliserTest, AnAuditIsAChange) {
  read(model::graph_directory_audits_format, page(R"({"id":"1",
    "activityDateTime":"2026-06-01T07:00:00Z","activityDisplayName":"Add member to role","result":"success",
    "loggedByService":"Core Directory",
    "initiatedBy":{"user":{"userPrincipalName":"eve@contoso.com","ipAddress":"192.0.2.9"},"app":null},
    "targetResources":[{"type":"User","userPrincipalName":"bob@contoso.com","modifiedProperties":[
      {"displayName":"Role.DisplayName","oldValue":null,"newValue":"\"Global Administrator\""}]}]},
   {"id":"2","activityDateTime":"2026-06-01T07:00:01Z","activityDisplayName":"Reset user password ","result":"failure",
    "initiatedBy":{"app":{"displayName":"Sync"}},
    "targetResources":[{"Type":"User","displayName":"Bob","id":"b"}]},
   {"id":"3","activityDateTime":"2026-06-01T07:00:02Z","activityDisplayName":"Unheard of","targetResources":7})"));
  ASSERT_EQ(normaliser.changes().size(), 3U);
  const model::ChangeEvent& role = normaliser.changes()[0];
  EXPECT_EQ(role.operation, model::ChangeOperation::member_added);
  EXPECT_EQ(role.actor.view(), "eve@contoso.com");
  EXPECT_EQ(base::format_ip(role.actor_address), "192.0.2.9");
  EXPECT_EQ(role.target.view(), "bob@contoso.com");
  EXPECT_EQ(role.target_kind, model::ObjectKind::user);
  EXPECT_EQ(role.container.view(), "Global Administrator");
  EXPECT_EQ(role.container_kind, model::ObjectKind::role);
  EXPECT_TRUE(role.is_privileged);
  EXPECT_EQ(role.id, tables["AuditLogs"][0].head.item_id);
  const model::ChangeEvent& reset = normaliser.changes()[1];
  EXPECT_EQ(reset.operation, model::ChangeOperation::password_changed);
  EXPECT_EQ(reset.result, model::AuthResult::failure);
  EXPECT_EQ(reset.actor.view(), "Sync");
  EXPECT_EQ(reset.target.view(), "Bob");
  EXPECT_FALSE(reset.is_privileged);
  EXPECT_EQ(normaliser.changes()[2].operation, model::ChangeOperation::other);
  EXPECT_EQ(normaliser.changes()[2].detail.view(), "Unheard of");
}

TEST_F(CloudNormaliserTest, IdentitiesKnowTheirRolesAndGroups) {
  read(model::graph_identities_format, page(R"({"user":{"id":"u1","accountEnabled":true,
    "userPrincipalName":"anna@contoso.com","userType":"guest","createdDateTime":"2020-01-01T00:00:00Z"},
    "roles":[{"id":"r1","displayName":"Global Administrator","eligible":false},
             {"id":"r2","displayName":"User Administrator","eligible":true}],
    "groups":[{"id":"g1","displayName":"Staff"}]})"));
  const Cells row = only("IdentityInfo");
  EXPECT_EQ(row.at("AccountName"), "anna");
  EXPECT_EQ(row.at("AccountDomain"), "contoso.com");
  EXPECT_EQ(row.at("AccountObjectId"), "u1");
  EXPECT_EQ(row.at("AssignedRoles"), R"(["Global Administrator"])");
  EXPECT_EQ(row.at("PrivilegedEntraPimRoles"), R"(["User Administrator"])");
  EXPECT_EQ(row.at("GroupMembership"), R"(["Staff"])");
  EXPECT_EQ(row.at("IsAccountEnabled"), "true");
  EXPECT_EQ(row.at("UserType"), "Guest");
  const auto today = tables["IdentityInfo"][0].head.item_id;
  received = received + base::Duration::hours(24);
  read(model::graph_identities_format, page(R"({"user":{"id":"u1"}})"));
  EXPECT_NE(tables["IdentityInfo"][0].head.item_id, today);
}

TEST_F(CloudNormaliserTest, AnswersOfQueriesHaveTheLocalTypes) {
  const auto counts = read(model::log_analytics_format, R"({"table":"Heartbeat","answer":{"tables":[
    {"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},
       {"name":"Computer","type":"string"},{"name":"RemoteIPLatitude","type":"real"},
       {"name":"Unheard","type":"long"},{"name":"_ItemId","type":"string"}],
     "rows":[["2026-06-01T07:00:00Z","host \"1\"",52.5,7,"item-1"],
             ["2026-06-01T07:00:01Z",null,null,null,"item-2"],["short"]]}]}})");
  EXPECT_EQ(counts.records, 3U);
  EXPECT_EQ(counts.unreadable, 1U);
  ASSERT_EQ(tables["Heartbeat"].size(), 2U);
  EXPECT_EQ(tables["Heartbeat"][0].cells.at("Computer"), "host \"1\"");
  EXPECT_EQ(tables["Heartbeat"][0].cells.at("RemoteIPLatitude"), "52.5");
  EXPECT_EQ(tables["VedetteQuarantine"].size(), 2U);  // the column, and the short row
  read(model::log_analytics_format, R"({"table":"NoSuch","answer":{"tables":[]}})");
  EXPECT_EQ(only("VedetteQuarantine").at("Reason"), "there is no table NoSuch");
  read(model::log_analytics_format, R"({"table":"Heartbeat","answer":{"error":1}})");
  EXPECT_EQ(only("VedetteQuarantine").at("Reason"), "it has no tables");
}

// The published examples, which are not a part of this repository.
class Published : public CloudNormaliserTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(contracts))
      GTEST_SKIP() << "NOT TESTED: the published examples are not in " << contracts;
  }
  static std::string file(const std::string& name) {
    std::ifstream stream(contracts + name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // Of a Sentinel or Log Analytics example: the body of its answer.
  static std::string body(const std::string& name) {
    const auto example = base::parse_json(file(name));
    return example ? base::format_json((*example)["responses"]["200"]["body"]) : "";
  }
  static inline const std::string contracts = VEDETTE_SOURCE_DIR "/../shared/contracts/";
};

TEST_F(Published, SignIns) {
  int records = 0;
  for (const char* name :
       {"beta-signin-get.1", "beta-signin-list.1", "beta-signin-list.2", "beta-signin-list.3",
        "signin-get.1", "signin-list.1", "signin-list.2"}) {
    std::string text = file(fmt::format("graph/examples/{}.json", name));
    ASSERT_FALSE(text.empty()) << name;
    if (text.find("\"value\": [") == std::string::npos &&
        text.find("\"value\": {") == std::string::npos)
      text = page(text);
    const auto counts = read(model::graph_sign_ins_format, text);
    EXPECT_EQ(counts.unreadable, 0U) << name << ": " << normaliser.most_frequent_reason();
    records += static_cast<int>(counts.records);
  }
  EXPECT_GE(records, 7);
}

TEST_F(Published, ASignInOfBetaAsItsTableWantsIt) {
  read(model::graph_sign_ins_format, file("graph/examples/beta-signin-list.3.json"));
  const Cells row = only("AADNonInteractiveUserSignInLogs");
  const Cells expected{
      {"AppDisplayName", "Graph Explorer"},
      {"AutonomousSystemNumber", "33771"},
      {"ConditionalAccessStatus", "notApplied"},
      {"IPAddress", "197.178.9.154"},
      {"IsInteractive", "false"},
      {"Location", "KE"},
      {"NetworkLocationDetails",
       R"([{"networkType":"namedNetwork","networkNames":["Suspicious countries"]}])"},
      {"ResourceIdentity", "00000003-0000-0000-c000-000000000000"},
      {"ResultType", "0"},
      {"Status", R"({"errorCode":0,"failureReason":"Other."})"},
      {"UserType", "Member"},
      {"TokenIssuerType", "AzureAD"},
      {"LocationDetails",
       R"({"city":"Mombasa","state":"Coast","countryOrRegion":"KE","geoCoordinates":{}})"}};
  for (const auto& [column, value] : expected) {
    ASSERT_TRUE(row.contains(column)) << column;
    EXPECT_EQ(row.at(column), value) << column;
  }
  EXPECT_FALSE(row.contains("ResultDescription"));
  ASSERT_EQ(normaliser.sign_ins().size(), 1U);
  const model::SignIn& sign_in = normaliser.sign_ins()[0];
  EXPECT_EQ(sign_in.kind, model::SignInKind::non_interactive);
  EXPECT_EQ(sign_in.result, model::SignInResult::success);
  EXPECT_EQ(sign_in.user_id, "4562bcc8-c436-4f95-b7c0-4f8ce89dca5e");
  EXPECT_EQ(sign_in.trust_type, "Azure AD registered");
  EXPECT_EQ(sign_in.autonomous_system, 33771U);
  EXPECT_EQ(sign_in.token_id, "ZWYxZTFmY2MtODBiZC00ODliLTgyYzUtMTZhZDgwNzcwZTAw");
  EXPECT_FALSE(sign_in.presents_credentials);
  EXPECT_FALSE(sign_in.has_coordinates);
}

TEST_F(Published, DirectoryAudits) {
  read(model::graph_directory_audits_format, file("graph/examples/directoryaudit-list.1.json"));
  const Cells row = only("AuditLogs");
  EXPECT_EQ(row.at("OperationName"), "Add member to group");
  ASSERT_EQ(normaliser.changes().size(), 1U);
  EXPECT_EQ(normaliser.changes()[0].container.view(), "Example.com");
  EXPECT_EQ(normaliser.changes()[0].target.view(), "bob@contoso.com");
  EXPECT_EQ(row.at("Identity"), "Audry Oliver");
  EXPECT_EQ(row.at("InitiatedBy"),
            R"({"user":{"id":"728309ae-1a37-4937-9afe-e35d964db09b","displayName":"Audry Oliver",)"
            R"("userPrincipalName":"bob@wingtiptoysonline.com","ipAddress":"127.0.0.1"}})");
  EXPECT_EQ(base::format_iso(tables["AuditLogs"][0].head.generated),
            "2018-01-09T21:20:02.7215374Z");
  const auto counts = read(model::graph_directory_audits_format,
                           page(file("graph/examples/beta-directoryaudit-list.1.json")));
  ASSERT_EQ(normaliser.changes().size(), 1U);
  EXPECT_EQ(normaliser.changes()[0].operation, model::ChangeOperation::changed);
  EXPECT_EQ(counts.records, 1U);
  EXPECT_EQ(counts.unreadable, 0U);
}

TEST_F(Published, RiskDetections) {
  read(model::graph_risk_detections_format, file("graph/examples/beta-riskdetection-list.3.json"));
  const Cells row = only("AADUserRiskEvents");
  EXPECT_EQ(row.at("RiskEventType"), "unfamiliarFeatures");
  EXPECT_TRUE(row.at("AdditionalInfo").starts_with(R"([{"Key":"userAgent","Value":"Mozilla)"));
  EXPECT_EQ(row.at("Location"),
            R"({"city":"Seattle","state":"Washington","countryOrRegion":"US"})");
}

TEST_F(Published, Incidents) {
  read(model::sentinel_incidents_format,
       body("sentinel-incidents/examples/Incidents_List.GetIncidents.json"));
  const Cells row = only("SecurityIncident");
  EXPECT_EQ(row.at("IncidentNumber"), "3177");
  EXPECT_EQ(row.at("Title"), "My incident");
  EXPECT_EQ(row.at("Status"), "Closed");
  EXPECT_EQ(row.at("LastModifiedTime"), "2019-01-01T13:15:30Z");
  const model::RowHead listed = tables["SecurityIncident"][0].head;
  const std::string page_text =
      body("sentinel-incidents/examples/Incidents_List.GetIncidents.json");
  const std::string incident =
      base::format_json((*base::parse_json(page_text))["value"].as_array()->at(0));
  const std::string alerts =
      body("sentinel-incidents/examples/Incidents_ListAlerts.GetAllIncidentAlerts.json");
  const std::string entities =
      body("sentinel-incidents/examples/Incidents_ListEntities.GetAllIncidentEntities.json");
  read(model::sentinel_incident_details_format, R"({"incident":"/subscriptions/x","record":)" +
                                                    incident + R"(,"alerts":)" + alerts +
                                                    R"(,"entities":)" + entities + "}");
  // The same row, with what only the details say.
  EXPECT_EQ(tables["SecurityIncident"].at(0).head.item_id, listed.item_id);
  EXPECT_EQ(only("SecurityIncident").at("AlertIds"), R"(["baa8a239-6fde-4ab7-a093-d09f7b75c58c"])");
  EXPECT_EQ(only("SecurityIncident").at("Title"), "My incident");
  const Cells alert = only("SecurityAlert");
  EXPECT_EQ(alert.at("SystemAlertId"), "baa8a239-6fde-4ab7-a093-d09f7b75c58c");
  EXPECT_EQ(alert.at("AlertSeverity"), "Low");
  EXPECT_EQ(alert.at("EndTime"), "2020-07-20T18:21:53.6158361Z");
  EXPECT_EQ(alert.at("Entities"),
            R"([{"$id":"1","Name":"administrator","NTDomain":"domain","Type":"account"}])");
  EXPECT_TRUE(only("VedetteIncidentDetails").at("Entities").find("administrator") !=
              std::string::npos);
}

TEST_F(Published, AnswersOfQueries) {
  const std::string answer = body("loganalytics-query/examples/Query_Execute.la-post-example.json");
  const auto counts =
      read(model::log_analytics_format, R"({"table":"Usage","answer":)" + answer + "}");
  EXPECT_EQ(counts.records, 2U);
  EXPECT_EQ(counts.unreadable, 0U);
  ASSERT_EQ(tables["Usage"].size(), 2U);
  EXPECT_EQ(tables["Usage"][0].cells.at("Computer"), "ContosoSQLSrv1");
  EXPECT_EQ(tables["Usage"][0].cells.at("Quantity"), "0.076408");
}

TEST_F(CloudNormaliserTest, AnIncidentWithItsDetailsIsRead) {
  const std::string payload = R"({"incident":"/subscriptions/s/incidents/i1",
"record":{"id":"/subscriptions/s/incidents/i1","name":"i1","etag":"\"e\"","properties":{
"title":"Twill Typhoon activity","severity":"High","status":"Active","incidentNumber":3005,
"createdTimeUtc":"2026-06-01T08:00:00Z","lastModifiedTimeUtc":"2026-06-01T09:00:00Z",
"firstActivityTimeUtc":"2026-06-01T07:00:00Z","incidentUrl":"https://portal.azure.com/x",
"labels":[{"labelName":"twill","labelType":"User"}],"owner":{"assignedTo":"Anna","objectId":"o"},
"relatedAnalyticRuleIds":["/subscriptions/s/alertRules/rule-1"],
"additionalData":{"alertsCount":2,"alertProductNames":["Azure Sentinel"],"tactics":["CredentialAccess"]}}},
"alerts":{"value":[{"name":"a1","properties":{"systemAlertId":"sys-1","alertDisplayName":"Beacon",
"productName":"Defender"}}]},
"entities":{"entities":[
{"kind":"Account","properties":{"accountName":"bo","upnSuffix":"contoso.com","aadUserId":"1111"}},
{"kind":"Account","properties":{"accountName":"root","aadUserId":"00000000-0000-0000-0000-000000000000"}},
{"kind":"Ip","properties":{"address":"203.0.113.7"}},{"kind":"Host","properties":{"hostName":"ws-17"}},
{"kind":"Mailbox","properties":{"mailboxPrimaryAddress":"bo@contoso.com"}},
{"kind":"CloudApplication","properties":{"appName":"Mail Helper"}}]},
"comments":{"value":[
{"name":"c2","properties":{"message":"mine","createdTimeUtc":"2026-06-01T08:30:00Z",
"author":{"userPrincipalName":"anna@contoso.com","name":"Anna"}}},
{"name":"c1","properties":{"message":"looked up","createdTimeUtc":"2026-06-01T08:20:00Z",
"author":{"name":"playbook","objectId":"p"}}},
{"name":"c3","properties":{"message":"?","createdTimeUtc":"2026-06-01T08:40:00Z"}}]}})";
  EXPECT_EQ(read(model::sentinel_incident_details_format, payload).unreadable, 0U);
  ASSERT_EQ(normaliser.incidents().size(), 1U);
  const model::IncidentReading& reading = normaliser.incidents()[0];
  const model::IncidentOrigin& origin = reading.origin;
  EXPECT_EQ(origin.id, "/subscriptions/s/incidents/i1");
  EXPECT_EQ(origin.number, "3005");
  EXPECT_EQ(origin.status, "Active");
  EXPECT_EQ(origin.owner, "Anna");
  EXPECT_EQ(origin.labels, (std::vector<std::string>{"twill"}));
  EXPECT_EQ(origin.rule_ids, (std::vector<std::string>{"rule-1"}));
  EXPECT_EQ(origin.alert_ids, (std::vector<std::string>{"sys-1"}));
  EXPECT_EQ(origin.products, (std::vector<std::string>{"Azure Sentinel", "Defender"}));
  EXPECT_EQ(origin.created, *base::parse_iso("2026-06-01T08:00:00Z"));
  ASSERT_EQ(origin.accounts.size(), 2U);
  EXPECT_EQ(origin.accounts[0], (model::AccountReference{"1111", "bo@contoso.com", ""}));
  EXPECT_EQ(origin.accounts[1], (model::AccountReference{"", "", ""})) << "a name of some host";
  std::string entities;
  for (const auto& [kind, value] : origin.entities) entities += kind + " " + value + ", ";
  EXPECT_EQ(entities,
            "Account bo@contoso.com, Account root, Ip 203.0.113.7, Host ws-17, Mailbox "
            "bo@contoso.com, CloudApplication Mail Helper, ");
  ASSERT_EQ(reading.comments.size(), 3U) << "by time";
  EXPECT_EQ(reading.comments[0].by, model::Toucher::automation);
  EXPECT_EQ(reading.comments[1].by, model::Toucher::person);
  EXPECT_EQ(reading.comments[2].by, model::Toucher::unclear);
  read(model::sentinel_incident_details_format, R"({"incident":"x","record":{"id":""}})");
  EXPECT_TRUE(normaliser.incidents().empty());
}

}  // namespace
}  // namespace vedette::normalise::cloud
