#include "detect/identity/identity_watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <tuple>

#include "base/hash.h"
#include "detect/identity/rule_stories.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using base::Timestamp;
using model::ChangeEvent;
using model::SignIn;
using model::SignInResult;

const Timestamp begin = *base::parse_iso("2026-06-01T08:00:00Z");

struct From {
  const char* address;
  const char* city;
  const char* country;
  double latitude, longitude;
  std::uint32_t autonomous_system;
};
const From berlin{"87.130.1.1", "Berlin", "DE", 52.52, 13.405, 3320};
const From berlin_phone{"176.1.1.1", "Berlin", "DE", 52.52, 13.405, 6805};
const From hanoi_server{"103.153.1.1", "Hanoi", "VN", 21.03, 105.85, 135905};
const From rented{"167.99.1.1", "Amsterdam", "NL", 52.37, 4.9, 14061};
const From tokyo{"153.128.1.1", "Tokyo", "JP", 35.68, 139.65, 4713};
const From vpn{"52.20.0.9", "New York", "US", 40.71, -74.0, 16509};

// Makes events whose texts live as long as it does.
class Events {
 public:
  SignIn& sign_in(Timestamp time, const std::string& user, const From& from,
                  SignInResult result = SignInResult::success) {
    SignIn& made = *sign_ins_.emplace_back(std::make_unique<SignIn>());
    made.event.time = time;
    made.event.id = ++ids_;
    made.event.user = keep(user);
    made.event.user_hash = base::hash_bytes(user);
    made.event.address = *base::parse_ip(from.address);
    made.result = result;
    made.error_code = result == SignInResult::success              ? 0
                      : result == SignInResult::credential_failure ? 50126
                                                                   : 500121;
    made.city = from.city;
    made.country_code = from.country;
    made.has_coordinates = true;
    made.latitude = from.latitude;
    made.longitude = from.longitude;
    made.autonomous_system = from.autonomous_system;
    made.application = "OfficeHome";
    made.client_application = "Browser";
    made.authentication_requirement = "multiFactorAuthentication";
    made.authentication_details = "MFA requirement satisfied by claim in the token";
    return made;
  }
  SignIn& with_laptop(SignIn& made) {
    made.device_id = keep("laptop of " + std::string(made.event.user.view()));
    made.operating_system = "Windows10";
    made.browser = "Edge 126.0.0";
    made.is_managed = true;
    return made;
  }
  // Two log-ins a day, with the person's own laptop.
  void habits(const std::string& user, const From& from, int days) {
    for (int day = 0; day < days; ++day)
      for (const int hour : {0, 6})
        with_laptop(sign_in(begin + Duration::hours(24 * day + hour), user, from)).session_id =
            keep(fmt::format("{} {}", user, day));
  }
  ChangeEvent& change(Timestamp time, const std::string& actor, const std::string& activity,
                      const std::string& target, const std::string& record = "{}") {
    ChangeEvent& made = *changes_.emplace_back(std::make_unique<ChangeEvent>());
    made.time = time;
    made.id = ++ids_;
    made.actor = keep(actor);
    made.detail = keep(activity);
    made.target = keep(target);
    made.record = keep(record);
    return made;
  }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  [[nodiscard]] std::vector<const SignIn*> sign_ins() const {
    std::vector<const SignIn*> all;
    for (const auto& each : sign_ins_) all.push_back(each.get());
    return all;
  }
  [[nodiscard]] std::vector<ChangeEvent> changes() const {
    std::vector<ChangeEvent> all;
    for (const auto& each : changes_) all.push_back(*each);
    return all;
  }

 private:
  std::deque<std::unique_ptr<SignIn>> sign_ins_;
  std::deque<std::unique_ptr<ChangeEvent>> changes_;
  std::deque<std::string> texts_;
  std::uint64_t ids_ = 1'000;
};

// As they are at the end; by rule.
std::vector<model::Alert> alerts_of(const std::vector<ChangedAlert>& changes) {
  std::map<std::uint64_t, model::Alert> last;
  for (const auto& each : changes) {
    if (each.change == model::AlertChange::withdrawn)
      last.erase(each.alert.id);
    else
      last[each.alert.id] = each.alert;
  }
  std::vector<model::Alert> all;
  for (auto& [id, alert] : last) all.push_back(alert);
  std::ranges::stable_sort(all, {}, [](const model::Alert& each) {
    return std::tuple(each.rule, each.first_event, each.id);
  });
  return all;
}

std::vector<model::Alert> detect(const Events& events, IdentitySettings settings = {},
                                 const model::TenantDirectory& directory = {}) {
  IdentityWatch watch(std::move(settings));
  watch.set_directory(&directory);
  std::vector<ChangedAlert> changes;
  watch.run(events.sign_ins(), events.changes(), begin + Duration::hours(24 * 365), changes);
  watch.finish(begin + Duration::hours(24 * 365), changes);
  return alerts_of(changes);
}

