#include "notify/ticket.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/http_text.h"
#include "base/json.h"
#include "base/text.h"
#include "notify/message_fields.h"
#include "notify/retry_after.h"
#include "notify/signature.h"
#include "notify/url.h"

namespace vedette::notify {

// What one help desk wants and says.
struct Ticket::Service {
  MessageTemplate create_template, update_template;
  const char* create_path;  // behind the address
  const char* update_path;  // with {} for the ticket's id
  const char* update_method;
  // The new ticket's id; empty: the answer holds none.
  std::string (*id_of)(const base::Json& answer);
  // Where tickets are looked for by a key, and what is asked there; an empty body: a GET.
  const char* search_path;  // with {} for the key, where it stands in there
  std::string (*search_body)(const std::string& key);
  // What is found, the newest first.
  std::string (*found_id)(const base::Json& answer, const std::string& key);
  Encoder encode;
  bool needs_project;
};

namespace {

constexpr std::size_t id_bytes_max = 64;

// Of a search: a few tickets, each of them at most as large as the service takes them.
constexpr std::size_t search_bytes_max = 1024 * 1024;
constexpr std::size_t key_bytes_max = 200;

// It becomes a part of an address or a query.
bool is_word(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}
bool is_id(std::string_view id) {
  return is_word(id, id_bytes_max);
}

std::string jira_id(const base::Json& answer) {
  return answer["key"].text();
}
std::string servicenow_id(const base::Json& answer) {
  return answer["result"]["sys_id"].text();
}
std::string github_id(const base::Json& answer) {
  const std::int64_t* number = answer["number"].as_integer();
  return number == nullptr || *number <= 0 ? "" : std::to_string(*number);
}

// The first element of a list, or null.
const base::Json& first_of(const base::Json& list) {
  static const base::Json none;
  const auto* elements = list.as_array();
  return elements == nullptr || elements->empty() ? none : elements->front();
}

std::string nothing_more(const std::string&) {
  return {};
}
std::string jira_search(const std::string& key) {
  base::JsonWriter json;
  json.begin_object().member("jql", "labels = \"" + key + "\"");
  json.key("maxResults").number(std::uint64_t{1});
  json.key("fields").begin_array().string("summary").end_array().end_object();
  return json.take();
}
std::string jira_found(const base::Json& answer, const std::string&) {
  return jira_id(first_of(answer["issues"]));
}
std::string servicenow_found(const base::Json& answer, const std::string&) {
  return first_of(answer["result"])["sys_id"].text();
}
// Its search knows new issues only after a while; the list of our newest ones knows them at once.
std::string github_found(const base::Json& answer, const std::string& key) {
  const auto* issues = answer.as_array();
  if (issues == nullptr) return {};
  for (const base::Json& issue : *issues)
    if (issue["body"].text().find("<!-- " + key + " -->") != std::string::npos)
      return github_id(issue);
  return {};
}

// Jira's documents hold texts and no markup; so do ServiceNow's fields. Cut at characters.
std::string encode_plain(std::string_view text, std::size_t units_max) {
  return visible_text(text, units_max);
}

constexpr Ticket::Service jira{MessageTemplate::jira,
                               MessageTemplate::jira_update,
                               "/rest/api/3/issue",
                               "/rest/api/3/issue/{}/comment",
                               "POST",
                               &jira_id,
                               "/rest/api/3/search/jql",
                               &jira_search,
                               &jira_found,
                               &encode_plain,
                               true};
constexpr Ticket::Service servicenow{MessageTemplate::servicenow,
                                     MessageTemplate::servicenow_update,
                                     "/api/now/table/incident",
                                     "/api/now/table/incident/{}",
                                     "PATCH",
                                     &servicenow_id,
                                     "/api/now/table/incident?sysparm_query=correlation_id%3D{}"
                                     "&sysparm_fields=sys_id&sysparm_limit=1",
                                     &nothing_more,
                                     &servicenow_found,
                                     &encode_plain,
                                     false};
// In a fenced block nothing is markup, and GitHub makes no mention and no link of it.
constexpr Ticket::Service github{MessageTemplate::github,
                                 MessageTemplate::github_update,
                                 "/issues",
                                 "/issues/{}/comments",
                                 "POST",
                                 &github_id,
                                 "/issues?state=all&labels=vedette&sort=created&direction=desc"
                                 "&per_page=10",
                                 &nothing_more,
                                 &github_found,
                                 &encode_fenced,
                                 false};

FieldStyle style_for(Encoder encode) {
  FieldStyle style;
  style.encode = encode;
  // Jira's summary and GitHub's title take 255 characters, ServiceNow's short description 160.
  style.title_max = 160;
  style.reasons_max = 4000;
  style.users_max = 2000;
  style.footer_max = 300;
  return style;
}

class TicketFields : public MessageFields {
 public:
  TicketFields(const Message& message, const FieldStyle& style, const TicketOptions& options)
      : MessageFields(message, style), options_(options) {}

  [[nodiscard]] std::string text(std::string_view field) const override {
    if (field == "project") return options_.project;
    if (field == "issue_type") return options_.issue_type;
    return MessageFields::text(field);
  }

  // Lines as paragraphs of an Atlassian document.
  [[nodiscard]] bool is_json(std::string_view field) const override {
    return field == "lines" && !options_.project.empty();
  }
  void append_json(std::string_view, base::JsonWriter& json) const override {
    json.begin_array();
    for (const auto& line : lines()) {
      if (line.empty()) continue;  // a text of a document is never empty
      json.begin_object().member("type", "paragraph").key("content").begin_array();
      json.begin_object().member("type", "text").member("text", line).end_object();
      json.end_array().end_object();
    }
    json.end_array();
  }

