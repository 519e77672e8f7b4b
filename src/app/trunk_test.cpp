// The trunk on stores in memory: whatever moment it ends at, its successor leaves the same rows and
// the same incidents as a run that was never disturbed.
#include "app/trunk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "app/detection_settings.h"
#include "base/text.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_geo_lookup.h"
#include "fakes/memory_event_store.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_journal.h"
#include "fakes/temporary_folder.h"
#include "model/sent_messages.h"

namespace vedette::app {
namespace {

using base::Duration;

// What survives a crash.
struct Disk {
  fakes::MemoryJournal journal;
  fakes::MemoryEventStore store;
  fakes::MemoryIncidentStore incidents;
};

// One run over it; destroyed, it is as if the process had died.
class OneRun {
 public:
  explicit OneRun(Disk& disk, fakes::FakeClock& clock, bool watches_identities = false)
      : book_(disk.incidents, {{"chat"}, Duration::hours(5), {}, {"failed_logins"}}) {
    stamps_.zone = *base::TimeZone::find("UTC");
    detectors_ = std::make_unique<detect::LoginDetectors>(settings_, allow_);
    trunk_ = std::make_unique<Trunk>(
        TrunkRooms{disk.journal,
                   disk.store,
                   disk.incidents,
                   book_,
                   *detectors_,
                   privileges_,
                   geo_,
                   clock,
                   stamps_,
                   [this](bool, const std::string& text) { notices.push_back(text); },
                   {},
                   {},
                   {},
                   nullptr,
                   watches_identities ? &identities_ : nullptr,
                   [this] { return settings == nullptr ? std::nullopt : settings->news(seen_); }});
  }
  base::Result<bool> recover() { return trunk_->recover(); }
  // False when nothing waits, or it cannot go on.
  bool step() {
    const auto stepped = trunk_->step(stop.get_token());
    return stepped && *stepped;
  }
  void to_the_end() {
    while (step()) {
    }
  }
  Trunk& trunk() { return *trunk_; }

  std::stop_source stop;
  std::vector<std::string> notices;
  const DetectionSettings* settings = nullptr;  // of the identity detections; null: the usual ones

