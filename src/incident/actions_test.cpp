#include "incident/actions.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "fakes/memory_incident_store.h"
#include "fakes/sample_alert.h"

namespace vedette::incident {
namespace {

using base::Result;
using model::Classification;
using model::Incident;
using model::IncidentStatus;
using model::Severity;
using model::TimelineKind;

const Person anna{"anna", base::Timestamp::from_unix_seconds(1'780'000'000)};
const Person bert{"bert", base::Timestamp::from_unix_seconds(1'780'000'060)};

Incident fresh() {
  Incident incident;
  incident.number = 7;
  incident.identity = 1;
  incident.alerts = {fakes::sample_alert(1)};
  return incident;
}

std::string error_of(const Result<Changed>& changed) {
  return changed ? "no error" : changed.error().message;
}

TEST(Actions, Acknowledge) {
  const auto changed = *acknowledge(fresh(), anna);
  EXPECT_EQ(changed.incident.status, IncidentStatus::active);
  EXPECT_EQ(changed.incident.acknowledged, anna.now);
  EXPECT_EQ(changed.incident.updated, anna.now);
  ASSERT_EQ(changed.entries.size(), 1U);
  EXPECT_EQ(changed.entries[0].actor, "anna");
  EXPECT_EQ(changed.entries[0].at, anna.now);
  EXPECT_EQ(changed.entries[0].incident, 7U);
  EXPECT_EQ(error_of(acknowledge(changed.incident, bert)), "incident 7 is acknowledged already");
  const auto closed = *close(fresh(), anna, Classification::true_positive, "");
  EXPECT_EQ(error_of(acknowledge(closed.incident, bert)), "incident 7 is closed");
}

TEST(Actions, TheFirstTouchIsTheAcknowledgement) {
  EXPECT_EQ(comment(fresh(), anna, "looking")->incident.acknowledged, anna.now);
  EXPECT_EQ(assign(fresh(), anna, "bert")->incident.acknowledged, anna.now);
  EXPECT_EQ(set_severity(fresh(), anna, Severity::low)->incident.acknowledged, anna.now);
  EXPECT_EQ(close(fresh(), anna, Classification::undetermined, "")->incident.acknowledged,
            anna.now);
  const auto commented = comment(fresh(), anna, "looking")->incident;
  EXPECT_EQ(commented.status, IncidentStatus::new_incident);
  EXPECT_EQ(acknowledge(commented, bert)->incident.acknowledged, anna.now);
}

TEST(Actions, TasksAreAddedAndDoneOnce) {
  Incident incident = add_task(fresh(), anna, " change the password\n")->incident;
  EXPECT_EQ(incident.acknowledged, anna.now);
  incident = add_task(incident, bert, "ask the owner")->incident;
  const auto done = *finish_task(incident, bert, 1);
  EXPECT_EQ(done.incident.tasks, (std::vector<model::IncidentTask>{
                                     {"change the password", "anna", "bert", anna.now, bert.now},
                                     {"ask the owner", "bert", "", bert.now, {}}}));
  ASSERT_EQ(done.entries.size(), 1U);
  EXPECT_EQ(done.entries[0].kind, TimelineKind::task_done);
  EXPECT_EQ(done.entries[0].text, "1: change the password");
  EXPECT_EQ(error_of(finish_task(done.incident, anna, 1)),
            "incident 7 had task 1 done by bert already");
  EXPECT_EQ(error_of(finish_task(done.incident, anna, 3)), "incident 7 has no task 3");
  EXPECT_EQ(error_of(finish_task(done.incident, anna, 0)), "incident 7 has no task 0");
  EXPECT_EQ(error_of(add_task(fresh(), anna, " ")), "the task is empty");
  EXPECT_FALSE(add_task(fresh(), anna, std::string(model::task_bytes_max + 1, 'a')));
  incident.tasks.resize(model::incident_tasks_max);
  EXPECT_EQ(error_of(add_task(incident, anna, "one more")),
            "incident 7 has 50 tasks: more are not kept");
  EXPECT_TRUE(finish_task(close(done.incident, anna, Classification::true_positive, "")->incident,
                          bert, 2));
}

TEST(Actions, Assign) {
  const auto changed = *assign(fresh(), anna, "bert");
  EXPECT_EQ(changed.incident.owner, "bert");
  EXPECT_EQ(changed.entries[0].kind, TimelineKind::assigned);
  EXPECT_EQ(changed.entries[0].text, "assigned to bert");
  EXPECT_EQ(error_of(assign(changed.incident, anna, "bert")), "incident 7 is bert's already");
  EXPECT_EQ(assign(changed.incident, bert, "")->incident.owner, "");
  EXPECT_EQ(error_of(assign(fresh(), anna, "")), "incident 7 is nobody's already");
  EXPECT_FALSE(assign(fresh(), anna, std::string(base::limits::person_bytes_max + 1, 'a')));
  EXPECT_FALSE(assign(fresh(), anna, " \t"));
}

TEST(Actions, Comment) {
  const auto changed = *comment(fresh(), anna, "a pen test\nby us");
  EXPECT_EQ(changed.entries[0].kind, TimelineKind::commented);
  EXPECT_EQ(changed.entries[0].text, "a pen test\nby us");
  EXPECT_EQ(error_of(comment(fresh(), anna, " \n")), "the comment is empty");
  EXPECT_TRUE(comment(fresh(), anna, std::string(base::limits::comment_bytes_max, 'a')));
  EXPECT_FALSE(comment(fresh(), anna, std::string(base::limits::comment_bytes_max + 1, 'a')));
  EXPECT_TRUE(comment(close(fresh(), anna, Classification::true_positive, "")->incident, bert,
                      "afterthought"));
}

TEST(Actions, SetSeverity) {
  const auto changed = *set_severity(fresh(), anna, Severity::high);
  EXPECT_EQ(changed.incident.severity, Severity::high);
  EXPECT_TRUE(changed.incident.severity_set_by_person);
  EXPECT_EQ(changed.entries[0].text, "High, was Medium");
  EXPECT_EQ(error_of(set_severity(changed.incident, bert, Severity::high)),
            "incident 7 is High already");
  // Saying what it is already makes it the person's.
  EXPECT_TRUE(set_severity(fresh(), anna, Severity::medium)->incident.severity_set_by_person);
}

TEST(Actions, CloseAndReopen) {
  const auto closed = *close(fresh(), anna, Classification::benign_positive, "pen test");
  EXPECT_EQ(closed.incident.status, IncidentStatus::closed);
  EXPECT_EQ(closed.incident.classification, Classification::benign_positive);
  EXPECT_EQ(closed.incident.closing_comment, "pen test");
  EXPECT_EQ(closed.incident.closed, anna.now);
  EXPECT_EQ(closed.entries[0].text, "closed as BenignPositive: pen test");
  EXPECT_EQ(error_of(close(closed.incident, bert, Classification::true_positive, "")),
            "incident 7 is closed already");
  EXPECT_FALSE(close(fresh(), anna, Classification::none, ""));
  EXPECT_FALSE(assign(closed.incident, bert, "bert"));
  EXPECT_FALSE(set_severity(closed.incident, bert, Severity::low));
  const auto reopened = *reopen(closed.incident, bert);
  EXPECT_EQ(reopened.incident.status, IncidentStatus::active);
  EXPECT_EQ(reopened.incident.classification, Classification::none);
  EXPECT_FALSE(reopened.incident.closed.is_set());
  EXPECT_EQ(reopened.entries[0].actor, "bert");
  EXPECT_EQ(error_of(reopen(fresh(), anna)), "incident 7 is not closed");
  auto merged = closed.incident;
  merged.merged_into = 3;
  EXPECT_EQ(error_of(reopen(merged, anna)), "incident 7 goes on as incident 3: look there");
}

TEST(Actions, SomebodyMustHaveDoneIt) {
  EXPECT_FALSE(acknowledge(fresh(), {"", anna.now}));
  EXPECT_FALSE(acknowledge(fresh(), {"Vedette", anna.now}));
  EXPECT_FALSE(acknowledge(fresh(), {std::string(300, 'x'), anna.now}));
}

TEST(Actions, ActReadsAgainWhenSomebodyCameBetween) {
  fakes::MemoryIncidentStore store;
  auto incident = fresh();
  incident.number = 0;
  ASSERT_TRUE(store.commit({.incidents = {incident}}));
  int calls = 0;
  const auto done = act(store, 1, [&](const Incident& found) {
    if (++calls == 1) {
      auto theirs = found;
      theirs.owner = "bert";
      EXPECT_TRUE(store.commit({.incidents = {theirs}}));
    }
    return comment(found, anna, "mine");
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(*done, store.find(1)->value());
  EXPECT_EQ(done->owner, "bert");
  EXPECT_EQ(store.timeline(1)->size(), 1U);
}

TEST(Actions, ActSaysWhatIsWrong) {
  fakes::MemoryIncidentStore store;
  const auto missing =
      act(store, 4, [](const Incident& found) { return acknowledge(found, anna); });
  EXPECT_EQ(missing.error().code, base::ErrorCode::not_found);
  EXPECT_EQ(missing.error().message, "there is no incident 4");
  ASSERT_TRUE(store.commit({.incidents = {[] {
                              auto incident = fresh();
                              incident.number = 0;
                              return incident;
                            }()}}));
  EXPECT_FALSE(act(store, 1, [](const Incident& found) { return reopen(found, anna); }));
  EXPECT_TRUE(store.timeline(1)->empty());
}

}  // namespace
}  // namespace vedette::incident
