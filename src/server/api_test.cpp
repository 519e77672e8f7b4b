#include "server/api.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "access/acknowledge_link.h"
#include "access/audit_chain.h"
#include "access/key.h"
#include "access/totp.h"
#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/memory_access_store.h"
#include "fakes/memory_action_store.h"
#include "fakes/memory_incident_store.h"
#include "fakes/sample_alert.h"
#include "fakes/temporary_folder.h"
#include "net/system_clock.h"

namespace vedette::server {
namespace {

using base::Secret;
using model::Role;
using net::ReceivedRequest;
using net::ReceiverReply;

constexpr const char* password = "correct horse battery";

// Settings that are a text; "bad" is none.
class FakeDesk : public DetectionDesk {
 public:
  [[nodiscard]] std::string show() const override { return "{\"value\":\"" + value + "\"}"; }
  [[nodiscard]] Answer change(
      const base::Json& body,
      const std::function<base::Result<void>(std::string_view detail)>& note) override {
    const auto* wanted = body["value"].as_string();
    if (wanted == nullptr || *wanted == "bad")
      return std::unexpected(Refusal{422, {{"failed_attempts", "must be good"}}});
    if (const auto noted = note(*wanted); !noted)
      return std::unexpected(Refusal{422, {{"", noted.error().message}}});
    value = *wanted;
    return show();
  }
  [[nodiscard]] Answer preview(const base::Json&) override {
    return std::unexpected(Refusal{409, {{"", "the preview was ended"}}});
  }
  void end_preview() override { ++ended; }

  std::string value = "good";
  int ended = 0;
};

// Knows one policy, "twill"; what it was asked is in `last`.
class FakePolicies : public PolicyDesk {
 public:
  [[nodiscard]] Answer show() override { return "{\"rows\":[]}"; }
  [[nodiscard]] Answer of_incident(std::uint64_t number) override {
    return fmt::format("{{\"incident\":{}}}", number);
  }
  [[nodiscard]] Answer simulate(const std::string& name, int days) override {
    last = fmt::format("{} {}", name, days);
    return known(name);
  }
  [[nodiscard]] Answer plan(const std::string& name, const std::string& mode) override {
    last = name + " " + mode;
    return known(name);
  }
  [[nodiscard]] Answer arm(const Arming& arming, const Note& note) override {
    last = arming.name + "|" + arming.mode + "|" + arming.hash + "|" + arming.sentence + "|" +
           arming.person;
    VEDETTE_TRY_VOID(note("policy.arm", "policy " + arming.name, arming.mode));
    return show();
  }
  [[nodiscard]] Answer disarm(const std::string& name, const Note& note) override {
    if (name != "twill") return known(name);
    VEDETTE_TRY_VOID(note("policy.disarm", "policy " + name, ""));
    return show();
  }

  std::string last;

 private:
  static Answer known(const std::string& name) {
    if (name == "twill") return "{}";
    return base::failure(base::ErrorCode::not_found, "there is no policy " + name);
  }
};

// What was asked is in `last`; every answer is an object.
class FakeSettings : public ChannelDesk, public RetentionDesk, public PreferenceDesk {
 public:
  using Answer = base::Result<std::string>;
  [[nodiscard]] Answer show() override { return "{}"; }
  [[nodiscard]] Answer preview(const Wish& wish) override {
    last = fmt::format("{} {} {}", wish.channel, wish.change, wish.incident);
    return "{}";
  }
  [[nodiscard]] Answer preview_page(const Wish&) override { return "<b>hello</b>"; }
  [[nodiscard]] Answer test(const std::string& channel, const DeskNote& note) override {
    VEDETTE_TRY_VOID(note("channel.test", "channel " + channel, "id"));
    return "{}";
  }
  [[nodiscard]] Answer change(const base::Json& body, const DeskNote& note) override {
    VEDETTE_TRY_VOID(note("retention.change", "retention", body["store_days"].text()));
    return "{}";
  }
  [[nodiscard]] Answer of(const std::string& person) override {
    last = person;
    return "{}";
  }
  [[nodiscard]] Answer keep(const std::string& person, const std::string& text) override {
    last = person + " " + text;
    return text;
  }

  std::string last;
};

// Makes and deletes what it is told, in words only.
class FakeBackups : public BackupDesk {
 public:
  [[nodiscard]] Answer show() override { return "{}"; }
  [[nodiscard]] Answer begin(const DeskNote& note) override {
    VEDETTE_TRY_VOID(note("backup.make", "backup", ""));
    return show();
  }
  [[nodiscard]] Answer remove(const std::string& name, const DeskNote&) override {
    if (name != "one") return base::failure(base::ErrorCode::not_found, "there is no such backup");
    return show();
  }
};

// Whatever has a name is kept.
class FakeConnections : public ConnectionDesk {
 public:
  [[nodiscard]] bool is_simulated() const override { return simulated; }
  [[nodiscard]] std::string show() override { return "{}"; }
  [[nodiscard]] std::string show_host_detections() override { return "{}"; }
  [[nodiscard]] SettingsAnswer change(const base::Json& body, const DeskNote& note) override {
    if (body["name"].text().empty())
      return std::unexpected(SettingsRefusal{422, {{"name", "give it a name"}}});
    if (!note("connection.change", "channel " + body["name"].text(), ""))
      return std::unexpected(SettingsRefusal{503, {}});
    return show();
  }
  [[nodiscard]] SettingsAnswer test(const base::Json&, const DeskNote&) override { return show(); }
  [[nodiscard]] SettingsAnswer simulate(bool is_wanted, const DeskNote&) override {
    simulated = is_wanted;
    return show();
  }

  bool simulated = false;
};

// Keeps what was sent.
class FakeIndicators : public IndicatorDesk {
 public:
  [[nodiscard]] base::Duration wait_of(const std::string& caller) override {
    callers.push_back(caller);
    return wait;
  }
  [[nodiscard]] base::Result<void> take(const std::string& source,
                                        const std::vector<const base::Json*>& objects) override {
    if (is_full) return base::failure(base::ErrorCode::unavailable, "no room");
    for (const auto* object : objects) taken.push_back(source + " " + base::format_json(*object));
    return {};
  }
  [[nodiscard]] std::string id_of(const std::string& source, const std::string& pattern) override {
    return "indicator--" + source + "-" + std::to_string(pattern.size());
  }
  [[nodiscard]] base::Result<std::vector<model::Indicator>> find(
      const IndicatorQuestion& question, const std::stop_token& /*gone*/) override {
    asked = question;
    if (is_full) return base::failure(base::ErrorCode::unavailable, "no store");
    return stored;
  }

  base::Duration wait;
  bool is_full = false;
  std::vector<std::string> callers, taken;
  IndicatorQuestion asked;
  std::vector<model::Indicator> stored;
};

// What was asked is in `last`.
class FakeHunts : public HuntDesk {
 public:
  [[nodiscard]] std::string schema() override { return "{}"; }
  [[nodiscard]] HuntReply run(const HuntQuestion& question, const DeskNote&) override {
    last = question;
    return {question.query != "bad", "{}"};
  }
  [[nodiscard]] Answer progress(const std::string& person, const std::string& tab) override {
    if (tab != "one") return base::failure(base::ErrorCode::not_found, "nothing runs");
    return "{\"person\":\"" + person + "\"}";
  }
  [[nodiscard]] base::Result<void> cancel(const std::string&, const std::string& tab) override {
    if (tab != "one") return base::failure(base::ErrorCode::not_found, "nothing runs");
    return {};
  }
  [[nodiscard]] std::string check(const std::string&) override { return "{}"; }
  [[nodiscard]] Answer history(const std::string& person) override {
    return "{\"person\":\"" + person + "\"}";
  }
  [[nodiscard]] base::Result<void> mark(const std::string& person, std::uint64_t id,
                                        const base::Json&) override {
    return forget(person, id);
  }
  [[nodiscard]] base::Result<void> forget(const std::string&, std::uint64_t id) override {
    if (id != 7) return base::failure(base::ErrorCode::not_found, "there is none");
    return {};
  }
  [[nodiscard]] Answer saved() override { return "{}"; }
  [[nodiscard]] base::Result<void> save(const std::string& person, const std::string& name,
                                        const base::Json&, const DeskNote& note) override {
    return note("hunts.save", name, person);
  }
  [[nodiscard]] base::Result<void> remove(const std::string&, const DeskNote&) override {
    return base::failure(base::ErrorCode::not_found, "there is none");
  }