std::vector<std::string> rules_of(const std::vector<model::Alert>& alerts) {
  std::vector<std::string> rules;
  for (const auto& each : alerts)
    if (each.severity > model::Severity::informational) rules.push_back(each.rule);
  return rules;
}

bool says(const model::Alert& alert, std::string_view text) {
  return alert.title.find(text) != std::string::npos ||
         std::ranges::any_of(alert.reasons, [&](const std::string& each) {
           return each.find(text) != std::string::npos;
         });
}

using Rules = std::vector<std::string>;
const Timestamp later = begin + Duration::hours(24 * 20);

TEST(IdentityWatchTest, OnlyWrongCredentialsAreFailedLogIns) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  for (int i = 0; i < 9; ++i)
    events.sign_in(later + Duration::seconds(20 * i), "anna@a.example", hanoi_server,
                   SignInResult::interrupted);
  EXPECT_EQ(rules_of(detect(events)), Rules{});
  for (int i = 0; i < 5; ++i)
    events.sign_in(later + Duration::seconds(20 * i), "anna@a.example", hanoi_server,
                   SignInResult::credential_failure);
  const auto alerts = detect(events);
  EXPECT_EQ(rules_of(alerts), Rules{"failed_logins"});
  EXPECT_EQ(alerts[0].event_ids.size(), 5U);
  for (const char* part :
       {"5 wrong credentials in 1 min 20 s", "unusual: ", "usually: ", "first: "})
    EXPECT_TRUE(says(alerts[0], part)) << part;
}

TEST(IdentityWatchTest, AnOldPasswordOnAPhoneAtHomeIsOnlyRecorded) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  for (int i = 0; i < 30; ++i)
    events.sign_in(later + Duration::minutes(i), "anna@a.example", berlin,
                   SignInResult::credential_failure);
  const auto alerts = detect(events);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].severity, model::Severity::informational);
}

TEST(IdentityWatchTest, AGuessedPasswordIsToldWithItsFailures) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  for (int i = 0; i < 8; ++i)
    events.sign_in(later + Duration::minutes(4 * i), "anna@a.example", tokyo,
                   SignInResult::credential_failure);
  events.sign_in(later + Duration::minutes(40), "anna@a.example", tokyo);
  const auto alerts = detect(events);
  ASSERT_FALSE(alerts.empty());
  EXPECT_EQ(alerts[0].rule, "guessed_password");
  EXPECT_EQ(alerts[0].severity, model::Severity::high);
  EXPECT_EQ(alerts[0].event_ids.size(), 9U);
}

TEST(IdentityWatchTest, ASprayIsOfStrangersOnly) {
  Events at_office, from_afar;
  for (int i = 0; i < 12; ++i) {
    const std::string user = fmt::format("user{}@a.example", i);
    at_office.habits(user, berlin, 5);
    from_afar.habits(user, berlin, 5);
    const Timestamp time = begin + Duration::hours(24 * 6) + Duration::minutes(i);
    at_office.sign_in(time, user, berlin, SignInResult::credential_failure);
    from_afar.sign_in(time, user, hanoi_server, SignInResult::credential_failure);
  }
  EXPECT_EQ(rules_of(detect(at_office)), Rules{});
  const auto alerts = detect(from_afar);
  EXPECT_EQ(rules_of(alerts), Rules{"password_spray"});
  EXPECT_EQ(alerts[0].entities.size(), 13U);  // twelve people and the address
}

TEST(IdentityWatchTest, ASlowSprayFromSeveralAddressesOfOneNetworkIsFound) {
  Events events;
  const char* addresses[] = {"103.153.1.1", "103.153.2.1", "103.153.3.1"};
  for (int i = 0; i < 24; ++i) {
    From from = hanoi_server;
    from.address = addresses[i % 3];
    events.sign_in(begin + Duration::minutes(40 * i), fmt::format("user{}@a.example", i), from,
                   SignInResult::credential_failure);
  }
  EXPECT_EQ(rules_of(detect(events)), Rules{"password_spray"});
}

// One person each time, from a line of its own: only the program is the same.
From line_of(int i, std::deque<std::string>& kept) {
  From from = hanoi_server;
  from.address = kept.emplace_back(fmt::format("103.{}.{}.7", i % 50 + 10, i)).c_str();
  from.autonomous_system = 200'000 + static_cast<std::uint32_t>(i);
  return from;
}

