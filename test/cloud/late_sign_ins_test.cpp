// E18: sign-ins that come late, out of order, twice and changed (the simulated tenant's way: a day
// late at most), through feed, journal and trunk on virtual time: every attack that the same events
// would show in their order has its incident, and none has two.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/trunk.h"
#include "cloud/app_sign_in.h"
#include "cloud/oauth_tokens.h"
#include "collect/cloud/graph_listings.h"
#include "collect/cloud/lane.h"
#include "collect/cloud/window_feed.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_geo_lookup.h"
#include "fakes/fake_random.h"
#include "fakes/memory_event_store.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_journal.h"
#include "model/cloud_answers.h"
#include "simulate/tenant/tenant.h"
#include "simulate/tenant/tenant_client.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Timestamp;
using Attacks = std::map<std::string, std::size_t>;  // "rule address" -> how many

constexpr Duration late = Duration::hours(1);

struct Disk {
  fakes::MemoryJournal journal;
  fakes::MemoryEventStore store;
  fakes::MemoryIncidentStore incidents;
};

simulate::tenant::TenantOptions busy_tenant(std::uint64_t seed) {
  simulate::tenant::TenantOptions options;
  options.seed = seed;
  options.people = 100;
  options.days = 2;
  options.start = *base::parse_iso("2026-06-02T00:00:00Z");
  options.attack_cycle_hours = 12;
  return options;
}

// Everything behind the journal.
class Line {
 public:
  Line(Disk& disk, fakes::FakeClock& clock)
      : book_(disk.incidents, {{"chat"}, Duration::hours(5)}), detectors_(settings(), allow_) {
    stamps_.zone = *base::TimeZone::find("UTC");
    trunk_ = std::make_unique<Trunk>(TrunkRooms{disk.journal, disk.store, disk.incidents, book_,
                                                detectors_, privileges_, geo_, clock, stamps_,
                                                [](bool, const std::string&) {}});
  }
  static detect::LoginSettings settings() {
    detect::LoginSettings settings;
    settings.lateness = late;
    return settings;
  }
  Trunk& trunk() { return *trunk_; }
  void to_the_end() {
    for (auto more = trunk_->step({}); more && *more; more = trunk_->step({})) {
    }
  }

 private:
  incident::IncidentBook book_;
  detect::AllowList allow_;
  detect::LoginDetectors detectors_;
  detect::PrivilegeWatch privileges_{{}, allow_};
  fakes::FakeGeoLookup geo_;
  normalise::StampOptions stamps_;
  std::unique_ptr<Trunk> trunk_;
};

std::string attack_of(const model::Alert& alert) {
  return alert.rule + " " + (alert.entities.empty() ? "" : alert.entities.front().value);
}

// What the journal's log-ins show when each comes in its time.
Attacks attacks_in_order(Disk& disk) {
  normalise::QuarantineRows quarantine;
  normalise::cloud::CloudNormaliser normaliser(quarantine);
  std::map<std::pair<Timestamp, std::uint64_t>, model::AuthEvent> events;
  const auto records = disk.journal.read(0, SIZE_MAX);
  EXPECT_TRUE(records);
  std::set<std::string> users;  // what events of other batches point into
  for (const auto& each : *records) {
    model::RawBatch batch;
    batch.source_name = each.record.source;
    batch.received = each.record.received;
    batch.bytes = each.record.payload;
    (void)normaliser.read(batch, each.record.format, false);
    for (model::AuthEvent event : normaliser.log_ins()) {
      event.user = *users.emplace(event.user.view()).first;
      event.record = {};
      events.emplace(std::pair(event.time, event.id), event);
    }
  }
  detect::AllowList allow;
  detect::LoginDetectors detectors({}, allow);
  std::vector<detect::ChangedAlert> changes;
  for (const auto& [key, event] : events) detectors.run({&event, 1}, {}, event.time, changes);
  detectors.finish({}, changes);
  std::map<std::uint64_t, std::string> open;
  for (const auto& each : changes) {
    if (each.change == model::AlertChange::opened) open[each.alert.id] = attack_of(each.alert);
    if (each.change == model::AlertChange::withdrawn) open.erase(each.alert.id);
  }
  Attacks attacks;
  for (const auto& [id, name] : open) ++attacks[name];
  return attacks;
}