  HuntQuestion last;
};

class ApiTest : public testing::Test {
 protected:
  // `needed_of`: who must have a second factor.
  explicit ApiTest(std::vector<Role> needed_of = {})
      : access_(store_, clock_, Secret("link"), {Secret("a seal key"), std::move(needed_of)}) {
    ports::IncidentCommit change;
    model::Incident incident;
    incident.identity = 7;
    incident.title = "an attack";
    incident.alerts.push_back(fakes::sample_alert());
    change.incidents.push_back(incident);
    EXPECT_TRUE(incidents_.commit(change));
  }
  // One of each role, logged in.
  void set_up() {
    ASSERT_TRUE(access_.set_up("link", "admin-user", Secret(password)));
    const access::Caller admin{"admin-user", Role::admin, 1, {}};
    for (const Role role : {Role::viewer, Role::analyst, Role::responder}) {
      const std::string name = std::string(model::name_of(role)) + "-user";
      ASSERT_TRUE(access_.add_user(admin, name, role, Secret(password)));
    }
    for (const Role role : {Role::viewer, Role::analyst, Role::responder, Role::admin}) {
      const std::string name = std::string(model::name_of(role)) + "-user";
      sessions_[role] =
          std::string(access_.log_in({name, Secret(password), {}, "10.0.0.1"})->session.reveal());
    }
  }
  static ReceivedRequest request(const std::string& method, const std::string& target,
                                 const std::string& body = {}) {
    return {method, target, {{"host", "127.0.0.1:8343"}}, body};
  }
  // As the browser of somebody who is logged in sends it.
  ReceivedRequest as(Role role, const std::string& method, const std::string& target,
                     const std::string& body = {}) {
    auto made = request(method, target, body);
    made.headers.emplace_back("cookie", "other=1; vedette_session=" + sessions_[role]);
    made.headers.emplace_back("x-vedette", "1");
    made.headers.emplace_back("origin", "http://127.0.0.1:8343");
    made.headers.emplace_back("sec-fetch-site", "same-origin");
    return made;
  }
  ReceivedRequest with_token(const std::string& target, const std::string& token) {
    auto made = request("GET", target);
    made.headers.emplace_back("authorization", "Bearer " + token);
    return made;
  }
  int status_of(const ReceivedRequest& asked) { return api_.answer(asked).status; }
  base::Json json_of(const ReceivedRequest& asked, int status = 200) {
    const auto answer = api_.answer(asked);
    EXPECT_EQ(answer.status, status) << answer.body;
    return base::parse_json(answer.body).value_or(base::Json());
  }
  static std::string header_of(const ReceiverReply& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers)
      if (key == name) return value;
    return {};
  }