TEST(IdentityWatchTest, ASprayFromManyNetworksIsKnownByItsProgram) {
  constexpr const char* program = "python-requests/2.31.0";
  constexpr const char* browser = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0 Edg/126.0.0.0";
  const auto story = [&](const char* agent, bool comes_in) {
    Events events;
    std::deque<std::string> kept;
    for (int i = 0; i < 14; ++i) {
      const std::string user = fmt::format("user{}@a.example", i);
      for (int day = 0; day < 5; ++day)
        events.with_laptop(events.sign_in(begin + Duration::hours(24 * day), user, berlin))
            .user_agent = browser;
      const Timestamp time = begin + Duration::hours(24 * 6) + Duration::minutes(50 * i);
      events.sign_in(time, user, line_of(i, kept), SignInResult::credential_failure).user_agent =
          agent;
      if (comes_in)
        events.sign_in(time + Duration::minutes(1), user, line_of(i, kept)).user_agent = agent;
    }
    return detect(events);
  };
  const auto alerts = story(program, false);
  ASSERT_EQ(rules_of(alerts), Rules{"password_spray"});
  EXPECT_NE(alerts[0].title.find(program), std::string::npos) << alerts[0].title;
  EXPECT_GE(alerts[0].entities.size(), 14U);
  // A new version of a browser with which everybody comes in is no other program.
  EXPECT_EQ(rules_of(story("Mozilla/5.0 (Windows NT 10.0) Chrome/127.0.0.0 Edg/127.0.0.0", false)),
            Rules{});
  // Who comes in by it a minute later is none of the sprayed.
  for (const auto& alert : story(program, true)) EXPECT_NE(alert.rule, "password_spray");
}

// A new office on its first morning: people err, and come in.
TEST(IdentityWatchTest, WhoErrsAndComesInIsNotSprayed) {
  Events events;
  for (int i = 0; i < 30; ++i) {
    const std::string user = fmt::format("user{}@a.example", i);
    events.sign_in(begin + Duration::minutes(2 * i), user, berlin,
                   SignInResult::credential_failure);
    events.sign_in(begin + Duration::minutes(2 * i) + Duration::seconds(30), user, berlin);
  }
  EXPECT_EQ(rules_of(detect(events)), Rules{});
}

TEST(IdentityWatchTest, ManySecondFactorsAndOneApproved) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  for (int i = 0; i < 7; ++i)
    events.sign_in(later + Duration::minutes(i), "anna@a.example", tokyo, SignInResult::mfa_denied);
  events.sign_in(later + Duration::minutes(8), "anna@a.example", tokyo).authentication_details =
      "MFA successfully completed";
  const auto alerts = detect(events);
  const auto found = std::ranges::find(alerts, "mfa_fatigue", &model::Alert::rule);
  ASSERT_NE(found, alerts.end());
  EXPECT_EQ(found->severity, model::Severity::high);
  EXPECT_TRUE(says(*found, "gave in"));
}

TEST(IdentityWatchTest, ATheftIsToldWithBothLogInsDistanceAndSpeed) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  events.sign_in(begin + Duration::hours(24 * 19 + 7), "anna@a.example", hanoi_server).browser =
      "Chrome 126.0";
  const auto alerts = detect(events);
  ASSERT_EQ(rules_of(alerts), Rules{"impossible_travel"});
  for (const char* part : {"87.130.1.1, Berlin, DE", "103.153.1.1, Hanoi, VN", " km in 1 h", "km/h",
                           "score ", "nobody travels so fast"})
    EXPECT_TRUE(says(alerts[0], part)) << part;
  EXPECT_EQ(alerts[0].event_ids.size(), 2U);
}

TEST(IdentityWatchTest, PhonesVpnsAndJourneysAreNotTold) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  // A phone at its carrier's gateway, the laptop through the company's exit, and a journey with it.
  for (int i = 0; i < 40; ++i) {
    SignIn& phone = events.sign_in(begin + Duration::hours(9 * i), "anna@a.example", berlin_phone);
    phone.operating_system = "Ios 17.5";
    phone.browser = "Mobile Safari";
  }
  for (int i = 0; i < 10; ++i)
    events.with_laptop(events.sign_in(later + Duration::minutes(13 * i), "anna@a.example",
                                      i % 2 == 0 ? vpn : berlin));
  events.with_laptop(events.sign_in(later + Duration::hours(4), "anna@a.example", tokyo));
  EXPECT_EQ(rules_of(detect(events)), Rules{});
}

TEST(IdentityWatchTest, ASessionThatGoesOnElsewhereInTheSameCityIsTold) {
  Events events;
  From amsterdam = rented;
  amsterdam.address = "84.24.1.1";
  amsterdam.autonomous_system = 33915;
  events.habits("anna@a.example", amsterdam, 20);
  SignIn& thief = events.sign_in(begin + Duration::hours(24 * 19 + 7), "anna@a.example", rented);
  thief.session_id = "anna@a.example 19";
  thief.operating_system = "Windows10";
  thief.browser = "Chrome 126.0";
  EXPECT_EQ(rules_of(detect(events)), Rules{"stolen_session"});
}

TEST(IdentityWatchTest, APlannedJourneyIsAnExceptionThatEnds) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  events.sign_in(later, "anna@a.example", hanoi_server);
  IdentitySettings settings;
  settings.high_risk_countries = {"VN"};
  EXPECT_EQ(rules_of(detect(events, settings)), (Rules{"high_risk_country", "unusual_location"}));
  settings.exceptions.push_back(
      *parse_exception("anna@a.example; *; VN; 2026-06-15..2026-07-01; IT; journey 4711"));
  EXPECT_EQ(rules_of(detect(events, settings)), Rules{});
  settings.exceptions[0].until = later;
  EXPECT_EQ(rules_of(detect(events, settings)).size(), 2U);
}

