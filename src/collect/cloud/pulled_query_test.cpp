#include "collect/cloud/pulled_query.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace vedette::collect::cloud {
namespace {

PulledQuery by_hour() {
  PulledQuery query;
  query.address = "https://api.example";
  query.place = "11111111-2222-3333-4444-555555555555";
  query.name = "hours";
  query.query = "let step = 1h;\nSigninLogs | summarize N = count() by bin(TimeGenerated, step); ";
  query.into = "Hours_CL";
  query.time = "TimeGenerated";
  return query;
}

constexpr Window window{{639'158'688'000'000'000}, {639'158'724'000'000'000}};

ServiceAnswer answer_of(std::string body) {
  return {.body = std::move(body), .next_page = {}};
}

std::string workspace_rows(std::string_view rows, std::string_view more = "") {
  return R"({"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},)"
         R"({"name":"N","type":"long"}],"rows":[)" +
         std::string(rows) + "]}]" + std::string(more) + "}";
}

TEST(PulledQuery, TheTextGoesThereAsItIsWithTheWindowAroundIt) {
  const auto request = pulled_query(by_hour())->first_page(window, 1);
  EXPECT_EQ(request.url,
            "https://api.example/v1/workspaces/11111111-2222-3333-4444-555555555555/query");
  const auto body = base::parse_json(request.body);
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["query"].text(),
            "let pull_from = datetime(2026-06-01T00:00:00Z);\n"
            "let pull_to = datetime(2026-06-01T01:00:00Z);\n"
            "let step = 1h;\nSigninLogs | summarize N = count() by bin(TimeGenerated, step)\n"
            "| where ['TimeGenerated'] >= pull_from and ['TimeGenerated'] <= pull_to");
}

TEST(PulledQuery, RowsBecomeADocumentForTheTableHere) {
  const auto listing = pulled_query(by_hour());
  const auto answer = answer_of(workspace_rows(R"(["2026-06-01T00:00:00Z",3])"));
  const auto page = listing->read(answer);
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->reported, 1U);
  const auto document = base::parse_json(listing->document(page->records));
  ASSERT_TRUE(document) << listing->document(page->records);
  EXPECT_EQ((*document)["table"].text(), "Hours_CL");
  const auto& table = (*(*document)["answer"]["tables"].as_array())[0];
  EXPECT_EQ(table["columns"].as_array()->size(), 2U);
  EXPECT_EQ((*(*table["rows"].as_array())[0].as_array())[1].text(), "");
  EXPECT_EQ(*(*(*table["rows"].as_array())[0].as_array())[1].as_integer(), 3);
  EXPECT_TRUE(base::parse_json(listing->document({})));
}

// The same hour with another count is the same row.
TEST(PulledQuery, KeysMakeARowTheSame) {
  PulledQuery query = by_hour();
  query.keys = {"TimeGenerated"};
  const auto listing = pulled_query(query);
  const auto id_of = [&](std::string_view row) {
    const auto answer = answer_of(workspace_rows(row));
    const auto page = listing->read(answer);
    const auto document = base::parse_json(listing->document(page->records));
    const auto& table = (*(*document)["answer"]["tables"].as_array())[0];
    EXPECT_EQ((*table["columns"].as_array())[2]["name"].text(), "_ItemId");
    return (*(*table["rows"].as_array())[0].as_array())[2].text();
  };
  const std::string id = id_of(R"(["2026-06-01T00:00:00Z",3])");
  EXPECT_TRUE(id.starts_with("pull:hours:"));
  EXPECT_EQ(id_of(R"(["2026-06-01T00:00:00Z",4])"), id);
  EXPECT_NE(id_of(R"(["2026-06-01T01:00:00Z",3])"), id);
}

TEST(PulledQuery, AKeyThatTheAnswerDoesNotHaveIsSaid) {
  PulledQuery query = by_hour();
  query.keys = {"Hour"};
  const auto answer = answer_of(workspace_rows(""));
  const auto page = pulled_query(query)->read(answer);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, TroubleKind::not_usable);
  EXPECT_NE(page.error().text().find("no column Hour"), std::string::npos);
}

TEST(PulledQuery, AnAnswerThatIsCutShortIsNeverTakenForAll) {
  const auto answer = answer_of(workspace_rows(
      R"(["2026-06-01T00:00:00Z",3])",
      R"(,"error":{"code":"PartialError","message":"The results exceed the set limit"})"));
  const auto page = pulled_query(by_hour())->read(answer);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, TroubleKind::too_large);
  EXPECT_NE(page.error().text().find("exceed the set limit"), std::string::npos);
}

TEST(PulledQuery, AzureDataExplorerIsAskedInItsOwnWay) {
  PulledQuery query = by_hour();
  query.service = QueryService::data_explorer;
  query.place = "Security";
  const auto listing = pulled_query(query);
  const auto request = listing->first_page(window, 1);
  EXPECT_EQ(request.url, "https://api.example/v2/rest/query");
  EXPECT_EQ((*base::parse_json(request.body))["db"].text(), "Security");
  const auto answer = answer_of(
      R"([{"FrameType":"DataSetHeader"},{"FrameType":"DataTable","TableKind":"PrimaryResult",)"
      R"("Columns":[{"ColumnName":"N","ColumnType":"long"}],"Rows":[[7]]},)"
      R"({"FrameType":"DataSetCompletion","HasErrors":false}])");
  const auto page = listing->read(answer);
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->records, (std::vector<std::string_view>{"[7]"}));
}

}  // namespace
}  // namespace vedette::collect::cloud
