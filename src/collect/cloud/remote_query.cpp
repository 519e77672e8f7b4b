#include "collect/cloud/remote_query.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/http_text.h"
#include "base/json.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::string_view workspace_service = "Log Analytics";
constexpr std::string_view explorer_service = "Azure Data Explorer";
// What a service may wait itself, and what the way there and back takes.
constexpr int wait_s_max = 600;
constexpr int slack_ms = 15'000;

Trouble not_usable(std::string_view service, std::string_view why) {
  return {TroubleKind::not_usable, fmt::format("{} {}", service, why), "", std::nullopt, ""};
}

std::string text_of(std::string_view json) {
  return string_of(json).value_or("");
}

// [{"<name>":"TimeGenerated","<type>":"datetime"}, ...]
base::Result<std::vector<RemoteColumn>> read_columns(std::string_view text, std::string_view name,
                                                     std::string_view type) {
  std::vector<RemoteColumn> columns;
  for (const std::string_view element : VEDETTE_TRY(elements_of(text))) {
    const auto members = VEDETTE_TRY(members_of(element));
    columns.push_back({text_of(member(members, name)), text_of(member(members, type))});
  }
  return columns;
}

// The innermost words of an error, which say most.
std::string words_of(const base::Json& error) {
  const base::Json* inner = &error;
  std::string words = inner->text();
  for (int depth = 0; depth < 8 && inner->as_object() != nullptr; ++depth) {
    for (const char* name : {"message", "@message"})
      if (!(*inner)[name].text().empty()) words = (*inner)[name].text();
    const auto* details = (*inner)["details"].as_array();
    inner = details != nullptr && !details->empty() ? &details->front() : &(*inner)["innererror"];
  }
  return base::encode_terminal(words, 600);
}

base::Result<RemoteTable> read_workspace_table(std::string_view text) {
  const auto members = VEDETTE_TRY(members_of(text));
  RemoteTable table;
  table.columns = VEDETTE_TRY(read_columns(member(members, "columns"), "name", "type"));
  table.rows = VEDETTE_TRY(elements_of(member(members, "rows")));
  return table;
}

// {"OneApiErrors":[{"error":{...}}]}, in place of a row or at the end.
void note_errors(const base::Json& holder, std::vector<std::string>& notes) {
  const auto* errors = holder["OneApiErrors"].as_array();
  if (errors == nullptr) return;
  for (const base::Json& each : *errors)
    if (std::string words = words_of(each["error"]);
        std::ranges::find(notes, words) == notes.end() && notes.size() < 16)
      notes.push_back(std::move(words));
}

base::Result<void> read_frame(std::string_view text, RemoteAnswer& answer) {
  const auto members = VEDETTE_TRY(members_of(text));
  const std::string kind = text_of(member(members, "FrameType"));
  if (kind == "DataSetCompletion") {
    if (const auto frame = base::parse_json(text)) note_errors(*frame, answer.partial);
    return {};
  }
  if (kind != "DataTable" || text_of(member(members, "TableKind")) != "PrimaryResult") return {};
  RemoteTable table;
  table.columns = VEDETTE_TRY(read_columns(member(members, "Columns"), "ColumnName", "ColumnType"));
  for (const std::string_view row : VEDETTE_TRY(elements_of(member(members, "Rows")))) {
    if (row.starts_with('[')) {
      table.rows.push_back(row);
      continue;
    }
    if (const auto said = base::parse_json(row)) note_errors(*said, answer.partial);
  }
  answer.tables.push_back(std::move(table));
  return {};
}

ServiceRequest question_at(std::string url, std::string body, const RemoteQuestion& question) {
  ServiceRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = std::move(body);
  request.timeout_ms = question.timeout_ms + slack_ms;
  request.answer_bytes_max = remote_answer_bytes_max;
  return request;
}