TEST(IdentityWatchTest, OldProtocolsAreNewsOfPeopleNotOfMachines) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  events.sign_in(later, "anna@a.example", tokyo).client_application = "IMAP4";
  for (int i = 0; i < 20; ++i)
    events.sign_in(begin + Duration::hours(12 * i), "scanner@a.example", berlin)
        .client_application = "Authenticated SMTP";
  const auto alerts = detect(events);
  EXPECT_EQ(rules_of(alerts), (Rules{"legacy_authentication", "unusual_location"}));
}

TEST(IdentityWatchTest, EmergencyAndDormantAccounts) {
  Events events;
  events.sign_in(begin, "emergency1@a.example", berlin);
  events.sign_in(begin, "anna@a.example", berlin);
  events.sign_in(begin + Duration::hours(24 * 100), "anna@a.example", berlin);
  EXPECT_EQ(rules_of(detect(events)), (Rules{"break_glass", "dormant_account"}));
  IdentitySettings settings;
  settings.break_glass = {"other@a.example"};  // whoever names them means only these
  EXPECT_EQ(rules_of(detect(events, settings)), Rules{"dormant_account"});
}

model::Identity administrator(const std::string& zone, const std::string& country) {
  model::Identity made;
  made.id = "1";
  made.name = "admin@a.example";
  made.is_administrator = true;
  made.zone = zone;
  made.country = country;
  return made;
}

model::TenantDirectory with(const model::Identity& identity) {
  model::TenantDirectory directory;
  directory.put(identity);
  return directory;
}

Events administrator_at(const std::string& time, const From& from, int days_before = 3) {
  Events events;
  for (int day = 0; day < days_before; ++day)
    events.with_laptop(events.sign_in(begin + Duration::hours(24 * day), "admin@a.example", from));
  events.with_laptop(events.sign_in(*base::parse_iso(time), "admin@a.example", from))
      .application_id = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
  return events;
}

TEST(IdentityWatchTest, AdministratorsAfterHoursByTheirOwnClocks) {
  const model::Identity of_berlin = administrator("Europe/Berlin", "DE");
  const auto facts = [&] { return with(of_berlin); };
  EXPECT_EQ(rules_of(detect(administrator_at("2026-06-09T01:00:00Z", berlin), {}, facts())),
            Rules{"after_hours"});
  EXPECT_EQ(rules_of(detect(administrator_at("2026-06-09T09:00:00Z", berlin), {}, facts())),
            Rules{});
  // A Saturday.
  EXPECT_EQ(rules_of(detect(administrator_at("2026-06-13T09:00:00Z", berlin), {}, facts())),
            Rules{"after_hours"});
  // On a journey they work by the clocks there, which are at 11 o'clock.
  EXPECT_EQ(rules_of(detect(administrator_at("2026-06-09T02:00:00Z", tokyo), {}, facts())),
            Rules{});
  model::Identity on_call = of_berlin;
  on_call.groups = {"On-call"};
  IdentitySettings settings;
  settings.on_call = {"On-call"};
  EXPECT_EQ(
      rules_of(detect(administrator_at("2026-06-09T01:00:00Z", berlin), settings, with(on_call))),
      Rules{});
  model::Identity night_shift = of_berlin;
  night_shift.hours = {0x1F, 22 * 60, 6 * 60};
  EXPECT_EQ(
      rules_of(detect(administrator_at("2026-06-09T01:00:00Z", berlin), {}, with(night_shift))),
      Rules{});
  // Without a zone the sun's, where they mostly are: a move takes the hours along.
  EXPECT_EQ(rules_of(detect(administrator_at("2026-06-09T01:00:00Z", tokyo), {},
                            with(administrator("", "")))),
            Rules{});
  EXPECT_EQ(rules_of(detect(administrator_at("2026-06-09T16:00:00Z", tokyo), {},
                            with(administrator("", "")))),
            Rules{"after_hours"});
}

TEST(IdentityWatchTest, EveningsOfOthersAreToldWhenTheyAreListed) {
  Events events;
  events.habits("anna@a.example", berlin, 8);
  events.with_laptop(
      events.sign_in(*base::parse_iso("2026-06-09T01:00:00Z"), "anna@a.example", berlin));
  IdentitySettings settings;
  settings.zone = "Europe/Berlin";
  EXPECT_EQ(rules_of(detect(events, settings)), Rules{});
  for (const char* of : {"anna@a.example", "*"}) {
    settings.after_hours_of = {of};
    const auto alerts = detect(events, settings);
    ASSERT_EQ(rules_of(alerts), Rules{"after_hours"}) << of;
    EXPECT_EQ(alerts[0].severity, model::Severity::low);
  }
  settings.on_call = {"anna@a.example"};
  EXPECT_EQ(rules_of(detect(events, settings)), Rules{});
}