  fakes::FakeClock clock_;
  fakes::MemoryIncidentStore incidents_;
  fakes::MemoryAccessStore store_{&access::audit_hash};
  access::Access access_;
  std::unique_ptr<ports::Clock> real_clock_ = *net::make_clock("");
  ChangeFeed changes_{store_, *real_clock_};
  WebApp web_;
  FakeDesk desk_;
  FakePolicies policies_;
  FakeSettings settings_;
  FakeConnections connections_;
  FakeBackups backups_;
  std::vector<std::string> reasons_;
  std::vector<LogQuery> asked_;
  std::map<Role, std::string> sessions_;
  fakes::MemoryActionStore actions_;
  respond::GuardSettings guard_;
  bool is_stopped_ = false;
  FakeIndicators indicators_;
  FakeHunts hunts_;
  Secret link_key_ = access::new_key();
  AcknowledgeDoor acknowledge_{link_key_, false,
                               [](const std::string& channel) { return "<" + channel + ">"; }};
  Api api_{Gate(Secret("secret"), {"vedette.example.org"}),
           {access_,
            store_,
            incidents_,
            clock_,
            [this] { return reasons_; },
            [] { return std::string("m 1\n"); },
            [this](const LogQuery& query) {
              asked_.push_back(query);
              return query.query == "bad" ? LogAnswer{false, "{\"ok\":false}", ""}
                                          : LogAnswer{true, "{\"columns\":[],\"rows\":[]}", ""};
            },
            desk_,
            policies_,
            settings_,
            settings_,
            settings_,
            connections_,
            backups_,
            changes_,
            web_,
            "1.2.3",
            ResponseDoor{actions_, guard_, [this] { return is_stopped_; },
                         [this](bool stopped, const std::string&) {
                           is_stopped_ = stopped;
                           return base::Result<void>();
                         }},
            &acknowledge_,
            &indicators_,
            &hunts_}};
};

const std::string intel_resource =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
    "Microsoft.OperationalInsights/workspaces/{workspace}/providers/Microsoft.SecurityInsights/"
    "threatIntelligence/main";

// S8: every route with every role and with nobody. The table is written out, so that a route that
// is added or changed is looked at.
TEST_F(ApiTest, WhoMayUseWhat) {
  const std::vector<std::array<std::string, 3>> wanted{
      {"GET", "/healthz", "anybody"},
      {"GET", "/readyz", "anybody"},
      {"GET", "/metrics", "anybody"},
      {"GET", "/api/openapi.json", "viewer"},
      {"GET", "/api/v1/stream", "viewer"},
      {"GET", "/api/v1/setup", "anybody"},
      {"POST", "/api/v1/setup", "anybody"},
      {"POST", "/api/v1/session", "anybody"},
      {"GET", "/api/v1/session", "viewer"},
      {"DELETE", "/api/v1/session", "viewer"},
      {"POST", "/api/v1/session/password", "viewer"},
      {"GET", "/acknowledge/{id}", "anybody"},
      {"POST", "/acknowledge/{id}", "anybody"},
      {"POST", "/api/v1/session/second-factor", "viewer"},
      {"POST", "/api/v1/session/second-factor/confirm", "viewer"},
      {"POST", "/api/v1/session/second-factor/remove", "viewer"},
      {"POST", "/api/v1/session/recovery-codes", "viewer"},
      {"GET", "/api/v1/incidents", "viewer"},
      {"GET", "/api/v1/incidents/{id}", "viewer"},
      {"POST", "/api/v1/incidents/{id}/acknowledge", "analyst"},
      {"POST", "/api/v1/incidents/{id}/assign", "analyst"},
      {"POST", "/api/v1/incidents/{id}/comment", "analyst"},
      {"POST", "/api/v1/incidents/{id}/task", "analyst"},
      {"POST", "/api/v1/incidents/{id}/task-done", "analyst"},
      {"POST", "/api/v1/incidents/{id}/severity", "analyst"},
      {"POST", "/api/v1/incidents/{id}/close", "analyst"},
      {"POST", "/api/v1/incidents/{id}/reopen", "analyst"},
      {"GET", "/api/v1/incidents/{id}/policies", "viewer"},
      {"GET", "/api/v1/policies", "viewer"},
      {"GET", "/api/v1/policies/{id}/plan", "viewer"},
      {"POST", "/api/v1/policies/{id}/simulate", "analyst"},
      {"POST", "/api/v1/policies/{id}/arm", "admin"},
      {"POST", "/api/v1/policies/{id}/disarm", "responder"},
      {"GET", "/api/v1/actions", "viewer"},
      {"GET", "/api/v1/actions/{id}", "viewer"},
      {"POST", "/api/v1/actions", "responder"},
      {"POST", "/api/v1/actions/{id}/approve", "responder"},
      {"POST", "/api/v1/actions/{id}/refuse", "responder"},
      {"POST", "/api/v1/actions/{id}/undo", "responder"},
      {"POST", "/api/v1/responses/stop", "responder"},
      {"POST", "/api/v1/responses/resume", "admin"},
      {"GET", "/api/v1/alerts", "viewer"},
      {"POST", "/api/v1/logs/query", "viewer"},
      {"POST", "/api/v1/logs/export", "analyst"},
      {"GET", "/api/v1/schema", "analyst"},
      {"POST", "/api/v1/hunts/run", "analyst"},
      {"GET", "/api/v1/hunts/run/{id}", "analyst"},
      {"DELETE", "/api/v1/hunts/run/{id}", "analyst"},
      {"POST", "/api/v1/hunts/check", "analyst"},
      {"GET", "/api/v1/hunts/history", "analyst"},
      {"PATCH", "/api/v1/hunts/history/{id}", "analyst"},
      {"DELETE", "/api/v1/hunts/history/{id}", "analyst"},
      {"GET", "/api/v1/hunts/saved", "viewer"},
      {"PUT", "/api/v1/hunts/saved/{id}", "analyst"},
      {"DELETE", "/api/v1/hunts/saved/{id}", "analyst"},
      {"GET", "/api/v1/detections", "viewer"},
      {"PUT", "/api/v1/detections", "admin"},
      {"GET", "/api/v1/detections/hosts", "viewer"},
      {"POST", "/api/v1/detections/preview", "analyst"},
      {"DELETE", "/api/v1/detections/preview", "analyst"},
      {"GET", "/api/v1/channels", "viewer"},
      {"GET", "/api/v1/channels/{id}/preview", "analyst"},
      {"GET", "/api/v1/channels/{id}/preview.html", "analyst"},
      {"POST", "/api/v1/channels/{id}/test", "admin"},
      {"GET", "/api/v1/connections", "admin"},
      {"PUT", "/api/v1/connections", "admin"},
      {"POST", "/api/v1/connections/test", "admin"},
      {"POST", "/api/v1/simulation", "admin"},
      {"DELETE", "/api/v1/simulation", "admin"},
      {"GET", "/api/v1/backups", "admin"},
      {"POST", "/api/v1/backups", "admin"},
      {"DELETE", "/api/v1/backups/{id}", "admin"},
      {"GET", "/api/v1/retention", "viewer"},
      {"PUT", "/api/v1/retention", "admin"},
      {"GET", "/api/v1/preferences", "viewer"},
      {"PUT", "/api/v1/preferences", "viewer"},
      {"GET", "/api/v1/people", "viewer"},
      {"GET", "/api/v1/users", "admin"},
      {"POST", "/api/v1/users", "admin"},
      {"PATCH", "/api/v1/users/{id}", "admin"},
      {"DELETE", "/api/v1/users/{id}", "admin"},
      {"DELETE", "/api/v1/users/{id}/sessions", "admin"},
      {"DELETE", "/api/v1/users/{id}/second-factor", "admin"},
      {"GET", "/api/v1/tokens", "admin"},
      {"POST", "/api/v1/tokens", "admin"},
      {"DELETE", "/api/v1/tokens/{id}", "admin"},
      {"GET", "/api/v1/audit", "admin"},
      {"GET", "/api/v1/audit/verify", "admin"},
      {"POST", "/workspaces/{id}/threat-intelligence-stix-objects:upload", "analyst"},
      {"POST", "/workspaces/{id}/threatintelligenceindicators:upload", "analyst"},
      {"POST", "/{id}/threatintelligence:upload-indicators", "analyst"},
      {"POST",
       "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
       "Microsoft.OperationalInsights/workspaces/{workspace}/providers/Microsoft.SecurityInsights/"
       "threatIntelligence/main/createIndicator",
       "analyst"},
      {"POST", intel_resource + "/queryIndicators", "analyst"},
      {"GET", intel_resource + "/indicators", "analyst"},
      {"GET", intel_resource + "/indicators/{name}", "analyst"},
      {"DELETE", intel_resource + "/indicators/{name}", "analyst"},
      {"POST", "/{version}/security/tiIndicators/submitTiIndicators", "analyst"},
      {"POST", "/{version}/security/tiIndicators/deleteTiIndicators", "analyst"},
      {"POST", "/{id}/oauth2/v2.0/token", "anybody"},
  };
  std::vector<std::array<std::string, 3>> is;
  for (const auto& route : Api::routes())
    is.push_back({std::string(route.method), std::string(route.path),
                  route.least ? std::string(model::name_of(*route.least)) : "anybody"});
  EXPECT_EQ(is, wanted);
  set_up();
  for (const auto& route : Api::routes()) {
    std::string path(route.path);
    if (const auto place = path.find("{id}"); place != std::string::npos)
      path.replace(place, 4, "424242");  // nothing is there, so that nothing changes
    const std::string method(route.method), where = fmt::format("{} {}", method, path);
    const int nobody = status_of(request(method, path));
    EXPECT_EQ(nobody == 401, route.least.has_value()) << where;
    for (const Role role : {Role::viewer, Role::analyst, Role::responder, Role::admin}) {
      if (path == "/api/v1/session" && method == "DELETE") continue;  // ends the session
      const int status = status_of(as(role, method, path));
      EXPECT_TRUE(status != 401 || !route.least) << where;
      EXPECT_EQ(status == 403, route.least && role < *route.least)
          << where << " " << model::name_of(role) << " " << status;
    }
    EXPECT_EQ(status_of(with_token(path, "wrong")) == 401 || method != "GET",
              route.least.has_value() || method != "GET")
        << where;
  }
}

// Each person's own runs, with the times that were given; a query that is too long, or none, is
// refused before anything runs.
TEST_F(ApiTest, HuntsAreTheCallersAndTheirTimesAreRead) {
  set_up();
  const auto run = [&](const std::string& body) {
    return status_of(as(Role::analyst, "POST", "/api/v1/hunts/run", body));
  };
  EXPECT_EQ(run(R"({"query":"print 1","tab":"one","on":"adx:lake","now":"2026-06-01T08:15:30Z",
                   "from":"2026-06-01T00:00:00Z"})"),
            200);
  EXPECT_EQ(hunts_.last.person, "analyst-user");
  EXPECT_EQ(hunts_.last.tab, "one");
  EXPECT_EQ(hunts_.last.on, "adx:lake");
  EXPECT_EQ(base::format_iso(*hunts_.last.now), "2026-06-01T08:15:30Z");
  EXPECT_TRUE(hunts_.last.from && !hunts_.last.to);
  EXPECT_EQ(run(R"({"query":"bad"})"), 422);
  EXPECT_EQ(run(R"({"query":""})"), 422);
  EXPECT_EQ(run(R"({"query":"print 1","now":"yesterday"})"), 422);
  EXPECT_EQ(run("{\"query\":\"" + std::string(100'001, 'x') + "\"}"), 422);
  const auto progress = json_of(as(Role::analyst, "GET", "/api/v1/hunts/run/one"));
  EXPECT_EQ(progress["person"].text(), "analyst-user");
  EXPECT_EQ(status_of(as(Role::analyst, "DELETE", "/api/v1/hunts/run/other")), 404);
  EXPECT_EQ(status_of(as(Role::analyst, "DELETE", "/api/v1/hunts/run/one")), 204);
  EXPECT_EQ(status_of(as(Role::analyst, "PATCH", "/api/v1/hunts/history/7", "{}")), 204);
  EXPECT_EQ(status_of(as(Role::analyst, "PATCH", "/api/v1/hunts/history/8", "{}")), 404);
  EXPECT_EQ(status_of(as(Role::analyst, "PUT", "/api/v1/hunts/saved/spray", "{}")), 204);
  const auto audit = json_of(as(Role::admin, "GET", "/api/v1/audit"));
  EXPECT_TRUE(base::format_json(audit).contains("hunts.save"));
}

// Who asks does not approve, a program decides nothing, and the switch and both resets are there.
TEST_F(ApiTest, ActionsUponAccountsAreDecidedByPersons) {
  set_up();
  const std::string body =
      R"({"kind":"disable_account","incident":7,"principal_name":"anna@example.org","reason":"why"})";
  const auto asked = json_of(as(Role::responder, "POST", "/api/v1/actions", body));
  EXPECT_EQ(*asked["state"].as_string(), "requested");
  const std::string path = "/api/v1/actions/1";
  EXPECT_EQ(json_of(as(Role::viewer, "GET", path))["id"].number_or(0), 1);
  EXPECT_EQ(status_of(as(Role::viewer, "GET", "/api/v1/actions/2")), 404);
  auto record = **actions_.find(1);
  record.state = model::ActionState::waiting_for_approval;
  record.target = "id-anna";
  ASSERT_TRUE(actions_.change(std::span(&record, 1), std::nullopt));
  EXPECT_NE(status_of(as(Role::responder, "POST", path + "/approve")), 200) << "asked by the same";
  auto by_program = request("POST", path + "/approve");
  by_program.headers.emplace_back("authorization", "Bearer secret");
  EXPECT_EQ(status_of(by_program), 409);
  const auto approved = json_of(as(Role::admin, "POST", path + "/approve"));
  EXPECT_EQ(*approved["state"].as_string(), "approved");
  EXPECT_EQ((**actions_.find(1)).approved_target, "id-anna");
  EXPECT_EQ(*json_of(as(Role::responder, "POST", path + "/refuse"))["state"].as_string(), "denied");
  EXPECT_NE(status_of(as(Role::responder, "POST", path + "/undo")), 200);
  EXPECT_EQ(status_of(as(Role::responder, "POST", "/api/v1/responses/stop", R"({"why":"x"})")),
            204);
  EXPECT_TRUE(*json_of(as(Role::viewer, "GET", "/api/v1/actions"))["stopped"].as_bool());
  EXPECT_EQ(status_of(as(Role::admin, "POST", "/api/v1/responses/resume")), 200);
  EXPECT_FALSE(is_stopped_);
  EXPECT_EQ(actions_.audit().back().action, "action.refuse");
  EXPECT_EQ(status_of(as(Role::viewer, "GET", "/api/v1/actions?limit=0")), 422);
}

// A link is for once: of the incident as it was when its message was made.
TEST_F(ApiTest, ALinkAcknowledgesOnceAndOnlyByItsForm) {
  const auto link = [&](std::uint64_t incident, base::Timestamp issued) {
    const access::AcknowledgeClaim claim{incident, "mail", issued};
    return "/acknowledge/" + std::string(access::sign_link(link_key_, claim).reveal());
  };
  const auto change = [&](const std::function<void(model::Incident&)>& how) {
    model::Incident incident = **incidents_.find(1);
    how(incident);
    ports::IncidentCommit commit;
    commit.incidents = {incident};
    ASSERT_TRUE(incidents_.commit(commit));
  };
  const base::Timestamp begin = clock_.now();
  const std::string first = link(1, begin);
  change([](model::Incident& incident) { incident.title = "</bdi><script>alert(1)</script>"; });
  const auto shown = api_.answer(request("GET", first));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body.find("<script"), std::string::npos);
  EXPECT_NE(shown.body.find("&lt;script&gt;"), std::string::npos) << shown.body;
  EXPECT_EQ(status_of(request("HEAD", first)), 405);
  auto foreign = request("POST", first);
  foreign.headers.emplace_back("sec-fetch-site", "cross-site");
  EXPECT_EQ(status_of(foreign), 403);
  EXPECT_FALSE((**incidents_.find(1)).acknowledged.is_set());
  clock_.advance(base::Duration::hours(1));
  const auto done = api_.answer(request("POST", first));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_NE(done.body.find("the link to &lt;mail&gt;"), std::string::npos) << done.body;
  EXPECT_TRUE((**incidents_.find(1)).is_attended());
  EXPECT_EQ(incidents_.timeline(1)->back().actor, "the link to <mail>");
  EXPECT_EQ(store_.audit_before(0, 10)->front().actor, "the link to <mail>");
  EXPECT_EQ(status_of(request("POST", first)), 410) << "once";
  // Reopened, it needs the link of a newer message.
  clock_.advance(base::Duration::hours(1));
  change([&](model::Incident& incident) {
    incident.reopen(clock_.now(), model::IncidentStatus::new_incident);
  });
  EXPECT_EQ(status_of(request("POST", first)), 410);
  EXPECT_FALSE((**incidents_.find(1)).is_attended());
  clock_.advance(base::Duration::seconds(1));
  EXPECT_EQ(status_of(request("POST", link(1, clock_.now()))), 200);
  EXPECT_EQ(status_of(request("GET", link(99, clock_.now()))), 410) << "forgotten";
  const std::string old = link(1, clock_.now());
  clock_.advance(access::acknowledge_link_age_max + base::Duration::seconds(1));
  EXPECT_EQ(status_of(request("GET", old)), 410);
}

// Who makes links up, or asks too often with one, keeps nobody else's from working.
TEST_F(ApiTest, LinksAreNotAskedForTooOften) {
  const auto count_of = [&](const std::string& path, int status) {
    int count = 0;
    for (int i = 0; i < 100; ++i) count += status_of(request("GET", path)) == status ? 1 : 0;
    return count;
  };
  EXPECT_EQ(count_of("/acknowledge/1.2.bWFpbA.made-up", 404), 30);
  const access::AcknowledgeClaim claim{1, "mail", clock_.now()}, other{1, "chat", clock_.now()};
  const auto path = [&](const access::AcknowledgeClaim& of) {
    return "/acknowledge/" + std::string(access::sign_link(link_key_, of).reveal());
  };
  EXPECT_EQ(count_of(path(claim), 200), 30);
  EXPECT_EQ(status_of(request("GET", path(other))), 200);
  clock_.advance(base::Duration::minutes(2));
  EXPECT_EQ(status_of(request("GET", path(claim))), 200);
}

// A person with a name arms, by the text that was shown and the sentence; a program never does.
TEST_F(ApiTest, PoliciesAreArmedByPersonsWithTheSentence) {
  set_up();
  EXPECT_EQ(status_of(as(Role::viewer, "GET", "/api/v1/policies")), 200);
  EXPECT_EQ(
      json_of(as(Role::viewer, "GET", "/api/v1/incidents/7/policies"))["incident"].number_or(0), 7);
  EXPECT_EQ(status_of(as(Role::viewer, "GET", "/api/v1/policies/twill/plan?mode=auto")), 200);
  EXPECT_EQ(policies_.last, "twill auto");
  EXPECT_EQ(status_of(as(Role::analyst, "POST", "/api/v1/policies/none/simulate")), 404);
  EXPECT_EQ(policies_.last, "none 90");
  EXPECT_EQ(
      status_of(as(Role::analyst, "POST", "/api/v1/policies/twill/simulate", R"({"days":0})")),
      422);
  const std::string body = R"({"mode":"auto","hash":"abc","sentence":"arm twill auto"})";
  const std::string path = "/api/v1/policies/twill/arm";
  auto by_program = request("POST", path, body);
  by_program.headers.emplace_back("authorization", "Bearer secret");
  EXPECT_EQ(status_of(by_program), 409);
  EXPECT_EQ(status_of(as(Role::responder, "POST", path, body)), 403);
  EXPECT_EQ(status_of(as(Role::admin, "POST", path, body)), 200);
  EXPECT_EQ(policies_.last, "twill|auto|abc|arm twill auto|admin-user");
  EXPECT_EQ(status_of(as(Role::responder, "POST", "/api/v1/policies/twill/disarm")), 200);
  const auto entries = store_.audit_before(0, 2);
  ASSERT_TRUE(entries && entries->size() == 2);
  EXPECT_EQ((*entries)[0].action, "policy.disarm");
  EXPECT_EQ((*entries)[0].actor, "responder-user");
  EXPECT_EQ((*entries)[1].object, "policy twill");
}

// Previews are for who works, a test is an administrator's and in the audit log, and the page that
// a preview is shown as can do nothing.
TEST_F(ApiTest, ChannelsArePreviewedAndTested) {
  set_up();
  EXPECT_EQ(status_of(as(Role::viewer, "GET", "/api/v1/channels")), 200);
  const std::string path = "/api/v1/channels/on%20call/";
  EXPECT_EQ(status_of(as(Role::viewer, "GET", path + "preview")), 403);
  EXPECT_EQ(status_of(as(Role::analyst, "GET", path + "preview?change=policy&incident=7")), 200);
  EXPECT_EQ(settings_.last, "on call policy 7");
  const auto page = api_.answer(as(Role::analyst, "GET", path + "preview.html"));
  EXPECT_EQ(page.body, "<b>hello</b>");
  EXPECT_EQ(header_of(page, "Content-Type"), "text/html; charset=utf-8");
  const std::string policy = header_of(page, "Content-Security-Policy");
  EXPECT_NE(policy.find("sandbox;"), std::string::npos) << policy;
  EXPECT_EQ(policy.find("script-src"), std::string::npos) << policy;
  EXPECT_EQ(status_of(as(Role::responder, "POST", path + "test")), 403);
  EXPECT_EQ(status_of(as(Role::admin, "POST", path + "test")), 200);
  EXPECT_EQ(status_of(as(Role::admin, "PUT", "/api/v1/retention", R"({"store_days":"7"})")), 200);
  const auto entries = store_.audit_before(0, 2);
  ASSERT_TRUE(entries && entries->size() == 2);
  EXPECT_EQ((*entries)[0].action, "retention.change");
  EXPECT_EQ((*entries)[1].object, "channel on call");
}

// What pages connect is noted, and refused with the setting that does not fit.
TEST_F(ApiTest, ConnectionsAreChangedByAdministrators) {
  set_up();
  EXPECT_EQ(status_of(as(Role::responder, "GET", "/api/v1/connections")), 403);
  const auto refused =
      json_of(as(Role::admin, "PUT", "/api/v1/connections", R"({"part":"channel"})"), 422);
  EXPECT_EQ(refused["problems"].as_array()->front()["setting"].text(), "name");
  EXPECT_EQ(status_of(as(Role::admin, "PUT", "/api/v1/connections", R"({"name":"team"})")), 200);
  const auto entries = store_.audit_before(0, 1);
  ASSERT_TRUE(entries && entries->size() == 1);
  EXPECT_EQ(entries->front().object, "channel team");
  EXPECT_FALSE(*json_of(as(Role::viewer, "GET", "/api/v1/session"))["simulated"].as_bool());
  EXPECT_EQ(status_of(as(Role::admin, "POST", "/api/v1/simulation")), 200);
  EXPECT_TRUE(*json_of(as(Role::viewer, "GET", "/api/v1/session"))["simulated"].as_bool());
}

// A token that is for something opens that, as far as its role goes, and nothing else.
TEST_F(ApiTest, ScopesOfTokensHold) {
  set_up();
  const auto made =
      json_of(as(Role::admin, "POST", "/api/v1/tokens",
                 R"({"name":"t","role":"analyst","days":7,"scopes":["incidents","logs"]})"),
              201);
  const std::string token = made["token"].text();
  EXPECT_EQ(status_of(with_token("/api/v1/incidents", token)), 200);
  EXPECT_EQ(status_of(with_token("/api/v1/incidents/1", token)), 200);
  EXPECT_EQ(status_of(with_token("/api/v1/session", token)), 200);
  EXPECT_EQ(status_of(with_token("/api/openapi.json", token)), 200);
  for (const char* path : {"/api/v1/detections", "/api/v1/channels", "/api/v1/retention",
                           "/api/v1/policies", "/api/v1/people", "/api/v1/stream"}) {
    const auto refused = json_of(with_token(path, token), 403);
    EXPECT_EQ(refused["code"].text(), "scope_needed") << path;
  }
  EXPECT_EQ(status_of(as(Role::admin, "POST", "/api/v1/tokens",
                         R"({"name":"t","role":"viewer","days":7,"scopes":["everything"]})")),
            422);
  const auto rows = json_of(as(Role::admin, "GET", "/api/v1/tokens"));
  EXPECT_EQ(rows["rows"].as_array()->front()["scopes"].as_array()->size(), 2U);
}

// What one keeps of the pages is one's own.
TEST_F(ApiTest, PreferencesAreAPersons) {
  set_up();
  EXPECT_EQ(status_of(as(Role::viewer, "PUT", "/api/v1/preferences", R"({"a":1})")), 200);
  EXPECT_EQ(settings_.last, "viewer-user {\"a\":1}");
  EXPECT_EQ(status_of(as(Role::viewer, "GET", "/api/v1/preferences")), 200);
  EXPECT_EQ(settings_.last, "viewer-user");
  EXPECT_EQ(status_of(as(Role::viewer, "PUT", "/api/v1/preferences", "[]")), 400);
  EXPECT_EQ(status_of(with_token("/api/v1/preferences", "secret")), 409);
}

// The document speaks of exactly the routes that are, with the role that each needs.
TEST_F(ApiTest, TheDocumentIsOfTheseRoutes) {
  const auto document = base::parse_json(openapi_document());
  ASSERT_TRUE(document) << document.error().message;
  std::size_t operations = 0;
  for (const auto& [path, methods] : *(*document)["paths"].as_object())
    operations += methods.as_object()->size();
  EXPECT_EQ(operations, Api::routes().size());
  for (const auto& route : Api::routes()) {
    std::string method(route.method);
    std::ranges::transform(method, method.begin(),
                           [](char c) { return static_cast<char>(c | 32); });
    const auto* role = (*document)["paths"][route.path][method]["x-least-role"].as_string();
    ASSERT_NE(role, nullptr) << route.path << " " << method;
    EXPECT_EQ(*role, route.least ? model::name_of(*route.least) : "anybody") << route.path;
  }
}

// A web page that points its own name at this machine must get nothing, not even health.
TEST_F(ApiTest, AForeignHostIsRefusedBeforeAnythingElse) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "[::2]",
                           "vedette.example.org.evil", "10.0.0.1:8343"}) {
    auto asked = request("GET", "/healthz");
    asked.headers.front().second = host;
    EXPECT_EQ(status_of(asked), 421) << host;
  }
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8343", "[::1]",
                           "vedette.example.org", "Vedette.Example.Org:443"}) {
    auto asked = request("GET", "/healthz");
    asked.headers.front().second = host;
    EXPECT_EQ(status_of(asked), 200) << host;
  }
  auto none = request("GET", "/healthz");
  none.headers.clear();
  EXPECT_EQ(status_of(none), 421);
  auto two = request("GET", "/healthz");
  two.headers.emplace_back("host", "localhost");
  EXPECT_EQ(status_of(two), 421);
}

