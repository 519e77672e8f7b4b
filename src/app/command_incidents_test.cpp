#include "app/command_incidents.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/data_folder.h"
#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"
#include "fakes/temporary_folder.h"
#include "incident/incident_book.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::app {
namespace {

class CommandIncidents : public testing::Test {
 protected:
  struct Said {
    int code = 0;
    std::string output, errors;
  };
  Said run(std::vector<std::string> words, bool with_data = true) {
    if (with_data) {
      words.push_back("--data");
      words.push_back(folder_.path().string());
    }
    std::ostringstream output, errors;
    const int code = run_incidents(words, {clock_, "anna", output, errors});
    return {code, output.str(), errors.str()};
  }
  // Incidents as `serve` keeps them, one for each alert.
  void keep(const std::vector<model::Alert>& alerts) {
    const auto store = store::sqlite::SqliteIncidents::open(folder_.file("state.db"));
    ASSERT_TRUE(store) << store.error().message;
    incident::IncidentBook book(**store, {.channels = {"chat"}});
    for (const auto& alert : alerts)
      ASSERT_TRUE(book.record(std::vector{incident::AlertNews{model::AlertChange::opened, alert}},
                              clock_.now()));
  }
  static model::Alert alert_from(const std::string& address, std::uint64_t id) {
    auto alert = fakes::sample_alert(id);
    alert.title = "Brute force from " + address;
    alert.entities[0].value = address;
    return alert;
  }
  base::Json json_of(std::vector<std::string> words) {
    words.insert(words.end(), {"--format", "json"});
    const Said said = run(words);
    EXPECT_EQ(said.code, exit_done) << said.errors;
    const auto json = base::parse_json(said.output);
    EXPECT_TRUE(json) << said.output;
    return json.value_or(base::Json());
  }

  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_{*base::parse_iso("2026-06-01T08:30:00Z")};
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(CommandIncidents, BeforeAnythingWasKept) {
  const Said list = run({"list"});
  EXPECT_EQ(list.code, exit_done);
  EXPECT_TRUE(holds(list.output, "Nothing yet")) << list.output;
  EXPECT_EQ(run({"list", "--format", "json"}).output, "[]\n");
  const Said show = run({"show", "7"});
  EXPECT_EQ(show.code, exit_failed);
  EXPECT_TRUE(holds(show.errors, "there are no incidents yet")) << show.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_.file("state.db"))) << "asking makes nothing";
}

TEST_F(CommandIncidents, ListsWhatIsOpen) {
  keep({alert_from("203.0.113.7", 1), alert_from("203.0.113.8", 2)});
  const Said list = run({"list"});
  EXPECT_EQ(list.code, exit_done) << list.errors;
  EXPECT_LT(list.output.find("203.0.113.8"), list.output.find("203.0.113.7")) << "newest first";
  EXPECT_EQ(run({"close", "1", "--class", "falsepositive"}).code, exit_done);
  EXPECT_FALSE(holds(run({"list"}).output, "203.0.113.7"));
  EXPECT_TRUE(holds(run({"list", "--all"}).output, "203.0.113.7"));
  EXPECT_TRUE(holds(run({"list", "--status", "closed"}).output, "203.0.113.7"));
  EXPECT_TRUE(holds(run({"list", "--owner", "bert"}).output, "No open incident matches"));
  EXPECT_TRUE(holds(run({"list", "--all", "--limit", "1"}).output, "--before 2 reads on"));
  EXPECT_EQ(json_of({"list", "--all"}).as_array()->size(), 2U);
}

TEST_F(CommandIncidents, ShowsAllOfOne) {
  keep({alert_from("203.0.113.7", 0x1234)});
  const Said show = run({"show", "1"});
  EXPECT_EQ(show.code, exit_done) << show.errors;
  for (const char* part :
       {"Incident 1: Brute force from 203.0.113.7", "New, nobody's", "1,234", "Frankfurt am Main",
        "AS64496 Example Net", "T1110.001", "0000000000001234", "opened: Brute force",
        "we learned it", "Next: vedette incidents ack 1, assign 1"})
    EXPECT_TRUE(holds(show.output, part)) << part << "\n" << show.output;
  const base::Json json = json_of({"show", "#1"});
  EXPECT_EQ(*json["number"].as_integer(), 1);
  EXPECT_EQ(*json["id"].as_string(), "0000000000001234");
  EXPECT_EQ(json["timeline"].as_array()->size(), 1U);
  const Said missing = run({"show", "9"});
  EXPECT_EQ(missing.code, exit_failed);
  EXPECT_TRUE(holds(missing.errors, "there is no incident 9")) << missing.errors;
}