// Whoever moves lives by the clocks of the new place once they are mostly there.
TEST(IdentityWatchTest, AMoveOfTheHomeZoneTakesTheHoursAlong) {
  Events events;
  const auto works = [&](const From& from, int first_day, int days, int hour) {
    for (int day = first_day; day < first_day + days; ++day)
      events.with_laptop(
          events.sign_in(begin + Duration::hours(24 * day + hour), "anna@a.example", from));
  };
  works(berlin, 0, 5, 0);   // 10 o'clock in Berlin
  works(tokyo, 7, 12, -7);  // 10 o'clock in Tokyo
  events.with_laptop(events.sign_in(begin + Duration::hours(24 * 22 + 8), "anna@a.example", tokyo));
  IdentitySettings settings;
  settings.after_hours_of = {"*"};
  const auto alerts = detect(events, settings);
  ASSERT_FALSE(alerts.empty());
  EXPECT_EQ(alerts.back().rule, "after_hours");
  EXPECT_EQ(alerts.back().first_event,
            begin + Duration::hours(24 * 22 + 8));  // an hour past midnight
}

TEST(IdentityWatchTest, AChangeOfSettingsHoldsForWhatIsNotSettled) {
  Events events;
  for (int i = 0; i < 4; ++i)
    events.sign_in(begin + Duration::minutes(i), "anna@a.example", hanoi_server,
                   SignInResult::credential_failure);
  IdentityWatch watch({});
  std::vector<ChangedAlert> changes;
  watch.run(events.sign_ins(), {}, begin + Duration::minutes(5), changes);
  EXPECT_TRUE(changes.empty());
  IdentitySettings settings;
  settings.failed_attempts = 4;
  watch.change(settings);
  watch.advance(begin + Duration::minutes(6), begin + Duration::minutes(6), changes);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].alert.rule, "failed_logins");
  settings.off = {"failed_logins"};
  watch.change(settings);
  watch.advance(begin + Duration::minutes(7), begin + Duration::minutes(7), changes);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].change, model::AlertChange::withdrawn);
}

TEST(IdentityWatchTest, ChangesByHowGraveTheyAre) {
  struct Case {
    const char *activity, *target, *record;
    model::Severity severity;
  };
  const Case cases[] = {
      {"Set federation settings on domain", "a.example", "{}", model::Severity::high},
      {"Update application – Certificates and secrets management ", "App", "{}",
       model::Severity::medium},
      {"Consent to application", "App", "Scope: Mail.ReadWrite", model::Severity::medium},
      {"Consent to application", "App", "ConsentType: AllPrincipals, Scope: Mail.ReadWrite",
       model::Severity::high},
      {"Consent to application", "App", "Scope: User.Read", model::Severity::informational},
      {"New-InboxRule", "anna", R"({"Name":"ForwardTo"})", model::Severity::high},
      {"New-InboxRule", "anna", R"({"Name":"MoveToFolder"})", model::Severity::informational},
      {"Delete conditional access policy", "P", "{}", model::Severity::medium},
      {"Invite external user", "guest", "{}", model::Severity::informational},
  };
  for (const Case& each : cases) {
    Events events;
    events.change(begin, "anna@a.example", each.activity, each.target, each.record);
    const auto alerts = detect(events);
    ASSERT_EQ(alerts.size(), 1U) << each.activity;
    EXPECT_EQ(alerts[0].severity, each.severity) << each.activity << " " << each.record;
  }
  Events nothing;
  nothing.change(begin, "anna@a.example", "User registered security info", "anna@a.example");
  nothing.change(begin, "anna@a.example", "Set-Mailbox", "anna@a.example");
  nothing.change(begin, "anna@a.example", "Update user", "anna@a.example");
  EXPECT_TRUE(detect(nothing).empty());
}

TEST(IdentityWatchTest, ANewSecondFactorAfterATheftIsGrave) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  events.sign_in(later, "anna@a.example", hanoi_server).browser = "Chrome 126";
  events.change(later + Duration::minutes(9), "anna@a.example", "User registered security info",
                "anna@a.example");
  const auto alerts = detect(events);
  ASSERT_EQ(rules_of(alerts), (Rules{"sensitive_change", "unusual_location"}));
  EXPECT_EQ(alerts[0].severity, model::Severity::high);
  // From where the person is it is more likely the person.
  events
      .change(later + Duration::minutes(90), "anna@a.example", "User changed default security info",
              "anna@a.example")
      .actor_address = *base::parse_ip(berlin.address);
  std::vector<model::Severity> severities;
  for (const auto& alert : detect(events))
    if (alert.rule == "sensitive_change") severities.push_back(alert.severity);
  EXPECT_EQ(severities, (std::vector{model::Severity::high, model::Severity::informational}));
}

