#include "store/duckdb/segment_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "contract/event_store_contract.h"
#include "fakes/fake_clock.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/instance.h"

namespace vedette::store::duckdb {
namespace {

namespace fs = std::filesystem;

const kql::Catalogue& catalogue() {
  static const kql::SchemaCatalogue instance(kql::built_in_schema());
  return instance;
}

// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "vedette-store-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string store() const { return path_ + "/store"; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Answer {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> partial;
  std::string problem;
};

class Rows final : public kql::result::Sink {
 public:
  explicit Rows(Answer& answer) : answer_(answer) {}
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell> cells) override {
    auto& texts = answer_.rows.emplace_back();
    for (const auto& cell : cells)
      texts.push_back(cell.is_null && cell.type != kql::Type::string ? "null"
                                                                     : kql::result::text_of(cell));
  }
  void end(const kql::result::Ending& ending) override { answer_.partial = ending.partial; }

 private:
  Answer& answer_;
};

Answer ask(SegmentStore& store, std::string_view query, int timeout_ms = 20'000,
           std::stop_token stop = {}) {
  Answer answer;
  Rows sink(answer);
  kql::Inputs inputs;
  inputs.now_ticks = base::parse_iso("2026-06-03T00:00:00Z")->ticks;
  const auto done =
      store.hunt(query, inputs, {.timeout_ms = timeout_ms, .stop = std::move(stop)}, sink);
  if (!done) answer.problem = done.error().code + " " + done.error().message;
  return answer;
}

// "a,b;c,d;" or what is wrong.
std::string text(const Answer& answer) {
  if (!answer.problem.empty()) return answer.problem;
  std::string all;
  for (const auto& row : answer.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) all += (i > 0 ? "," : "") + row[i];
    all += ";";
  }
  return all;
}

struct Opened {
  explicit Opened(const std::string& folder, bool read_only = false) {
    auto opened =
        SegmentStore::open({.folder = folder, .read_only = read_only}, catalogue(), clock);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
    if (opened) store = std::move(*opened);
  }
  fakes::FakeClock clock;
  std::unique_ptr<SegmentStore> store;
};

struct SegmentStoreWorld {
  ports::EventStore& store() { return *opened_.store; }
  std::vector<std::string> values(const std::string& table, const std::string& column) {
    const Answer answer = ask(*opened_.store, table + " | project " + column);
    EXPECT_EQ(answer.problem, "");
    std::vector<std::string> all;
    for (const auto& row : answer.rows) all.push_back(row[0]);
    std::ranges::sort(all);
    return all;
  }
  Folder folder_;
  Opened opened_{folder_.store()};
};

}  // namespace
}  // namespace vedette::store::duckdb

namespace vedette::contract {
INSTANTIATE_TYPED_TEST_SUITE_P(SegmentStore, EventStoreContract, store::duckdb::SegmentStoreWorld);
}  // namespace vedette::contract

namespace vedette::store::duckdb {
namespace {

base::Timestamp at(std::string_view moment) {
  return *base::parse_iso(moment);
}

model::TableBatch syslog(std::uint64_t first_id, std::size_t rows,
                         std::string_view generated = "2026-06-01T10:00:00Z") {
  model::TableBatch batch("Syslog");
  const std::size_t message = batch.column("SyslogMessage");
  const std::size_t process = batch.column("ProcessID");
  for (std::size_t i = 0; i < rows; ++i) {
    const base::Timestamp moment =
        at(generated) + base::Duration::milliseconds(static_cast<std::int64_t>(i));
    batch.add_row({moment, moment, first_id + i, 1});
    batch.set_text(message, fmt::format("message {}", first_id + i));
    batch.set(process, static_cast<std::int64_t>(i % 1000));
  }
  return batch;
}

void append(SegmentStore& store, const model::TableBatch& batch, std::uint64_t watermark,
            std::string_view received = "2026-06-01T12:00:00Z") {
  const auto done = store.append({&batch, 1}, watermark, at(received));
  ASSERT_TRUE(done.has_value()) << done.error().message;
}

std::vector<std::string> files_with(const std::string& folder, std::string_view part) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().find(part) != std::string::npos)
      names.push_back(entry.path().string());
  return names;
}