 private:
  std::uint64_t seen_ = 1;
  incident::IncidentBook book_;
  detect::LoginSettings settings_;
  detect::AllowList allow_;
  fakes::FakeGeoLookup geo_;
  normalise::StampOptions stamps_;
  std::unique_ptr<detect::LoginDetectors> detectors_;
  detect::PrivilegeWatch privileges_{{}, allow_};
  detect::identity::IdentityWatch identities_{{}};
  std::unique_ptr<Trunk> trunk_;
};

class TrunkTest : public testing::Test {
 protected:
  // `count` failures of one address, one a second.
  static std::string failures(int address, int count, int first_second) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += fmt::format(
          "2026-06-01T08:{:02}:{:02}.000000+00:00 web1 sshd[{}]: Failed password for root from "
          "192.0.2.{} port {} ssh2\n",
          (first_second + i) / 60, (first_second + i) % 60, 1000 + address * 100 + i, address,
          40'000 + i);
    return text;
  }
  void receive(Disk& disk, const std::string& payload, const std::string& format = "authlog") {
    ports::RawRecord record;
    record.source = "file:auth.log";
    record.format = format;
    record.received = clock_.now();
    record.source_modified = clock_.now();
    record.payload = payload;
    ASSERT_TRUE(disk.journal.append({{record}}));
  }
  // The same lines as messages from the network, whose stamps are far from their receipt.
  static std::string sent(const std::string& lines) {
    std::string payload;
    for (const auto line : base::split(lines, '\n'))
      if (!line.empty())
        model::append_sent_message(payload, {"10.0.0.9", "<38>" + std::string(line)});
    return payload;
  }
  // A journal with attacks that run over several records, and unreadable and repeated lines.
  void fill(Disk& disk) {
    clock_.set(base::Timestamp::from_unix_seconds(1'780'000'000));
    for (int round = 0; round < 12; ++round) {
      receive(disk, failures(1 + round % 4, 2, round * 20) + "unreadable\n" +
                        fmt::format("Jun  1 08:{:02}:30 web1 su: again\n", round / 3));
      receive(disk, failures(5 + round, round % 4, round * 20 + 5));
      if (round == 6) clock_.advance(Duration::hours(24));  // the next day's segment
    }
  }
  // The rows and incidents as one text.
  static std::string outcome(Disk& disk) {
    std::string text;
    for (const char* table : {"Syslog", "ASimAuthenticationEventLogs", "VedetteQuarantine"}) {
      std::multiset<std::string> rows;
      for (const auto& row : disk.store.rows(table)) {
        std::string shown =
            fmt::format("{} {} {}", row.day, row.head.item_id, row.head.generated.ticks);
        for (const auto& [name, value] : row.texts) shown += fmt::format(" {}={}", name, value);
        rows.insert(shown);
      }
      for (const auto& row : rows) text += fmt::format("{}: {}\n", table, row);
    }
    const auto incidents = disk.incidents.list({.limit = 1000});
    std::multiset<std::string> shown;
    for (const auto& each : *incidents) {
      std::string line = fmt::format("incident {:x} {}", each.identity, each.title);
      for (const auto& alert : each.alerts)
        line += fmt::format(" [{:x} {} {} {}]", alert.id, alert.rule, alert.event_count,
                            model::name_of(alert.status));
      shown.insert(line);
    }
    for (const auto& line : shown) text += line + "\n";
    std::multiset<std::string> messages;
    const auto outbox = disk.incidents.outbox({}, 1000);
    for (const auto& message : *outbox) messages.insert(message.key);
    for (const auto& key : messages) text += "message " + key + "\n";
    return text;
  }
  std::string undisturbed() {
    Disk disk;
    fill(disk);
    OneRun run(disk, clock_);
    EXPECT_TRUE(run.recover());
    run.to_the_end();
    return outcome(disk);
  }

  fakes::FakeClock clock_;
};

TEST_F(TrunkTest, LinesBecomeRowsIncidentsAndMessages) {
  Disk disk;
  receive(disk, failures(1, 5, 0) + "unreadable\n");
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  EXPECT_TRUE(run.step());
  EXPECT_FALSE(run.step());
  EXPECT_EQ(disk.store.rows("Syslog").size(), 5U);
  EXPECT_EQ(disk.store.rows("ASimAuthenticationEventLogs").size(), 5U);
  EXPECT_EQ(disk.store.rows("VedetteQuarantine").size(), 1U);
  const auto incidents = disk.incidents.list({});
  ASSERT_EQ(incidents->size(), 1U);
  EXPECT_EQ(disk.incidents.outbox({}, 10)->size(), 1U);
  EXPECT_EQ(*disk.incidents.watermark(), 1U);
  EXPECT_EQ(*disk.store.watermark(), 1U);
  const auto counts = run.trunk().counts();
  EXPECT_EQ(counts.lines, 6U);
  EXPECT_EQ(counts.rows_stored, 11U);
  EXPECT_EQ(counts.incidents_opened, 1U);
  EXPECT_TRUE(counts.is_recovered);
}

TEST_F(TrunkTest, MessagesFromTheNetworkAreDetectedAsLinesAre) {
  Disk disk;
  receive(disk, sent(failures(1, 5, 0)) + "broken", "syslog");
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  EXPECT_TRUE(run.step());
  const auto rows = disk.store.rows("Syslog");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].texts.at("HostIP"), "10.0.0.9");
  EXPECT_EQ(rows[0].texts.at("HostName"), "web1");
  EXPECT_EQ(rows[0].head.generated, clock_.now());
  EXPECT_EQ(disk.store.rows("ASimAuthenticationEventLogs").size(), 5U);
  const auto quarantined = disk.store.rows("VedetteQuarantine");
  ASSERT_EQ(quarantined.size(), 1U);
  EXPECT_EQ(quarantined[0].texts.at("Format"), "syslog");
  EXPECT_EQ(disk.incidents.list({})->size(), 1U);
  EXPECT_EQ(run.trunk().counts().lines, 5U);
}

// A page of Graph's sign-ins: `count` wrong passwords of one address, the newest first.
std::string sign_ins(int first, int count, int code = 50126) {
  std::string page = R"({"value":[)";
  for (int i = first + count - 1; i >= first; --i)
    page += fmt::format(R"({}{{"id":"sign-in-{}","createdDateTime":"2026-06-01T08:00:{:02}Z",)"
                        R"("userPrincipalName":"anna@contoso.com","ipAddress":"203.0.113.9",)"
                        R"("status":{{"errorCode":{}}}}})",
                        i == first + count - 1 ? "" : ",", i, i, code);
  return page + "]}";
}

TEST_F(TrunkTest, SignInsOfACloudAreDetectedAsLogInsAre) {
  Disk disk;
  receive(disk, sign_ins(0, 5), "graph-sign-ins");
  receive(disk, sign_ins(5, 5, 50074), "graph-sign-ins");  // only asked for the second factor
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(disk.store.rows("SigninLogs").size(), 10U);
  EXPECT_EQ(disk.store.rows("ASimAuthenticationEventLogs").size(), 10U);
  const auto incidents = disk.incidents.list({});
  ASSERT_EQ(incidents->size(), 1U);
  EXPECT_EQ((*incidents)[0].title, "Entra ID brute force from 203.0.113.9");
  ASSERT_EQ((*incidents)[0].alerts.size(), 1U);
  EXPECT_EQ((*incidents)[0].alerts[0].event_count, 3U);  // told at once, when it is an attack
  EXPECT_EQ(run.trunk().counts().lines, 10U);
  const auto sources = run.trunk().take_source_counts();
  EXPECT_EQ(sources.at("file:auth.log").format, "graph-sign-ins");
}

// A restart in between changes nothing: what was seen is in the checkpoint.
TEST_F(TrunkTest, SignInsOfACloudAreJudgedByPersonWhereIdentitiesAreWatched) {
  for (const bool restarts : {false, true}) {
    Disk disk;
    std::optional<OneRun> run;
    run.emplace(disk, clock_, true);
    ASSERT_TRUE(run->recover());
    receive(disk, sign_ins(0, 3), "graph-sign-ins");
    run->trunk().want_checkpoint();
    run->to_the_end();
    EXPECT_TRUE(disk.incidents.list({})->empty());
    if (restarts) {
      run.emplace(disk, clock_, true);
      ASSERT_TRUE(run->recover());
    }
    receive(disk, sign_ins(0, 5), "graph-sign-ins");
    run->to_the_end();
    const auto incidents = disk.incidents.list({});
    ASSERT_EQ(incidents->size(), 1U);
    EXPECT_EQ((*incidents)[0].title, "Failed log-ins of anna@contoso.com");
    EXPECT_EQ((*incidents)[0].alerts[0].event_ids.size(), 5U);
    EXPECT_EQ(disk.incidents.outbox({}, 10)->size(), 1U);
  }
}

TEST_F(TrunkTest, AThresholdThatIsChangedMeanwhileIsObeyedAtOnce) {
  const fakes::TemporaryFolder folder;
  DetectionSettings settings({}, (folder.path() / "detections.toml").string());
  const auto noted = [](const auto&, const auto&) { return base::Result<void>(); };
  Disk disk;
  OneRun run(disk, clock_, true);
  run.settings = &settings;
  ASSERT_TRUE(run.recover());
  receive(disk, sign_ins(0, 3), "graph-sign-ins");
  run.to_the_end();
  EXPECT_TRUE(disk.incidents.list({})->empty());
  ASSERT_TRUE(settings.change(1, {{"failed_attempts", "4"}}, noted));
  receive(disk, sign_ins(0, 4), "graph-sign-ins");
  run.to_the_end();
  ASSERT_EQ(disk.incidents.list({})->size(), 1U);
  EXPECT_EQ((*disk.incidents.list({}))[0].alerts[0].event_ids.size(), 4U);
}

// Services are asked for the same time again and again; a restart in between forgets nothing.
TEST_F(TrunkTest, ASignInThatComesAgainIsCountedOnce) {
  for (const bool restarts : {false, true}) {
    Disk disk;
    std::optional<OneRun> run;
    run.emplace(disk, clock_);
    ASSERT_TRUE(run->recover());
    for (const char* format : {"graph-sign-ins", "graph-sign-ins", "graph-sign-ins"}) {
      if (restarts) {
        run->trunk().want_checkpoint();
        run.emplace(disk, clock_);
        ASSERT_TRUE(run->recover());
      }
      receive(disk, sign_ins(0, 2), format);  // fewer than an attack has
      run->trunk().want_checkpoint();
      run->to_the_end();
    }
    EXPECT_EQ(disk.store.rows("SigninLogs").size(), 2U);
    EXPECT_TRUE(disk.incidents.list({})->empty());
    receive(disk, sign_ins(2, 1), "graph-sign-ins");
    run->to_the_end();
    EXPECT_EQ(disk.incidents.list({})->size(), 1U);
  }
}

TEST_F(TrunkTest, ABrokenAnswerIsQuarantinedWithItsNeighboursIntact) {
  Disk disk;
  receive(disk,
          R"({"value":[{"id":"1","createdDateTime":"2026-06-01T08:00:00Z"},{"id":nul},)"
          R"({"id":"3","createdDateTime":"2026-06-01T08:00:00Z"}]})",
          "graph-sign-ins");
  receive(disk, "<html>please log in</html>", "graph-directory-audits");
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(disk.store.rows("SigninLogs").size(), 2U);
  EXPECT_EQ(disk.store.values("VedetteQuarantine", "Format"),
            (std::vector<std::string>{"graph-directory-audits", "graph-sign-ins"}));
  EXPECT_EQ(run.trunk().counts().quarantined, 2U);
}

// What Sentinel says of an incident, version after version, and read again after a restart.
TEST_F(TrunkTest, AnIncidentOfSentinelIsOneOfOursOnce) {
  Disk disk;
  const auto version = [](int minute, const std::string& status) {
    return fmt::format(
        R"({{"incident":"/i/1","record":{{"id":"/i/1","name":"1","etag":"{0}","properties":{{)"
        R"("title":"Twill Typhoon activity","severity":"High","status":"{1}","incidentNumber":7,)"
        R"("createdTimeUtc":"2026-06-01T08:00:00Z","lastModifiedTimeUtc":"2026-06-01T08:0{0}:00Z"}}}},)"
        R"("alerts":{{"value":[]}},"entities":{{"entities":[]}},"comments":{{"value":[]}}}})",
        minute, status);
  };
  receive(disk, version(0, "New"), "sentinel-incident-details");
  {
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
  }
  receive(disk, version(1, "Active"), "sentinel-incident-details");
  receive(disk, version(0, "New"), "sentinel-incident-details");
  for (int restart = 0; restart < 2; ++restart) {
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
    const auto incidents = *disk.incidents.list({});
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].status, model::IncidentStatus::active);
    EXPECT_EQ(incidents[0].origin->source, "file:auth.log");
    EXPECT_EQ(disk.incidents.timeline(1)->size(), 2U);
    EXPECT_TRUE(disk.incidents.outbox(std::nullopt, 10)->empty()) << "policies tell of it";
  }
}