// S6: another site's page can change nothing with our user's cookie.
TEST_F(ApiTest, WhatABrowserChangesComesFromOurPages) {
  set_up();
  const std::string target = "/api/v1/incidents/1/acknowledge";
  const auto without = [&](const char* name) {
    auto asked = as(Role::analyst, "POST", target);
    std::erase_if(asked.headers, [&](const auto& field) { return field.first == name; });
    return asked;
  };
  const auto with = [&](const char* name, const char* value) {
    auto asked = without(name);
    asked.headers.emplace_back(name, value);
    return asked;
  };
  EXPECT_EQ(status_of(without("x-vedette")), 403);
  EXPECT_EQ(status_of(with("sec-fetch-site", "cross-site")), 403);
  EXPECT_EQ(status_of(with("sec-fetch-site", "same-site")), 403);
  EXPECT_EQ(status_of(with("origin", "https://evil.example")), 403);
  EXPECT_EQ(status_of(with("origin", "null")), 403);
  EXPECT_EQ(incidents_.find(1)->value().status, model::IncidentStatus::new_incident);
  auto log_in = request("POST", "/api/v1/session", "{\"name\":\"admin-user\"}");
  EXPECT_EQ(status_of(log_in), 403);  // nor log somebody in
  EXPECT_EQ(status_of(without("origin")), 200);
}