TEST_F(CommandIncidents, TheTimelineHasTwoOrders) {
  keep({alert_from("203.0.113.7", 1)});
  auto earlier = alert_from("203.0.113.7", 2);
  earlier.title = "what came before";
  earlier.first_event = earlier.first_event - base::Duration::hours(1);
  keep({earlier});
  const auto before = [&](const std::string& text) {
    const std::string timeline = text.substr(text.find("\nTimeline"));
    return timeline.find("what came before") < timeline.find("opened: Brute force");
  };
  EXPECT_TRUE(before(run({"show", "1"}).output));
  EXPECT_FALSE(before(run({"show", "1", "--as-learned"}).output));
}

TEST_F(CommandIncidents, PeopleActAndItIsWrittenDown) {
  keep({alert_from("203.0.113.7", 1), alert_from("203.0.113.8", 2)});
  const Said acknowledged = run({"ack", "1", "2"});
  EXPECT_EQ(acknowledged.code, exit_done) << acknowledged.errors;
  EXPECT_TRUE(holds(acknowledged.output, "Incident 2: Active, nobody's, High: Brute force"));
  EXPECT_TRUE(holds(run({"assign", "1"}).output, "anna's"));
  EXPECT_TRUE(holds(run({"assign", "1", "--to", "bert", "--as", "carla"}).output, "bert's"));
  EXPECT_TRUE(holds(run({"assign", "1", "--nobody"}).output, "nobody's"));
  EXPECT_EQ(run({"comment", "1", "asked the owner"}).code, exit_done);
  EXPECT_EQ(*json_of({"severity", "1", "low"})["severity"].as_string(), "Low");
  EXPECT_TRUE(holds(run({"close", "1", "--class", "TruePositive", "--comment", "blocked"}).output,
                    "Closed as TruePositive: blocked"));
  EXPECT_EQ(run({"reopen", "1"}).code, exit_done);
  const base::Json json = json_of({"show", "1", "--as-learned"});
  std::string story;
  for (const auto& entry : *json["timeline"].as_array())
    story += *entry["actor"].as_string() + " " + *entry["kind"].as_string() + "; ";
  EXPECT_EQ(story,
            "vedette opened; anna status_changed; anna assigned; carla assigned; anna assigned; "
            "anna commented; anna severity_changed; anna status_changed; anna status_changed; ");
}

TEST_F(CommandIncidents, TasksAreNotedAndDone) {
  keep({alert_from("203.0.113.7", 1)});
  EXPECT_EQ(run({"task", "1", "change the password of \x1b[31mroot"}).code, exit_done);
  EXPECT_EQ(run({"task", "1", "ask the owner", "--as", "bert"}).code, exit_done);
  const Said done = run({"done", "1", "2"});
  EXPECT_EQ(done.code, exit_done) << done.errors;
  EXPECT_EQ(run({"done", "1", "2"}).errors,
            "vedette: incident 1 had task 2 done by anna already\n");
  EXPECT_EQ(run({"done", "1", "two"}).code, exit_usage);
  const std::string page = run({"show", "1"}).output;
  EXPECT_TRUE(holds(page, "1. [ ] change the password of ")) << page;
  EXPECT_TRUE(holds(page, "2. [x] ask the owner (done by anna)")) << page;
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  const base::Json json = json_of({"show", "1"});
  EXPECT_EQ(*(*json["tasks"].as_array())[1]["added_by"].as_string(), "bert");
}

TEST_F(CommandIncidents, WhatMakesNoSenseIsSaid) {
  keep({alert_from("203.0.113.7", 1), alert_from("203.0.113.8", 2)});
  EXPECT_EQ(run({"ack", "1"}).code, exit_done);
  // The second is done although the first is not.
  const Said again = run({"ack", "1", "2"});
  EXPECT_EQ(again.code, exit_failed);
  EXPECT_EQ(again.errors, "vedette: incident 1 is acknowledged already\n");
  EXPECT_TRUE(holds(again.output, "Incident 2: Active"));
  EXPECT_EQ(run({"reopen", "1"}).errors, "vedette: incident 1 is not closed\n");
  EXPECT_EQ(run({"ack", "77"}).errors, "vedette: there is no incident 77\n");
  EXPECT_EQ(run({"comment", "1", " "}).errors, "vedette: the comment is empty\n");
  EXPECT_EQ(run({"ack", "2", "--as", "vedette"}).code, exit_failed);
}

