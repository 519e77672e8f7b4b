#include "app/hunts_desk.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "app/hunt_answer.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_random.h"
#include "fakes/memory_hunt_store.h"
#include "fakes/temporary_folder.h"
#include "kql/result/sink.h"

namespace vedette::app {
namespace {

using kql::Type;
using kql::result::Cell;

Cell number(std::int64_t value) {
  Cell cell;
  cell.type = Type::int64;
  cell.is_null = false;
  cell.integer = value;
  return cell;
}

// Runs "wait" until it is stopped, and gives two rows for everything else.
class HuntsDeskTest : public testing::Test {
 protected:
  HuntsDeskTest() {
    RemoteSetting lake;
    lake.kind = RemoteKind::adx;
    lake.name = "lake";
    lake.cluster = "http://127.0.0.1:9";
    lake.database = "d";
    configuration_.remotes = {lake};
    std::ofstream(folder_.file("twice.kql")) << "let Twice = (x: long, by: long = 2) { x * by };";
  }
  kql::Checked<void> answer(const HuntRequest& request, kql::result::Sink& sink,
                            const std::stop_token& stop) {
    last_now_ = request.inputs.now_ticks;
    if (request.query == "wait") {
      request.progress(25);
      std::promise<void> stopped;
      const std::stop_callback on_stop(stop, [&stopped] { stopped.set_value(); });
      runs_.set_value();
      stopped.get_future().wait();
      return kql::refuse("KQL404", {}, "the query was stopped");
    }
    if (request.query == "bad") return kql::refuse("KQL201", {1, 2}, "there is no such column");
    sink.begin({{.name = "n", .type = Type::int64}});
    for (const std::int64_t n : {1, 2}) {
      const Cell cell = number(n);
      sink.row({&cell, 1});
    }
    sink.end({});
    request.report({.sql = "SELECT \"n\"", .took_us = 10, .rows_scanned = 5, .memory_bytes = {}});
    return {};
  }
  server::HuntReply run(const std::string& query, const std::string& on = {},
                        const std::string& tab = "tab") {
    server::HuntQuestion question;
    question.person = "anna";
    question.query = query;
    question.on = on;
    question.tab = tab;
    return desk_.run(question, note_);
  }
  base::Json json_of(const std::string& text) {
    const auto json = base::parse_json(text);
    EXPECT_TRUE(json) << text;
    return json.value_or(base::Json());
  }

  fakes::FakeClock clock_;
  fakes::FakeRandom random_;
  fakes::MemoryHuntStore store_;
  fakes::TemporaryFolder folder_;
  Configuration configuration_;
  const kql::SchemaCatalogue catalogue_{
      "table T TimeGenerated:d Name:s\nfunction _Known (since:d?) Name:s\n"};
  const FunctionFolder functions_{folder_.path(), catalogue_};
  std::promise<void> runs_;  // "wait" does
  std::int64_t last_now_ = 0;
  std::vector<std::string> noted_;
  const server::DeskNote note_ = [this](std::string_view action, std::string_view object,
                                        std::string_view) -> base::Result<void> {
    noted_.push_back(std::string(action) + " " + std::string(object));
    return {};
  };
  std::stop_source stop_;
  LogQuestions questions_{
      [this](const HuntRequest& request, kql::result::Sink& sink, const std::stop_token& stop) {
        return answer(request, sink, stop);
      },
      folder_.path(), stop_.get_token()};
  HuntsDesk desk_{{configuration_, catalogue_, functions_, questions_, store_,
                   SignInWorld{clock_,
                               random_,
                               [](const std::string&) { return std::optional<std::string>(); },
                               folder_.path(),
                               {}},
                   stop_.get_token()}};
};

TEST_F(HuntsDeskTest, AnAnswerHasItsRowsItsCostAndItsPlaceInTheHistory) {
  const auto reply = run("T | count");
  ASSERT_TRUE(reply.is_done) << reply.text;
  const auto json = json_of(reply.text);
  const auto* results = json["results"].as_array();
  ASSERT_TRUE(results != nullptr && results->size() == 1);
  EXPECT_EQ((*results)[0]["rows"].as_array()->size(), 2U);
  EXPECT_EQ(json["row_count"].number_or(0), 2);
  EXPECT_EQ((*json["stages"].as_array())[0]["rows_scanned"].number_or(0), 5);
  EXPECT_EQ(last_now_, clock_.now().ticks);
  const auto kept = *store_.runs("anna");
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].query, "T | count");
  EXPECT_EQ(kept[0].rows, 2);
  EXPECT_TRUE(kept[0].problem.empty());
  EXPECT_EQ(static_cast<std::uint64_t>(json["run"].number_or(0)), kept[0].id);
}

TEST_F(HuntsDeskTest, WhatIsWrongIsToldWithItsSpanAndRemembered) {
  const auto reply = run("bad");
  EXPECT_FALSE(reply.is_done);
  const auto told = (*json_of(reply.text)["diagnostics"].as_array())[0];
  EXPECT_EQ(told["start"].number_or(0), 1);
  EXPECT_EQ(told["length"].number_or(0), 2);
  EXPECT_TRUE(store_.runs("anna")->front().problem.contains("KQL201"));
  const auto checked = json_of(desk_.check("T | where Nam == 1"));
  EXPECT_FALSE(*checked["ok"].as_bool());
  EXPECT_EQ((*checked["diagnostics"].as_array())[0]["start"].number_or(0), 10);
  EXPECT_TRUE(*json_of(desk_.check("T | where Name == '1'"))["ok"].as_bool());
}