Answered<RemoteAnswer> ask(ServiceClient& client, const ServiceRequest& request,
                           Answered<RemoteAnswer> (*read)(std::string_view),
                           const std::stop_token& stop) {
  auto answer = client.send(request, stop);
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto body = std::make_unique<const std::string>(std::move(answer->body));
  auto tables = read(*body);
  if (tables) tables->body = std::move(body);
  return tables;
}

}  // namespace

Answered<RemoteAnswer> read_workspace(std::string_view body) {
  RemoteAnswer answer;
  const auto failed = [](const base::Error& error) {
    return std::unexpected(not_whole(workspace_service, error));
  };
  const auto members = members_of(body);
  if (!members) return failed(members.error());
  const std::string_view tables = member(*members, "tables");
  if (tables.empty())
    return std::unexpected(not_usable(workspace_service, "answered without a table"));
  const auto elements = elements_of(tables);
  if (!elements) return failed(elements.error());
  for (const std::string_view element : *elements) {
    auto table = read_workspace_table(element);
    if (!table) return failed(table.error());
    answer.tables.push_back(*std::move(table));
  }
  if (const std::string_view error = member(*members, "error"); !error.empty() && error != "null") {
    const auto parsed = base::parse_json(error);
    answer.partial.push_back(parsed ? words_of(*parsed) : std::string("it could not say why"));
  }
  return answer;
}

Answered<RemoteAnswer> read_data_explorer(std::string_view body) {
  RemoteAnswer answer;
  const auto frames = elements_of(body);
  if (!frames) return std::unexpected(not_whole(explorer_service, frames.error()));
  for (const std::string_view frame : *frames)
    if (const auto read = read_frame(frame, answer); !read)
      return std::unexpected(not_whole(explorer_service, read.error()));
  if (answer.tables.empty())
    return std::unexpected(not_usable(
        explorer_service, answer.partial.empty() ? std::string("answered without a table")
                                                 : "answered: " + answer.partial.front()));
  return answer;
}

ServiceRequest workspace_request(std::string_view address, std::string_view workspace,
                                 const RemoteQuestion& question) {
  base::JsonWriter body;
  body.begin_object().member("query", question.text);
  if (!question.timespan.empty()) body.member("timespan", question.timespan);
  body.end_object();
  const std::string place = workspace.starts_with('/')
                                ? std::string(workspace)
                                : "/workspaces/" + base::percent_encode(workspace);
  ServiceRequest request =
      question_at(fmt::format("{}/v1{}/query", address, place), body.take(), question);
  request.prefer = fmt::format("wait={}", std::clamp(question.timeout_ms / 1000, 1, wait_s_max));
  return request;
}

ServiceRequest data_explorer_request(std::string_view address, std::string_view database,
                                     const RemoteQuestion& question) {
  const std::int64_t seconds = std::clamp(question.timeout_ms / 1000, 1, 3'600);
  base::JsonWriter body;
  body.begin_object().member("db", database).member("csl", question.text);
  body.key("properties").begin_object().key("Options").begin_object();
  body.member("servertimeout",
              fmt::format("{:02}:{:02}:{:02}", seconds / 3'600, seconds / 60 % 60, seconds % 60));
  body.key("results_progressive_enabled").boolean(false);
  body.end_object().end_object().end_object();
  return question_at(fmt::format("{}/v2/rest/query", address), body.take(), question);
}

Answered<RemoteAnswer> ask_workspace(ServiceClient& client, std::string_view workspace,
                                     const RemoteQuestion& question, const std::stop_token& stop) {
  return ask(client, workspace_request(client.settings().address, workspace, question),
             &read_workspace, stop);
}

Answered<RemoteAnswer> ask_data_explorer(ServiceClient& client, std::string_view database,
                                         const RemoteQuestion& question,
                                         const std::stop_token& stop) {
  return ask(client, data_explorer_request(client.settings().address, database, question),
             &read_data_explorer, stop);
}

}  // namespace vedette::collect::cloud