// A VPN that somebody begins to use in the first days: recorded, and later no second message.
TEST(IdentityWatchTest, AnExitOfABoughtVpnIsNoJourneyOfWhomWeHardlyKnow) {
  const From bought{"138.199.0.9", "London", "GB", 51.5, -0.12, 212238};
  Events events;
  for (int day = 0; day < 8; ++day) {
    SignIn& phone = events.sign_in(begin + Duration::hours(24 * day), "anna@a.example", tokyo);
    phone.operating_system = "Ios 17.5";
    phone.browser = "Mobile Safari";
    phone.authentication_requirement = "singleFactorAuthentication";
    if (day < 5) continue;
    SignIn& laptop = events.sign_in(begin + Duration::hours(24 * day) + Duration::minutes(20),
                                    "anna@a.example", bought);
    laptop.operating_system = "Windows10";
    laptop.browser = "Edge 126.0.0";
    laptop.authentication_requirement = "singleFactorAuthentication";
  }
  for (const auto& alert : detect(events))
    EXPECT_EQ(alert.severity, model::Severity::informational) << alert.title;
}

// Who was told of a place once is not told again of the same before it is believed.
TEST(IdentityWatchTest, TheSamePlaceAgainWithinThreeDaysIsTheSameAlert) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  for (const int hour : {0, 30, 60})
    events.sign_in(later + Duration::hours(hour), "anna@a.example", hanoi_server).browser =
        "Chrome 126";
  const auto alerts = detect(events);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_GE(alerts[0].event_count, 2U);
}

// ------------------------------------------------------------------ the same alerts, whatever
// comes

// A tenant of its own, apart from the simulator: ordinary days, and attacks at random.
void fill(Events& events, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const From places[] = {berlin, berlin_phone, vpn, tokyo, rented, hanoi_server};
  const auto pick = [&](std::uint64_t n) { return random() % n; };
  for (int i = 0; i < 900; ++i) {
    const Timestamp time = begin + Duration::seconds(static_cast<std::int64_t>(pick(20 * 86'400)));
    const std::string user = fmt::format("user{}@a.example", pick(12));
    const auto kind = pick(40);
    if (kind == 0) {
      for (int n = 0; n < 14; ++n)
        events.sign_in(time + Duration::seconds(30 * n), user, places[pick(6)],
                       pick(3) == 0 ? SignInResult::mfa_denied : SignInResult::credential_failure);
    } else if (kind == 1) {
      for (int n = 0; n < 12; ++n)
        events
            .sign_in(time + Duration::seconds(40 * n), fmt::format("user{}@a.example", n),
                     places[3 + pick(3)], SignInResult::credential_failure)
            .user_agent = "curl/8.2";
    } else if (kind == 2) {
      events.change(time, user, "Consent to application", "App", "Mail.Read");
    } else if (kind == 3) {
      events.change(time, user, "User registered security info", user);
    } else {
      SignIn& made = events.sign_in(time, user, places[pick(10) < 8 ? pick(2) : pick(6)]);
      if (pick(3) != 0) events.with_laptop(made);
      if (pick(9) == 0) made.client_application = "IMAP4";
      made.user_agent = pick(8) == 0 ? "curl/8.1" : "Mozilla/5.0 Edg/126.0";
    }
  }
}

using Said = std::tuple<std::string, std::set<std::string>, std::set<std::uint64_t>, std::int64_t,
                        std::int64_t>;

std::set<Said> said(const std::vector<ChangedAlert>& changes) {
  std::set<Said> all;
  for (const auto& alert : alerts_of(changes)) {
    std::set<std::string> entities;
    for (const auto& each : alert.entities) entities.insert(each.value);
    all.emplace(alert.rule, entities,
                std::set<std::uint64_t>(alert.event_ids.begin(), alert.event_ids.end()),
                alert.first_event.ticks, alert.last_event.ticks);
  }
  return all;
}

// What only one of them says.
std::string difference(const std::set<Said>& a, const std::set<Said>& b) {
  std::vector<Said> apart;
  std::ranges::set_symmetric_difference(a, b, std::back_inserter(apart));
  return testing::PrintToString(apart);
}

struct Arrived {
  Timestamp at;
  const SignIn* sign_in = nullptr;
  const ChangeEvent* change = nullptr;
};

class ArrivalTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    fill(events_, GetParam());
    sign_ins_ = events_.sign_ins();
    changes_ = events_.changes();
  }

  // Each record once to `copies` times, up to `delay` late.
  std::vector<Arrived> arrivals(Duration delay, unsigned copies) {
    std::vector<Arrived> all;
    const auto add = [&](Timestamp time, const SignIn* sign_in, const ChangeEvent* change) {
      for (auto n = 1 + random_() % copies; n > 0; --n) {
        const auto late =
            delay.ticks == 0 ? 0 : random_() % static_cast<std::uint64_t>(delay.ticks);
        all.push_back({time + Duration{static_cast<std::int64_t>(late)}, sign_in, change});
      }
    };
    for (const SignIn* each : sign_ins_) add(each->event.time, each, nullptr);
    for (const auto& each : changes_) add(each.time, nullptr, &each);
    std::ranges::stable_sort(all, {}, &Arrived::at);
    return all;
  }

  std::set<Said> result(const std::vector<Arrived>& arrivals, std::size_t batch, bool restarts) {
    auto watch = std::make_unique<IdentityWatch>(settings_);
    std::vector<ChangedAlert> changes;
    for (std::size_t at = 0; at < arrivals.size();) {
      std::vector<const SignIn*> sign_ins;
      std::vector<ChangeEvent> changed;
      const std::size_t end = std::min(arrivals.size(), at + 1 + random_() % batch);
      const Timestamp now = arrivals[end - 1].at;
      for (; at < end; ++at) {
        if (arrivals[at].sign_in != nullptr) sign_ins.push_back(arrivals[at].sign_in);
        if (arrivals[at].change != nullptr) changed.push_back(*arrivals[at].change);
      }
      watch->run(sign_ins, changed, now, changes);
      if (random_() % 3 == 0) watch->advance(now, now, changes);
      if (!restarts || random_() % 4 != 0) continue;
      std::string blob;
      BlobWriter out(blob);
      watch->save(out);
      watch = std::make_unique<IdentityWatch>(settings_);
      BlobReader in(blob);
      watch->restore(in);
      EXPECT_TRUE(in.good() && in.at_end());
    }
    watch->finish(later, changes);
    EXPECT_EQ(watch->open_alerts(), 0U);
    return said(changes);
  }

  Events events_;
  std::vector<const SignIn*> sign_ins_;
  std::vector<ChangeEvent> changes_;
  IdentitySettings settings_;
  std::mt19937_64 random_{GetParam()};
};

TEST_P(ArrivalTest, TheSameAlertsLiveReplayedShuffledDuplicatedDelayedAndRestarted) {
  const auto expected = result(arrivals({}, 1), 1, false);
  EXPECT_GE(expected.size(), 10U);
  const Duration lateness = Duration::minutes(settings_.lateness_minutes);
  const auto check = [&](const std::vector<Arrived>& arrived, std::size_t batch, bool restarts,
                         const char* what) {
    const auto found = result(arrived, batch, restarts);
    EXPECT_TRUE(found == expected) << what << ": " << difference(found, expected);
  };
  check(arrivals({}, 1), 4'000, false, "replayed in one go");
  check(arrivals({}, 3), 7, false, "duplicated");
  check(arrivals(lateness, 1), 30, false, "delayed and so shuffled");
  check(arrivals(lateness, 3), 30, true, "all of it, with restarts");
}

INSTANTIATE_TEST_SUITE_P(Seeds, ArrivalTest, testing::Range<std::uint64_t>(1, 13));

TEST(IdentityWatchTest, ALaterVersionOfASignInTakesThePlaceOfTheFormer) {
  Events events;
  SignIn& first = events.sign_in(begin, "emergency1@a.example", berlin, SignInResult::interrupted);
  IdentityWatch watch({});
  std::vector<ChangedAlert> changes;
  const SignIn* const one = &first;
  watch.run(std::span(&one, 1), {}, begin, changes);
  EXPECT_TRUE(changes.empty());
  first.result = SignInResult::success;
  first.error_code = 0;
  watch.run(std::span(&one, 1), {}, begin, changes);
  watch.run(std::span(&one, 1), {}, begin, changes);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].alert.rule, "break_glass");
  EXPECT_EQ(watch.counts().updated, 1U);
  EXPECT_EQ(watch.counts().repeated, 1U);
}