TEST_F(ApiTest, CookiesAreForThisServerOnly) {
  set_up();
  const std::string body =
      std::string("{\"name\":\"admin-user\",\"password\":\"") + password + "\"}";
  auto asked = request("POST", "/api/v1/session", body);
  asked.headers.emplace_back("x-vedette", "1");
  const std::string here = header_of(api_.answer(asked), "Set-Cookie");
  EXPECT_TRUE(here.starts_with("vedette_session=")) << here;
  EXPECT_NE(here.find("; Path=/; HttpOnly; SameSite=Strict"), std::string::npos) << here;
  asked.headers.front().second = "vedette.example.org";  // behind a web server with TLS
  const std::string there = header_of(api_.answer(asked), "Set-Cookie");
  EXPECT_TRUE(there.starts_with("__Host-vedette_session=")) << there;
  EXPECT_TRUE(there.ends_with("; Secure")) << there;
  asked.body = "{\"name\":\"admin-user\",\"password\":\"wrong\"}";
  const auto wrong = api_.answer(asked);
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(header_of(wrong, "Set-Cookie"), "");
}

TEST_F(ApiTest, SetUpLogsTheFirstAdministratorIn) {
  EXPECT_EQ(*json_of(request("GET", "/api/v1/setup"))["needed"].as_bool(), true);
  auto asked = request(
      "POST", "/api/v1/setup",
      std::string("{\"key\":\"guess\",\"name\":\"anna\",\"password\":\"") + password + "\"}");
  asked.headers.emplace_back("x-vedette", "1");
  EXPECT_EQ(status_of(asked), 403);
  asked.body.replace(asked.body.find("guess"), 5, "link");
  const auto answer = api_.answer(asked);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(header_of(answer, "Set-Cookie"), "");
  EXPECT_EQ(*json_of(request("GET", "/api/v1/setup"))["needed"].as_bool(), false);
  EXPECT_EQ(status_of(asked), 409);
}

TEST_F(ApiTest, TooManyGuessesSayHowLongToWait) {
  set_up();
  auto asked = request("POST", "/api/v1/session", "{\"name\":\"admin-user\",\"password\":\"x\"}");
  asked.headers.emplace_back("x-vedette", "1");
  asked.peer = "10.0.0.9";
  ReceiverReply answer;
  for (int i = 0; i < 6; ++i) answer = api_.answer(asked);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(header_of(answer, "Retry-After"), "1");
}

TEST_F(ApiTest, IncidentsAreReadAndWorkedOn) {
  set_up();
  const auto list = json_of(as(Role::viewer, "GET", "/api/v1/incidents?open=true&limit=5"));
  ASSERT_EQ(list["rows"].as_array()->size(), 1U);
  EXPECT_EQ(*(*list["rows"].as_array())[0]["title"].as_string(), "an attack");
  EXPECT_EQ(json_of(as(Role::viewer, "GET", "/api/v1/alerts"))["rows"].as_array()->size(), 1U);
  for (const char* wrong : {"limit=0", "limit=1001", "open=maybe", "severity=huge", "status=odd"})
    EXPECT_EQ(status_of(as(Role::viewer, "GET", std::string("/api/v1/incidents?") + wrong)), 422);
  for (const char* wrong : {"0", "2", "x", "-1", "9223372036854775808"})
    EXPECT_EQ(status_of(as(Role::viewer, "GET", std::string("/api/v1/incidents/") + wrong)), 404);
  const auto act = [&](const std::string& verb, const std::string& body = {}) {
    return json_of(as(Role::analyst, "POST", "/api/v1/incidents/1/" + verb, body));
  };
  EXPECT_EQ(*act("acknowledge")["status"].as_string(), "Active");
  EXPECT_EQ(*act("assign", "{\"owner\":\"bert\"}")["owner"].as_string(), "bert");
  act("comment", "{\"text\":\"looked at it\"}");
  const auto tasks = act("task", R"({"text":"change the password"})")["tasks"];
  ASSERT_EQ(tasks.as_array()->size(), 1U);
  EXPECT_EQ(*(*tasks.as_array())[0]["text"].as_string(), "change the password");
  EXPECT_TRUE((*tasks.as_array())[0]["done"].is_null());
  for (const char* wrong : {R"({"number":2})", R"({"number":-1})", R"({"number":"1"})"})
    EXPECT_NE(status_of(as(Role::analyst, "POST", "/api/v1/incidents/1/task-done", wrong)), 200);
  EXPECT_EQ(*(*act("task-done", R"({"number":1})")["tasks"].as_array())[0]["done_by"].as_string(),
            "analyst-user");
  EXPECT_EQ(*act("severity", "{\"severity\":\"Low\"}")["severity"].as_string(), "Low");
  const auto closed =
      act("close", "{\"classification\":\"BenignPositive\",\"comment\":\"a test\"}");
  EXPECT_EQ(*closed["classification"].as_string(), "BenignPositive");
  EXPECT_EQ(closed["timeline"].as_array()->size(), 7U);
  EXPECT_EQ(*act("reopen")["status"].as_string(), "Active");
  const auto audit = json_of(as(Role::admin, "GET", "/api/v1/audit"));
  const auto& newest = (*audit["rows"].as_array())[0];
  EXPECT_EQ(*newest["action"].as_string(), "incident.reopen");
  EXPECT_EQ(*newest["actor"].as_string(), "analyst-user");
  EXPECT_EQ(*json_of(as(Role::admin, "GET", "/api/v1/audit/verify"))["is_whole"].as_bool(), true);
}

