// KQL that services elsewhere run: what is asked, what comes back, what is missing.
#include "collect/cloud/remote_query.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"

namespace vedette::collect::cloud {
namespace {

using fakes::FakeHttpService;

constexpr const char* workspace_id = "11111111-2222-3333-4444-555555555555";

class RemoteQuery : public testing::Test {
 protected:
  Answered<RemoteAnswer> ask(int status, const std::string& body) {
    service_.answer(FakeHttpService::reply(status, body));
    return ask_workspace(client_, workspace_id, question_, {});
  }
  Answered<RemoteAnswer> ask_explorer(int status, const std::string& body) {
    service_.answer(FakeHttpService::reply(status, body));
    return ask_data_explorer(client_, "Security Logs", question_, {});
  }
  base::Json sent() { return *base::parse_json(service_.requests().back().body); }
  std::string header(const char* name) {
    const auto requests = service_.requests();
    for (const auto& [key, value] : requests.back().headers)
      if (key == name) return value;
    return {};
  }

  RemoteQuestion question_{"SigninLogs | take 5", "", 30'000};
  FakeHttpService service_;
  fakes::FakeTokenService token_service_;
  fakes::FakeAccessTokens tokens_{token_service_};
  fakes::FakeHttpClient http_{service_};
  fakes::FakeClock clock_;
  ServiceClient client_{
      {"Log Analytics", "https://api.example", "https://api.example/.default", {}},
      http_,
      tokens_,
      clock_};
};

TEST_F(RemoteQuery, TheTextGoesAsItIsAndRowsComeWithTheirTypes) {
  question_.timespan = "2026-06-01T00:00:00Z/2026-06-02T00:00:00Z";
  const auto answer = ask(200, R"({"tables":[{"name":"PrimaryResult","columns":[
    {"name":"User","type":"string"},{"name":"n","type":"long"}],"rows":[["a\"b",1],[null,2]]}]})");
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(service_.requests().back().url.reveal(),
            "https://api.example/v1/workspaces/11111111-2222-3333-4444-555555555555/query");
  EXPECT_EQ(sent()["query"].text(), question_.text);
  EXPECT_EQ(sent()["timespan"].text(), question_.timespan);
  EXPECT_EQ(header("Prefer"), "wait=30");
  ASSERT_EQ(answer->tables.size(), 1U);
  EXPECT_EQ(answer->tables[0].columns[1].name, "n");
  EXPECT_EQ(answer->tables[0].columns[1].type, "long");
  ASSERT_EQ(answer->tables[0].rows.size(), 2U);
  EXPECT_EQ(answer->tables[0].rows[0], R"(["a\"b",1])");
  EXPECT_TRUE(answer->partial.empty());
}

TEST_F(RemoteQuery, AResourceOfAzureIsAskedByItsId) {
  service_.answer(FakeHttpService::reply(200, R"({"tables":[]})"));
  const auto answer = ask_workspace(client_, "/subscriptions/s/resourceGroups/g", question_, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(service_.requests().back().url.reveal(),
            "https://api.example/v1/subscriptions/s/resourceGroups/g/query");
}

TEST_F(RemoteQuery, WhatTheServiceCouldNotGiveIsSaidWithItsRows) {
  const auto answer = ask(200, R"({"tables":[{"name":"PrimaryResult","columns":[
    {"name":"n","type":"long"}],"rows":[[1]]}],"error":{"code":"PartialError","message":"Some errors.",
    "details":[{"code":"EngineError","message":"Something went wrong.","innererror":
    {"code":"-2133196797","message":"The results exceed the set limit of 500000 records."}}]}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->partial,
            std::vector<std::string>{"The results exceed the set limit of 500000 records."});
}

TEST_F(RemoteQuery, AMistakeInTheQueryIsSaidInTheServicesInnermostWords) {
  const auto answer =
      ask(400, R"({"error":{"message":"The request had some invalid properties","code":
    "BadArgumentError","innererror":{"code":"SemanticError","message":"A semantic error occurred.",
    "innererror":{"code":"SEM0100","message":"'where' operator: no column named 'Usr'"}}}})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, TroubleKind::refused);
  EXPECT_EQ(answer.error().words,
            "Log Analytics answered 400: BadArgumentError 'where' operator: no column named 'Usr'");
}

TEST_F(RemoteQuery, AnAnswerThatIsCutOrNoneIsNoAnswer) {
  EXPECT_FALSE(ask(200, R"({"tables":[{"columns":[],"rows":[[1],[2)"));
  EXPECT_FALSE(ask(200, R"({"hello":1})"));
  EXPECT_FALSE(ask(200, "<html>"));
}

TEST_F(RemoteQuery, DataExplorersFramesAreReadAndItsErrorsToldWithTheRows) {
  const auto answer = ask_explorer(200, R"([{"FrameType":"DataSetHeader","Version":"v2.0"},
    {"FrameType":"DataTable","TableKind":"QueryProperties","Columns":[],"Rows":[]},
    {"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[
      {"ColumnName":"t","ColumnType":"datetime"},{"ColumnName":"d","ColumnType":"dynamic"}],
     "Rows":[["2026-06-01T00:00:00Z",{"a":1}],
      {"OneApiErrors":[{"error":{"code":"LimitsExceeded","message":"Request is invalid",
       "@message":"Query result set has exceeded the internal record count limit 500000"}}]}]},
    {"FrameType":"DataSetCompletion","HasErrors":true,"OneApiErrors":[{"error":{
       "@message":"Query result set has exceeded the internal record count limit 500000"}}]}])");
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(service_.requests().back().url.reveal(), "https://api.example/v2/rest/query");
  EXPECT_EQ(sent()["db"].text(), "Security Logs");
  EXPECT_EQ(sent()["csl"].text(), question_.text);
  EXPECT_EQ(sent()["properties"]["Options"]["servertimeout"].text(), "00:00:30");
  ASSERT_EQ(answer->tables.size(), 1U);
  EXPECT_EQ(answer->tables[0].columns[0].type, "datetime");
  ASSERT_EQ(answer->tables[0].rows.size(), 1U);
  ASSERT_EQ(answer->partial.size(), 1U);
  EXPECT_EQ(answer->partial[0],
            "Query result set has exceeded the internal record count limit 500000");
}

TEST_F(RemoteQuery, DataExplorerWithoutRowsSaysWhy) {
  const auto answer = ask_explorer(200, R"([{"FrameType":"DataSetHeader"},
    {"FrameType":"DataSetCompletion","HasErrors":true,"OneApiErrors":[{"error":{"@message":"Low memory"}}]}])");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().words.find("Low memory"), std::string::npos);
}

}  // namespace
}  // namespace vedette::collect::cloud
