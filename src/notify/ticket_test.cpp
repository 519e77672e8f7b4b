// Tickets, held against what the services publish (the members that they need, as facts):
// - Jira Cloud: Atlassian's OpenAPI document of REST API v3, POST /rest/api/3/issue
// (IssueUpdateDetails:
//   `fields` with project, issuetype, summary; description and a comment's body are Atlassian
//   documents: type "doc", version 1, content; a text node's text is not empty), answer 201 with
//   id, key, self (CreatedIssue); POST /rest/api/3/issue/{issueIdOrKey}/comment, answer 201.
// - GitHub: github/rest-api-description, POST /repos/{owner}/{repo}/issues (required: title; body
//   a string, labels an array), answer 201 with number; POST .../issues/{issue_number}/comments
//   (required: body).
// - ServiceNow: Table API, POST /api/now/table/{tableName} with name-value pairs of the table's
//   columns, answer 201 with result.sys_id; PATCH /api/now/table/{tableName}/{sys_id}, answer 200.
#include "notify/ticket.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "fakes/fake_http_client.h"
#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"

namespace vedette::notify {
namespace {

using base::Json;
using fakes::FakeHttpService;
using model::AlertChange;

const base::Timestamp now = *base::parse_iso("2026-06-01T08:18:51Z");

std::unique_ptr<Channel> ticket(const std::string& address, const std::string& user = "",
                                const std::string& project = "") {
  const auto parsed = parse_channel_address(address, [](const auto&) { return std::nullopt; });
  EXPECT_TRUE(parsed) << parsed.error().message;
  ChannelOptions options;
  options.ticket.user = user;
  options.ticket.token = base::Secret("planted-token");
  options.ticket.project = project;
  auto made = make_channel(*parsed, std::move(options));
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

std::unique_ptr<Channel> jira() {
  return ticket("jira:https://example.atlassian.net/", "bot@example.org", "SOC");
}
std::unique_ptr<Channel> github() {
  return ticket("github:https://api.github.com/repos/example/incidents");
}
std::unique_ptr<Channel> servicenow() {
  return ticket("servicenow:https://example.service-now.com", "bot");
}

ports::HttpRequest request_of(const Channel& channel, const model::Alert& alert,
                              std::string_view remote_id = "",
                              AlertChange change = AlertChange::opened) {
  return channel.compose({change, alert, remote_id, now, "key_1", 12});
}

std::string header(const ports::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

Outcome answer(const Channel& channel, int status, const std::string& body = "",
               std::string_view remote_id = "", const FakeHttpService::Headers& headers = {}) {
  const auto alert = fakes::sample_alert();
  return channel.read({AlertChange::opened, alert, remote_id, now},
                      *FakeHttpService::reply(status, body, headers));
}

// An Atlassian document: only paragraphs of texts that are not empty.
std::string check_document(const Json& document) {
  EXPECT_EQ(*document["type"].as_string(), "doc");
  EXPECT_EQ(*document["version"].as_integer(), 1);
  std::string all;
  for (const auto& paragraph : *document["content"].as_array()) {
    EXPECT_EQ(*paragraph["type"].as_string(), "paragraph");
    for (const auto& node : *paragraph["content"].as_array()) {
      EXPECT_EQ(*node["type"].as_string(), "text");
      EXPECT_FALSE(node["text"].as_string()->empty());
      EXPECT_EQ(node.as_object()->size(), 2U) << "no marks, no links";
      all += *node["text"].as_string() + "\n";
    }
  }
  return all;
}

TEST(Ticket, JiraGetsAnIssue) {
  const auto alert = fakes::sample_alert();
  const auto request = request_of(*jira(), alert);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.reveal(), "https://example.atlassian.net/rest/api/3/issue");
  EXPECT_EQ(header(request, "Authorization"), "Basic Ym90QGV4YW1wbGUub3JnOnBsYW50ZWQtdG9rZW4=");
  const Json fields = (*base::parse_json(request.body))["fields"];
  EXPECT_EQ(*fields["project"]["key"].as_string(), "SOC");
  EXPECT_EQ(*fields["issuetype"]["name"].as_string(), "Task");
  EXPECT_EQ(*fields["summary"].as_string(), "High: Brute force from 203.0.113.7");
  const std::string text = check_document(fields["description"]);
  for (const char* fact : {"3 failed log-ins within 60 s", "Users tried: root, deploy",
                           "Vedette, rule brute_force, alert 0000000000001234, incident 12"})
    EXPECT_NE(text.find(fact), std::string::npos) << text;
  const auto made = answer(
      *jira(), 201, R"({"id":"10000","key":"SOC-24","self":"https://x/rest/api/3/issue/1"})");
  EXPECT_EQ(std::get<Delivered>(made).remote_id, "SOC-24");
}

TEST(Ticket, JiraGetsACommentOnTheSameIssue) {
  const auto alert = fakes::sample_alert();
  const auto request = request_of(*jira(), alert, "SOC-24", AlertChange::closed);
  EXPECT_EQ(request.url.reveal(), "https://example.atlassian.net/rest/api/3/issue/SOC-24/comment");
  const std::string text = check_document((*base::parse_json(request.body))["body"]);
  EXPECT_NE(text.find("Closed: High"), std::string::npos);
  EXPECT_EQ(std::get<Delivered>(answer(*jira(), 201, R"({"id":"77"})", "SOC-24")).remote_id,
            "SOC-24");
}

TEST(Ticket, GitHubGetsAnIssueAndComments) {
  const auto alert = fakes::sample_alert();
  const auto request = request_of(*github(), alert);
  EXPECT_EQ(request.url.reveal(), "https://api.github.com/repos/example/incidents/issues");
  EXPECT_EQ(header(request, "Authorization"), "Bearer planted-token");
  EXPECT_EQ(header(request, "X-GitHub-Api-Version"), "2022-11-28");
  const Json body = *base::parse_json(request.body);
  EXPECT_EQ(*body["title"].as_string(), "High: Brute force from 203.0.113.7");
  EXPECT_EQ(*(*body["labels"].as_array())[0].as_string(), "vedette");
  EXPECT_NE(body["body"].as_string()->find("Users tried: root, deploy\n"), std::string::npos);
  EXPECT_EQ(std::get<Delivered>(answer(*github(), 201, R"({"id":1,"number":1347})")).remote_id,
            "1347");
  const auto comment = request_of(*github(), alert, "1347", AlertChange::updated);
  EXPECT_EQ(comment.url.reveal(),
            "https://api.github.com/repos/example/incidents/issues/1347/comments");
  EXPECT_TRUE(
      (*base::parse_json(comment.body))["body"].as_string()->starts_with("```text\nUpdate"));
}

TEST(Ticket, ServiceNowGetsAnIncidentAndWorkNotes) {
  const auto alert = fakes::sample_alert();
  const auto request = request_of(*servicenow(), alert);
  EXPECT_EQ(request.url.reveal(), "https://example.service-now.com/api/now/table/incident");
  EXPECT_TRUE(header(request, "Authorization").starts_with("Basic "));
  const Json body = *base::parse_json(request.body);
  EXPECT_EQ(*body["short_description"].as_string(), "High: Brute force from 203.0.113.7");
  EXPECT_EQ(*body["urgency"].as_string(), "1");
  EXPECT_EQ(*body["correlation_id"].as_string(), "key_1");
  const std::string id = "9d385017c611228701d22104cc95c371";
  EXPECT_EQ(std::get<Delivered>(answer(*servicenow(), 201,
                                       R"({"result":{"number":"INC0010001",)"
                                       R"("sys_id":")" +
                                           id + "\"}}"))
                .remote_id,
            id);
  const auto note = request_of(*servicenow(), alert, id, AlertChange::updated);
  EXPECT_EQ(note.method, "PATCH");
  EXPECT_EQ(note.url.reveal(), "https://example.service-now.com/api/now/table/incident/" + id);
  EXPECT_NE((*base::parse_json(note.body))["work_notes"].as_string()->find("Update"),
            std::string::npos);
}

// What the services answer to a search, by the documents above: SearchAndReconcileResults (`issues`
// with id and key), an array of issues, `result` with the columns that were asked for.
TEST(Ticket, OneThatMayBeThereIsLookedForByItsKey) {
  const auto alert = fakes::sample_alert();
  const std::string key = "vedette_0123_opened_1";
  const auto found = [&](const Channel& channel, int status, const std::string& body) {
    return channel.read_look_up({AlertChange::opened, alert, "", now, key, 12},
                                *FakeHttpService::reply(status, body));
  };
  const auto asked = [&](const Channel& channel, std::string_view of, std::string_view remote_id) {
    return channel.look_up({AlertChange::opened, alert, remote_id, now, of, 12, true});
  };
  const auto to_jira = asked(*jira(), key, "");
  EXPECT_EQ(to_jira->url.reveal(), "https://example.atlassian.net/rest/api/3/search/jql");
  EXPECT_EQ(*(*base::parse_json(to_jira->body))["jql"].as_string(), "labels = \"" + key + "\"");
  EXPECT_EQ(std::get<Delivered>(*found(*jira(), 200, R"({"issues":[{"id":"1","key":"SOC-24"}]})"))
                .remote_id,
            "SOC-24");
  EXPECT_FALSE(found(*jira(), 200, R"({"issues":[],"isLast":true})"));
  const auto to_servicenow = asked(*servicenow(), key, "");
  EXPECT_EQ(to_servicenow->method, "GET");
  EXPECT_EQ(to_servicenow->url.reveal(),
            "https://example.service-now.com/api/now/table/incident?sysparm_query=correlation_id"
            "%3Dvedette_0123_opened_1&sysparm_fields=sys_id&sysparm_limit=1");
  EXPECT_EQ(std::get<Delivered>(*found(*servicenow(), 200, R"({"result":[{"sys_id":"9d38"}]})"))
                .remote_id,
            "9d38");
  EXPECT_FALSE(found(*servicenow(), 200, R"({"result":[]})"));
  EXPECT_EQ(asked(*github(), key, "")->url.reveal(),
            "https://api.github.com/repos/example/incidents/issues?state=all&labels=vedette"
            "&sort=created&direction=desc&per_page=10");
  EXPECT_EQ(std::get<Delivered>(*found(*github(), 200,
                                       R"([{"number":9,"body":"<!-- vedette_x -->"},{"number":7,)"
                                       R"("body":"```\n<!-- vedette_0123_opened_1 -->"}])"))
                .remote_id,
            "7");
  EXPECT_FALSE(found(*github(), 200, "[]"));
  EXPECT_FALSE(asked(*jira(), key, "SOC-24")) << "a comment is not looked for";
  EXPECT_FALSE(asked(*jira(), "a\" OR x = \"", "")) << "what is no word is in no query";
}

TEST(Ticket, AskedWhileTheServiceIsAwayItWaits) {
  const auto alert = fakes::sample_alert();
  const auto told = [&](int status) {
    return github()->read_look_up({AlertChange::opened, alert, "", now, "key_1", 12},
                                  *FakeHttpService::reply(status, ""));
  };
  for (const int status : {429, 500, 503})
    EXPECT_TRUE(std::get<TryAgain>(*told(status)).maybe_delivered) << status;
  for (const int status : {200, 400, 401, 403, 404})
    EXPECT_FALSE(told(status)) << "who may not look opens one: " << status;
}

// An id that is none must never become part of an address.
TEST(Ticket, AStrangeIdIsNotUsed) {
  for (const char* body :
       {R"({"key":"../../x"})", R"({"key":"a b"})", R"({"key":""})", R"({"key":5})", "", "[]",
        R"({"key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"}) {
    const auto outcome = answer(*jira(), 201, body);
    EXPECT_EQ(std::get<Delivered>(outcome).remote_id, "") << body;
    EXPECT_FALSE(std::get<Delivered>(outcome).notice.empty());
  }
  for (const char* body : {R"({"number":"7/../8"})", R"({"number":-1})", R"({"number":1.5})"})
    EXPECT_EQ(std::get<Delivered>(answer(*github(), 201, body)).remote_id, "") << body;
  const auto alert = fakes::sample_alert();
  EXPECT_TRUE(request_of(*jira(), alert, "../x").url.reveal().ends_with("/rest/api/3/issue"));
}

TEST(Ticket, AnswersAreReadByWhatTheyMean) {
  const auto gone = answer(*jira(), 404, "{}", "SOC-24");
  EXPECT_TRUE(std::holds_alternative<FirstMessageGone>(gone)) << "the ticket was deleted";
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(answer(*jira(), 404, "{}")));
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(answer(*jira(), 401)));
  const auto refused = answer(*jira(), 400, R"({"errors":{"project":"project is required"}})");
  EXPECT_NE(std::get<MessageRefused>(refused).reason.find("project is required"),
            std::string::npos);
  EXPECT_TRUE(std::get<TryAgain>(answer(*servicenow(), 503)).maybe_delivered);
  // GitHub's primary and secondary limits come as 403 too.
  const auto limited = answer(*github(), 403, "{}", "",
                              {{"x-ratelimit-remaining", "0"},
                               {"x-ratelimit-reset", std::to_string(now.unix_seconds() + 90)}});
  EXPECT_EQ(std::get<TryAgain>(limited).wait, base::Duration::seconds(90));
  EXPECT_FALSE(std::get<TryAgain>(limited).maybe_delivered);
  EXPECT_EQ(std::get<TryAgain>(answer(*github(), 403, "", "", {{"retry-after", "60"}})).wait,
            base::Duration::seconds(60));
  EXPECT_TRUE(std::holds_alternative<DestinationBroken>(answer(*github(), 403)));
}

TEST(Ticket, WhatItNeedsIsSaid) {
  const auto parsed = parse_channel_address("jira:https://example.atlassian.net",
                                            [](const auto&) { return std::nullopt; });
  EXPECT_NE(make_channel(*parsed, ChannelOptions{}).error().message.find("needs a token"),
            std::string::npos);
  ChannelOptions options;
  options.ticket.token = base::Secret("x");
  EXPECT_NE(make_channel(*parsed, std::move(options)).error().message.find("needs a project"),
            std::string::npos);
}

// Section 10 of the plan: nothing in a ticket is markup, a mention or a way out of its block.
TEST(Ticket, HostileFieldsStayText) {
  const auto to_jira = jira();
  const auto to_github = github();
  const auto to_servicenow = servicenow();
  for (const auto& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    const auto alert = fakes::hostile_alert(text);
    const auto issue = base::parse_json(request_of(*to_jira, alert).body);
    ASSERT_TRUE(issue);
    check_document((*issue)["fields"]["description"]);
    EXPECT_LE((*issue)["fields"]["summary"].as_string()->size(), 255U);
    EXPECT_EQ((*issue)["fields"]["summary"].as_string()->find('\n'), std::string::npos);
    const auto markdown = base::parse_json(request_of(*to_github, alert).body);
    ASSERT_TRUE(markdown);
    const std::string& body = *(*markdown)["body"].as_string();
    const std::string end = "\n```\n<!-- key_1 -->";
    EXPECT_TRUE(body.starts_with("```text\n") && body.ends_with(end));
    EXPECT_EQ(body.find('`', 3), body.size() - end.size() + 1) << "the block ends where we end it";
    EXPECT_LE(body.size(), 65'536U) << "GitHub's own bound";
    const auto incident = base::parse_json(request_of(*to_servicenow, alert).body);
    ASSERT_TRUE(incident);
    EXPECT_EQ(incident->as_object()->size(), 6U);
  }
}

}  // namespace
}  // namespace vedette::notify