TEST_F(ApiTest, LogsAreAskedWithTimesAndExportsAreAudited) {
  set_up();
  const std::string body =
      R"({"query":"Syslog | take 1","from":"2026-06-01T00:00:00Z","to":"2026-06-02T00:00:00Z"})";
  json_of(as(Role::viewer, "POST", "/api/v1/logs/query", body));
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].from, base::parse_iso("2026-06-01T00:00:00Z"));
  EXPECT_EQ(status_of(as(Role::viewer, "POST", "/api/v1/logs/query", R"({"query":"bad"})")), 422);
  for (const char* wrong : {"{}", R"({"query":"x","from":"yesterday"})", R"({"query":7})"})
    EXPECT_EQ(status_of(as(Role::viewer, "POST", "/api/v1/logs/query", wrong)), 422) << wrong;
  EXPECT_EQ(status_of(as(Role::viewer, "POST", "/api/v1/logs/query", "[1]")), 400);
  const auto answer = api_.answer(
      as(Role::analyst, "POST", "/api/v1/logs/export", R"({"query":"Syslog","format":"csv"})"));
  EXPECT_EQ(header_of(answer, "Content-Disposition"), "attachment; filename=\"vedette.csv\"");
  EXPECT_EQ(status_of(as(Role::analyst, "POST", "/api/v1/logs/export",
                         R"({"query":"Syslog","format":"exe"})")),
            422);
  EXPECT_EQ(store_.audit_before(0, 1)->front().action, "logs.export");
}

TEST_F(ApiTest, TheFoldersTokenAndApiTokens) {
  EXPECT_EQ(status_of(with_token("/api/v1/incidents", "secret")), 200);
  for (const char* wrong : {"secre", "secret ", "Secret", "secretsecret", "x"})
    EXPECT_EQ(status_of(with_token("/api/v1/incidents", wrong)), 401) << wrong;
  set_up();
  const auto made = json_of(
      as(Role::admin, "POST", "/api/v1/tokens", R"({"name":"t","role":"viewer","days":7})"), 201);
  const std::string token = *made["token"].as_string();
  EXPECT_EQ(status_of(with_token("/api/v1/incidents", token)), 200);
  EXPECT_EQ(status_of(with_token("/api/v1/users", token)), 403);
  auto change = request("POST", "/api/v1/incidents/1/acknowledge");  // needs no X-Vedette
  change.headers.emplace_back("authorization", "Bearer secret");
  EXPECT_EQ(status_of(change), 200);
  EXPECT_EQ(status_of(as(Role::admin, "DELETE", "/api/v1/tokens/1")), 204);
  EXPECT_EQ(status_of(with_token("/api/v1/incidents", token)), 401);
}

TEST_F(ApiTest, UsersAreMadeAndChanged) {
  set_up();
  const auto made =
      json_of(as(Role::admin, "POST", "/api/v1/users",
                 R"({"name":"bert","role":"viewer","password":"seven green bottles"})"),
              201);
  const std::string path = "/api/v1/users/" + std::to_string(*made["id"].as_integer());
  EXPECT_EQ(status_of(as(Role::admin, "PATCH", path, R"({"role":"analyst"})")), 204);
  EXPECT_EQ(status_of(as(Role::admin, "PATCH", path, R"({"role":"king"})")), 422);
  EXPECT_EQ(status_of(as(Role::admin, "PATCH", "/api/v1/users/99", R"({"disabled":true})")), 404);
  EXPECT_EQ(status_of(as(Role::admin, "DELETE", path + "/sessions")), 204);
  const auto answer = api_.answer(as(Role::admin, "GET", "/api/v1/users"));
  EXPECT_EQ(answer.body.find("argon2"), std::string::npos);
  EXPECT_EQ(json_of(as(Role::viewer, "GET", "/api/v1/people"))["rows"].as_array()->size(), 5U);
}