class LateSignIns : public testing::TestWithParam<std::uint64_t> {
 protected:
  void run(std::uint64_t seed, Duration span, Duration restart_after) {
    const auto options = busy_tenant(seed);
    fakes::FakeClock clock(options.start);
    simulate::tenant::Tenant tenant(options, clock);
    simulate::tenant::TenantClient http(tenant);
    vedette::cloud::OAuthTokens tokens(
        std::make_unique<vedette::cloud::AppSignIn>(
            vedette::cloud::AppIdentity{"https://login.microsoftonline.com", options.tenant_id,
                                        options.client_id},
            vedette::cloud::proof_by_secret(
                []() -> base::Result<base::Secret> { return base::Secret("simulated-secret"); }),
            std::make_unique<simulate::tenant::TenantClient>(tenant), clock),
        clock);
    collect::cloud::ServiceClient client({"Microsoft Graph",
                                          "https://graph.microsoft.com",
                                          "https://graph.microsoft.com/.default",
                                          {}},
                                         http, tokens, clock);
    collect::cloud::Lane lane(client, clock);
    const collect::cloud::CommitRecord commit = [&](const ports::RawRecord& record,
                                                    const std::stop_token&) {
      return disk.journal.append(std::span(&record, 1)).has_value();
    };
    const collect::cloud::CursorOf cursor_of = [&](const std::string& name) {
      return disk.journal.cursor(name);
    };
    fakes::FakeRandom random(seed);
    collect::cloud::WindowFeedSettings settings;
    settings.source = "graph:northwind:sign-ins:interactive";
    settings.back_fill = Duration::hours(24);
    lane.add(std::make_unique<collect::cloud::WindowFeed>(
        settings,
        collect::cloud::sign_ins("https://graph.microsoft.com",
                                 collect::cloud::SignInKind::interactive),
        collect::cloud::FeedRooms{client, clock, random, commit, cursor_of}));
    auto line = std::make_unique<Line>(disk, clock);
    ASSERT_TRUE(line->trunk().recover());
    const Timestamp end = clock.now() + span;
    Timestamp restart = clock.now() + restart_after;
    while (clock.now() < end) {
      const Duration wait = lane.turn({});
      if (wait > Duration{}) clock.advance(wait);
      line->to_the_end();
      if (clock.now() < restart) continue;
      line = std::make_unique<Line>(disk, clock);
      const auto recovered = line->trunk().recover();
      ASSERT_TRUE(recovered && *recovered);
      restart = restart + restart_after;
    }
    lateness = lane.status().front().lateness_max;
  }
  // By rule and address; incidents hold alerts, alerts of one attack are one.
  [[nodiscard]] Attacks incidents_by_attack() const {
    Attacks attacks;
    const auto incidents = disk.incidents.list({.limit = 1'000});
    for (const auto& incident : *incidents) {
      if (incident.merged_into != 0) continue;
      std::set<std::string> names;
      for (const auto& alert : incident.alerts)
        if (alert.status != model::AlertStatus::withdrawn) names.insert(attack_of(alert));
      for (const auto& name : names) ++attacks[name];
    }
    return attacks;
  }

  mutable Disk disk;
  Duration lateness;
};

TEST_P(LateSignIns, EveryAttackHasOneIncident) {
  run(GetParam(), Duration::hours(30), Duration::hours(7));
  if (HasFatalFailure()) return;
  const Attacks expected = attacks_in_order(disk), found = incidents_by_attack();
  EXPECT_GE(expected.size(), 3U);
  for (const auto& [attack, count] : expected)
    EXPECT_TRUE(found.contains(attack)) << attack << " was not told";
  for (const auto& [attack, count] : found) {
    EXPECT_TRUE(expected.contains(attack)) << attack << " is none";
    const auto known = expected.find(attack);
    EXPECT_LE(count, known == expected.end() ? 1 : known->second) << attack << " was told again";
  }
  EXPECT_GT(lateness, Duration::minutes(5)) << "nothing came late";
}

INSTANTIATE_TEST_SUITE_P(Seeds, LateSignIns, testing::Values(1, 2, 3));

}  // namespace
}  // namespace vedette::app