// The first run ends after any number of steps, the second likewise, the third goes to the end.
TEST_F(TrunkTest, ARestartAtAnyMomentChangesNothing) {
  const std::string expected = undisturbed();
  ASSERT_NE(expected.find("incident"), std::string::npos);
  for (int records = 0; records <= 24; ++records) {
    Disk disk, all;
    fill(all);
    // The journal grows while runs come and go.
    const auto everything = *all.journal.read(0, 1'000'000'000);
    ASSERT_EQ(everything.size(), 24U);
    for (int i = 0; i < records; ++i)
      ASSERT_TRUE(disk.journal.append({{everything[static_cast<std::size_t>(i)].record}}));
    const base::Timestamp end = clock_.now();
    {
      // The time is that of the last record: an attack must not be over only because we look later.
      if (records > 0)
        clock_.set(everything[static_cast<std::size_t>(records) - 1].record.received);
      OneRun run(disk, clock_);
      ASSERT_TRUE(run.recover());
      run.to_the_end();
    }
    clock_.set(end);
    for (std::size_t i = static_cast<std::size_t>(records); i < everything.size(); ++i)
      ASSERT_TRUE(disk.journal.append({{everything[i].record}}));
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
    EXPECT_EQ(outcome(disk), expected) << "after " << records << " records";
  }
}

// Messages that happened now beside lines of long ago: each closes what the other has open. Where a
// restart cuts the batches decides how much one message to people tells, and nothing else.
TEST_F(TrunkTest, ARestartBetweenMessagesAndOldLinesChangesNoIncident) {
  const auto fill_both = [this](Disk& disk) {
    clock_.set(base::Timestamp::from_unix_seconds(1'790'000'000));
    for (int round = 0; round < 8; ++round) {
      receive(disk, failures(1 + round % 3, 3, round * 20));
      receive(disk, sent(failures(10 + round % 3, 3, round * 20)), "syslog");
      clock_.advance(Duration::seconds(30));
    }
  };
  const auto without_messages = [](const std::string& text) {
    std::string kept;
    for (const auto line : base::split(text, '\n'))
      if (!line.starts_with("message ")) kept += std::string(line) + "\n";
    return kept;
  };
  Disk all;
  fill_both(all);
  const auto everything = *all.journal.read(0, 1'000'000'000);
  const base::Timestamp end = clock_.now();
  std::string expected;
  for (std::size_t records = 0; records <= everything.size(); ++records) {
    Disk disk;
    for (const auto& part : {std::pair(std::size_t{0}, records), {records, everything.size()}}) {
      for (std::size_t i = part.first; i < part.second; ++i)
        ASSERT_TRUE(disk.journal.append({{everything[i].record}}));
      clock_.set(part.second == 0 ? end : everything[part.second - 1].record.received);
      OneRun run(disk, clock_);
      ASSERT_TRUE(run.recover());
      run.to_the_end();
    }
    const std::string ended = without_messages(outcome(disk));
    if (records == 0) expected = ended;
    EXPECT_EQ(ended, expected) << "after " << records << " records";
  }
  EXPECT_NE(expected.find("incident"), std::string::npos);
}

// While more waits, rows are appended beside the work on what comes next: each day of receipt by
// itself, so here there are four appends.
TEST_F(TrunkTest, RowsThatAreStoredBesideTheReadingComeToTheSame) {
  const auto fill_days = [this](Disk& disk) {
    clock_.set(base::Timestamp::from_unix_seconds(1'780'000'000));
    for (int day = 0; day < 4; ++day) {
      receive(disk, failures(1 + day % 2, 4, day * 30) + "unreadable\n");
      receive(disk, sign_ins(day * 3, 3), "graph-sign-ins");
      clock_.advance(Duration::hours(24));
    }
  };
  Disk undisturbed_disk;
  fill_days(undisturbed_disk);
  {
    OneRun run(undisturbed_disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
    EXPECT_EQ(undisturbed_disk.store.appends(), 4U);
    EXPECT_EQ(run.trunk().counts().position, 8U);
  }
  EXPECT_EQ(undisturbed_disk.store.rows("Syslog").size(), 16U);
  EXPECT_EQ(undisturbed_disk.store.rows("SigninLogs").size(), 12U);
  EXPECT_EQ(undisturbed_disk.store.rows("VedetteQuarantine").size(), 4U);
  const std::string expected = outcome(undisturbed_disk);
  ASSERT_NE(expected.find("incident"), std::string::npos);
  for (int steps = 0; steps <= 4; ++steps) {
    Disk disk;
    fill_days(disk);
    {
      OneRun run(disk, clock_);
      ASSERT_TRUE(run.recover());
      for (int i = 0; i < steps; ++i) EXPECT_TRUE(run.step());
    }
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
    EXPECT_EQ(outcome(disk), expected) << "after " << steps << " steps";
  }
  Disk failing;
  fill_days(failing);
  failing.store.fail_next(3);
  OneRun run(failing, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(outcome(failing), expected);
  EXPECT_EQ(run.trunk().counts().failures, 3U);
  EXPECT_NE(run.notices.back().find("works again"), std::string::npos);
}

// It dies between the rows' transaction and the incidents': the store is ahead of the state.
// The service is ready when it knows what it knew; what came since is worked off after that.
TEST_F(TrunkTest, AStartFirstRemembersAndNoMore) {
  Disk disk;
  {
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    for (int address = 1; address <= 2; ++address) {
      receive(disk, failures(address, 5, 0));
      EXPECT_TRUE(run.step());
    }
  }
  receive(disk, failures(3, 5, 0));
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  EXPECT_FALSE(run.trunk().counts().is_recovered);
  EXPECT_TRUE(run.step());
  EXPECT_EQ(run.trunk().counts().position, 2U);
  EXPECT_TRUE(run.trunk().counts().is_recovered);
  EXPECT_EQ(disk.store.rows("Syslog").size(), 10U);
  EXPECT_TRUE(run.step());
  EXPECT_EQ(disk.store.rows("Syslog").size(), 15U);
}

TEST_F(TrunkTest, ACheckpointComesSoonerWhereMuchComesIn) {
  Disk disk;
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  receive(disk, failures(1, 5, 0));
  EXPECT_TRUE(run.step());
  EXPECT_EQ((*disk.incidents.detector_checkpoint())->position, 1U) << "the first at once";
  receive(disk, failures(2, 5, 0));
  EXPECT_TRUE(run.step());
  EXPECT_EQ((*disk.incidents.detector_checkpoint())->position, 1U) << "not with each step";
  for (int address = 0; address < 20; ++address) receive(disk, failures(address, 600, 0));
  run.to_the_end();
  EXPECT_EQ((*disk.incidents.detector_checkpoint())->position, 22U);
}

TEST_F(TrunkTest, DyingBetweenTheTwoTransactionsChangesNothing) {
  const std::string expected = undisturbed();
  Disk disk;
  fill(disk);
  for (int deaths = 0; deaths < 3; ++deaths) {
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    if (deaths == 1) {
      EXPECT_TRUE(run.step());
    }
    disk.incidents.fail_with(base::Error{base::ErrorCode::unavailable, "busy"});
    run.stop.request_stop();
    run.to_the_end();  // to the commit that fails
    disk.incidents.fail_with(std::nullopt);
  }
  EXPECT_GT(*disk.store.watermark(), *disk.incidents.watermark());
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(outcome(disk), expected);
}

TEST_F(TrunkTest, AFailedAppendIsTriedAgainAndNothingIsSkipped) {
  const std::string expected = undisturbed();
  Disk disk;
  fill(disk);
  disk.store.fail_next(5);
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(outcome(disk), expected);
  ASSERT_GE(run.notices.size(), 2U);
  EXPECT_NE(run.notices.front().find("trying again"), std::string::npos);
  EXPECT_NE(run.notices.back().find("works again"), std::string::npos);
  EXPECT_EQ(run.trunk().counts().failures, 5U);
  EXPECT_EQ(run.trunk().counts().trouble, "");
}

// What the state knows already is not told again when the store has to be made anew (E13).
TEST_F(TrunkTest, ALostStoreIsMadeAgainFromTheJournal) {
  const std::string expected = undisturbed();
  Disk disk;
  fill(disk);
  {
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
  }
  disk.store = fakes::MemoryEventStore();
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  EXPECT_FALSE(run.trunk().counts().is_recovered);
  run.to_the_end();
  EXPECT_TRUE(run.trunk().counts().is_recovered);
  EXPECT_EQ(outcome(disk), expected);
}

TEST_F(TrunkTest, ABrokenRecordOfTheJournalIsToldAndHasItsRow) {
  Disk disk;
  receive(disk, failures(1, 1, 0));
  receive(disk, failures(2, 1, 0));
  receive(disk, failures(3, 1, 0));
  disk.journal.damage(2);
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(disk.store.rows("Syslog").size(), 2U);
  ASSERT_EQ(disk.store.rows("VedetteQuarantine").size(), 1U);
  EXPECT_EQ(run.trunk().counts().broken_records, 1U);
  ASSERT_EQ(run.notices.size(), 1U);
  EXPECT_NE(run.notices[0].find("record 2"), std::string::npos);
}

// As when a damaged log took the last records along: nothing comes after them to be read.
TEST_F(TrunkTest, ABrokenEndOfTheJournalIsAnEndToo) {
  Disk disk;
  for (int i = 1; i <= 4; ++i) receive(disk, failures(i, 1, 0));
  disk.journal.damage(3);
  disk.journal.damage(4);
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(run.trunk().counts().position, 4U);
  EXPECT_TRUE(run.trunk().counts().is_recovered);
  EXPECT_EQ(*disk.store.watermark(), 4U);
  EXPECT_EQ(*disk.incidents.watermark(), 4U);
  EXPECT_EQ(disk.store.rows("VedetteQuarantine").size(), 2U);
  ASSERT_EQ(run.notices.size(), 1U);
  EXPECT_NE(run.notices[0].find("records 3 to 4"), std::string::npos) << run.notices[0];
}

TEST_F(TrunkTest, AFormatWithoutAReaderGoesToTheQuarantine) {
  Disk disk;
  receive(disk, "<Event/>", "evtx");
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  EXPECT_EQ(disk.store.values("VedetteQuarantine", "Payload"),
            std::vector<std::string>{"<Event/>"});
}

TEST_F(TrunkTest, TimeClosesAnAttackWithoutALine) {
  Disk disk;
  receive(disk, failures(1, 5, 0));
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  run.to_the_end();
  clock_.advance(Duration::hours(1));
  EXPECT_FALSE(run.step());
  const auto incidents = disk.incidents.list({});
  ASSERT_EQ(incidents->size(), 1U);
  EXPECT_EQ(incidents->front().alerts.front().status, model::AlertStatus::closed);
}

TEST_F(TrunkTest, AJournalThatIsOlderThanTheStoreGoesOnBehindIt) {
  Disk disk;
  fill(disk);
  {
    OneRun run(disk, clock_);
    ASSERT_TRUE(run.recover());
    run.to_the_end();
  }
  disk.journal.~MemoryJournal();
  std::construct_at(&disk.journal);
  OneRun run(disk, clock_);
  ASSERT_TRUE(run.recover());
  receive(disk, failures(99, 1, 0));
  run.to_the_end();
  EXPECT_EQ(run.trunk().counts().rows_stored, 2U);
}

// A device whose clock is two hours east of ours, as its lines show while they are written.
TEST_F(TrunkTest, TheZoneThatWasLearnedOutlivesARestart) {
  Disk disk;
  const auto receive_live = [&](const std::string& payload) {
    ports::RawRecord record{"file:auth.log", "authlog", "", clock_.now(), {}, 0, true, payload};
    ASSERT_TRUE(disk.journal.append({{record}}));
  };
  const auto line_now = [&](int address) {
    const base::Timestamp local = clock_.now() + Duration::hours(2);
    return fmt::format(
        "May 28 {} web1 sshd[7]: Failed password for root from 192.0.2.{} port 4 ssh2\n",
        base::format_iso(local).substr(11, 8), address);
  };
  clock_.set(*base::parse_iso("2026-05-28T08:00:00Z"));
  for (int i = 0; i < 4; ++i) receive_live(line_now(i));
  // So many records that the lines above are not read again at the next start.
  for (int i = 0; i < 200; ++i) receive_live("May 28 10:00:01 web1 su: other\n");
  {
    OneRun run(disk, clock_);
    ASSERT_TRUE(*run.recover());
    run.trunk().want_checkpoint();
    run.to_the_end();
  }
  clock_.advance(Duration::seconds(30));
  receive_live(line_now(77));
  OneRun run(disk, clock_);
  ASSERT_TRUE(*run.recover());
  run.to_the_end();
  const auto rows = disk.store.rows("ASimAuthenticationEventLogs");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(base::format_iso(rows.back().head.generated), base::format_iso(clock_.now()));
}

TEST_F(TrunkTest, TheParseRateGoesOnOverARestart) {
  Disk disk;
  const auto bad_lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format("no record {}\n", i);
    return text;
  };
  const auto run_once = [&](const std::string& payload) {
    receive(disk, payload);
    OneRun run(disk, clock_);
    ASSERT_TRUE(*run.recover());
    run.trunk().want_checkpoint();
    run.to_the_end();
  };
  const auto alert = [&]() -> std::optional<model::Alert> {
    const auto incidents = disk.incidents.list({});
    for (const auto& incident : *incidents)
      for (const auto& each : incident.alerts)
        if (each.rule == "parse_rate") return each;
    return std::nullopt;
  };
  run_once(bad_lines(60));
  EXPECT_FALSE(alert()) << "60 lines are no window";
  run_once(bad_lines(60));
  ASSERT_TRUE(alert()) << "60 of the run before and 60 of this one are";
  EXPECT_EQ(alert()->status, model::AlertStatus::open);
  const auto id = alert()->id;
  for (int minute = 0; minute < 5; ++minute) run_once(failures(9, 50, minute * 60));
  ASSERT_TRUE(alert());
  EXPECT_EQ(alert()->id, id);
  EXPECT_EQ(alert()->status, model::AlertStatus::closed) << "lines can be read again";
  run_once(bad_lines(120));
  std::set<std::uint64_t> ids;
  const auto incidents = disk.incidents.list({});
  for (const auto& incident : *incidents)
    for (const auto& each : incident.alerts)
      if (each.rule == "parse_rate") ids.insert(each.id);
  EXPECT_EQ(ids.size(), 2U) << "a second time is a second alert";
}

}  // namespace
}  // namespace vedette::app