TEST_F(HuntsDeskTest, ARunTellsHowFarItIsAndIsCancelledByItsPersonOnly) {
  auto waiting = std::async(std::launch::async, [this] { return run("wait"); });
  runs_.get_future().wait();
  EXPECT_EQ(json_of(*desk_.progress("anna", "tab"))["percent"].number_or(0), 25);
  EXPECT_FALSE(desk_.progress("bert", "tab"));
  EXPECT_EQ(desk_.cancel("bert", "tab").error().code, base::ErrorCode::not_found);
  ASSERT_TRUE(desk_.cancel("anna", "tab"));
  EXPECT_TRUE(waiting.get().text.contains("KQL404"));
  EXPECT_FALSE(desk_.progress("anna", "tab"));
}

TEST_F(HuntsDeskTest, ANewerRunOfATabEndsTheOlder) {
  auto waiting = std::async(std::launch::async, [this] { return run("wait"); });
  runs_.get_future().wait();
  EXPECT_TRUE(run("T", {}, "another").is_done);
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_TRUE(run("T").is_done);
  EXPECT_TRUE(waiting.get().text.contains("KQL404"));
}

TEST_F(HuntsDeskTest, OnlyPlacesOfTheSettingsAreAsked) {
  for (const std::string on : {"adx:https://example.org/Samples", "both:workspace:x", "both:"}) {
    const auto reply = run("T", on);
    EXPECT_FALSE(reply.is_done);
    EXPECT_TRUE(reply.text.contains("the settings name no such place")) << reply.text;
  }
  EXPECT_TRUE(noted_.empty());
  const auto reply = run("T", "adx:lake");  // nobody answers there
  EXPECT_FALSE(reply.is_done);
  EXPECT_EQ(noted_, std::vector<std::string>{"hunts.run adx:lake"});
  EXPECT_FALSE(store_.runs("anna")->front().problem.empty());
}

TEST_F(HuntsDeskTest, TheSchemaHasTablesFunctionsAndPlaces) {
  const auto json = json_of(desk_.schema());
  EXPECT_EQ((*json["tables"].as_array())[0]["columns"]["Name"].text(), "string");
  EXPECT_EQ((*json["functions"].as_array())[0]["name"].text(), "_Known");
  EXPECT_EQ((*json["places"].as_array())[0].text(), "adx:lake");
}

// The editor offers them and knows what they give; the check says what the run would.
TEST_F(HuntsDeskTest, FunctionsOfFilesAreInTheSchemaAndCanBeCalled) {
  const auto schema = json_of(desk_.schema());
  const auto* functions = schema["functions"].as_array();
  ASSERT_NE(functions, nullptr);
  const base::Json& last = functions->back();
  EXPECT_EQ(last["name"].text(), "Twice");
  EXPECT_EQ(last["body"].text(), "{ x * by \n}");
  EXPECT_EQ(last["parameters"].as_array()->size(), 2U);
  EXPECT_EQ((*last["parameters"].as_array())[1]["type"].text(), "long");
  EXPECT_EQ(*(*last["parameters"].as_array())[1]["optional"].as_bool(), true);
  EXPECT_EQ(*json_of(desk_.check("print Twice(3)"))["ok"].as_bool(), true);
  EXPECT_EQ(*json_of(desk_.check("print Thrice(3)"))["ok"].as_bool(), false);
}

TEST_F(HuntsDeskTest, HuntsAreSavedUnderANameAndListedBesideTheShippedOnes) {
  const auto save = [&](const std::string& name, const std::string& body) {
    return desk_.save("anna", name, *base::parse_json(body), note_);
  };
  EXPECT_FALSE(save("Not A Name", R"({"title":"t","query":"T"})"));
  EXPECT_FALSE(save("spray", R"({"title":"","query":"T"})"));
  EXPECT_FALSE(save("spray", R"({"title":"t","query":""})"));
  EXPECT_TRUE(noted_.empty());
  ASSERT_TRUE(save("spray", R"({"title":"t","query":"T","pinned":true})"));
  const auto json = json_of(*desk_.saved());
  const auto& rows = *json["rows"].as_array();
  EXPECT_EQ(rows[0]["kind"].text(), "own");
  EXPECT_EQ(rows[0]["author"].text(), "anna");
  EXPECT_TRUE(*rows[0]["pinned"].as_bool());
  EXPECT_GT(rows.size(), 30U);
  EXPECT_EQ(rows.back()["kind"].text(), "shipped");
  ASSERT_TRUE(desk_.remove("spray", note_));
  EXPECT_EQ(noted_.back(), "hunts.remove hunt spray");
}

// In whatever order its rows come an answer is the same one, and another one with other rows.
TEST(HuntAnswer, TheFingerprintIsThatOfTheRows) {
  const auto of = [](std::initializer_list<std::int64_t> numbers) {
    HuntAnswerText text;
    text.begin({{.name = "n", .type = Type::int64}});
    for (const std::int64_t n : numbers) {
      const Cell cell = number(n);
      text.row({&cell, 1});
    }
    text.end({});
    return text.fingerprint();
  };
  EXPECT_EQ(of({1, 2, 3}), of({3, 1, 2}));
  EXPECT_NE(of({1, 2, 3}), of({1, 2, 4}));
  EXPECT_NE(of({1, 2}), of({1, 2, 2}));
}

}  // namespace
}  // namespace vedette::app
