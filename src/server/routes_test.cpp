#include "server/routes.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "fakes/memory_incident_store.h"
#include "fakes/sample_alert.h"

namespace vedette::server {
namespace {

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    ports::IncidentCommit change;
    model::Incident incident;
    incident.identity = 7;
    incident.title = "an attack";
    incident.alerts.push_back(fakes::sample_alert());
    change.incidents.push_back(incident);
    EXPECT_TRUE(incidents_.commit(change));
  }
  net::ReceivedRequest request(const std::string& target, const std::string& token = "secret") {
    net::ReceivedRequest made{"GET", target, {{"host", "127.0.0.1:8343"}}, ""};
    if (!token.empty()) made.headers.emplace_back("authorization", "Bearer " + token);
    return made;
  }
  int status_of(const net::ReceivedRequest& asked) { return routes_.answer(asked).status; }
  base::Json body_of(const std::string& target) {
    const auto reply = routes_.answer(request(target));
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto json = base::parse_json(reply.body);
    EXPECT_TRUE(json) << reply.body;
    return json ? *json : base::Json();
  }

  fakes::MemoryIncidentStore incidents_;
  std::vector<std::string> reasons_;
  Routes routes_{Gate(base::Secret("secret"), {"vedette.example.org"}),
                 {incidents_, [this] { return reasons_; }, [] { return std::string("m 1\n"); }}};
};

TEST_F(RoutesTest, HealthAndMetricsNeedNoToken) {
  EXPECT_EQ(status_of(request("/healthz", "")), 200);
  EXPECT_EQ(status_of(request("/readyz", "")), 200);
  const auto metrics = routes_.answer(request("/metrics", ""));
  EXPECT_EQ(metrics.body, "m 1\n");
  EXPECT_EQ(metrics.headers.front().second, "text/plain; version=0.0.4; charset=utf-8");
  reasons_ = {"the disk is full"};
  const auto ready = routes_.answer(request("/readyz", ""));
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("the disk is full"), std::string::npos);
}

TEST_F(RoutesTest, EverythingElseNeedsTheToken) {
  for (const char* target : {"/api/incidents", "/api/incidents/1", "/api/alerts", "/nothing"}) {
    EXPECT_EQ(status_of(request(target, "")), 401) << target;
    for (const char* wrong : {"secre", "secret ", "Secret", "secretsecret", "x"})
      EXPECT_EQ(status_of(request(target, wrong)), 401) << target << wrong;
  }
  auto basic = request("/api/incidents", "");
  basic.headers.emplace_back("authorization", "Basic secret");
  EXPECT_EQ(status_of(basic), 401);
  EXPECT_EQ(status_of(request("/nothing")), 404);
}

// A web page that points its own name at this machine must get nothing, not even health.
TEST_F(RoutesTest, AForeignHostIsRefusedBeforeAnythingElse) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "[::2]",
                           "vedette.example.org.evil", "10.0.0.1:8343"}) {
    auto asked = request("/healthz");
    asked.headers.front().second = host;
    EXPECT_EQ(status_of(asked), 421) << host;
  }
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8343", "[::1]",
                           "vedette.example.org", "Vedette.Example.Org:443"}) {
    auto asked = request("/healthz");
    asked.headers.front().second = host;
    EXPECT_EQ(status_of(asked), 200) << host;
  }
  auto none = request("/healthz");
  none.headers.clear();
  EXPECT_EQ(status_of(none), 421);
  auto two = request("/healthz");
  two.headers.emplace_back("host", "localhost");
  EXPECT_EQ(status_of(two), 421);
}

TEST_F(RoutesTest, NothingButGet) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"}) {
    auto asked = request("/api/incidents");
    asked.method = method;
    EXPECT_EQ(status_of(asked), 405) << method;
  }
}

TEST_F(RoutesTest, IncidentsAndAlertsAreJson) {
  const auto list = body_of("/api/incidents");
  ASSERT_EQ(list["incidents"].as_array()->size(), 1U);
  EXPECT_EQ(*(*list["incidents"].as_array())[0]["title"].as_string(), "an attack");
  EXPECT_EQ(*body_of("/api/incidents/1")["title"].as_string(), "an attack");
  EXPECT_EQ(body_of("/api/alerts?limit=5&open=true")["alerts"].as_array()->size(), 1U);
  EXPECT_EQ(status_of(request("/api/incidents/2")), 404);
  for (const char* odd : {"/api/incidents/x", "/api/incidents/-1", "/api/incidents/",
                          "/api/incidents/99999999999999999999", "/api/incidents/1/2"})
    EXPECT_EQ(status_of(request(odd)), 404) << odd;
  for (const char* odd : {"/api/incidents?limit=0", "/api/incidents?limit=x",
                          "/api/alerts?limit=1001", "/api/incidents?open=1"})
    EXPECT_EQ(status_of(request(odd)), 400) << odd;
}

TEST_F(RoutesTest, EveryAnswerIsShutToBrowsers) {
  for (const char* target : {"/healthz", "/api/incidents", "/nothing"}) {
    const auto reply = routes_.answer(request(target));
    const auto has = [&](const char* name) {
      for (const auto& [header, value] : reply.headers)
        if (header == name) return true;
      return false;
    };
    EXPECT_TRUE(has("X-Content-Type-Options") && has("Content-Security-Policy") &&
                has("Cache-Control"))
        << target;
  }
}

TEST_F(RoutesTest, AStoreThatFailsTellsNoInsides) {
  incidents_.fail_with(base::Error{base::ErrorCode::internal, "secret path /x/y"});
  const auto reply = routes_.answer(request("/api/incidents"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body.find("/x/y"), std::string::npos);
}

}  // namespace
}  // namespace vedette::server