 private:
  const TicketOptions& options_;
};

std::string authorization(const TicketOptions& options) {
  const std::string token(options.token.reveal());
  if (options.user.empty()) return "Bearer " + token;
  return "Basic " + encode_base64(options.user + ":" + token);
}

// GitHub says "slow down" with a 403 too, and until when as seconds since 1970.
std::optional<TryAgain> slow_down(const Message& message, const ports::HttpResponse& response) {
  const std::string* left = response.header("x-ratelimit-remaining");
  const std::string* wait = response.header("retry-after");
  const bool is_empty = left != nullptr && base::trim(*left) == "0";
  if ((response.status != 403 && response.status != 429) || (!is_empty && wait == nullptr))
    return std::nullopt;
  TryAgain again{std::nullopt, false,
                 fmt::format("it answered {}: it asks us to slow down", response.status)};
  if (wait != nullptr) again.wait = base::parse_retry_after(*wait, message.now);
  const std::string* until = response.header("x-ratelimit-reset");
  if (again.wait || until == nullptr) return again;
  if (const auto seconds = base::parse_unsigned(base::trim(*until)))
    again.wait = wait_from_seconds(static_cast<double>(*seconds) -
                                   static_cast<double>(message.now.unix_seconds()));
  return again;
}

}  // namespace

base::Result<std::unique_ptr<Channel>> Ticket::create(const ChannelAddress& address,
                                                      TicketOptions options, Templates templates) {
  const Service& service = address.kind == ChannelKind::jira         ? jira
                           : address.kind == ChannelKind::servicenow ? servicenow
                                                                     : github;
  const auto wrong = [&](const char* what) {
    return base::failure(base::ErrorCode::invalid_argument, address.shown + ": " + what);
  };
  if (options.token.empty())
    return wrong("needs a token, as in token = \"file:/etc/vedette/ticket-token\"");
  if (service.needs_project && options.project.empty())
    return wrong("needs a project, as in project = \"SOC\"");
  if (!service.needs_project && !options.project.empty())
    return wrong("a project is for kind = \"jira\"");
  return std::make_unique<Ticket>(address, std::move(options), std::move(templates), service);
}

Ticket::Ticket(const ChannelAddress& address, TicketOptions options, Templates templates,
               const Service& service)
    : name_(address.shown),
      options_(std::move(options)),
      templates_(std::move(templates)),
      service_(service) {
  const auto url = parse_url(address.url.reveal());
  assert(url);
  std::string path = url->path;
  while (path.ends_with('/')) path.pop_back();
  base_ = base::Secret(url->origin() + path);
}

ports::HttpRequest Ticket::request_to(const std::string& path) const {
  ports::HttpRequest request;
  request.url = base::Secret(std::string(base_.reveal()) + path);
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", "application/json"},
                     {"Authorization", authorization(options_)}};
  if (service_.create_template == MessageTemplate::github)
    request.headers.emplace_back("X-GitHub-Api-Version", "2022-11-28");
  return request;
}

// A comment that comes twice is none too many to read; a ticket is one to work on.
std::optional<ports::HttpRequest> Ticket::look_up(const Message& message) const {
  if (is_id(message.remote_id) || !is_word(message.key, key_bytes_max)) return std::nullopt;
  ports::HttpRequest request =
      request_to(fmt::format(fmt::runtime(service_.search_path), message.key));
  request.body = service_.search_body(std::string(message.key));
  if (request.body.empty()) request.method = "GET";
  request.response_bytes_max = search_bytes_max;
  return request;
}

// Who may open tickets may not always look for them (4xx): then there is nothing to be known.
std::optional<Outcome> Ticket::read_look_up(const Message& message,
                                            const ports::HttpResponse& response) const {
  if (auto again = slow_down(message, response)) {
    again->maybe_delivered = true;
    return *again;
  }
  Outcome outcome = outcome_of_status(message, response);
  if (auto* again = std::get_if<TryAgain>(&outcome)) {
    again->maybe_delivered = true;
    return outcome;
  }
  if (!std::holds_alternative<Delivered>(outcome)) return std::nullopt;
  const auto answer = base::parse_json(response.body);
  const std::string id =
      answer ? service_.found_id(*answer, std::string(message.key)) : std::string();
  if (!is_id(id)) return std::nullopt;
  return Delivered{id, {}, {}};
}

ports::HttpRequest Ticket::compose(const Message& message) const {
  const bool is_update = is_id(message.remote_id);
  ports::HttpRequest request =
      request_to(is_update ? fmt::format(fmt::runtime(service_.update_path), message.remote_id)
                           : std::string(service_.create_path));
  request.method = is_update ? service_.update_method : "POST";
  const FieldStyle style = style_for(service_.encode);
  request.body = templates_->fill(is_update ? service_.update_template : service_.create_template,
                                  TicketFields(message, style, options_));
  return request;
}

Outcome Ticket::read(const Message& message, const ports::HttpResponse& response) const {
  const bool is_update = is_id(message.remote_id);
  if (const auto again = slow_down(message, response)) return *again;
  if (is_update && (response.status == 404 || response.status == 410)) return FirstMessageGone{};
  Outcome outcome = with_words(outcome_of_status(message, response), response.body);
  auto* delivered = std::get_if<Delivered>(&outcome);
  if (delivered == nullptr) return outcome;
  const auto answer = base::parse_json(response.body);
  const std::string id = answer ? service_.id_of(*answer) : std::string();
  if (is_update)
    delivered->remote_id = message.remote_id;
  else if (is_id(id))
    delivered->remote_id = id;
  else
    delivered->notice = "the answer names no ticket, so updates will open another one";
  return outcome;
}

}  // namespace vedette::notify
