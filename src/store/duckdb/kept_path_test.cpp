// Kept paths give what the JSON gives: on the same rows, written with and without them.
#include "kql/kept_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "store/duckdb/segment_store.h"

namespace vedette::store::duckdb {
namespace {

const kql::SchemaCatalogue& today() {
  static const kql::SchemaCatalogue instance(kql::built_in_schema());
  return instance;
}
// The schema before any path was kept.
const kql::SchemaCatalogue& before() {
  static const kql::SchemaCatalogue instance([] {
    static std::string text;
    for (const auto line : base::split(kql::built_in_schema(), '\n'))
      if (!line.starts_with("paths ")) text += std::string(line) + "\n";
    return std::string_view(text);
  }());
  return instance;
}

// What a column may hold: as rules expect it, and as nobody does.
const std::vector<std::string> devices{
    R"({"operatingSystem":"Windows 10","browser":"Edge 18"})",
    R"({"operatingSystem":null,"browser":""})",
    R"({})",
    R"([])",
    R"([{"operatingSystem":"in an array"}])",
    R"(5)",
    R"("text")",
    R"("{\"operatingSystem\":\"within text\",\"browser\":null}")",
    R"("\"{\\\"operatingSystem\\\":\\\"twice within text\\\"}\"")",
    R"({"operatingSystem":{"name":"an object"}})",
    R"({"operatingSystem":["a",1]})",
    R"({"operatingSystem":true,"browser":1.50})",
    R"({"operatingSystem":"?0 it's \"quoted\" é \\"})",
    R"({"operatingSystem":"first","operatingSystem":"last"})",
    R"({"OperatingSystem":"another case"})",
    R"(true)",
};
const std::vector<std::string> initiators{
    R"({"user":{"userPrincipalName":"ada@contoso.com","ipAddress":"192.0.2.1"}})",
    R"({"user":"{\"userPrincipalName\":\"within text\"}"})",
    R"({"user":null,"app":{"displayName":"an app"}})",
    R"({"user":[]})",
    R"("{\"user\":{\"userPrincipalName\":\"all within text\"}}")",
    R"("{\"user\":\"{\\\"userPrincipalName\\\":\\\"deep within text\\\"}\"}")",
    R"({"user":{"userPrincipalName":"?1"}})",
    R"({"user":"null"})",
};
const std::vector<std::string> targets{
    R"([{"userPrincipalName":"bob@contoso.com","type":"User"}])",
    R"([])",
    R"({"0":{"userPrincipalName":"no array"}})",
    R"(["{\"userPrincipalName\":\"within text\"}"])",
    R"([null,{"userPrincipalName":"the second"}])",
};

model::TableBatch rows_of(const std::string& table, const std::string& column,
                          const std::vector<std::string>& values, std::uint64_t first_id,
                          base::Timestamp received) {
  model::TableBatch batch(table);
  const std::size_t index = batch.column(column);
  const std::size_t operation = batch.column("OperationName");
  for (std::size_t i = 0; i <= values.size(); ++i) {
    batch.add_row({received + base::Duration::seconds(static_cast<std::int64_t>(i)), received,
                   first_id + i, 1});
    batch.set_text(operation, fmt::format("row {}", i));
    if (i < values.size()) batch.set_text(index, values[i]);  // the last one has none
  }
  return batch;
}