TEST(SegmentStore, KeepsEveryTypeAsKqlHasIt) {
  Folder folder;
  {
    Opened opened(folder.store());
    model::TableBatch batch("Everything_CL");
    batch.add_row({at("2026-06-01T10:00:00.1234567Z"), at("2026-06-01T10:00:01Z"), 255, 1});
    batch.set(batch.column("whole"), std::int64_t{-9'000'000'000'000'000'000});
    batch.set(batch.column("part"), 0.1);
    batch.set(batch.column("yes"), true);
    batch.set(batch.column("moment"), at("0001-01-01T00:00:00Z"));
    batch.set(batch.column("span"), base::Duration{-15});
    batch.set_text(batch.column("text"), "\xff invalid");
    batch.add_row({at("9999-12-31T23:59:59.9999999Z"), at("2026-06-01T10:00:01Z"), 256, 1});
    append(*opened.store, batch, 1);
  }
  Opened opened(folder.store());
  EXPECT_EQ(text(ask(*opened.store,
                     "Everything_CL | sort by TimeGenerated asc | project TimeGenerated, whole, "
                     "part, yes, moment, span, text, _TimeReceived")),
            "2026-06-01T10:00:00.1234567Z,-9000000000000000000,0.1,true,0001-01-01T00:00:00Z,"
            "-00:00:00.0000015,\xEF\xBF\xBD invalid,2026-06-01T10:00:01Z;"
            "9999-12-31T23:59:59.9999999Z,null,null,null,null,null,,2026-06-01T10:00:01Z;");
}

TEST(SegmentStore, DynamicIsCanonicalJsonGuidIsAGuid) {
  Folder folder;
  Opened opened(folder.store());
  model::TableBatch batch("AuditLogs");
  const std::size_t dynamic = batch.column("InitiatedBy");
  for (const std::string_view one : {R"({ "user" : {"id": 5} })", "not json", "null", "[1, 2]"}) {
    batch.add_row({at("2026-06-01T10:00:00Z"), at("2026-06-01T10:00:01Z"), 0, 1});
    batch.set_text(dynamic, one);
  }
  append(*opened.store, batch, 1);
  EXPECT_EQ(text(ask(*opened.store,
                     "AuditLogs | extend t = gettype(InitiatedBy), u = toint(InitiatedBy.user.id) "
                     "| project t, u, InitiatedBy | sort by t asc")),
            "array,null,[1,2];dictionary,5,{\"user\":{\"id\":5}};null,null,null;"
            "string,null,\"not json\";");
  const auto* guid_table = [] {
    for (const std::string_view name : catalogue().table_names())
      for (const auto& column : catalogue().table(name)->columns)
        if (column.type == kql::Type::guid) return catalogue().table(name);
    return static_cast<const kql::CatalogueTable*>(nullptr);
  }();
  ASSERT_NE(guid_table, nullptr);
  const auto column =
      std::ranges::find(guid_table->columns, kql::Type::guid, &kql::CatalogueColumn::type);
  model::TableBatch guids(guid_table->name);
  for (const std::string_view one : {"{F0123456-89AB-cdef-0123-456789abcdef}", "no guid"}) {
    guids.add_row({at("2026-06-01T10:00:00Z"), at("2026-06-01T10:00:01Z"), 0, 1});
    guids.set_text(guids.column(column->name), one);
  }
  append(*opened.store, guids, 2);
  EXPECT_EQ(text(ask(*opened.store, fmt::format("{} | project {} | sort by {} asc nulls last",
                                                guid_table->name, column->name, column->name))),
            "f0123456-89ab-cdef-0123-456789abcdef;null;");
  const auto notices = opened.store->take_notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("1 values"), std::string::npos);
}

