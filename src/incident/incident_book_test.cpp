#include "incident/incident_book.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/limits.h"
#include "fakes/memory_incident_store.h"
#include "fakes/sample_alert.h"
#include "incident/actions.h"
#include "incident/grouping.h"

namespace vedette::incident {
namespace {

using base::Duration;
using base::Timestamp;
using model::Alert;
using model::AlertChange;
using model::AlertStatus;
using model::Classification;
using model::EntityType;
using model::Incident;
using model::IncidentStatus;
using model::Severity;
using model::TimelineKind;

constexpr Timestamp noon = Timestamp::from_unix_seconds(1'780'000'000);

Alert brute_force(std::uint64_t id, const std::string& address = "203.0.113.7",
                  Timestamp first = noon) {
  Alert alert = fakes::sample_alert(id);
  alert.title = "SSH brute force from " + address;
  alert.severity = Severity::medium;
  alert.entities = {{EntityType::ip, address}, {EntityType::account, "root"}};
  alert.first_event = first;
  alert.last_event = first + Duration::seconds(20);
  alert.event_count = 3;
  alert.reasons = {"3 failed attempts in 20 s"};
  alert.created = alert.updated = first;
  return alert;
}

Alert login(std::uint64_t id, const std::string& address = "203.0.113.7", Timestamp first = noon) {
  Alert alert = brute_force(id, address, first);
  alert.rule = "success_after_failures";
  alert.title = "SSH log-in of root after failures, from " + address;
  alert.severity = Severity::high;
  return alert;
}

Alert longer(Alert alert, std::uint64_t events) {
  alert.event_count += events;
  alert.last_event = alert.last_event + Duration::minutes(10);
  return alert;
}

Alert over(Alert alert) {
  alert.status = AlertStatus::closed;
  alert.closed = alert.last_event + Duration::minutes(10);
  return alert;
}

Alert taken_back(Alert alert, std::uint64_t merged_into = 0) {
  alert.status = AlertStatus::withdrawn;
  alert.merged_into = merged_into;
  alert.reasons = {"later events showed that this was no attack"};
  return alert;
}

AlertNews opened(Alert alert) {
  return {AlertChange::opened, std::move(alert)};
}
AlertNews updated(Alert alert) {
  return {AlertChange::updated, std::move(alert)};
}
AlertNews closed(const Alert& alert) {
  return {AlertChange::closed, over(alert)};
}
AlertNews withdrawn(const Alert& alert, std::uint64_t merged_into = 0) {
  return {AlertChange::withdrawn, taken_back(alert, merged_into)};
}

std::vector<ports::OutboxMessage> outbox_of(ports::IncidentStore& store) {
  return store.outbox(std::nullopt, 1'000).value_or(std::vector<ports::OutboxMessage>());
}

std::vector<model::TimelineEntry> timeline_of(ports::IncidentStore& store, std::uint64_t number) {
  return store.timeline(number).value_or(std::vector<model::TimelineEntry>());
}

std::vector<Incident> list_of(ports::IncidentStore& store) {
  return store.list({}).value_or(std::vector<Incident>());
}

class IncidentBookTest : public testing::Test {
 protected:
  Recorded record(const std::vector<AlertNews>& news) {
    const auto recorded = book_.record(news, now_);
    EXPECT_TRUE(recorded) << recorded.error().message;
    now_ = now_ + Duration::minutes(1);
    return recorded.value_or(Recorded());
  }
  Incident incident(std::uint64_t number) {
    const auto found = store_.find(number);
    EXPECT_TRUE(found && *found) << number;
    return found && *found ? **found : Incident();
  }
  std::size_t incidents() { return list_of(store_).size(); }
  // "opened Medium x3": what each message says, in order.
  std::vector<std::string> messages() {
    std::vector<std::string> said;
    auto outbox = outbox_of(store_);
    std::ranges::reverse(outbox);
    for (const auto& message : outbox)
      said.push_back(std::string(name_of(message.change)) + " " +
                     std::string(name_of(message.alert.severity)) + " x" +
                     std::to_string(message.alert.event_count));
    return said;
  }
  std::vector<TimelineKind> kinds(std::uint64_t number) {
    std::vector<TimelineKind> all;
    for (const auto& entry : timeline_of(store_, number)) all.push_back(entry.kind);
    return all;
  }
  std::string last_entry(std::uint64_t number) { return timeline_of(store_, number).back().text; }
  Incident by(const std::function<base::Result<Changed>(const Incident&, const Person&)>& action,
              std::uint64_t number = 1) {
    const Person person{"anna", now_};
    const auto done =
        act(store_, number, [&](const Incident& found) { return action(found, person); });
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(Incident());
  }
  Incident close_as(Classification classification, std::uint64_t number = 1) {
    return by([&](const Incident& found,
                  const Person& person) { return close(found, person, classification, ""); },
              number);
  }

  fakes::MemoryIncidentStore store_;
  IncidentBook book_{store_, {.channels = {"chat"}}};
  Timestamp now_ = noon + Duration::seconds(21);
};

using Texts = std::vector<std::string>;

TEST_F(IncidentBookTest, AnAlertOpensAnIncident) {
  const auto recorded = record({opened(brute_force(10))});
  EXPECT_EQ(recorded.incidents_opened, 1U);
  EXPECT_EQ(recorded.messages, 1U);
  const Incident found = incident(1);
  EXPECT_EQ(found.identity, 10U);
  EXPECT_EQ(found.title, "SSH brute force from 203.0.113.7");
  EXPECT_EQ(found.severity, Severity::medium);
  EXPECT_EQ(found.status, IncidentStatus::new_incident);
  EXPECT_EQ(found.first_event, noon);
  EXPECT_EQ(found.created, noon + Duration::seconds(21));
  EXPECT_EQ(messages(), (Texts{"opened Medium x3"}));
  const auto timeline = timeline_of(store_, 1);
  ASSERT_EQ(timeline.size(), 1U);
  EXPECT_EQ(timeline[0].kind, TimelineKind::opened);
  EXPECT_EQ(timeline[0].event, noon);
  EXPECT_EQ(timeline[0].at, noon + Duration::seconds(21));
  EXPECT_EQ(timeline[0].actor, "vedette");
}

TEST_F(IncidentBookTest, EachChannelGetsItsOwnMessage) {
  IncidentBook book(store_, {.channels = {"chat", "pager", "mail"}});
  EXPECT_EQ(book.record(std::vector{opened(brute_force(10))}, now_)->messages, 3U);
  std::set<std::string> keys, channels;
  for (const auto& message : outbox_of(store_)) {
    keys.insert(message.key);
    channels.insert(message.channel);
    EXPECT_EQ(message.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string::npos)
        << message.key;
  }
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_EQ(channels.size(), 3U);
}

TEST_F(IncidentBookTest, WithoutChannelsNobodyIsTold) {
  IncidentBook book(store_, {});
  EXPECT_EQ(book.record(std::vector{opened(brute_force(10))}, now_)->messages, 0U);
  EXPECT_EQ(incidents(), 1U);
}

TEST_F(IncidentBookTest, AnIncidentLastsFromOpeningToClosing) {
  const Alert alert = brute_force(10);
  record({opened(alert)});
  record({updated(longer(alert, 100))});
  record({closed(longer(alert, 200))});
  EXPECT_EQ(messages(), (Texts{"opened Medium x3", "updated Medium x103", "closed Medium x203"}));
  EXPECT_EQ(kinds(1), (std::vector{TimelineKind::opened, TimelineKind::alert_updated,
                                   TimelineKind::alert_closed}));
  EXPECT_EQ(incident(1).alerts[0].event_count, 203U);
  EXPECT_EQ(incident(1).status, IncidentStatus::new_incident) << "people close incidents";
  EXPECT_EQ(incident(1).last_event, noon + Duration::seconds(620));
  std::set<std::string> keys;
  for (const auto& message : outbox_of(store_)) keys.insert(message.key);
  EXPECT_EQ(keys.size(), 3U);
}

TEST_F(IncidentBookTest, OneBatchIsOneMessage) {
  const Alert alert = brute_force(10);
  EXPECT_EQ(record({opened(alert), updated(longer(alert, 5))}).messages, 1U);
  EXPECT_EQ(
      record({opened(brute_force(20, "198.51.100.1")), closed(brute_force(20, "198.51.100.1"))})
          .messages,
      1U);
  EXPECT_EQ(messages(), (Texts{"opened Medium x8", "closed Medium x3"}));
  EXPECT_EQ(kinds(2), (std::vector{TimelineKind::opened, TimelineKind::alert_closed}));
}

TEST_F(IncidentBookTest, WhatIsTakenBackBeforeAnybodyHeardIsNotTold) {
  record({opened(brute_force(10)), withdrawn(brute_force(10))});
  EXPECT_TRUE(messages().empty());
  EXPECT_EQ(incident(1).status, IncidentStatus::closed) << "but it is kept";
}

// --- grouping ------------------------------------------------------------------------------------

TEST_F(IncidentBookTest, AlertsOfOneAddressAreOneIncident) {
  record({opened(brute_force(10))});
  record({closed(brute_force(10))});
  const Alert again = brute_force(11, "203.0.113.7", noon + Duration::hours(2));
  EXPECT_EQ(record({opened(again)}).incidents_opened, 0U);
  EXPECT_EQ(incidents(), 1U);
  EXPECT_EQ(incident(1).alerts.size(), 2U);
  record({closed(again)});
  EXPECT_EQ(messages(), (Texts{"opened Medium x3", "closed Medium x3", "updated Medium x6",
                               "closed Medium x6"}));
  EXPECT_EQ(outbox_of(store_).front().alert.id, 10U) << "one message, edited";
}

TEST_F(IncidentBookTest, ALogInAfterFailuresRaisesTheIncidentOfItsAddress) {
  record({opened(brute_force(10))});
  const auto recorded = record({opened(login(11))});
  EXPECT_EQ(recorded.incidents_opened, 0U);
  const Incident found = incident(1);
  EXPECT_EQ(found.severity, Severity::high);
  EXPECT_EQ(found.title, "SSH log-in of root after failures, from 203.0.113.7");
  EXPECT_EQ(kinds(1), (std::vector{TimelineKind::opened, TimelineKind::alert_added,
                                   TimelineKind::severity_changed}));
  EXPECT_EQ(last_entry(1), "High, was Medium");
  // It is told in a message of its own, since an edited one rings no bell.
  EXPECT_EQ(messages(), (Texts{"opened Medium x3", "opened High x3"}));
  EXPECT_EQ(outbox_of(store_).front().alert.id, 11U);
  record({closed(brute_force(10))});
  record({closed(login(11))});
  EXPECT_EQ(messages(),
            (Texts{"opened Medium x3", "opened High x3", "closed Medium x3", "closed High x3"}));
}

TEST_F(IncidentBookTest, ALogInJoinsTheGuessingOfItsAccount) {
  Alert guessing = brute_force(10, "198.51.100.1");
  guessing.rule = "brute_force_user";
  guessing.entities = {{EntityType::account, "root"}, {EntityType::ip, "198.51.100.1"}};
  record({opened(guessing)});
  record({opened(login(11, "203.0.113.99"))});
  EXPECT_EQ(incidents(), 1U);
  // Guessing of root from elsewhere is no reason for an address's own attack to join.
  record({opened(brute_force(12, "203.0.113.98"))});
  EXPECT_EQ(incidents(), 2U);
}

TEST_F(IncidentBookTest, OtherThingsStayApart) {
  Alert file = brute_force(12);
  file.rule = "parse_rate";
  file.entities = {{EntityType::file, "/var/log/auth.log"}};
  Alert other_rule = file;
  other_rule.id = 13;
  other_rule.rule = "silence";
  Alert nameless = brute_force(14), also_nameless = brute_force(15);
  nameless.entities.clear();
  also_nameless.entities.clear();
  record({opened(brute_force(10)), opened(brute_force(11, "203.0.113.8")), opened(file),
          opened(other_rule), opened(nameless), opened(also_nameless)});
  EXPECT_EQ(incidents(), 6U);
  file.id = 16;
  EXPECT_EQ(record({opened(file)}).incidents_opened, 0U) << "the same rule on the same thing";
}

TEST_F(IncidentBookTest, TheWindowCountsFromTheIncidentsLastEvent) {
  const Duration window = Duration::hours(5);
  record({opened(brute_force(10))});
  const Timestamp last = incident(1).last_event;
  record({opened(brute_force(11, "203.0.113.7", last + window))});
  EXPECT_EQ(incidents(), 1U);
  const Timestamp later = incident(1).last_event;
  record({opened(brute_force(12, "203.0.113.7", later + window + Duration{1}))});
  EXPECT_EQ(incidents(), 2U);
  // A late source tells of what was long before.
  record({opened(brute_force(13, "203.0.113.7", noon - window - Duration::hours(1)))});
  EXPECT_EQ(incidents(), 3U);
}

TEST_F(IncidentBookTest, TheOldestOpenIncidentIsJoined) {
  record({opened(brute_force(10))});
  record({opened(brute_force(11, "203.0.113.7", noon + Duration::hours(6)))});
  ASSERT_EQ(incidents(), 2U);
  record({opened(brute_force(12, "203.0.113.7", noon + Duration::hours(3)))});
  EXPECT_EQ(incident(1).alerts.size(), 2U);
  EXPECT_EQ(incident(2).alerts.size(), 1U);
}

TEST_F(IncidentBookTest, AFullIncidentIsFollowedByAnother) {
  std::vector<AlertNews> news;
  for (std::uint64_t id = 1; id <= base::limits::incident_alerts_max + 1; ++id)
    news.push_back(opened(brute_force(id)));
  EXPECT_EQ(record(news).incidents_opened, 2U);
  EXPECT_EQ(incident(1).alerts.size(), base::limits::incident_alerts_max);
  EXPECT_EQ(incident(2).alerts.size(), 1U);
}

TEST_F(IncidentBookTest, OneBatchGroupsLikeMany) {
  record({opened(brute_force(10)), opened(brute_force(11, "198.51.100.1")), opened(login(12)),
          updated(longer(brute_force(10), 4))});
  EXPECT_EQ(incidents(), 2U);
  EXPECT_EQ(incident(1).alerts.size(), 2U);
  EXPECT_EQ(messages(), (Texts{"opened Medium x7", "opened High x3", "opened Medium x3"}));
}

// --- repeats -------------------------------------------------------------------------------------

TEST_F(IncidentBookTest, AReplayChangesNothingAndTellsNobody) {
  const Alert alert = brute_force(10);
  const std::vector<AlertNews> story = {opened(alert),
                                        updated(longer(alert, 100)),
                                        opened(login(11)),
                                        closed(longer(alert, 100)),
                                        opened(brute_force(20, "198.51.100.1")),
                                        withdrawn(brute_force(20, "198.51.100.1"))};
  for (const auto& news : story) record({news});
  const auto list = list_of(store_);
  const auto outbox = outbox_of(store_);
  const auto timeline = timeline_of(store_, 1);
  for (std::size_t from = 0; from < story.size(); ++from) {
    const std::vector<AlertNews> rest(story.begin() + static_cast<std::ptrdiff_t>(from),
                                      story.end());
    EXPECT_EQ(record(rest).repeats, rest.size());
    for (const auto& news : rest) EXPECT_EQ(record({news}).repeats, 1U);
  }
  EXPECT_EQ(list_of(store_), list);
  EXPECT_EQ(outbox_of(store_), outbox);
  EXPECT_EQ(timeline_of(store_, 1), timeline);
}

TEST_F(IncidentBookTest, AReplayInOtherBatchesIsTheSame) {
  const Alert alert = brute_force(10);
  record({opened(alert)});
  record({updated(longer(alert, 100))});
  // The replay's larger batch opens the alert with what it had later.
  Alert later = longer(alert, 100);
  later.created = now_;
  EXPECT_EQ(record({opened(later)}).repeats, 1U);
  EXPECT_EQ(record({opened(longer(later, 5))}).messages, 1U) << "and what is new is not lost";
  EXPECT_EQ(messages().back(), "updated Medium x108");
  EXPECT_EQ(incident(1).alerts[0].created, noon);
}

// Random stories, cut and replayed anywhere, end in the same incidents and say nothing twice.
TEST_F(IncidentBookTest, AnyStoryReplayedFromAnywhereEndsTheSame) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::map<std::uint64_t, Alert> open;
    std::vector<AlertNews> story;
    for (std::uint64_t id = 1; story.size() < 40;) {
      const std::string address = "203.0.113." + std::to_string(random() % 3);
      const Timestamp first = noon + Duration::minutes(static_cast<std::int64_t>(id * 30));
      if (open.empty() || random() % 3 == 0) {
        Alert alert =
            random() % 4 == 0 ? login(id, address, first) : brute_force(id, address, first);
        story.push_back(opened(alert));
        open.emplace(id++, std::move(alert));
        continue;
      }
      auto at = open.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(random() % open.size()));
      at->second = longer(at->second, 1 + random() % 9);
      const auto what = random() % 4;
      const std::uint64_t older = random() % 2 == 0 ? open.begin()->first : 0;
      story.push_back(what == 0   ? withdrawn(at->second, older == at->first ? 0 : older)
                      : what == 1 ? closed(at->second)
                                  : updated(at->second));
      if (what < 2) open.erase(at);
    }
    fakes::MemoryIncidentStore once, cut;
    IncidentBook book(once, {.channels = {"chat"}}), cut_book(cut, {.channels = {"chat"}});
    for (const auto& news : story) ASSERT_TRUE(book.record(std::vector{news}, noon));
    std::size_t done = 0;
    while (done < story.size()) {
      // A crash throws detection back; it goes on from there in batches of one.
      const std::size_t until = std::min(story.size(), done + 1 + random() % 10);
      for (std::size_t i = done - std::min<std::size_t>(done, random() % 15); i < until; ++i)
        ASSERT_TRUE(cut_book.record(std::vector{story[i]}, noon));
      done = until;
    }
    ASSERT_EQ(list_of(cut), list_of(once));
    ASSERT_EQ(outbox_of(cut), outbox_of(once));
    for (const auto& kept : list_of(once)) {
      ASSERT_EQ(timeline_of(cut, kept.number), timeline_of(once, kept.number));
      ASSERT_EQ(once.find_by_alert(kept.identity)->value().number, kept.number);
    }
  }
}

TEST_F(IncidentBookTest, TheWatermarkIsOfTheSameCommit) {
  ASSERT_TRUE(book_.record({}, now_, {.watermark = 7, .detector_checkpoint = "state"}));
  EXPECT_EQ(*store_.watermark(), 7U);
  ASSERT_TRUE(book_.record(std::vector{opened(brute_force(10))}, now_, {.watermark = 9}));
  EXPECT_EQ(*store_.watermark(), 9U);
  EXPECT_EQ(store_.detector_checkpoint()->value().position, 7U);
  store_.fail_with(base::Error{base::ErrorCode::limit_exceeded, "the disk is full"});
  EXPECT_FALSE(
      book_.record(std::vector{opened(brute_force(20, "198.51.100.1"))}, now_, {.watermark = 12}));
  store_.fail_with(std::nullopt);
  EXPECT_EQ(*store_.watermark(), 9U);
  EXPECT_EQ(incidents(), 1U);
}

// A store that lets somebody else in between reading and committing.
class Interrupted : public fakes::MemoryIncidentStore {
 public:
  base::Result<std::vector<std::uint64_t>> commit(const ports::IncidentCommit& change) override {
    if (times-- > 0) {
      auto theirs = find(1)->value();
      theirs.owner = "bert";
      EXPECT_TRUE(MemoryIncidentStore::commit({.incidents = {theirs}}));
    }
    return MemoryIncidentStore::commit(change);
  }
  int times = 0;
};

TEST(IncidentBook, WhatAPersonDidMeanwhileIsNotOverwritten) {
  Interrupted store;
  IncidentBook book(store, {.channels = {"chat"}});
  ASSERT_TRUE(book.record(std::vector{opened(brute_force(10))}, noon));
  store.times = 2;
  const auto recorded = book.record(std::vector{opened(login(11))}, noon);
  ASSERT_TRUE(recorded);
  EXPECT_EQ(store.find(1)->value().owner, "bert");
  EXPECT_EQ(store.find(1)->value().alerts.size(), 2U);
  EXPECT_EQ(outbox_of(store).size(), 2U);
  store.times = 100;
  EXPECT_EQ(book.record(std::vector{opened(login(12))}, noon).error().code,
            base::ErrorCode::unavailable);
}

// --- withdrawal and merging ----------------------------------------------------------------------

TEST_F(IncidentBookTest, WithdrawalOfTheOnlyAlertClosesTheIncident) {
  record({opened(brute_force(10))});
  record({withdrawn(brute_force(10))});
  const Incident found = incident(1);
  EXPECT_EQ(found.status, IncidentStatus::closed);
  EXPECT_EQ(found.classification, Classification::false_positive);
  EXPECT_EQ(found.closing_comment, "withdrawn: later events showed that this was no attack");
  EXPECT_TRUE(found.closed.is_set());
  EXPECT_EQ(kinds(1), (std::vector{TimelineKind::opened, TimelineKind::alert_withdrawn,
                                   TimelineKind::status_changed}));
  EXPECT_EQ(messages(), (Texts{"opened Medium x3", "withdrawn Medium x3"}));
}

TEST_F(IncidentBookTest, WithdrawalOfOneOfSeveralLowersTheIncident) {
  record({opened(brute_force(10))});
  record({opened(login(11))});
  record({withdrawn(login(11))});
  EXPECT_EQ(incident(1).status, IncidentStatus::new_incident);
  EXPECT_EQ(incident(1).severity, Severity::medium);
  EXPECT_EQ(incident(1).title, "SSH brute force from 203.0.113.7");
  EXPECT_EQ(last_entry(1), "Medium, was High");
  EXPECT_EQ(messages(), (Texts{"opened Medium x3", "opened High x3", "withdrawn High x3"}));
  // Taken back is out of the way: the next one is told anew.
  record({opened(login(12))});
  EXPECT_EQ(incident(1).severity, Severity::high);
}

TEST_F(IncidentBookTest, TheNewerOfTwoThatAreOneIsMergedIntoTheOlder) {
  record({opened(brute_force(10))});
  record({opened(brute_force(11, "203.0.113.7", noon + Duration::hours(6)))});
  ASSERT_EQ(incidents(), 2U);
  record({withdrawn(brute_force(11, "203.0.113.7", noon + Duration::hours(6)), 10)});
  const Incident newer = incident(2);
  EXPECT_EQ(newer.merged_into, 1U);
  EXPECT_EQ(newer.status, IncidentStatus::closed);
  EXPECT_EQ(newer.closing_comment, "merged into incident 1");
  EXPECT_EQ(incident(1).status, IncidentStatus::new_incident);
  EXPECT_EQ(last_entry(1), "incident 2 is the same attack and was merged into this");
  EXPECT_EQ(kinds(2), (std::vector{TimelineKind::opened, TimelineKind::alert_withdrawn,
                                   TimelineKind::merged, TimelineKind::status_changed}));
}

TEST_F(IncidentBookTest, AMergeIntoWhatWasMergedFindsTheOneThatGoesOn) {
  const auto at = [](int hours) { return noon + Duration::hours(hours); };
  record({opened(brute_force(10))});
  record({opened(brute_force(11, "203.0.113.7", at(6)))});
  record({opened(brute_force(12, "203.0.113.7", at(12)))});
  record({withdrawn(brute_force(11, "203.0.113.7", at(6)), 10)});
  record({withdrawn(brute_force(12, "203.0.113.7", at(12)), 11)});
  EXPECT_EQ(incident(3).merged_into, 1U);
}

TEST_F(IncidentBookTest, AMergeWithinOneIncidentOrOneBatchIsNoMerge) {
  record({opened(brute_force(10)), opened(brute_force(11))});
  record({withdrawn(brute_force(11), 10)});
  EXPECT_EQ(incidents(), 1U);
  EXPECT_EQ(incident(1).merged_into, 0U);
  EXPECT_EQ(incident(1).status, IncidentStatus::new_incident);
  const auto far = brute_force(21, "198.51.100.1", noon + Duration::hours(9));
  record({opened(brute_force(20, "198.51.100.1")), opened(far), withdrawn(far, 20)});
  EXPECT_EQ(incident(3).status, IncidentStatus::closed);
  EXPECT_EQ(incident(3).closing_comment, "merged into the incident of alert 0000000000000014");
}

// --- after a person closed it --------------------------------------------------------------------

TEST_F(IncidentBookTest, ANewAlertDoesNotReopenWhatWasClosed) {
  record({opened(brute_force(10))});
  close_as(Classification::true_positive);
  EXPECT_EQ(
      record({opened(brute_force(11, "203.0.113.7", noon + Duration::hours(1)))}).incidents_opened,
      1U);
  EXPECT_EQ(incident(1).status, IncidentStatus::closed);
}

TEST_F(IncidentBookTest, AnAttackThatGoesOnReopensWhatWasClosedAsOver) {
  for (const auto classification : {Classification::true_positive, Classification::undetermined}) {
    fakes::MemoryIncidentStore store;
    IncidentBook book(store, {.channels = {"chat"}});
    ASSERT_TRUE(book.record(std::vector{opened(brute_force(10))}, noon));
    const Person anna{"anna", noon + Duration::minutes(1)};
    ASSERT_TRUE(act(store, 1, [&](const Incident& found) {
      return close(found, anna, classification, "blocked at the firewall");
    }));
    ASSERT_TRUE(book.record(std::vector{updated(longer(brute_force(10), 50))},
                            noon + Duration::minutes(11)));
    const auto found = store.find(1)->value();
    EXPECT_EQ(found.status, IncidentStatus::new_incident);
    EXPECT_EQ(found.classification, Classification::none);
    EXPECT_FALSE(found.closed.is_set());
    EXPECT_FALSE(found.acknowledged.is_set()) << "somebody has to look again";
    EXPECT_EQ(timeline_of(store, 1).back().text, "reopened: it went on after it was closed");
    EXPECT_EQ(outbox_of(store).size(), 2U);
  }
}

TEST_F(IncidentBookTest, WhoSaidThatItIsNoAttackIsNotAskedAgain) {
  record({opened(brute_force(10))});
  close_as(Classification::benign_positive);
  now_ = noon + Duration::hours(1);
  record({updated(longer(brute_force(10), 50))});
  EXPECT_EQ(incident(1).status, IncidentStatus::closed);
  EXPECT_EQ(incident(1).alerts[0].event_count, 53U) << "but it is kept";
  EXPECT_EQ(kinds(1).back(), TimelineKind::alert_updated);
  record({closed(longer(brute_force(10), 60))});
  EXPECT_EQ(messages(), (Texts{"opened Medium x3", "closed Medium x63"})) << "only its end is told";
}

TEST_F(IncidentBookTest, EventsFromBeforeTheClosingReopenNothing) {
  record({opened(brute_force(10))});
  now_ = noon + Duration::hours(1);
  close_as(Classification::true_positive);
  record({updated(longer(brute_force(10), 50))});
  EXPECT_EQ(incident(1).status, IncidentStatus::closed);
}

TEST_F(IncidentBookTest, ASeverityThatAPersonSetStays) {
  record({opened(brute_force(10))});
  by([](const Incident& found, const Person& person) {
    return set_severity(found, person, Severity::low);
  });
  record({opened(login(11))});
  EXPECT_EQ(incident(1).severity, Severity::low);
  EXPECT_EQ(messages().back(), "opened High x3") << "what happened is told all the same";
}

// --- the rest ------------------------------------------------------------------------------------

TEST_F(IncidentBookTest, AnAlertOfAnySizeIsCutToItsBounds) {
  Alert huge = fakes::hostile_alert(std::string(100'000, '\x01'));
  huge.entities.resize(5'000, {EntityType::ip, "x"});
  huge.reasons.resize(5'000, "why");
  huge.event_ids.resize(5'000, 1);
  record({opened(huge)});
  const Alert kept = incident(1).alerts[0];
  EXPECT_LE(kept.title.size(), base::limits::alert_text_bytes_max);
  EXPECT_LE(kept.entities.size(), base::limits::alert_entities_max);
  EXPECT_LE(kept.reasons.size(), base::limits::alert_texts_max);
  EXPECT_EQ(record({opened(huge)}).repeats, 1U);
}

TEST(Timeline, IsSortedByEventTimeWhereThereIsOne) {
  const auto entry = [](std::int64_t at, std::int64_t event, const char* text) {
    return model::TimelineEntry{1,   TimelineKind::commented, Timestamp{at}, Timestamp{event}, "",
                                text};
  };
  std::vector<model::TimelineEntry> entries = {entry(10, 9, "b"), entry(11, 0, "d"),
                                               entry(12, 3, "a"), entry(13, 9, "c")};
  sort_by_event_time(entries);
  std::string order;
  for (const auto& one : entries) order += one.text;
  EXPECT_EQ(order, "abcd");
}

TEST(Parts, BeginWhereTheStakesRise) {
  std::vector<Alert> alerts;
  for (const Severity severity :
       {Severity::low, Severity::low, Severity::high, Severity::medium, Severity::high})
    alerts.emplace_back().severity = severity;
  const std::pair<std::size_t, std::size_t> expected[] = {{0, 2}, {0, 2}, {2, 5}, {2, 5}, {2, 5}};
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const Part part = part_of(alerts, i);
    EXPECT_EQ(std::pair(part.begin, part.end), expected[i]) << i;
  }
}

TEST(IncidentBook, AChannelHearsOnlyOfWhatIsSevereEnough) {
  fakes::MemoryIncidentStore store;
  IncidentBook book(store, {{"all", "pager"}, Duration::hours(5), {{"pager", Severity::high}}});
  ASSERT_TRUE(book.record(std::vector{opened(brute_force(1))}, noon));
  ASSERT_TRUE(book.record(std::vector{opened(login(2))}, noon));
  std::map<std::string, std::set<Severity>> heard;
  for (const auto& message : outbox_of(store))
    heard[message.channel].insert(message.alert.severity);
  EXPECT_EQ(heard["pager"], std::set{Severity::high});
  EXPECT_EQ(heard["all"].size(), 2U);
}

}  // namespace
}  // namespace vedette::incident