TEST(IdentityWatchTest, WhatALateSuccessExplainsIsWithdrawn) {
  Events events;
  std::vector<const SignIn*> failures, successes;
  for (int i = 0; i < 9; ++i) {
    const std::string user = fmt::format("user{}@a.example", i);
    const Timestamp time = begin + Duration::minutes(i);
    failures.push_back(&events.sign_in(time, user, berlin, SignInResult::credential_failure));
    successes.push_back(&events.sign_in(time + Duration::seconds(20), user, berlin));
  }
  IdentityWatch watch({});
  std::vector<ChangedAlert> changes;
  watch.run(failures, {}, begin + Duration::minutes(9), changes);
  ASSERT_EQ(changes.size(), 1U);
  watch.run(successes, {}, begin + Duration::minutes(12), changes);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].change, model::AlertChange::withdrawn);
}

// The services are asked for the last month when we start, the newest day first.
TEST(IdentityWatchTest, HistoryIsLearnedAndTellsNothing) {
  Events events;
  events.habits("anna@a.example", berlin, 20);
  for (int i = 0; i < 9; ++i)
    events.sign_in(begin + Duration::minutes(i), "bert@a.example", tokyo,
                   SignInResult::credential_failure);
  events.sign_in(begin + Duration::hours(5), "anna@a.example", hanoi_server);
  auto history = events.sign_ins();
  std::ranges::stable_sort(history, std::ranges::greater(),
                           [](const SignIn* each) { return each->event.time; });
  IdentityWatch watch({});
  std::vector<ChangedAlert> changes;
  const SignIn* const today = &events.sign_in(later, "carl@a.example", berlin);
  watch.run(std::span(&today, 1), {}, later, changes);
  for (const SignIn* each : history) watch.run(std::span(&each, 1), {}, later, changes);
  EXPECT_TRUE(changes.empty());
  // She is known by now, and what is new for her counts in full.
  const SignIn* const theft =
      &events.sign_in(later + Duration::minutes(5), "anna@a.example", rented);
  watch.run(std::span(&theft, 1), {}, later + Duration::minutes(5), changes);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(says(changes[0].alert, "+20 a country the person never came from"));
}