class KeptPaths : public testing::Test {
 protected:
  fakes::TemporaryFolder folder_;  // outlives the store
  void open(const kql::Catalogue& catalogue) {
    store_.reset();
    auto opened = SegmentStore::open({.folder = folder_.file("store")}, catalogue, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }
  void append(std::string_view received_text) {
    const base::Timestamp received = *base::parse_iso(received_text);
    const std::vector<model::TableBatch> batches{
        rows_of("SigninLogs", "DeviceDetail", devices, 1'000 * ++appends_, received),
        rows_of("AADNonInteractiveUserSignInLogs", "DeviceDetail", devices, 1'000 * appends_,
                received),
        rows_of("AuditLogs", "InitiatedBy", initiators, 1'000 * appends_, received),
        rows_of("AuditLogs", "TargetResources", targets, 1'000 * appends_ + 500, received)};
    const auto done = store_->append(batches, appends_, received);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::string answer(std::string_view query, bool plain) {
    struct Rows final : kql::result::Sink {
      void begin(const std::vector<kql::plan::Column>&) override {}
      void row(std::span<const kql::result::Cell> cells) override {
        for (const auto& cell : cells)
          text += (cell.is_null ? "(null)" : kql::result::text_of(cell)) + "|";
        text += "\n";
      }
      void end(const kql::result::Ending&) override {}
      std::string text;
    } rows;
    kql::Inputs inputs;
    inputs.now_ticks = base::parse_iso("2026-06-05T00:00:00Z")->ticks;
    inputs.plain = plain;
    const auto done = store_->hunt(query, inputs, {.timeout_ms = 60'000}, rows);
    return done ? rows.text : done.error().code + " " + done.error().message;
  }
  std::string sql_of(std::string_view query) {
    kql::Inputs inputs;
    inputs.now_ticks = base::parse_iso("2026-06-05T00:00:00Z")->ticks;
    const auto stage = store_->explain(query, inputs);
    return stage ? stage->sql : stage.error().message;
  }
  void expect_the_same() {
    for (const std::string_view query : queries) {
      const std::string fast = answer(query, false);
      EXPECT_EQ(fast, answer(query, true)) << query << "\n" << sql_of(query);
      EXPECT_TRUE(fast.find('|') != std::string::npos) << query << "\n" << fast;
    }
  }

  static const std::vector<std::string_view> queries;
  fakes::FakeClock clock_;
  std::unique_ptr<SegmentStore> store_;
  std::uint64_t appends_ = 0;
};

const std::vector<std::string_view> KeptPaths::queries{
    "SigninLogs | project OperationName, v = DeviceDetail.operatingSystem, "
    "t = gettype(DeviceDetail.operatingSystem) | order by OperationName asc, tostring(v) asc",
    "SigninLogs | project OperationName, v = tostring(DeviceDetail['operatingSystem']), "
    "n = isnull(DeviceDetail.operatingSystem), b = toreal(DeviceDetail.browser) "
    "| order by OperationName asc, v asc, n asc, b asc",
    "SigninLogs | extend DeviceDetail = todynamic(DeviceDetail) | extend os = "
    "tostring(DeviceDetail.operatingSystem) | where os != 'x' | project OperationName, os "
    "| order by OperationName asc, os asc",
    "SigninLogs | where parse_json(tostring(DeviceDetail)).operatingSystem has 'within' "
    "| project OperationName, v = tostring(DeviceDetail.operatingSystem), "
    "w = tostring(parse_json(tostring(DeviceDetail)).operatingSystem) | order by OperationName "
    "asc, w asc",
    "SigninLogs | extend twice = todynamic(tostring(todynamic(tostring(DeviceDetail)))) "
    "| project OperationName, v = tostring(twice.operatingSystem) | order by OperationName asc, v "
    "asc",
    "AADNonInteractiveUserSignInLogs | project OperationName, "
    "v = tostring(parse_json(DeviceDetail).operatingSystem), "
    "w = tostring(todynamic(DeviceDetail).browser), "
    "u = tostring(parse_json(tostring(parse_json(DeviceDetail))).operatingSystem) "
    "| order by OperationName asc, v asc, w asc, u asc",
    "union isfuzzy=true SigninLogs, (AADNonInteractiveUserSignInLogs | extend DeviceDetail = "
    "todynamic(DeviceDetail)) | extend os = tostring(DeviceDetail.operatingSystem) "
    "| summarize n = count() by os | order by os asc",
    "SigninLogs | summarize n = count(), s = make_set(tostring(DeviceDetail.browser)) "
    "by os = tostring(DeviceDetail.operatingSystem) | project os, n, array_length(s) | order by os "
    "asc",
    "AuditLogs | project OperationName, v = tostring(InitiatedBy.user.userPrincipalName), "
    "w = tostring(parse_json(tostring(InitiatedBy.user)).userPrincipalName), "
    "u = tostring(parse_json(tostring(InitiatedBy)).user.userPrincipalName), "
    "x = tostring(parse_json(tostring(parse_json(tostring(InitiatedBy)).user)).userPrincipalName), "
    "a = tostring(InitiatedBy.app.displayName) "
    "| order by OperationName asc, v asc, w asc, u asc, x asc, a asc",
    "AuditLogs | extend user = tostring(InitiatedBy.user) "
    "| extend name = tostring(parse_json(user).userPrincipalName) | where isnotempty(name) "
    "| project name, user | order by name asc, user asc",
    "AuditLogs | project OperationName, v = tostring(TargetResources[0].userPrincipalName), "
    "w = tostring(parse_json(tostring(TargetResources[0])).userPrincipalName), "
    "t = TargetResources[0].type, u = tostring(TargetResources[1].userPrincipalName) "
    "| order by OperationName asc, v asc, w asc, tostring(t) asc, u asc",
    "AuditLogs | where tostring(InitiatedBy.user.userPrincipalName) != '' | join kind=leftouter "
    "(SigninLogs | extend os = tostring(DeviceDetail.operatingSystem) | where isnotempty(os) "
    "| summarize n = count() by OperationName, os) on OperationName "
    "| project OperationName, name = InitiatedBy.user.userPrincipalName, os, n "
    "| order by OperationName asc, tostring(name) asc, os asc",
    "SigninLogs | top 3 by strcat(tostring(DeviceDetail.operatingSystem), OperationName, "
    "tostring(TimeGenerated)) desc | project DeviceDetail.operatingSystem",
    "SigninLogs | extend o = tostring(DeviceDetail.operatingSystem) | distinct o | order by o asc",
    "let names = AuditLogs | extend n = tostring(InitiatedBy.user.userPrincipalName) | distinct n; "
    "AuditLogs | where tostring(InitiatedBy.user.userPrincipalName) in (names) "
    "| summarize arg_max(TimeGenerated, *) by tostring(InitiatedBy.user.userPrincipalName) "
    "| project InitiatedBy.user.userPrincipalName, OperationName | order by OperationName asc, "
    "tostring(InitiatedBy_user_userPrincipalName) asc",
};

TEST_F(KeptPaths, GiveWhatTheJsonGives) {
  open(today());
  append("2026-06-01T10:00:00Z");
  append("2026-06-02T10:00:00Z");
  expect_the_same();
  // And they are what is read.
  const std::string sql =
      sql_of("SigninLogs | summarize count() by tostring(DeviceDetail.operatingSystem)");
  EXPECT_EQ(sql.find("kql_path("), std::string::npos) << sql;
  EXPECT_EQ(sql.find("\"DeviceDetail\""), std::string::npos) << sql;
}

TEST_F(KeptPaths, GiveTheSameBesideRowsWithoutThem) {
  open(before());
  append("2026-06-01T10:00:00Z");
  append("2026-06-02T08:00:00Z");
  open(today());
  append("2026-06-02T10:00:00Z");  // into the file that was begun without them
  append("2026-06-03T10:00:00Z");
  expect_the_same();
  // A day that is over is written anew, with what it has.
  ASSERT_TRUE(store_->seal_finished_days(*base::parse_iso("2026-06-05T00:00:00Z")));
  expect_the_same();
  open(before());
  expect_the_same();
}

TEST_F(KeptPaths, AreNoColumnsForAnybody) {
  open(today());
  append("2026-06-01T10:00:00Z");
  const std::string columns = answer("SigninLogs | getschema | project ColumnName", false);
  EXPECT_NE(columns.find("DeviceDetail|"), std::string::npos);
  EXPECT_EQ(columns.find('['), std::string::npos) << columns;
}

}  // namespace
}  // namespace vedette::store::duckdb