// S7: on every answer, errors too.
TEST_F(ApiTest, EveryAnswerCarriesTheHeaders) {
  set_up();
  for (const auto& asked :
       {request("GET", "/healthz"), request("GET", "/api/v1/incidents"), request("GET", "/api/x"),
        request("GET", "/"), request("PUT", "/api/v1/users"), request("TRACE", "/"),
        as(Role::viewer, "GET", "/api/v1/users"), as(Role::admin, "GET", "/api/v1/users"),
        as(Role::admin, "DELETE", "/api/v1/users/1/sessions")}) {
    const auto answer = api_.answer(asked);
    for (const char* name : {"X-Content-Type-Options", "Referrer-Policy", "Cache-Control",
                             "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"})
      EXPECT_NE(header_of(answer, name), "") << asked.target << " " << name;
    const std::string policy = header_of(answer, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'")) << asked.target;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  }
  EXPECT_EQ(status_of(request("HEAD", "/api/v1/incidents")), 405);
  EXPECT_EQ(status_of(request("POST", "/")), 404);
}

// S4: who needs a second factor and has none reaches nothing but his own session; then everything.
class EnrolmentTest : public ApiTest {
 protected:
  EnrolmentTest() : ApiTest({Role::responder}) {}
};
TEST_F(EnrolmentTest, ASecondFactorIsSetUpAndNeeded) {
  set_up();
  const std::string begin = "/api/v1/session/second-factor";
  const std::string with_password = std::string("{\"password\":\"") + password + "\"}";
  EXPECT_FALSE(*json_of(as(Role::analyst, "GET", "/api/v1/session"))["must_enrol"].as_bool());
  EXPECT_TRUE(*json_of(as(Role::responder, "GET", "/api/v1/session"))["must_enrol"].as_bool());
  EXPECT_EQ(*json_of(as(Role::responder, "GET", "/api/v1/incidents"), 403)["code"].as_string(),
            "second_factor_needed");
  EXPECT_EQ(status_of(as(Role::analyst, "GET", "/api/v1/incidents")), 200);
  EXPECT_EQ(status_of(with_token(begin, "secret")), 405);
  auto by_program = request("POST", begin, with_password);
  by_program.headers.emplace_back("authorization", "Bearer secret");
  EXPECT_EQ(status_of(by_program), 409);
  EXPECT_EQ(status_of(as(Role::responder, "POST", begin, R"({"password":"wrong"})")), 422);
  const auto begun = json_of(as(Role::responder, "POST", begin, with_password));
  const Secret key(begun["key"].text());
  EXPECT_EQ(begun["address"].text(), access::totp_address(key, "responder-user").reveal());
  const auto code = [&] { return access::totp_code(key, access::totp_step(clock_.now())); };
  EXPECT_EQ(status_of(as(Role::responder, "POST", begin + "/confirm", R"({"code":"0"})")), 422);
  const auto codes =
      json_of(as(Role::responder, "POST", begin + "/confirm", "{\"code\":\"" + code() + "\"}"));
  EXPECT_EQ(codes["recovery_codes"].as_array()->size(), 10U);
  EXPECT_EQ(status_of(as(Role::responder, "GET", "/api/v1/incidents")), 200);
  auto log_in = request("POST", "/api/v1/session",
                        std::string(R"({"name":"responder-user","password":")") + password + "\"}");
  log_in.headers.emplace_back("x-vedette", "1");
  const auto needed = json_of(log_in, 401);
  EXPECT_EQ(needed["code"].text(), "code_needed");
  log_in.body.insert(log_in.body.size() - 1, ",\"code\":\"" + code() + "\"");
  EXPECT_EQ(json_of(log_in, 401)["code"].text(), "wrong_code");  // it was used
  const auto users = json_of(as(Role::admin, "GET", "/api/v1/users"));
  int with = 0;
  for (const auto& user : *users["rows"].as_array())
    with += *user["second_factor"].as_bool() ? 1 : 0;
  EXPECT_EQ(with, 1);
  const auto path =
      "/api/v1/users/" + std::to_string((*store_.find_user_named("responder-user"))->id);
  EXPECT_EQ(status_of(as(Role::admin, "DELETE", path + "/second-factor")), 204);
  EXPECT_EQ(status_of(as(Role::responder, "GET", "/api/v1/session")), 401);  // the session is over
  EXPECT_EQ(status_of(as(Role::admin, "DELETE", path)), 204);
  EXPECT_EQ(status_of(as(Role::admin, "DELETE", path)), 404);
}

// S7: over TLS a browser is told to stay there, but not for this machine's own names.
TEST_F(ApiTest, OverTlsCookiesAreSecureAndTheWayIsKept) {
  set_up();
  auto asked = request("POST", "/api/v1/session",
                       std::string("{\"name\":\"admin-user\",\"password\":\"") + password + "\"}");
  asked.headers.emplace_back("x-vedette", "1");
  asked.is_tls = true;
  const auto here = api_.answer(asked);
  EXPECT_TRUE(header_of(here, "Set-Cookie").starts_with("__Host-vedette_session="));
  EXPECT_TRUE(header_of(here, "Set-Cookie").ends_with("; Secure"));
  EXPECT_EQ(header_of(here, "Strict-Transport-Security"), "");
  asked.headers.front().second = "vedette.example.org";
  EXPECT_EQ(header_of(api_.answer(asked), "Strict-Transport-Security"), "max-age=31536000");
  asked.is_tls = false;
  EXPECT_EQ(header_of(api_.answer(asked), "Strict-Transport-Security"), "");
}

class WebAppTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    const std::filesystem::path path = folder_.file("web/" + name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  static ReceiverReply get(const WebApp& app, const std::string& path, bool gzip = false) {
    ReceivedRequest asked{"GET", path, {}, ""};
    if (gzip) asked.headers.emplace_back("accept-encoding", "br, gzip");
    return app.answer(asked, path);
  }
  fakes::TemporaryFolder folder_;
};

TEST_F(WebAppTest, PagesFilesAndNothingElse) {
  EXPECT_FALSE(WebApp::load(folder_.file("web")));
  write("index.html", "<script nonce=\"__NONCE__\" src=\"/assets/a.js\"></script>__NONCE__");
  write("assets/a.js", "code");
  write("assets/a.js.gz", "packed");
  const auto app = *WebApp::load(folder_.file("web"));
  for (const char* page : {"/", "/index.html", "/incidents/7", "/logs"}) {
    const auto answer = get(app, page);
    EXPECT_EQ(answer.status, 200) << page;
    EXPECT_EQ(answer.body.find("__NONCE__"), std::string::npos);
  }
  EXPECT_NE(get(app, "/").body, get(app, "/").body);  // a nonce of its own each time
  EXPECT_EQ(get(app, "/assets/a.js").body, "code");
  EXPECT_EQ(get(app, "/assets/a.js", true).body, "packed");
  for (const char* none :
       {"/assets/b.js", "/../etc/passwd.txt", "/assets/../index.html.gz", "//x.js"})
    EXPECT_EQ(get(app, none).status, 404) << none;
  const auto without = get(WebApp(), "/");
  EXPECT_EQ(without.status, 200);
  EXPECT_NE(without.body.find("./dev build"), std::string::npos);
}

TEST_F(ApiTest, SettingsOfDetectionsAreChangedByAdministratorsAndInTheAuditLog) {
  set_up();
  EXPECT_EQ(*json_of(as(Role::viewer, "GET", "/api/v1/detections"))["value"].as_string(), "good");
  EXPECT_EQ(status_of(as(Role::responder, "PUT", "/api/v1/detections", R"({"value":"x"})")), 403);
  const auto refused =
      json_of(as(Role::admin, "PUT", "/api/v1/detections", R"({"value":"bad"})"), 422);
  ASSERT_EQ(refused["problems"].as_array()->size(), 1U);
  EXPECT_EQ(*(*refused["problems"].as_array())[0]["setting"].as_string(), "failed_attempts");
  EXPECT_EQ(*json_of(as(Role::admin, "PUT", "/api/v1/detections", R"({"value":"better"})"))["value"]
                 .as_string(),
            "better");
  const auto entries = store_.audit_before(0, 10);
  ASSERT_TRUE(entries && !entries->empty());
  EXPECT_EQ(entries->front().action, "detections.change");
  EXPECT_EQ(entries->front().actor, "admin-user");
  EXPECT_EQ(entries->front().detail, "better");
  auto from_elsewhere = as(Role::admin, "PUT", "/api/v1/detections", R"({"value":"worse"})");
  std::erase_if(from_elsewhere.headers, [](const auto& each) { return each.first == "x-vedette"; });
  EXPECT_EQ(status_of(from_elsewhere), 403);
  EXPECT_EQ(desk_.value, "better");
  EXPECT_EQ(*json_of(as(Role::analyst, "POST", "/api/v1/detections/preview", "{}"), 409)["code"]
                 .as_string(),
            "outdated");
  EXPECT_EQ(status_of(as(Role::analyst, "DELETE", "/api/v1/detections/preview")), 204);
  EXPECT_EQ(desk_.ended, 1);
}

constexpr const char* upload = "/workspaces/1c4dc0fd/threat-intelligence-stix-objects:upload";

std::string stix(const std::string& id) {
  return R"({"type":"indicator","id":")" + id +
         R"(","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z",)"
         R"("pattern":"[file:hashes.'SHA256' = 'aa']","pattern_type":"stix",)"
         R"("valid_from":"2026-01-01T00:00:00Z"})";
}

// As misp2sentinel sends it, and what it makes of the answers (test data: its wire format).
TEST_F(ApiTest, IndicatorsAreUploadedAsToSentinel) {
  set_up();
  const access::Caller admin{"admin-user", Role::admin, 1, {}};
  const std::string token(access_.add_token(admin, "misp", Role::analyst, 30)->reveal());
  const auto send = [&](const std::string& target, const std::string& body) {
    auto asked = request("POST", target, body);
    asked.headers.emplace_back("authorization", "Bearer " + token);
    return api_.answer(asked);
  };
  const auto all = send(std::string(upload) + "?api-version=2024-02-01-preview",
                        R"({"sourcesystem":"MISP","stixobjects":[)" + stix("indicator--1") + "]}");
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.body, "");
  ASSERT_EQ(indicators_.taken.size(), 1U);
  EXPECT_TRUE(indicators_.taken[0].starts_with(R"(MISP {"type":"indicator")"));
  const auto some = send("/workspaces/x/threatintelligenceindicators:upload",
                         R"({"sourcesystem":"MISP","indicators":[)" + stix("indicator--2") +
                             R"(,{"type":"indicator","pattern":"x"}]})");
  EXPECT_EQ(some.status, 200);
  EXPECT_EQ(indicators_.taken.size(), 2U);
  const auto told = base::parse_json(some.body);
  ASSERT_TRUE(told);
  const base::Json& error = (*(*told)["errors"].as_array())[0];
  EXPECT_EQ(error["recordIndex"].number_or(0), 1);
  const std::string words =
      "Error for Property=id: Required property is missing. Actual value: NULL.";
  EXPECT_EQ((*error["errorMessages"].as_array())[0].text(), words);
  EXPECT_EQ((*error["validationErrorMessages"].as_array())[0].text(), words);
  const auto older = send("/x/threatintelligence:upload-indicators?api-version=2022-07-01",
                          R"({"sourcesystem":"MISP","value":[)" + stix("indicator--3") + "]}");
  EXPECT_EQ(older.status, 200);
  EXPECT_EQ(older.body, R"({"errors":[]})") << "it is read as JSON before anything else";
  EXPECT_EQ(indicators_.taken.size(), 3U);
}

TEST_F(ApiTest, WhatIsNoUploadIsRefusedInSentinelsShape) {
  set_up();
  const auto status = [&](const std::string& body) {
    return status_of(as(Role::analyst, "POST", upload, body));
  };
  EXPECT_EQ(status(""), 400);
  EXPECT_EQ(status(R"({"stixobjects":[{}]})"), 400);
  EXPECT_EQ(status(R"({"sourcesystem":"Microsoft Sentinel","stixobjects":[{}]})"), 400);
  EXPECT_EQ(status(R"({"sourcesystem":"x","stixobjects":[]})"), 400);
  EXPECT_EQ(status(R"({"sourcesystem":"x","stixobjects":[{},1]})"), 400);
  std::string many = stix("indicator--1");
  for (int i = 0; i < 100; ++i) many += "," + stix("indicator--1");
  EXPECT_EQ(status(R"({"sourcesystem":"x","stixobjects":[)" + many + "]}"), 400);
  EXPECT_TRUE(indicators_.taken.empty());
  const std::string good = R"({"sourcesystem":"x","stixobjects":[)" + stix("indicator--1") + "]}";
  indicators_.wait = base::Duration::seconds(16);
  const auto later = api_.answer(as(Role::analyst, "POST", upload, good));
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.body,
            R"({"statusCode":429,"message":"Rate limit is exceeded. Try again in 17 seconds."})");
  EXPECT_EQ(header_of(later, "Retry-After"), "17");
  indicators_.wait = {};
  indicators_.is_full = true;
  EXPECT_EQ(status(good), 503);
  EXPECT_EQ(status_of(as(Role::viewer, "POST", upload, good)), 403);
}