TEST(IdentityWatchTest, StateIsBounded) {
  Events events;
  IdentitySettings settings;
  settings.people_max = 100;
  IdentityWatch watch(settings);
  std::vector<ChangedAlert> changes;
  for (int i = 0; i < 1'000; ++i)
    events.sign_in(begin + Duration::hours(i), fmt::format("user{}@a.example", i), berlin);
  watch.run(events.sign_ins(), {}, later + Duration::hours(1'000), changes);
  watch.finish(later, changes);
  EXPECT_LE(watch.people(), 100U);
  EXPECT_GE(watch.people(), 50U);
  // What a person costs is said in the guide.
  EXPECT_LE(sizeof(Person), 640U);
}

TEST(IdentityWatchTest, NamesThatNobodyHasAreNotRemembered) {
  Events events;
  for (int i = 0; i < 500; ++i)
    events.sign_in(begin + Duration::seconds(i), fmt::format("guess{}@a.example", i), hanoi_server,
                   SignInResult::credential_failure);
  IdentityWatch watch({});
  std::vector<ChangedAlert> changes;
  watch.run(events.sign_ins(), {}, later, changes);
  watch.finish(later, changes);
  EXPECT_EQ(watch.people(), 0U);
}

TEST(IdentitySettingsTest, EveryNumberHasARangeAndAMeaning) {
  std::set<std::string_view> keys;
  for (const IdentityNumber& each : numbers()) {
    EXPECT_TRUE(keys.insert(each.key).second) << each.key;
    EXPECT_FALSE(each.unit.empty() || each.meaning.empty()) << each.key;
    for (const int wrong : {each.least - 1, each.most + 1}) {
      IdentitySettings settings;
      settings.*each.member = wrong;
      const auto checked = check(settings);
      ASSERT_FALSE(checked) << each.key;
      EXPECT_NE(checked.error().message.find(each.key), std::string::npos);
    }
  }
  EXPECT_TRUE(check({}));
}

TEST(IdentitySettingsTest, EveryRuleHasItsStoryAndEverySettingBelongsToOne) {
  std::set<std::string_view> known,
      used{"enabled", "off", "cool_down_minutes", "lateness_minutes", "people_max"};
  for (const auto& each : numbers()) known.insert(each.key);
  for (const auto& each : switches()) known.insert(each.key);
  for (const auto& each : lists()) known.insert(each.key);
  known.insert("zone");
  std::set<IdentityRule> rules;
  for (const RuleStory& story : stories()) {
    EXPECT_TRUE(rules.insert(story.rule).second) << story.title;
    EXPECT_FALSE(story.title.empty() || story.meaning.empty());
    for (const auto setting : story.settings) {
      if (setting.empty()) continue;
      EXPECT_TRUE(known.contains(setting)) << setting;
      used.insert(setting);
    }
  }
  EXPECT_EQ(rules.size(), rule_names.size());
  EXPECT_EQ(used, known);
}

TEST(IdentitySettingsTest, ListsAreChecked) {
  const auto with = [](auto member, const char* entry) {
    IdentitySettings settings;
    settings.*member = {entry};
    return check(settings).has_value();
  };
  EXPECT_TRUE(with(&IdentitySettings::high_risk_countries, "KP"));
  EXPECT_FALSE(with(&IdentitySettings::high_risk_countries, "Korea"));
  EXPECT_TRUE(with(&IdentitySettings::off, "after_hours"));
  EXPECT_FALSE(with(&IdentitySettings::off, "no_rule"));
  EXPECT_TRUE(with(&IdentitySettings::holidays, "DE:2026-12-25"));
  EXPECT_FALSE(with(&IdentitySettings::holidays, "Christmas"));
}

TEST(IdentitySettingsTest, ExceptionsNameOwnerReasonAndEnd) {
  EXPECT_TRUE(parse_exception("*; failed_logins; 192.0.2.0/24; 2027-01-01; IT; a scanner"));
  for (const char* wrong :
       {"", "anna", "*; *; *; *; IT; no end", "*; *; *; 2027-01-01; ; no owner",
        "*; *; *; 2027-01-01; IT; ", "*; no_rule; *; 2027-01-01; IT; x",
        "*; *; 300.1.1.1; 2027-01-01; IT; x", "*; *; *; 2027-02-01..2027-01-01; IT; x"})
    EXPECT_FALSE(parse_exception(wrong)) << wrong;
}

}  // namespace
}  // namespace vedette::detect::identity