TEST(SegmentStore, FixedColumnsReadAsLogAnalyticsHasThem) {
  Folder folder;
  Opened opened(folder.store());
  append(*opened.store, syslog(0xabc, 1), 1);
  EXPECT_EQ(text(ask(*opened.store, "Syslog | project Type, _ItemId, Computer, HostIP")),
            "Syslog,0000000000000abc,,;");
  EXPECT_EQ(text(ask(*opened.store,
                     "Syslog | extend i = ingestion_time() | where i > ago(10d) | "
                     "count")),
            "1;");
}

TEST(SegmentStore, IsReadByAnotherProcessOnlyWhileNobodyWrites) {
  Folder folder;
  fakes::FakeClock clock;
  {
    Opened opened(folder.store());
    append(*opened.store, syslog(1, 10), 1);
    for (const bool read_only : {true, false}) {
      const auto second = SegmentStore::open({.folder = folder.store(), .read_only = read_only},
                                             catalogue(), clock);
      ASSERT_FALSE(second.has_value());
      EXPECT_EQ(second.error().code, base::ErrorCode::unavailable);
    }
  }
  Opened first(folder.store(), true);
  Opened second(folder.store(), true);
  EXPECT_EQ(text(ask(*first.store, "Syslog | count")), "10;");
  EXPECT_EQ(text(ask(*second.store, "Syslog | count")), "10;");
  const auto refused = first.store->append({}, 2, at("2026-06-01T12:00:00Z"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::ErrorCode::refused);
}

TEST(SegmentStore, AFolderThatIsNotThereIsAnEmptyStore) {
  Folder folder;
  Opened opened(folder.path() + "/nowhere", true);
  EXPECT_EQ(text(ask(*opened.store, "Syslog | count")), "0;");
  EXPECT_EQ(text(ask(*opened.store, "print 1")), "1;");
  EXPECT_FALSE(fs::exists(folder.path() + "/nowhere"));
}

TEST(SegmentStore, TheDoorsStayShut) {
  Folder folder;
  Opened opened(folder.store());
  append(*opened.store, syslog(1, 1), 1);
  // Names of the engine's own are no tables of KQL.
  EXPECT_TRUE(text(ask(*opened.store, "vedette_state | count")).starts_with("KQL2"));
  EXPECT_TRUE(text(ask(*opened.store, "['read_csv']('/etc/passwd')")).starts_with("KQL"));
}

TEST(SegmentStore, AHuntTellsWhatItsStepsCost) {
  const Folder folder;
  Opened opened(folder.store());
  for (int again = 0; again < 5; ++again) {
    std::vector<StageReport> reports;
    Answer answer;
    Rows sink(answer);
    const auto keep = [&](const StageReport& report) { reports.push_back(report); };
    const auto done = opened.store->hunt("range x from 1 to 1000 step 1 | where x % 2 == 0", {},
                                         {.report = keep}, sink);
    EXPECT_TRUE(done && answer.rows.size() == 500);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_TRUE(reports[0].sql.contains("SELECT"));
    EXPECT_TRUE(reports[0].took_us && reports[0].rows_scanned && reports[0].memory_bytes);
  }
}

// Settings are locked, so those that count were made before; who finds none is not counted.
TEST(Instance, LendsItsCountingConnections) {
  const auto instance = *Instance::open({});
  auto first = instance->take_counting(), second = instance->take_counting();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(instance->take_counting());
  EXPECT_FALSE(first->execute("SET enable_profiling = 'json'"));
  instance->give_back(*std::move(first));
  EXPECT_TRUE(instance->take_counting());
}

TEST(SegmentStore, ColumnsComeAsTheyAreFilledOverManyDays) {
  Folder folder;
  Opened opened(folder.store());
  append(*opened.store, syslog(1, 3), 1, "2026-06-01T12:00:00Z");
  model::TableBatch other("Syslog");
  other.add_row({at("2026-06-02T10:00:00Z"), at("2026-06-02T10:00:00Z"), 50, 1});
  other.set_text(other.column("Facility"), "auth");
  append(*opened.store, other, 2, "2026-06-02T12:00:00Z");
  EXPECT_EQ(text(ask(*opened.store,
                     "Syslog | summarize count(), countif(isnull(ProcessID)), "
                     "countif(SyslogMessage == ''), countif(Facility == '')")),
            "4,1,1,3;");
}

// The days whose files the SQL of a query names.
std::string days_named(SegmentStore& store, std::string_view query, kql::Inputs inputs = {}) {
  inputs.now_ticks = at("2026-06-05T00:00:00Z").ticks;
  const auto stage = store.explain(query, inputs);
  if (!stage) return stage.error().message;
  std::string named;
  for (int day = 1; day <= 4; ++day)
    if (stage->sql.find(fmt::format("s{}.main.", day)) != std::string::npos)
      named += std::to_string(day);
  return named;
}

TEST(SegmentStore, OnlySegmentsOfTheAskedTimeAreRead) {
  Folder folder;
  Opened opened(folder.store());
  for (int day = 1; day <= 4; ++day)
    append(*opened.store, syslog(day * 100, 10, fmt::format("2026-06-0{}T10:00:00Z", day)), day,
           fmt::format("2026-06-0{}T12:00:00Z", day));
  SegmentStore& store = *opened.store;
  EXPECT_EQ(days_named(store, "Syslog | count"), "1234");
  EXPECT_EQ(days_named(store, "Syslog | where TimeGenerated > ago(2d)"), "34");
  EXPECT_EQ(days_named(store, "Syslog | where ago(2d) < TimeGenerated and ProcessID > 3"), "34");
  EXPECT_EQ(days_named(store,
                       "Syslog | extend a = 1 | where Computer == '' | where TimeGenerated "
                       "between (datetime(2026-06-02) .. datetime(2026-06-02 23:00)) | "
                       "summarize count() by a"),
            "2");
  EXPECT_EQ(days_named(store,
                       "Syslog | where TimeGenerated >= ago(4d) | where TimeGenerated < "
                       "datetime(2026-06-03)"),
            "12");
  EXPECT_EQ(days_named(store, "Syslog | project-rename t = TimeGenerated | where t < ago(3d)"),
            "1");
  // Two readings of one table, each with its own times.
  EXPECT_EQ(days_named(store,
                       "let S = Syslog; S | where TimeGenerated < ago(3d) | join (S | where "
                       "TimeGenerated > ago(1d)) on ProcessID"),
            "14");
  // Through a union, each of its tables by itself.
  EXPECT_EQ(days_named(store, "union Syslog, SigninLogs | where TimeGenerated > ago(2d)"), "34");
  EXPECT_EQ(
      days_named(store,
                 "let S = union isfuzzy=true Syslog, (Syslog | where TimeGenerated < ago(3d)); S "
                 "| extend t = TimeGenerated | where t < ago(1d)"),
      "123");
  // Nothing here may be pruned: other rows have a say in what comes out.
  for (const std::string_view whole :
       {"Syslog | where TimeGenerated > ago(2d) or ProcessID == 1",
        "Syslog | sort by TimeGenerated asc | extend p = prev(ProcessID) | where TimeGenerated > "
        "ago(2d)",
        "Syslog | summarize TimeGenerated = max(TimeGenerated) by ProcessID | where TimeGenerated "
        "> ago(2d)",
        "Syslog | top 3 by ProcessID | where TimeGenerated > ago(2d)",
        "union (Syslog | top 3 by ProcessID), SigninLogs | where TimeGenerated > ago(2d)",
        "union (Syslog | extend TimeGenerated = now()), SigninLogs | where TimeGenerated > ago(2d)",
        "Syslog | extend TimeGenerated = TimeGenerated + 5d | where TimeGenerated > ago(2d)"})
    EXPECT_EQ(days_named(store, whole), "1234") << whole;
  EXPECT_EQ(text(ask(store, "Syslog | where TimeGenerated > datetime(2026-06-02) | count")), "30;");
  // What the caller asks for stands on every table.
  kql::Inputs inputs;
  inputs.from_ticks = at("2026-06-02T00:00:00Z").ticks;
  inputs.to_ticks = at("2026-06-04T00:00:00Z").ticks;
  EXPECT_EQ(days_named(store, "Syslog | union (Syslog | where ProcessID > 1) | count", inputs),
            "23");
}

TEST(SegmentStore, TheNewestRowsAreFoundByTheirTimes) {
  Folder folder;
  Opened opened(folder.store());
  SegmentStore& store = *opened.store;
  for (int day = 1; day <= 4; ++day)
    append(store, syslog(day * 100, 10, fmt::format("2026-06-0{}T10:00:00Z", day)), day,
           fmt::format("2026-06-0{}T12:00:00Z", day));
  kql::Inputs inputs;
  inputs.now_ticks = at("2026-06-05T00:00:00Z").ticks;
  inputs.from_ticks = at("2026-06-02T00:00:00Z").ticks;
  const auto looks_first = [&](std::string_view query) {
    const auto stage = store.explain(query, inputs);
    return stage && stage->sql.find(" IN (SELECT ") != std::string::npos;
  };
  const auto answer = [&](std::string_view query, bool plain) {
    Answer found;
    Rows sink(found);
    kql::Inputs asked = inputs;
    asked.plain = plain;
    const auto done = store.hunt(query, asked, {}, sink);
    return done ? text(found) : done.error().message;
  };
  for (const std::string_view query :
       {"Syslog | order by TimeGenerated desc | take 15", "Syslog | top 1 by TimeGenerated",
        "Syslog | top 100 by TimeGenerated | extend a = ProcessID + 1",
        "Syslog | where ProcessID > 7 | order by TimeGenerated desc, ProcessID asc | take 3",
        "Syslog | extend twice = ProcessID * 2 | where twice < 4 | top 4 by TimeGenerated",
        "Syslog | project-rename T = TimeGenerated | top 12 by T"}) {
    EXPECT_TRUE(looks_first(query)) << query;
    EXPECT_EQ(answer(query, false), answer(query, true)) << query;
    EXPECT_NE(answer(query, false), "") << query;
  }
  // Here it would cost more than it spares, or other rows have a say.
  for (const std::string_view query :
       {"Syslog | top 5 by TimeGenerated asc",
        "Syslog | order by ProcessID desc, SyslogMessage asc | take 5",
        "Syslog | project TimeGenerated, ProcessID | top 5 by TimeGenerated",
        "Syslog | search 'message 1*' | top 5 by TimeGenerated",
        "Syslog | top 20000 by TimeGenerated",
        "Syslog | extend TimeGenerated = TimeGenerated + 1d | top 5 by TimeGenerated",
        "Syslog | sort by TimeGenerated asc | extend p = prev(ProcessID) | top 5 by TimeGenerated",
        "union Syslog, SigninLogs | top 5 by TimeGenerated"}) {
    EXPECT_FALSE(looks_first(query)) << query;
    EXPECT_EQ(answer(query, false), answer(query, true)) << query;
  }
  // What is drawn anew for each question would leave rows out.
  EXPECT_FALSE(looks_first("Syslog | where rand() < 0.5 | top 5 by TimeGenerated"));
  inputs.from_ticks.reset();  // a time may be null then
  EXPECT_FALSE(looks_first("Syslog | top 5 by TimeGenerated"));
}

TEST(SegmentStore, AHuntIsBoundedInTimeAndCanBeStopped) {
  Folder folder;
  Opened opened(folder.store());
  append(*opened.store, syslog(1, 1000), 1);
  const std::string endless =
      "Syslog | extend k = 1 | join kind=inner (Syslog | extend k = 1) on k | join kind=inner "
      "(Syslog | extend k = 1) on k | summarize count() by strcat(SyslogMessage, ProcessID2)";
  EXPECT_TRUE(text(ask(*opened.store, endless, 300)).starts_with("KQL404"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(text(ask(*opened.store, endless, 20'000, stop.get_token())).starts_with("KQL404"));
  EXPECT_EQ(text(ask(*opened.store, "Syslog | count")), "1000;");
}

TEST(SegmentStore, HuntsSeeWholeAppendsWhileTheWriterGoesOn) {
  Folder folder;
  Opened opened(folder.store());
  append(*opened.store, syslog(1, 100), 1);
  std::jthread hunter([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Answer answer = ask(*opened.store, "Syslog | summarize count() | project count_ % 100");
      EXPECT_EQ(text(answer), "0;");
    }
  });
  for (std::uint64_t i = 2; i <= 30; ++i)
    append(*opened.store, syslog(i * 1000, 100), i,
           i < 15 ? "2026-06-01T12:00:00Z" : "2026-06-02T12:00:00Z");
  hunter.request_stop();
  hunter.join();
  EXPECT_EQ(text(ask(*opened.store, "Syslog | count")), "3000;");
}

TEST(SegmentStore, SealedSegmentsAreSortedAndCanBeWrittenAgain) {
  Folder folder;
  {
    Opened opened(folder.store());
    append(*opened.store, syslog(1, 1000, "2026-06-01T11:00:00Z"), 1);
    append(*opened.store, syslog(5000, 1000, "2026-06-01T10:00:00Z"), 2);
    ASSERT_TRUE(opened.store->seal_finished_days(at("2026-06-02T00:00:01Z")));
    EXPECT_TRUE((*opened.store->segments())[0].sealed);
    EXPECT_TRUE(files_with(folder.store(), ".sealing").empty());
    EXPECT_EQ(text(ask(*opened.store, "Syslog | count")), "2000;");
  }
  Opened opened(folder.store());
  EXPECT_EQ(*opened.store->watermark(), 2U);
  EXPECT_TRUE((*opened.store->segments())[0].sealed);
  append(*opened.store, syslog(9000, 1), 3);
  EXPECT_FALSE((*opened.store->segments())[0].sealed);
  EXPECT_EQ(text(ask(*opened.store,
                     "Syslog | where ProcessID == 0 | summarize count(), "
                     "countif(Facility == '')")),
            "3,3;");
}

TEST(SegmentStore, TheWatermarkOutlivesTheSegmentThatHeldIt) {
  Folder folder;
  {
    Opened opened(folder.store());
    append(*opened.store, syslog(1, 10), 41);
    const auto now = at("2026-08-01T00:00:00Z");
    opened.clock.set(now);
    const auto done = opened.store->apply_retention({base::Duration::hours(24 * 30), 0}, now);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(done->segments_deleted, 1U);
    EXPECT_FALSE(fs::exists(folder.store() + "/2026-06-01.duckdb"));
  }
  Opened opened(folder.store());
  EXPECT_EQ(*opened.store->watermark(), 41U);
}

TEST(SegmentStore, RefusesAnOldEngine) {
#if defined(__aarch64__)
  constexpr bool takes_last_but_one = true;
#else
  constexpr bool takes_last_but_one = false;
#endif
  EXPECT_EQ(is_supported_version("v1.5.5"), takes_last_but_one);
  EXPECT_TRUE(is_supported_version("v1.5.6"));
  EXPECT_TRUE(is_supported_version("v1.10.0-dev7"));
  EXPECT_TRUE(is_supported_version("v2.0.0"));
  EXPECT_FALSE(is_supported_version("v1.5.4"));
  EXPECT_FALSE(is_supported_version("v1.4.9"));
  EXPECT_FALSE(is_supported_version("unknown"));
}

// How many segments this process has open, by what the system says.
std::size_t open_segments(const std::string& folder) {
  std::size_t count = 0;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    const std::string target = fs::read_symlink(entry.path(), gone).string();
    if (!gone && target.starts_with(folder) && target.ends_with(".duckdb")) ++count;
  }
  return count;
}

TEST(SegmentStore, IdleSegmentsAreLetGoAndComeBackWhenTheyAreNeeded) {
  Folder folder;
  Opened opened(folder.store());
  SegmentStore& store = *opened.store;
  for (int day = 1; day <= 3; ++day)
    append(store, syslog(day * 100, 10, fmt::format("2026-06-0{}T10:00:00Z", day)), day,
           fmt::format("2026-06-0{}T12:00:00Z", day));
  ASSERT_TRUE(store.rest().has_value());
  EXPECT_EQ(open_segments(folder.store()), 3U);
  opened.clock.advance(base::Duration::minutes(1));
  ASSERT_TRUE(store.rest().has_value());
  EXPECT_EQ(open_segments(folder.store()), 0U);
  EXPECT_EQ(files_with(folder.store(), ".wal").size(), 0U);
  EXPECT_EQ(*store.watermark(), 3U);
  // A hunt takes those that it names, the writer the one that it writes.
  EXPECT_EQ(text(ask(store, "Syslog | where TimeGenerated < datetime(2026-06-02) | count")), "10;");
  EXPECT_EQ(open_segments(folder.store()), 1U);
  append(store, syslog(400, 10, "2026-06-03T11:00:00Z"), 4, "2026-06-03T12:00:00Z");
  EXPECT_EQ(open_segments(folder.store()), 2U);
  EXPECT_EQ(text(ask(store, "Syslog | count")), "40;");
  EXPECT_EQ(open_segments(folder.store()), 3U);
  // Upkeep finds them too: an old row's new version, sealing, retention.
  opened.clock.advance(base::Duration::minutes(1));
  ASSERT_TRUE(store.rest().has_value());
  model::TableBatch newer("Syslog");
  newer.add_row({at("2026-06-01T10:00:00Z"), at("2026-06-03T10:00:00Z"), 100, 2});
  newer.set_text(newer.column("SyslogMessage"), "newer");
  append(store, newer, 5, "2026-06-03T12:00:00Z");
  EXPECT_EQ(text(ask(store, "Syslog | summarize count(), countif(SyslogMessage == 'newer')")),
            "40,1;");
  opened.clock.advance(base::Duration::minutes(1));
  ASSERT_TRUE(store.rest().has_value());
  ASSERT_TRUE(store.seal_finished_days(at("2026-06-03T00:00:00Z")).has_value());
  opened.clock.advance(base::Duration::minutes(1));
  ASSERT_TRUE(store.rest().has_value());
  opened.clock.set(at("2026-06-03T00:00:00Z"));
  const auto retained = store.apply_retention({base::Duration::hours(24)}, opened.clock.now());
  ASSERT_TRUE(retained.has_value());
  EXPECT_EQ(retained->segments_deleted, 1U);
  EXPECT_EQ(text(ask(store, "Syslog | count")), "31;");
  EXPECT_TRUE(store.take_notices().empty());
}

TEST(SegmentStore, ASegmentThatIsDamagedWhileItRestsIsSetAside) {
  Folder folder;
  Opened opened(folder.store());
  SegmentStore& store = *opened.store;
  for (int day = 1; day <= 2; ++day)
    append(store, syslog(day * 100, 10, fmt::format("2026-06-0{}T10:00:00Z", day)), day,
           fmt::format("2026-06-0{}T12:00:00Z", day));
  opened.clock.advance(base::Duration::minutes(1));
  ASSERT_TRUE(store.rest().has_value());
  std::ofstream(folder.store() + "/2026-06-01.duckdb", std::ios::binary) << "garbage";
  EXPECT_TRUE(text(ask(store, "Syslog | count")).starts_with("KQL504"));
  // What was stored after it is not believed either, until it came again.
  const model::TableBatch next = syslog(300, 10);
  const auto refused = store.append({&next, 1}, 3, at("2026-06-02T12:00:00Z"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::ErrorCode::unavailable);
  ASSERT_TRUE(store.reopen().has_value());
  EXPECT_EQ(*store.watermark(), 0U);
  append(store, syslog(100, 10), 1, "2026-06-01T12:00:00Z");
  append(store, syslog(200, 10), 2, "2026-06-02T12:00:00Z");
  append(store, next, 3, "2026-06-02T12:00:00Z");
  EXPECT_EQ(text(ask(store, "Syslog | count")), "30;");
  EXPECT_EQ(files_with(folder.store(), ".corrupt-").size(), 1U);
}

// Rows of many at once are in the file when the append returns, and only their place is in the log.
TEST(SegmentStore, ManyRowsAtOnceGoPastTheLogAndOutliveAKill) {
  Folder folder;
  Opened opened(folder.store());
  append(*opened.store, syslog(1, 1), 1);
  append(*opened.store, syslog(10, 3 * base::limits::bulk_append_rows + 5), 2);
  const auto logs = files_with(folder.store(), ".wal");
  ASSERT_EQ(logs.size(), 1U);
  EXPECT_LT(fs::file_size(logs.front()), 100'000U);
  // What a kill at this moment leaves.
  const std::string killed = folder.path() + "/killed";
  fs::copy(folder.store(), killed);
  Opened after(killed);
  EXPECT_EQ(*after.store->watermark(), 2U);
  EXPECT_EQ(text(ask(*after.store, "Syslog | summarize count(), dcount(SyslogMessage) > 30000")),
            fmt::format("{},true;", 3 * base::limits::bulk_append_rows + 6));
}

// The groups of rows in a sealed file are larger than those of one that is written.
TEST(SegmentStore, ASealedSegmentTakesLateRowsAndLetsOldOnesGo) {
  Folder folder;
  constexpr std::size_t many = 3 * base::limits::bulk_append_rows;
  {
    Opened opened(folder.store());
    append(*opened.store, syslog(1, many), 1);
    append(*opened.store, syslog(1, 1), 2, "2026-06-02T12:00:00Z");
    ASSERT_TRUE(opened.store->seal_finished_days(at("2026-06-02T13:00:00Z")).has_value());
    ASSERT_TRUE((*opened.store->segments())[0].sealed);
  }
  Opened opened(folder.store());
  model::TableBatch newer("Syslog");
  newer.add_row({at("2026-06-01T10:00:00Z"), at("2026-06-02T10:00:00Z"), many - 1, 2});
  newer.set_text(newer.column("SyslogMessage"), "newer");
  append(*opened.store, newer, 3, "2026-06-02T12:00:00Z");
  append(*opened.store, syslog(many + 1, 10), 4);
  append(*opened.store, syslog(many + 11, many), 5);
  const std::string query =
      "Syslog | summarize count(), countif(SyslogMessage == 'newer'), max(strlen(SyslogMessage))";
  EXPECT_EQ(text(ask(*opened.store, query)), fmt::format("{},1,13;", 2 * many + 10));
  ASSERT_TRUE(opened.store->seal_finished_days(at("2026-06-02T13:00:00Z")).has_value());
  EXPECT_TRUE((*opened.store->segments())[0].sealed);
  EXPECT_EQ(text(ask(*opened.store, query)), fmt::format("{},1,13;", 2 * many + 10));
}

}  // namespace
}  // namespace vedette::store::duckdb