TEST_F(ApiTest, OneIndicatorIsMadeAsInSentinel) {
  set_up();
  const std::string path =
      "/subscriptions/1/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/"
      "providers/Microsoft.SecurityInsights/threatIntelligence/main/createIndicator";
  const auto made = json_of(as(
      Role::analyst, "POST", path + "?api-version=2024-03-01",
      R"({"kind":"indicator","properties":{"source":"Azure Sentinel","pattern":"[url:value = 'x']",)"
      R"("confidence":78,"validFrom":"2020-04-15T17:44:00Z","validUntil":""}})"));
  EXPECT_EQ(made["kind"].text(), "indicator");
  EXPECT_EQ(made["properties"]["externalId"].text(), "indicator--Azure Sentinel-17");
  EXPECT_EQ(made["properties"]["confidence"].number_or(0), 78);
  ASSERT_EQ(indicators_.taken.size(), 1U);
  const auto kept = base::parse_json(
      std::string_view(indicators_.taken[0]).substr(indicators_.taken[0].find('{')));
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)["pattern"].text(), "[url:value = 'x']");
  EXPECT_EQ((*kept)["valid_from"].text(), "2020-04-15T17:44:00Z");
  EXPECT_TRUE((*kept)["valid_until"].is_null());
  EXPECT_EQ(status_of(as(Role::analyst, "POST", path, R"({"kind":"indicator"})")), 400);
  EXPECT_EQ(status_of(as(Role::analyst, "POST", "/subscriptions" + path, "{}")), 404);
}

// As misp2sentinel with `graph_api` sends it: each answer is found by the hash that was sent.
TEST_F(ApiTest, IndicatorsAreSubmittedAsToGraph) {
  set_up();
  const std::string submit = "/beta/security/tiindicators/submitTiIndicators";
  const auto made = json_of(
      as(Role::analyst, "POST", submit,
         R"({"value":[{"indicatorRequestHash":"h1","networkIPv4":"203.0.113.7",)"
         R"("networkDestinationIPv4":"203.0.113.7","networkDestinationPort":"443","confidence":50,)"
         R"("expirationDateTime":"2026-08-01","tlpLevel":"Amber","tags":["a"],"isActive":true,)"
         R"("threatType":"watchlist","externalId":"e1","description":"an event"},)"
         R"({"indicatorRequestHash":"h2","fileMutexName":"x"},)"
         R"({"indicatorRequestHash":"h3","emailSenderAddress":"a@evil.example",)"
         R"("emailSourceDomain":"evil.example"}]})"));
  const auto& answers = *made["value"].as_array();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0]["indicatorRequestHash"].text(), "h1");
  EXPECT_TRUE(answers[0]["id"].text().starts_with("indicator--"));
  EXPECT_EQ(answers[1]["indicatorRequestHash"].text(), "h2");
  EXPECT_FALSE(answers[1]["Error"].is_null());
  ASSERT_EQ(indicators_.taken.size(), 2U);
  EXPECT_TRUE(indicators_.taken[0].starts_with("SecurityGraph {"));
  const auto kept = base::parse_json(
      std::string_view(indicators_.taken[0]).substr(indicators_.taken[0].find('{')));
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)["pattern"].text(), "[ipv4-addr:value = '203.0.113.7']");
  EXPECT_EQ((*kept)["valid_until"].text(), "2026-08-01T00:00:00Z");
  EXPECT_EQ((*kept)["id"].text(), answers[0]["id"].text());
  EXPECT_TRUE(indicators_.taken[1].contains("[email-addr:value = 'a@evil.example']"))
      << "whoever has an account there is not bad for it";
  // What it sends when nothing is new; then what is gone from MISP.
  EXPECT_EQ(
      json_of(as(Role::analyst, "POST", submit, R"({"value":[]})"))["value"].as_array()->size(),
      0U);
  const auto deleted =
      json_of(as(Role::analyst, "POST", "/beta/security/tiIndicators/deleteTiIndicators",
                 R"({"value":["indicator--9"]})"));
  EXPECT_EQ((*deleted["value"].as_array())[0]["code"].number_or(0), 200);
  EXPECT_TRUE(indicators_.taken.back().contains(R"("revoked":true)"));
  EXPECT_EQ(status_of(as(Role::analyst, "POST", submit, R"({"value":{}})")), 400);
  EXPECT_EQ(status_of(as(Role::analyst, "POST", submit, "[]")), 400);
  EXPECT_EQ(status_of(as(Role::viewer, "POST", submit, R"({"value":[]})")), 403);
}

TEST_F(ApiTest, StoredIndicatorsAreShownAsInSentinel) {
  set_up();
  const std::string main =
      "/subscriptions/1/resourcegroups/g/providers/Microsoft.OperationalInsights/workspaces/w/"
      "providers/Microsoft.SecurityInsights/threatIntelligence/main";
  model::Indicator stored;
  stored.id = "indicator--5e6f";
  stored.source = "MISP";
  stored.pattern = "[ipv4-addr:value = '203.0.113.7']";
  stored.confidence = 75;
  stored.modified = *base::parse_iso("2026-05-01T00:00:00Z");
  indicators_.stored = {stored, stored};
  const auto found = json_of(
      as(Role::analyst, "POST", main + "/queryIndicators?api-version=2025-09-01",
         R"({"keywords":"'203.0.113.7'","pageSize":1,"includeDisabled":false,)"
         R"("patternTypes":["ipv4-addr"],"sources":["MISP"],"skipToken":"/x?$skipToken=200"})"));
  EXPECT_EQ(indicators_.asked.keyword, "'203.0.113.7'");
  EXPECT_EQ(indicators_.asked.kinds, std::vector<std::string>{"ipv4-addr"});
  EXPECT_EQ(indicators_.asked.skip, 200U);
  ASSERT_EQ(found["value"].as_array()->size(), 1U);
  const base::Json& first = (*found["value"].as_array())[0];
  EXPECT_EQ(first["name"].text(), "5e6f");
  EXPECT_EQ(first["properties"]["externalId"].text(), "indicator--5e6f");
  EXPECT_EQ(first["properties"]["patternType"].text(), "ipv4-addr");
  EXPECT_TRUE(found["nextLink"].text().ends_with("$skipToken=201"));
  EXPECT_EQ(
      json_of(as(Role::analyst, "GET", main + "/indicators?$top=5"))["value"].as_array()->size(),
      2U);
  EXPECT_EQ(json_of(as(Role::analyst, "GET", main + "/indicators/5e6f"))["name"].text(), "5e6f");
  EXPECT_EQ(indicators_.asked.id, "indicator--5e6f");
  EXPECT_EQ(status_of(as(Role::analyst, "DELETE", main + "/indicators/5e6f")), 200);
  ASSERT_EQ(indicators_.taken.size(), 2U);
  EXPECT_TRUE(indicators_.taken[0].starts_with("MISP {") &&
              indicators_.taken[0].contains(R"("revoked":true)"));
  indicators_.stored.clear();
  EXPECT_EQ(status_of(as(Role::analyst, "GET", main + "/indicators/5e6f")), 404);
  EXPECT_EQ(status_of(as(Role::analyst, "DELETE", main + "/indicators/5e6f")), 204);
  indicators_.is_full = true;
  EXPECT_EQ(status_of(as(Role::analyst, "POST", main + "/queryIndicators", "{}")), 503);
}

// A program that signs in to Microsoft's cloud first.
TEST_F(ApiTest, ATokenGivenAsAClientsSecretComesBack) {
  set_up();
  const access::Caller admin{"admin-user", Role::admin, 1, {}};
  const std::string token(access_.add_token(admin, "misp", Role::analyst, 30)->reveal());
  const std::string path = "/contoso/oauth2/v2.0/token";
  const auto form = [&](const std::string& secret) {
    return request("POST", path,
                   "grant_type=client_credentials&client_id=x&client_secret=" + secret);
  };
  const auto given = json_of(form(token));
  EXPECT_EQ(given["access_token"].text(), token);
  EXPECT_EQ(given["token_type"].text(), "Bearer");
  EXPECT_EQ(json_of(form("wrong"), 401)["error"].text(), "invalid_client");
  EXPECT_EQ(json_of(request("POST", path, "grant_type=password"), 400)["error"].text(),
            "invalid_request");
}

}  // namespace
}  // namespace vedette::server