TEST_F(CommandIncidents, WrongWordsDoNothing) {
  keep({alert_from("203.0.113.7", 1)});
  const std::vector<std::vector<std::string>> wrong = {
      {"close", "1"},
      {"close", "1", "--class", "TruePositiv"},
      {"ack"},
      {"ack", "seven"},
      {"ack", "0"},
      {"show", ""},
      {"show", "1", "2"},
      {"severity", "1", "terrible"},
      {"list", "--status", "opne"},
      {"list", "--all", "--status", "New"},
      {"list", "--format", "xml"},
      {"messages", "--state", "lost"},
      {"assign", "1", "--to", "bert", "--nobody"},
      {"list", "--limit", "0"},
      {"aknowledge", "1"},
  };
  for (const auto& words : wrong) EXPECT_EQ(run(words).code, exit_usage) << words.back();
  EXPECT_EQ(run({}, false).code, exit_usage);
  EXPECT_EQ(run({"--help"}, false).code, exit_done);
  EXPECT_EQ(run({"close", "--help"}, false).code, exit_done);
  EXPECT_EQ(*json_of({"show", "1"})["status"].as_string(), "New");
}

TEST_F(CommandIncidents, ShowsWhatPeopleWereTold) {
  keep({alert_from("203.0.113.7", 1)});
  EXPECT_TRUE(holds(run({"messages"}).output, "waiting"));
  EXPECT_TRUE(holds(run({"messages", "--state", "failed"}).output, "No message matches"));
  const auto messages = json_of({"messages"});
  EXPECT_EQ(*(*messages.as_array())[0]["channel"].as_string(), "chat");
}

TEST_F(CommandIncidents, HostileTextStaysText) {
  std::vector<model::Alert> alerts;
  std::uint64_t id = 0;
  for (const auto& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    auto alert = fakes::hostile_alert(text);
    alert.id = ++id;
    alerts.push_back(alert);
  }
  keep(alerts);
  const auto clean = [](const std::string& text) {
    return std::ranges::none_of(text, [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
    });
  };
  const std::string table = run({"list", "--limit", "10000"}).output;
  EXPECT_TRUE(clean(table));
  EXPECT_EQ(std::ranges::count(table, '\n'), std::ssize(alerts) + 1) << "one line an incident";
  for (std::size_t number = 1; number <= alerts.size(); ++number) {
    EXPECT_TRUE(clean(run({"show", std::to_string(number)}).output)) << number;
    const Said json = run({"show", std::to_string(number), "--format", "json"});
    EXPECT_TRUE(base::parse_json(json.output)) << number;
  }
}

TEST_F(CommandIncidents, ADamagedFileIsExplained) {
  keep({alert_from("203.0.113.7", 1)});
  std::ofstream(folder_.file("state.db"), std::ios::trunc) << std::string(8192, 'x');
  const Said list = run({"list"});
  EXPECT_EQ(list.code, exit_failed);
  EXPECT_TRUE(holds(list.errors, "damaged")) << list.errors;
}

TEST(DataFolder, IsWhatIsNamedOrFoundInThatOrder) {
  const fakes::TemporaryFolder folder;
  const std::string named = folder.path().string();
  EXPECT_EQ(*data_folder(named), named);
  EXPECT_FALSE(data_folder(""));
  ::setenv("VEDETTE_DATA", named.c_str(), 1);
  EXPECT_EQ(*data_folder(std::nullopt), named);
  EXPECT_EQ(*data_folder("/elsewhere"), "/elsewhere");
  ::unsetenv("VEDETTE_DATA");
  if (std::filesystem::is_directory("/var/lib/vedette")) GTEST_SKIP() << "Vedette lives here";
  ::setenv("XDG_DATA_HOME", named.c_str(), 1);
  EXPECT_EQ(*data_folder(std::nullopt), named + "/vedette");
  ::setenv("XDG_DATA_HOME", "relative", 1);
  ::setenv("HOME", named.c_str(), 1);
  EXPECT_EQ(*data_folder(std::nullopt), named + "/.local/share/vedette");
  ::unsetenv("XDG_DATA_HOME");
  ::unsetenv("HOME");
  EXPECT_FALSE(data_folder(std::nullopt));
}

}  // namespace
}  // namespace vedette::app
